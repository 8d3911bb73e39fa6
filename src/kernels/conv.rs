//! Convolution over channels-last images (cross-correlation, as everybody's convolution layer is).
//!
//! | path | taken | idea |
//! |---|---|---|
//! | direct | always, forward | a window's rows are runs of the image itself: no patch matrix (Georganas et al. 2018, *Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures*) |
//! | patches | always, backward | blocks of `BLOCK` windows copied out, so that both gradients are matrix products that stay in cache |
//!
//! Where the window may hang over the image, the image is first copied into a buffer with a border of zeros.

use super::dense::{add_column_sums, transpose};
use super::geometry::{Images, Window};
use super::matmul::{Panels, Rows, Starts, Store, Target, multiply};

/// Windows whose patches are copied out at once by the backward pass: 128 of LeNet's largest (150 numbers) are 77 KB.
const BLOCK: usize = 128;

/// One convolution, all sizes known. Filters are `[out_channels, window rows, window columns, channels / groups]` in
/// memory (OHWI), one row of numbers an output channel.
#[derive(Clone, Debug)]
pub struct Conv {
    window: Window,
    groups: usize,
    input: Images,
    /// The input with its border.
    bordered: Images,
    output: Images,
    /// Where each window of one image begins, in the bordered image.
    starts: Vec<usize>,
    /// Where a window's runs begin, counted from the window.
    offsets: Vec<usize>,
    run: usize,
}

/// Buffers that a convolution fills anew at each call; kept so that no call allocates after the first.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    bordered: Vec<f32>,
    bordered_gradient: Vec<f32>,
    patches: Vec<f32>,
    turned: Vec<f32>,
    panels: Panels,
}

impl Conv {
    /// Decides how images of `input`'s size are read. `output` are the images that come out.
    pub fn new(window: Window, groups: usize, input: Images, output: Images) -> Self {
        let (rows, columns) = (window.rows, window.columns);
        let bordered = if window.has_border() {
            Images {
                height: (output.height - 1) * rows.stride + rows.span().max(rows.stride),
                width: (output.width - 1) * columns.stride + columns.span().max(columns.stride),
                ..input
            }
        } else {
            input
        };
        let channels = input.channels / groups;
        // Neighbouring columns of a window are one run where nothing lies between them.
        let whole_rows = columns.dilation == 1 && groups == 1;
        let (run, pieces) =
            if whole_rows { (columns.kernel * channels, 1) } else { (channels, columns.kernel) };
        let offsets = (0..rows.kernel)
            .flat_map(|row| (0..pieces).map(move |piece| (row, piece)))
            .map(|(row, piece)| {
                row * rows.dilation * bordered.row() + piece * columns.dilation * input.channels
            })
            .collect();
        let starts = (0..output.height)
            .flat_map(|row| (0..output.width).map(move |column| (row, column)))
            .map(|(row, column)| {
                row * rows.stride * bordered.row() + column * columns.stride * input.channels
            })
            .collect();
        Conv { window, groups, input, bordered, output, starts, offsets, run }
    }

    /// Numbers in one filter.
    pub fn depth(&self) -> usize {
        self.offsets.len() * self.run
    }

    fn group_outputs(&self) -> usize {
        self.output.channels / self.groups
    }

    /// Packs the filters, a set of panels a group.
    pub fn pack(&self, filter: &[f32], packed: &mut Vec<Panels>) {
        let (depth, outputs) = (self.depth(), self.group_outputs());
        packed.resize_with(self.groups, Panels::default);
        for (panels, filter) in packed.iter_mut().zip(filter.chunks_exact(depth * outputs)) {
            panels.pack_transposed(depth, outputs, filter);
        }
    }

    /// `y = filter ∗ x + bias`, negative results made zero where `relu`; `packed` comes from [`Conv::pack`].
    pub fn forward(
        &self,
        x: &[f32],
        packed: &[Panels],
        bias: &[f32],
        relu: bool,
        y: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let x = self.with_border(x, &mut scratch.bordered);
        let outputs = self.group_outputs();
        for (group, panels) in packed.iter().enumerate() {
            let first = group * outputs;
            let bias = if bias.is_empty() { bias } else { &bias[first..][..outputs] };
            multiply(
                self.windows(x, group),
                panels,
                Target { data: y, first, apart: self.output.channels },
                Store::Set { bias, relu },
            );
        }
    }

    /// Adds to `dbias` its gradient: the sum of dy over all pixels.
    pub fn backward_bias(&self, dy: &[f32], dbias: &mut [f32]) {
        add_column_sums(dy, dbias);
    }

    /// Adds to `dfilter` the gradient of the filters: dyᵀ times the patches of x.
    pub fn backward_filter(&self, x: &[f32], dy: &[f32], dfilter: &mut [f32], scratch: &mut Scratch) {
        let Scratch { bordered, turned, panels, patches, .. } = scratch;
        let x = self.with_border(x, bordered);
        let (depth, outputs) = (self.depth(), self.group_outputs());
        for (group, dfilter) in dfilter.chunks_exact_mut(depth * outputs).enumerate() {
            for (first, count) in self.blocks() {
                panels.pack_rows_with(count, depth, |row, patch| {
                    for ((_, from), to) in
                        self.pieces(first + row, group).zip(patch.chunks_exact_mut(self.run))
                    {
                        to.copy_from_slice(&x[from..][..self.run]);
                    }
                });
                self.gather(dy, group, first, count, patches);
                transpose(patches, count, outputs, turned);
                multiply(
                    Rows {
                        data: turned,
                        starts: Starts::Even { count: outputs, apart: count },
                        offsets: &[0],
                        run: count,
                    },
                    panels,
                    Target { data: dfilter, first: 0, apart: depth },
                    Store::Add,
                );
            }
        }
    }

    /// Adds to `dx` the gradient of the input: dy times the filters, each product added where its window read.
    pub fn backward_input(&self, dy: &[f32], filter: &[f32], dx: &mut [f32], scratch: &mut Scratch) {
        let Scratch { bordered_gradient, panels, patches, .. } = scratch;
        let (depth, outputs) = (self.depth(), self.group_outputs());
        let bordered = self.window.has_border();
        if bordered {
            bordered_gradient.clear();
            bordered_gradient.resize(self.bordered.len(), 0.0);
        }
        {
            let target: &mut [f32] = if bordered { bordered_gradient } else { dx };
            for (group, filter) in filter.chunks_exact(depth * outputs).enumerate() {
                panels.pack_rows(outputs, depth, filter);
                for (first, count) in self.blocks() {
                    patches.resize(BLOCK * depth, 0.0);
                    multiply(
                        Rows {
                            data: &dy[first * self.output.channels + group * outputs..],
                            starts: Starts::Even { count, apart: self.output.channels },
                            offsets: &[0],
                            run: outputs,
                        },
                        panels,
                        Target { data: patches, first: 0, apart: depth },
                        Store::Set { bias: &[], relu: false },
                    );
                    for (row, patch) in patches.chunks_exact(depth).take(count).enumerate() {
                        for ((_, at), from) in
                            self.pieces(first + row, group).zip(patch.chunks_exact(self.run))
                        {
                            let to = &mut target[at..][..self.run];
                            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                        }
                    }
                }
            }
        }
        if bordered {
            self.each_row(|inner, outer, row| {
                let from = &bordered_gradient[outer..][..row];
                dx[inner..][..row].iter_mut().zip(from).for_each(|(to, from)| *to += from);
            });
        }
    }

    /// The rows that the forward product reads: every window of every image, as runs.
    fn windows<'a>(&'a self, x: &'a [f32], group: usize) -> Rows<'a> {
        Rows {
            data: &x[group * (self.input.channels / self.groups)..],
            starts: Starts::Listed {
                starts: &self.starts,
                images: self.input.count,
                image: self.bordered.image(),
            },
            offsets: &self.offsets,
            run: self.run,
        }
    }

    /// (piece, place in the bordered images) of one window's runs, windows counted through all images.
    fn pieces(&self, window: usize, group: usize) -> impl Iterator<Item = (usize, usize)> {
        let (image, window) = (window / self.starts.len(), window % self.starts.len());
        let start =
            image * self.bordered.image() + self.starts[window] + group * (self.input.channels / self.groups);
        self.offsets.iter().map(move |offset| start + offset).enumerate()
    }

    /// (first, count) of blocks of windows, through all images.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let windows = self.output.pixels();
        (0..windows).step_by(BLOCK).map(move |first| (first, BLOCK.min(windows - first)))
    }

    /// Copies a group's channels of `count` pixels of dy side by side.
    fn gather(&self, dy: &[f32], group: usize, first: usize, count: usize, to: &mut Vec<f32>) {
        let (channels, outputs) = (self.output.channels, self.group_outputs());
        to.clear();
        for pixel in dy[first * channels..][..count * channels].chunks_exact(channels) {
            to.extend_from_slice(&pixel[group * outputs..][..outputs]);
        }
    }

    /// x itself, or a copy of it inside a border of zeros.
    fn with_border<'a>(&self, x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if !self.window.has_border() {
            return x;
        }
        buffer.clear();
        buffer.resize(self.bordered.len(), 0.0);
        self.each_row(|inner, outer, row| {
            buffer[outer..][..row].copy_from_slice(&x[inner..][..row]);
        });
        buffer
    }

    /// Calls `f(place in the images, place in the bordered images, numbers)` for each row that windows can read.
    fn each_row(&self, mut f: impl FnMut(usize, usize, usize)) {
        let (inner, outer) = (&self.input, &self.bordered);
        let (top, left) = (self.window.rows.before, self.window.columns.before);
        // A stride can leave cells at the far edge that no window reads.
        let height = inner.height.min(outer.height.saturating_sub(top));
        let width = inner.width.min(outer.width.saturating_sub(left));
        for image in 0..inner.count {
            for row in 0..height {
                f(
                    image * inner.image() + row * inner.row(),
                    image * outer.image() + (row + top) * outer.row() + left * outer.channels,
                    width * inner.channels,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::geometry::Axis;
    use crate::kernels::reference::{self, widen};
    use proptest::prelude::*;

    fn axis() -> impl Strategy<Value = Axis> {
        (1..4usize, 1..4usize, 0..3usize, 0..3usize, 1..3usize).prop_map(
            |(kernel, stride, before, after, dilation)| Axis {
                kernel,
                stride,
                before,
                after,
                dilation,
                ceil: false,
            },
        )
    }

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|i| (((i * 2_654_435_761 + seed * 40_503) >> 7) % 2001) as f32 / 1000.0 - 1.0)
            .collect()
    }

    fn close(found: &[f32], expected: &[f64], what: &str) {
        let largest = expected.iter().fold(1e-3f64, |m, x| m.max(x.abs()));
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let difference = (f64::from(*found) - expected).abs();
            assert!(difference <= 1e-5 * largest, "{what}[{i}]: {found}, expected {expected}");
        }
    }

    proptest! {
        #[test]
        fn forward_and_backward_agree_with_the_reference(
            rows in axis(), columns in axis(), groups in 1..4usize, ins in 1..5usize, outs in 1..7usize,
            count in 1..3usize, height in 4..9usize, width in 4..9usize,
        ) {
            let window = Window { rows, columns };
            let Ok([out_height, out_width]) = window.output("conv", height, width) else { return Ok(()) };
            let input = Images { count, height, width, channels: ins * groups };
            let output = Images { count, height: out_height, width: out_width, channels: outs * groups };
            let conv = Conv::new(window, groups, input, output);
            let x = numbers(input.len(), 1);
            let filter = numbers(output.channels * conv.depth(), 2);
            let bias = numbers(output.channels, 3);
            let dy = numbers(output.len(), 4);
            let mut scratch = Scratch::default();
            let mut packed = Vec::new();
            conv.pack(&filter, &mut packed);

            let (wide_x, wide_filter, wide_bias) = (widen(&x), widen(&filter), widen(&bias));
            let expected = reference::conv(window, groups, input, output, &wide_x, &wide_filter, &wide_bias);
            let mut y = vec![f32::NAN; output.len()];
            conv.forward(&x, &packed, &bias, false, &mut y, &mut scratch);
            close(&y, &expected, "y");

            let (dx, dfilter, dbias) = reference::conv_backward(window, groups, input, output, &wide_x, &wide_filter, &widen(&dy));
            let (mut found_dx, mut found_dfilter, mut found_dbias) =
                (vec![0.0; x.len()], vec![0.0; filter.len()], vec![0.0; bias.len()]);
            conv.backward_input(&dy, &filter, &mut found_dx, &mut scratch);
            conv.backward_filter(&x, &dy, &mut found_dfilter, &mut scratch);
            conv.backward_bias(&dy, &mut found_dbias);
            close(&found_dx, &dx, "dx");
            close(&found_dfilter, &dfilter, "dfilter");
            close(&found_dbias, &dbias, "dbias");
        }
    }
}
