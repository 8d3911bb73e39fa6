//! Between the spoken order (NCHW), in which numbers come and go, and the views of the arena, whose channels lie last.

use crate::kernels::view::View;
use crate::simd::{flushed, turn};
use crate::tensor::write_pixels;

/// Copies images from the spoken order into a view; denormals become zero.
pub(super) fn take_in(from: &[f32], view: &View, to: &mut [f32]) {
    let images = view.images;
    let plane = images.height * images.width;
    if images.is_empty() {
        return;
    }
    // Four channels by four pixels are turned in registers; the rest is copied value by value.
    let turned = images.channels / 4 * 4;
    for (image, from) in from.chunks_exact(plane * images.channels).enumerate().take(images.count) {
        for row in 0..images.height {
            let to = &mut to[view.at(image, row, 0)..][..(images.width - 1) * view.pixel + images.channels];
            let line = |channel: usize| &from[channel * plane + row * images.width..][..images.width];
            for channel in (0..turned).step_by(4) {
                let [a, b, c, d] = std::array::from_fn(|i| line(channel + i).as_chunks::<4>());
                let blocks = a.0.iter().zip(b.0).zip(c.0.iter().zip(d.0));
                for (block, ((a, b), (c, d))) in blocks.enumerate() {
                    let pixels = turn([*a, *b, *c, *d]);
                    for (i, pixel) in pixels.iter().enumerate() {
                        to[(4 * block + i) * view.pixel + channel..][..4].copy_from_slice(pixel);
                    }
                }
                let rest = images.width / 4 * 4;
                for (i, tail) in [a, b, c, d].iter().enumerate() {
                    for (column, &x) in (rest..).zip(tail.1) {
                        to[column * view.pixel + channel + i] = flushed(x);
                    }
                }
            }
            for channel in turned..images.channels {
                let pixels = to[channel..].iter_mut().step_by(view.pixel);
                pixels.zip(line(channel)).for_each(|(to, &x)| *to = flushed(x));
            }
        }
    }
}

/// Copies images from a view into the spoken order.
pub(super) fn give_out(from: &[f32], view: &View, to: &mut [f32]) {
    let images = view.images;
    let plane = images.height * images.width;
    if images.is_empty() {
        return;
    }
    for (image, planes) in to.chunks_exact_mut(plane * images.channels).enumerate() {
        for row in 0..images.height {
            let pixels = &from[view.at(image, row, 0)..][..(images.width - 1) * view.pixel + images.channels];
            write_pixels(pixels, view.pixel, images.channels, planes, plane, row * images.width);
        }
    }
}
