//! The gradient of the input of a convolution with stride 1: another convolution, of dy with the filters rotated by
//! 180°.
//!
//! It uses Winograd's scheme, over the many pixels of a training batch. The filters change with every training
//! step, so each pass transforms them again: with fewer pixels that takes longer than it saves.

use super::winograd::{Kind, Winograd};
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::view::{Images, View};

/// Minimum number of pixels of all images: by calculation, the time to transform a filter is about recovered from
/// here on.
const MIN_PIXELS: usize = 1024;

/// The convolution of the gradient, and its buffers.
#[derive(Clone, Debug)]
pub(super) struct RotatedFilters {
    kernel: Winograd,
    window: Window,
    dy: View,
    bordered: View,
    bordered_dy: Vec<f32>,
    filter: Vec<f32>,
    gradient: Vec<f32>,
    scratch: Vec<f32>,
}

impl RotatedFilters {
    /// The gradient of a convolution of `x` to `y`, if it is faster this way.
    pub(super) fn where_it_pays(window: Window, groups: usize, x: Images, y: Images) -> Option<Self> {
        (x.pixels() >= MIN_PIXELS).then(|| RotatedFilters::new(window, groups, x, y)).flatten()
    }

    /// The gradient of a convolution of `x` to `y`, if Winograd's scheme supports it.
    pub(super) fn new(window: Window, groups: usize, x: Images, y: Images) -> Option<Self> {
        let reach = |axis: Axis| axis.kernel.checked_sub(1 + axis.before);
        let before = [reach(window.rows)?, reach(window.columns)?];
        let mut turned = window;
        (turned.rows.before, turned.columns.before) = (before[0], before[1]);
        let kind = Kind::suitable(turned, groups, y, x)?;
        let bordered = View::bordered(y, kind.border(turned, y, x));
        let filter = vec![0.0; x.channels * y.channels * window.area()];
        let kernel = Winograd::new(kind, turned, &bordered, &View::packed(x), &filter, &[]);
        Some(RotatedFilters {
            scratch: vec![0.0; kernel.scratch()],
            kernel,
            window,
            dy: View::packed(y),
            bordered,
            bordered_dy: vec![0.0; bordered.image * y.count],
            filter,
            gradient: vec![0.0; x.len()],
        })
    }

    /// Adds the gradient to `dx`.
    pub(super) fn add(&mut self, dy: &[f32], filter: &[f32], dx: &mut [f32]) {
        self.rotate(filter);
        self.kernel.set_filters(&self.filter);
        self.dy.each_run(&self.bordered, |inner, outer, run| {
            self.bordered_dy[outer..][..run].copy_from_slice(&dy[inner..][..run]);
        });
        self.kernel.forward(&self.bordered_dy, None, false, &mut self.gradient, &mut self.scratch);
        dx.iter_mut().zip(&self.gradient).for_each(|(dx, gradient)| *dx += gradient);
    }

    /// Converts `[outputs, taps, channels]` to `[channels, taps in reverse order, outputs]`.
    fn rotate(&mut self, filter: &[f32]) {
        let taps = self.window.area();
        let outputs = self.dy.images.channels;
        let channels = filter.len() / (taps * outputs);
        for (channel, turned) in self.filter.chunks_exact_mut(taps * outputs).enumerate() {
            for (tap, turned) in turned.chunks_exact_mut(outputs).rev().enumerate() {
                let numbers = filter[tap * channels + channel..].iter().step_by(taps * channels);
                turned.iter_mut().zip(numbers).for_each(|(turned, number)| *turned = *number);
            }
        }
    }
}
