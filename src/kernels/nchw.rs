//! Conversion between NCHW order, the order of inputs and outputs, and views, whose channels are innermost.
//!
//! With `BLOCKS`, blocks of four channels by four pixels are transposed in registers; a small binary omits this.

use super::view::View;
use crate::simd::{flushed, turn};

/// Copies images from NCHW order into a view; denormals become zero.
pub fn read<const BLOCKS: bool>(from: &[f32], view: &View, to: &mut [f32]) {
    let images = view.images;
    let plane = images.height * images.width;
    if images.is_empty() {
        return;
    }
    let blocked = if BLOCKS { images.channels / 4 * 4 } else { 0 };
    for (image, from) in from.chunks_exact(plane * images.channels).enumerate().take(images.count) {
        for row in 0..images.height {
            let to = &mut to[view.at(image, row, 0)..][..(images.width - 1) * view.pixel + images.channels];
            let line = |channel: usize| &from[channel * plane + row * images.width..][..images.width];
            for channel in (0..blocked).step_by(4) {
                read_four(std::array::from_fn(|i| line(channel + i)), view.pixel, &mut to[channel..]);
            }
            for channel in blocked..images.channels {
                let pixels = to[channel..].iter_mut().step_by(view.pixel);
                pixels.zip(line(channel)).for_each(|(to, &x)| *to = flushed(x));
            }
        }
    }
}

/// Copies a row of four channels into pixels that are `step` values apart.
fn read_four(lines: [&[f32]; 4], step: usize, to: &mut [f32]) {
    let [a, b, c, d] = lines.map(|line| line.as_chunks::<4>());
    let blocks = a.0.iter().zip(b.0).zip(c.0.iter().zip(d.0));
    for (block, ((a, b), (c, d))) in blocks.enumerate() {
        let pixels = turn([*a, *b, *c, *d]);
        for (i, pixel) in pixels.iter().enumerate() {
            to[(4 * block + i) * step..][..4].copy_from_slice(pixel);
        }
    }
    let rest = lines[0].len() / 4 * 4;
    for (channel, line) in lines.iter().enumerate() {
        for (column, &x) in line.iter().enumerate().skip(rest) {
            to[column * step + channel] = flushed(x);
        }
    }
}

/// Copies images from a view into NCHW order.
pub fn write<const BLOCKS: bool>(from: &[f32], view: &View, to: &mut [f32]) {
    let images = view.images;
    let plane = images.height * images.width;
    if images.is_empty() {
        return;
    }
    for (image, planes) in to.chunks_exact_mut(plane * images.channels).enumerate() {
        for row in 0..images.height {
            let pixels = &from[view.at(image, row, 0)..][..(images.width - 1) * view.pixel + images.channels];
            write_row::<BLOCKS>(pixels, view, planes, plane, row * images.width);
        }
    }
}

/// Writes a row of pixels into planes of `area` values, one plane per channel, from index `at` on.
fn write_row<const BLOCKS: bool>(pixels: &[f32], view: &View, planes: &mut [f32], area: usize, at: usize) {
    let (step, channels, count) = (view.pixel, view.images.channels, view.images.width);
    let blocked = if BLOCKS { [channels / 4 * 4, count / 4 * 4] } else { [0, 0] };
    for (group, planes) in planes.chunks_exact_mut(4 * area).take(blocked[0] / 4).enumerate() {
        let mut planes = planes.chunks_exact_mut(area).map(|plane| &mut plane[at..][..count]);
        let mut four: [&mut [f32]; 4] = std::array::from_fn(|_| planes.next().unwrap_or_default());
        for block in (0..blocked[1]).step_by(4) {
            let pixels = &pixels[block * step..][..3 * step + channels];
            let pixel = |i: usize| std::array::from_fn(|j| pixels[i * step + 4 * group + j]);
            for (plane, turned) in four.iter_mut().zip(turn([pixel(0), pixel(1), pixel(2), pixel(3)])) {
                plane[block..][..4].copy_from_slice(&turned);
            }
        }
    }
    for (channel, plane) in planes.chunks_exact_mut(area).enumerate() {
        let done = if channel < blocked[0] { blocked[1] } else { 0 };
        for pixel in done..count {
            plane[at + pixel] = pixels[pixel * step + channel];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::view::Images;

    #[test]
    fn images_of_any_size_survive_a_round_trip() {
        for (channels, height, width) in [(2, 1, 2), (4, 2, 2), (5, 3, 7), (9, 8, 8), (16, 5, 13), (7, 33, 2)]
        {
            let images = Images { count: 2, height, width, channels };
            let view = View::packed(images);
            let values: Vec<f32> = (0..images.len()).map(|i| i as f32).collect();
            let read = [read::<true>, read::<false>].map(|read| {
                let mut memory = vec![f32::NAN; images.len()];
                read(&values, &view, &mut memory);
                memory
            });
            assert_eq!(read[0], read[1]);
            for write in [write::<true>, write::<false>] {
                let mut back = vec![f32::NAN; images.len()];
                write(&read[0], &view, &mut back);
                assert_eq!(back, values);
            }
        }
    }
}
