//! f32 tensors and their shapes.
//!
//! Shapes have the axis order of papers, PyTorch and ONNX: `[N, C, H, W]` for images, `[O, I, H, W]` for filters (NCHW
//! order). In memory the second axis of a rank-4 tensor is innermost (NHWC, OHWI), so that channels are the lanes of a
//! vector; all other ranks are row-major. [`Tensor::view`] is a strided view in NCHW order, without a copy.

use std::fmt;

use ndarray::{ArrayViewD, IxDyn, ShapeBuilder};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::simd::turn;

/// The largest number of elements in a tensor, and in all values of a network together: 2³⁰, 4 GiB of f32. With 32-bit
/// addresses, whose 4 GiB also hold weights and their packed copies, it is a quarter of that.
pub const MAX_ELEMENTS: usize = if cfg!(target_pointer_width = "32") { 1 << 28 } else { 1 << 30 };

/// Resizes a buffer to `count` numbers; new ones are zero.
///
/// # Errors
/// [`Error::Memory`] when the allocation fails.
pub(crate) fn resize(numbers: &mut Vec<f32>, count: usize) -> Result<()> {
    let more = count.saturating_sub(numbers.len());
    numbers.try_reserve_exact(more).map_err(|_| Box::new(Error::Memory { bytes: 4 * more as u64 }))?;
    numbers.resize(count, 0.0);
    Ok(())
}

/// The sizes of a tensor's axes, in NCHW order.
#[derive(Clone, PartialEq, Eq, Default, Hash, Serialize)]
#[serde(transparent)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape with the given sizes of axes.
    pub fn new(axes: impl Into<Vec<usize>>) -> Self {
        Shape(axes.into())
    }

    /// The sizes of the axes.
    pub fn axes(&self) -> &[usize] {
        &self.0
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements of a tensor of this shape.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`MAX_ELEMENTS`], also when the product overflows. The limit also holds for the product of
    /// the other axes if one is 0.
    pub fn elements(&self) -> Result<usize> {
        self.0
            .iter()
            .try_fold(1usize, |product, &axis| product.checked_mul(axis.max(1)))
            .filter(|&product| product <= MAX_ELEMENTS)
            .map(|product| if self.0.contains(&0) { 0 } else { product })
            .ok_or_else(|| Error::too_large("a tensor", format_args!("{MAX_ELEMENTS} elements"), self))
    }

    /// The axes as `[N, C, H, W]`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for any other rank.
    pub fn nchw(&self, operation: &'static str) -> Result<[usize; 4]> {
        self.fixed(operation, "a shape N×C×H×W")
    }

    /// The axes as `[rows, columns]`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for any other rank.
    pub fn matrix(&self, operation: &'static str) -> Result<[usize; 2]> {
        self.fixed(operation, "a shape rows×columns")
    }

    fn fixed<const R: usize>(&self, operation: &'static str, expected: &str) -> Result<[usize; R]> {
        <[usize; R]>::try_from(&self.0[..]).map_err(|_| Error::mismatch(operation, expected, self))
    }

    /// The same shape with another batch size, the first axis.
    #[must_use]
    pub fn with_batch(&self, batch: usize) -> Self {
        let mut axes = self.0.clone();
        if let Some(first) = axes.first_mut() {
            *first = batch;
        }
        Shape(axes)
    }

    /// The indices of the axes in memory order, outermost first.
    pub(crate) fn memory_order(&self) -> Vec<usize> {
        match self.rank() {
            4 => vec![0, 2, 3, 1],
            rank => (0..rank).collect(),
        }
    }

    /// The stride of each axis in memory, in elements.
    pub(crate) fn strides(&self) -> Vec<usize> {
        match self.0[..] {
            // An empty tensor has no memory to stride over.
            _ if self.0.contains(&0) => vec![0; self.rank()],
            [_, c, h, w] => vec![h * w * c, 1, w * c, c],
            _ => {
                let mut strides = vec![1; self.rank()];
                for axis in (1..self.rank()).rev() {
                    strides[axis - 1] = strides[axis] * self.0[axis];
                }
                strides
            }
        }
    }
}

impl<const R: usize> From<[usize; R]> for Shape {
    fn from(axes: [usize; R]) -> Self {
        Shape(axes.to_vec())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("a scalar");
        }
        for (i, axis) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("×")?;
            }
            write!(f, "{axis}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A tensor of f32.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tensor {
    shape: Shape,
    data: Vec<f32>,
}

impl Tensor {
    /// A tensor of zeros.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`MAX_ELEMENTS`], [`Error::Memory`] when the allocation fails.
    pub fn zeros(shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        let mut data = Vec::new();
        resize(&mut data, shape.elements()?)?;
        Ok(Tensor { shape, data })
    }

    /// A tensor from values in row-major order over the shape (NCHW, OIHW).
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the number of values is not the shape's number of elements; as [`Tensor::zeros`].
    pub fn from_row_major(shape: impl Into<Shape>, values: &[f32]) -> Result<Self> {
        let mut tensor = Tensor::zeros(shape)?;
        tensor.copy_from_row_major(values)?;
        Ok(tensor)
    }

    /// Overwrites all elements with values in row-major order over the shape (NCHW, OIHW).
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the number of values is not the number of elements.
    pub fn copy_from_row_major(&mut self, values: &[f32]) -> Result<()> {
        if values.len() != self.data.len() {
            return Err(Error::mismatch(
                "tensor",
                format_args!("{} values for {}", self.data.len(), self.shape),
                values.len(),
            ));
        }
        match self.shape.0[..] {
            [n, c, h, w] if c > 1 && h * w > 1 => {
                let plane = h * w;
                for image in 0..n {
                    let from = &values[image * c * plane..][..c * plane];
                    let to = &mut self.data[image * c * plane..][..c * plane];
                    for (channel, values) in from.chunks_exact(plane).enumerate() {
                        for (pixel, &value) in to.chunks_exact_mut(c).zip(values) {
                            pixel[channel] = value;
                        }
                    }
                }
            }
            _ => self.data.copy_from_slice(values),
        }
        Ok(())
    }

    /// Iterates over the elements in row-major order over the shape (NCHW, OIHW), without a copy.
    pub fn iter_row_major(&self) -> impl Iterator<Item = f32> {
        let (channels, image) = match self.shape.0[..] {
            [_, c, h, w] => (c, c * h * w),
            _ => (1, self.data.len()),
        };
        self.data.chunks_exact(image.max(1)).flat_map(move |image| {
            (0..channels).flat_map(move |channel| image[channel..].iter().step_by(channels).copied())
        })
    }

    /// The elements in row-major order over the shape (NCHW, OIHW).
    pub fn to_row_major(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.data.len()];
        self.write_row_major(&mut values);
        values
    }

    /// Writes the elements in row-major order over the shape (NCHW, OIHW) to the front of `values`.
    pub fn write_row_major(&self, values: &mut [f32]) {
        let values = &mut values[..self.data.len()];
        match self.shape.0[..] {
            [_, c, h, w] if c > 1 && h * w > 1 => {
                for (from, to) in self.data.chunks_exact(c * h * w).zip(values.chunks_exact_mut(c * h * w)) {
                    write_planes(from, c, to);
                }
            }
            _ => values.copy_from_slice(&self.data),
        }
    }

    /// The shape, in NCHW order.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements in memory order (rank 4: NHWC).
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The elements in memory order (rank 4: NHWC), mutable.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The buffer of the elements in memory order (rank 4: NHWC).
    pub(crate) fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// A view of the tensor in NCHW order, without a copy.
    pub fn view(&self) -> ArrayViewD<'_, f32> {
        let shape = IxDyn(self.shape.axes()).strides(IxDyn(&self.shape.strides()));
        ArrayViewD::from_shape(shape, &self.data).expect("data and shape agree by construction")
    }

    /// Changes the shape and reuses the buffer if it is large enough. The elements are unspecified afterwards.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`MAX_ELEMENTS`], [`Error::Memory`] when the allocation fails.
    pub fn reshape_for_overwrite(&mut self, shape: &Shape) -> Result<()> {
        // The default tensor has the shape of a scalar and no element.
        if self.shape != *shape || self.data.is_empty() {
            resize(&mut self.data, shape.elements()?)?;
            self.shape.clone_from(shape);
        }
        Ok(())
    }

    /// Whether all elements are finite.
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|value| value.is_finite())
    }
}

/// Writes an HWC image as channel planes (CHW), a few pixels at a time, so that the pixels that all channels read stay in
/// the L1 cache.
fn write_planes(image: &[f32], channels: usize, planes: &mut [f32]) {
    const PIXELS: usize = 32;
    let area = image.len() / channels;
    for (index, pixels) in image.chunks(PIXELS * channels).enumerate() {
        write_pixels(pixels, channels, channels, planes, area, index * PIXELS);
    }
}

/// Writes pixels, `step` elements apart, into one plane of `area` elements per channel, each from index `at`. With the
/// feature `full`, where images may be large, blocks of four channels and four pixels are transposed in registers.
#[inline(never)]
pub(crate) fn write_pixels(
    pixels: &[f32],
    step: usize,
    channels: usize,
    planes: &mut [f32],
    area: usize,
    at: usize,
) {
    let count = (pixels.len() - channels) / step + 1;
    let turned = [channels / 4 * 4, count / 4 * 4];
    for (group, planes) in planes.chunks_exact_mut(4 * area).take(turned[0] / 4).enumerate() {
        let mut planes = planes.chunks_exact_mut(area).map(|plane| &mut plane[at..][..count]);
        let mut four: [&mut [f32]; 4] = std::array::from_fn(|_| planes.next().unwrap_or_default());
        for block in (0..turned[1]).step_by(4) {
            let pixels = &pixels[block * step..][..3 * step + channels];
            let pixel = |i: usize| std::array::from_fn(|j| pixels[i * step + 4 * group + j]);
            for (plane, turned) in four.iter_mut().zip(turn([pixel(0), pixel(1), pixel(2), pixel(3)])) {
                plane[block..][..4].copy_from_slice(&turned);
            }
        }
    }
    for (channel, plane) in planes.chunks_exact_mut(area).enumerate() {
        let done = if channel < turned[0] { turned[1] } else { 0 };
        for pixel in done..count {
            plane[at + pixel] = pixels[pixel * step + channel];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_4_is_nhwc_in_memory_and_nchw_outside() {
        let nchw: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let tensor = Tensor::from_row_major([2, 3, 2, 2], &nchw).unwrap();
        assert_eq!(&tensor.data()[..6], &[0.0, 4.0, 8.0, 1.0, 5.0, 9.0]);
        assert_eq!(tensor.to_row_major(), nchw);
        assert!(tensor.iter_row_major().eq(nchw));
        assert_eq!(tensor.view()[[1, 2, 0, 1]], 21.0);
    }

    #[test]
    fn planes_of_any_size_are_written() {
        for (channels, height, width) in [(2, 1, 2), (4, 2, 2), (5, 3, 7), (9, 8, 8), (16, 5, 13), (7, 33, 2)]
        {
            let nchw: Vec<f32> = (0..2 * channels * height * width).map(|i| i as f32).collect();
            let tensor = Tensor::from_row_major([2, channels, height, width], &nchw).unwrap();
            assert_eq!(tensor.to_row_major(), nchw);
        }
    }

    #[test]
    fn other_ranks_are_row_major() {
        let tensor = Tensor::from_row_major([2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(tensor.view()[[1, 0]], 3.0);
    }

    #[test]
    fn an_empty_tensor_can_be_viewed() {
        for axes in [vec![0, 4], vec![2, 0, 3, 3], vec![1 << 20, 0]] {
            let tensor = Tensor::zeros(Shape::new(axes)).unwrap();
            assert!(tensor.to_row_major().is_empty());
            assert_eq!(tensor.iter_row_major().count(), 0);
        }
    }

    #[test]
    fn a_product_that_overflows_is_refused() {
        for shape in [vec![usize::MAX / 2, 3], vec![0, usize::MAX / 2, 3]].map(Shape::new) {
            assert!(matches!(*shape.elements().unwrap_err(), Error::TooLarge { .. }));
        }
        assert!(Tensor::from_row_major([2, 2], &[0.0]).is_err());
    }
}
