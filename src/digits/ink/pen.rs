//! Rasterizes strokes drawn with a round pen.
//!
//! A stroke is a chain of capsules: all points within the pen's radius of a segment. The canvas has 16×16 samples per
//! pixel, one bit each. A capsule covers one interval of a line of samples, given in closed form, so a segment costs a few
//! words per line of samples for any pen width. The canvas takes 25 KB.

use super::{DigitImage, Point, Point64};

/// Samples per pixel in each direction: the bits of a word.
const SAMPLES: usize = u16::BITS as usize;

/// Points closer than this to the point before are skipped, in pixels: two samples.
const NEAR: f64 = 2.0 / SAMPLES as f64;

/// A straight segment of a stroke, in pixels of the image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) from: Point64,
    pub(super) to: Point64,
}

impl Segment {
    pub(super) fn moved(self, dx: f64, dy: f64) -> Self {
        let moved = |[x, y]: Point64| [x + dx, y + dy];
        Segment { from: moved(self.from), to: moved(self.to) }
    }
}

/// The segments of `strokes` after `map` has mapped each point into the image. Points closer than two samples are skipped,
/// so the cost depends on the length of the line and not on its number of points.
pub(super) fn simplify(strokes: &[Vec<Point>], map: &dyn Fn(Point) -> Point64) -> Vec<Segment> {
    let mut segments = Vec::new();
    for stroke in strokes {
        let Some((&first, rest)) = stroke.split_first() else {
            continue;
        };
        let mut from = map(first);
        let dot = Segment { from, to: from };
        let before = segments.len();
        for (i, &point) in rest.iter().enumerate() {
            let to = map(point);
            let far = (to[0] - from[0]).abs().max((to[1] - from[1]).abs()) >= NEAR;
            // The last point is kept, so that a line keeps its length.
            if far || i + 1 == rest.len() && to != from {
                segments.push(Segment { from, to });
                from = to;
            }
        }
        if segments.len() == before {
            segments.push(dot);
        }
    }
    segments
}

/// The samples of the image that strokes cover: a word is one line of samples of one pixel.
pub(super) struct Canvas {
    lines: Vec<[u16; DigitImage::SIZE]>,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Canvas { lines: vec![[0; DigitImage::SIZE]; DigitImage::SIZE * SAMPLES] }
    }

    pub(super) fn clear(&mut self) {
        self.lines.fill([0; DigitImage::SIZE]);
    }

    /// Sets every sample within `radius` pixels of the segment.
    pub(super) fn stroke(&mut self, segment: Segment, radius: f64) {
        let scale = SAMPLES as f64;
        // In these units sample k is at k; the first is half a sample from the edge of its pixel.
        let sample = |[x, y]: Point64| [x * scale - 0.5, y * scale - 0.5];
        let (from, to) = (sample(segment.from), sample(segment.to));
        let radius = radius * scale;
        let last = (self.lines.len() - 1) as f64;
        let top = (from[1].min(to[1]) - radius).ceil().max(0.0);
        let bottom = (from[1].max(to[1]) + radius).floor().min(last);
        if top > bottom {
            return;
        }
        let capsule = Capsule::new(from, to, radius);
        for (line, words) in (top as usize..=bottom as usize).zip(&mut self.lines[top as usize..]) {
            let (left, right) = capsule.interval(line as f64);
            let left = left.ceil().max(0.0);
            let right = right.floor().min(last);
            if left <= right {
                fill(words, left as usize, right as usize);
            }
        }
    }

    /// The share of each pixel's samples that are set.
    pub(super) fn to_image(&self) -> DigitImage {
        let mut image = DigitImage::blank();
        let rows = image.0.chunks_exact_mut(DigitImage::SIZE);
        for (row, lines) in rows.zip(self.lines.chunks_exact(SAMPLES)) {
            let mut counts = [0u32; DigitImage::SIZE];
            for line in lines {
                for (count, word) in counts.iter_mut().zip(line) {
                    *count += word.count_ones();
                }
            }
            for (pixel, count) in row.iter_mut().zip(counts) {
                *pixel = count as f32 / (SAMPLES * SAMPLES) as f32;
            }
        }
        image
    }
}

/// Sets the bits `left..=right` of a line; bit 0 of a word is the leftmost sample of its pixel.
fn fill(words: &mut [u16; DigitImage::SIZE], left: usize, right: usize) {
    let (first, last) = (left / SAMPLES, right / SAMPLES);
    let head = u16::MAX << (left % SAMPLES);
    let tail = u16::MAX >> (SAMPLES - 1 - right % SAMPLES);
    if first == last {
        words[first] |= head & tail;
    } else {
        words[first] |= head;
        words[first + 1..last].fill(u16::MAX);
        words[last] |= tail;
    }
}

/// All points within a radius of a segment.
struct Capsule {
    ends: [Point64; 2],
    /// The two straight sides; `None` for a level segment and for a dot.
    sides: Option<[Side; 2]>,
    radius: f64,
}

/// The line x = `x` + `slope` · y from y = `top` to `bottom`.
struct Side {
    top: f64,
    bottom: f64,
    x: f64,
    slope: f64,
}

impl Capsule {
    fn new(from: Point64, to: Point64, radius: f64) -> Self {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = (dx * dx + dy * dy).sqrt();
        // A level segment's sides are parallel to the lines of samples; its end discs cover the same interval.
        let sides = (length > 0.0 && dy != 0.0).then(|| {
            [1.0, -1.0].map(|sign| {
                let normal = [-dy / length * radius * sign, dx / length * radius * sign];
                let (y0, y1) = (from[1] + normal[1], to[1] + normal[1]);
                Side {
                    top: y0.min(y1),
                    bottom: y0.max(y1),
                    x: from[0] + normal[0] - y0 * (dx / dy),
                    slope: dx / dy,
                }
            })
        });
        Capsule { ends: [from, to], sides, radius }
    }

    /// The smallest and largest x inside at height `y`; the first is larger than the second if there is no such x.
    fn interval(&self, y: f64) -> (f64, f64) {
        let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut reach = |a: f64, b: f64| {
            left = left.min(a);
            right = right.max(b);
        };
        for end in self.ends {
            let square = self.radius * self.radius - (y - end[1]) * (y - end[1]);
            if square >= 0.0 {
                let half = square.sqrt();
                reach(end[0] - half, end[0] + half);
            }
        }
        for side in self.sides.iter().flatten() {
            if (side.top..=side.bottom).contains(&y) {
                let x = side.x + y * side.slope;
                reach(x, x);
            }
        }
        (left, right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition: whether a point is within the radius of a segment.
    fn inside(p: Point64, s: Segment, radius: f64) -> bool {
        let d = [s.to[0] - s.from[0], s.to[1] - s.from[1]];
        let v = [p[0] - s.from[0], p[1] - s.from[1]];
        let square = d[0] * d[0] + d[1] * d[1];
        let t = if square > 0.0 { ((v[0] * d[0] + v[1] * d[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
        let away = [v[0] - t * d[0], v[1] - t * d[1]];
        (away[0] * away[0] + away[1] * away[1]).sqrt() <= radius
    }

    #[test]
    fn coverage_matches_the_definition() {
        for (from, to) in [
            ([10.0, 10.0], [10.0, 10.0]),
            ([5.0, 14.2], [22.0, 14.2]),
            ([14.3, 4.0], [14.3, 25.0]),
            ([3.1, 4.7], [20.9, 23.3]),
            ([20.0, 5.0], [19.9, 5.1]),
            ([-3.0, 30.0], [40.0, 2.0]),
            ([-9.0, -9.0], [-8.0, -5.0]),
        ] {
            let segment = Segment { from, to };
            let mut canvas = Canvas::new();
            canvas.stroke(segment, 1.25);
            let image = canvas.to_image();
            for (i, &pixel) in image.0.iter().enumerate() {
                let (row, column) = (i / DigitImage::SIZE, i % DigitImage::SIZE);
                let mut count = 0;
                for sample in 0..SAMPLES * SAMPLES {
                    let y = row as f64 + ((sample / SAMPLES) as f64 + 0.5) / SAMPLES as f64;
                    let x = column as f64 + ((sample % SAMPLES) as f64 + 0.5) / SAMPLES as f64;
                    count += u32::from(inside([x, y], segment, 1.25));
                }
                let expected = count as f32 / 256.0;
                assert!(
                    (pixel - expected).abs() <= 1.0 / 256.0,
                    "{from:?} {to:?}: pixel {row},{column} is {pixel}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn points_closer_than_two_samples_are_skipped() {
        let stroke = (0..10_000).map(|i| [i as f32 * 1e-3, 0.0]).collect();
        let segments = simplify(&[stroke, vec![[3.0, 3.0]], vec![]], &|p| p.map(f64::from));
        assert!(segments.len() < 85, "{}", segments.len());
        assert_eq!(segments[segments.len() - 2].to[0], f64::from(9999.0 * 1e-3f32));
        assert_eq!(segments[segments.len() - 1].from, [3.0, 3.0]);
    }
}
