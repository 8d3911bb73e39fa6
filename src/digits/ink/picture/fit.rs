//! Scales extracted strokes into the 28×28 image.

use super::{super::DigitImage, Plane};

/// The smallest intensity inside the bounding box, so that the blur around an edge does not enlarge it.
const EDGE: f32 = 0.25;

/// The strokes as a 28×28 image: their bounding box scaled to 20×20 with its aspect ratio kept, their centre of mass at the
/// centre. `None` without strokes.
pub(super) fn frame(ink: &Plane) -> Option<DigitImage> {
    let [left, top, right, bottom] = bounds(ink)?;
    let [x, y] = centre_of_mass(ink)?;
    let longer = (right - left).max(bottom - top);
    let centre = DigitImage::SIZE as f64 / 2.0;
    // Source pixels per pixel of the image. Below 1, a window of one source pixel interpolates between neighbours.
    let step = longer as f64 / DigitImage::BOX as f64;
    let window = step.max(1.0);
    let columns = windows(x - centre * step, step, window, ink.width);
    let rows = windows(y - centre * step, step, window, ink.height);
    let mut image = DigitImage::blank();
    for (line, row) in image.0.chunks_exact_mut(DigitImage::SIZE).zip(&rows) {
        for (pixel, column) in line.iter_mut().zip(&columns) {
            let mut sum = 0.0;
            for &(y, height) in row {
                let source = &ink.values[y * ink.width..][..ink.width];
                sum += height * column.iter().map(|&(x, width)| width * f64::from(source[x])).sum::<f64>();
            }
            *pixel = (sum / (window * window)).min(1.0) as f32;
        }
    }
    Some(image)
}

/// The strokes of a picture that is framed already, which [`frame`] would only blur: 28×28 with strokes of about 20 pixels,
/// centred to within a pixel, as in MNIST. `None` for any other picture.
pub(super) fn already_framed(ink: &Plane) -> Option<DigitImage> {
    if (ink.width, ink.height) != (DigitImage::SIZE, DigitImage::SIZE) {
        return None;
    }
    let [left, top, right, bottom] = bounds(ink)?;
    let longer = (right - left).max(bottom - top);
    let centred = |c: f64| (c - DigitImage::SIZE as f64 / 2.0).abs() <= 1.0;
    if !(DigitImage::BOX - 4..=DigitImage::BOX).contains(&longer)
        || !centre_of_mass(ink)?.into_iter().all(centred)
    {
        return None;
    }
    let mut image = DigitImage::blank();
    image.0.copy_from_slice(&ink.values);
    Some(image)
}

/// For each pixel of the image along one axis: the source pixels that its window overlaps, each with the overlap.
fn windows(start: f64, step: f64, window: f64, length: usize) -> Vec<Vec<(usize, f64)>> {
    let mut windows = Vec::with_capacity(DigitImage::SIZE);
    for pixel in 0..DigitImage::SIZE {
        let from = start + (pixel as f64 + 0.5) * step - window / 2.0;
        let to = (from + window).min(length as f64);
        let from = from.max(0.0);
        let mut inside = Vec::new();
        for i in from as usize..to.ceil().max(0.0) as usize {
            let part = to.min(i as f64 + 1.0) - from.max(i as f64);
            if part > 0.0 {
                inside.push((i, part));
            }
        }
        windows.push(inside);
    }
    windows
}

/// The bounding box `[left, top, right, bottom]` of the strokes; right and bottom are exclusive.
fn bounds(ink: &Plane) -> Option<[usize; 4]> {
    let mut bounds: Option<[usize; 4]> = None;
    for (y, row) in ink.rows().enumerate() {
        let Some(first) = row.iter().position(|&v| v > EDGE) else { continue };
        let last = row.iter().rposition(|&v| v > EDGE).unwrap_or(first) + 1;
        let [left, top, right, _] = bounds.unwrap_or([first, y, last, y]);
        bounds = Some([left.min(first), top, right.max(last), y + 1]);
    }
    bounds
}

/// The centre of mass `[x, y]` in pixels from the upper left corner.
fn centre_of_mass(ink: &Plane) -> Option<[f64; 2]> {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (row, line) in ink.rows().enumerate() {
        for (column, &value) in line.iter().enumerate() {
            let value = f64::from(value);
            mass += value;
            x += value * (column as f64 + 0.5);
            y += value * (row as f64 + 0.5);
        }
    }
    (mass > 0.0).then(|| [x / mass, y / mass])
}
