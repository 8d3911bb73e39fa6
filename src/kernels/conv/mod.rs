//! Convolution over channels-last images (a cross-correlation, as in other deep learning libraries).
//!
//! | path | used by a plan for | why |
//! |---|---|---|
//! | [`first`] | one input channel, 2 to 32 outputs, stride 1, a 2×2 pooling after it, at least eight cells across | only pixels can fill the lanes, and the input of the pooling is never written |
//! | `winograd`, F(4×4, 3×3) | 3×3 with stride 1, dense, channels a multiple of the vector length, at least 8 in, at least 16 in or out, at least 16 pixels | a fourth of the products |
//! | `winograd`, F(2×2, 3×3) | the same with few tiles (under 16) and many filters (over 2¹⁶) | F(4×4)'s filters take longer to read than to multiply: 512 channels at 7×7 |
//! | `winograd`, F(4×2, 5×5) | 5×5, otherwise as F(4×4, 3×3); more than two rows | 48 products instead of 200; F(4×4)'s 64 instead of 400 would have errors of 1e-5 |
//! | `depthwise` | one filter per channel, at least a vector of channels | in a product of channels by channels nearly all weights would be zeros |
//! | [`direct`] | all other convolutions, and dense layers | a window's rows are runs of the image itself |
//! | `backward` | gradients | products over the same runs |
//! | `rotated_filters` | the gradient of the input, if `winograd` supports it, from 1,024 pixels on | it is a convolution, too |
//!
//! A trace always uses direct convolution, so that each value depends on its own window only. Winograd's transforms lose
//! accuracy; the points of `schemes` lose so little that every network can use them. Largest error, relative to the
//! largest output, with Winograd wherever it applies: resnet20 3.7e-7, resnet18 3.9e-7 (against native ONNX Runtime),
//! inception-3a 8.4e-7, the course's bottleneck 9.8e-7, a lone 5×5 over 192 channels 3.1e-6 (against sums in f64); 1e-5 is
//! allowed.
//!
//! `docs/performance.md` lists the gain of each of these steps.

mod backward;
mod candidate;
pub mod depthwise;
pub mod direct;
pub mod first;
mod rotated_filters;
mod schemes;
pub mod winograd;

use super::dense::add_column_sums;
use super::geometry::Window;
use super::panels::Panels;
use super::tiles::Tiles;
use super::view::{Border, Images, View};
pub use candidate::{ByChannel, Call, Candidate, Compiled, DirectWith, FirstLayer, Pooling, Shape, Winograd};
use direct::{Direct, Finish};
use rotated_filters::RotatedFilters;

/// A convolution of packed images with all sizes fixed. Filters are
/// `[out_channels, window rows, window columns, channels / groups]` in memory (OHWI), one row per output channel.
#[derive(Clone, Debug)]
pub struct Conv {
    groups: usize,
    input: View,
    /// The input with its border; the same as `input` if no window needs one.
    bordered: View,
    output: Images,
    direct: Direct,
    window: Window,
    input_gradient: InputGradient,
}

/// The kernel for the gradient of the input, selected at the first backward pass.
#[derive(Clone, Debug)]
enum InputGradient {
    Undecided,
    /// [`backward`]
    Backward,
    /// [`rotated_filters`]
    RotatedFilters(Box<RotatedFilters>),
}

/// Buffers that a convolution reuses, so that no call allocates after the first.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    bordered: Vec<f32>,
    bordered_gradient: Vec<f32>,
    patches: Vec<f32>,
    panels: Panels,
}

/// The border that a window needs around images of `input`'s size for an output of `output`'s size.
pub fn border(window: Window, input: Images, output: Images) -> Border {
    let (rows, columns) = (window.rows, window.columns);
    let [bottom, right] = [(rows, input.height, output.height), (columns, input.width, output.width)].map(
        |(axis, size, windows)| {
            ((windows - 1) * axis.stride + axis.span()).saturating_sub(axis.before + size)
        },
    );
    Border { top: rows.before, left: columns.before, bottom, right }
}

impl Conv {
    /// Computes the offsets of windows in images of `input`'s size. `output` is the size of the output images.
    pub fn new(window: Window, groups: usize, input: Images, output: Images) -> Self {
        let bordered = View::bordered(input, border(window, input, output));
        let direct = Direct::new(window, groups, &bordered, &View::packed(output));
        Conv {
            groups,
            input: View::packed(input),
            bordered,
            output,
            direct,
            window,
            input_gradient: InputGradient::Undecided,
        }
    }

    /// Number of weights in one filter.
    pub fn depth(&self) -> usize {
        self.direct.depth()
    }

    /// Packs the filters and their biases (empty: no bias), one set of panels per group.
    pub fn pack(&self, tiles: &'static Tiles, filter: &[f32], bias: &[f32], packed: &mut Vec<Panels>) {
        self.direct.pack(tiles, filter, bias, packed);
    }

    /// `y = filter ∗ x + bias`; `packed` is filled by [`Conv::pack`].
    pub fn forward(&self, x: &[f32], packed: &[Panels], y: &mut [f32], scratch: &mut Scratch) {
        let x = self.with_border(x, &mut scratch.bordered);
        self.direct.forward(x, packed, Finish::default(), y);
    }

    /// Adds the gradient of the bias to `dbias`: the sum of dy over all pixels.
    pub fn backward_bias(&self, dy: &[f32], dbias: &mut [f32]) {
        add_column_sums(dy, dbias);
    }

    /// Adds the gradient of the filters to `dfilter`.
    pub fn backward_filter(&self, x: &[f32], dy: &[f32], dfilter: &mut [f32], scratch: &mut Scratch) {
        let x = self.with_border(x, &mut scratch.bordered);
        for (group, (channels, outputs)) in self.each_group().enumerate() {
            let dfilter = &mut dfilter[group * self.depth() * outputs[1]..][..self.depth() * outputs[1]];
            backward::filter(&self.direct, &x[channels..], dy, self.output, outputs, dfilter);
        }
    }

    /// Adds the gradient of the input to `dx`.
    pub fn backward_input(&mut self, dy: &[f32], filter: &[f32], dx: &mut [f32], scratch: &mut Scratch) {
        if let InputGradient::Undecided = self.input_gradient {
            let (window, groups, x, y) = (self.window, self.groups, self.input.images, self.output);
            self.input_gradient = match RotatedFilters::where_it_pays(window, groups, x, y) {
                Some(kernel) => InputGradient::RotatedFilters(Box::new(kernel)),
                None => InputGradient::Backward,
            };
        }
        if let InputGradient::RotatedFilters(kernel) = &mut self.input_gradient {
            return kernel.add(dy, filter, dx);
        }
        let Scratch { bordered_gradient, panels, patches, .. } = scratch;
        let bordered = self.bordered != self.input;
        if bordered {
            bordered_gradient.clear();
            bordered_gradient.resize(self.bordered.image * self.input.images.count, 0.0);
        }
        let target: &mut [f32] = if bordered { bordered_gradient } else { dx };
        for (group, (channels, outputs)) in self.each_group().enumerate() {
            panels.pack_rows(outputs[1], self.depth(), &filter[group * self.depth() * outputs[1]..]);
            backward::input(&self.direct, dy, self.output, outputs, panels, patches, &mut target[channels..]);
        }
        if bordered {
            self.input.each_run(&self.bordered, |inner, outer, run| {
                let from = &bordered_gradient[outer..][..run];
                dx[inner..][..run].iter_mut().zip(from).for_each(|(to, from)| *to += from);
            });
        }
    }

    /// First input channel, first output channel and number of output channels of each group.
    fn each_group(&self) -> impl Iterator<Item = (usize, [usize; 2])> + use<> {
        let [inputs, outputs] =
            [self.input.images.channels, self.output.channels].map(|all| all / self.groups);
        (0..self.groups).map(move |group| (group * inputs, [group * outputs, outputs]))
    }

    /// x itself, or a copy of it inside a border of zeros.
    fn with_border<'a>(&self, x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if self.bordered == self.input {
            return x;
        }
        buffer.clear();
        buffer.resize(self.bordered.image * self.input.images.count, 0.0);
        self.input.each_run(&self.bordered, |inner, outer, run| {
            buffer[outer..][..run].copy_from_slice(&x[inner..][..run]);
        });
        buffer
    }
}

#[cfg(test)]
mod tests;
