//! Simulated handwriting: from the knots of a letterform to the strokes that a person might draw.
//!
//! A *letterform* lists the knots of its strokes in a box of 100×100, y downwards; a repeated knot is a corner. A [`Hand`]
//! has a slant, a breadth and a tremor that hold for one drawing; the variation of strokes and knots is drawn at random
//! as it writes.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Drawing, Point};
use crate::rng::Rng;

/// The knots of one stroke.
pub(super) type Knots = &'static [[i8; 2]];

/// The strokes of a letterform, in the order in which they are drawn.
pub(super) type Form = &'static [Knots];

/// The distance between points of a written stroke in the letterform's units, about that of a drawing pad.
const STEP: f32 = 3.0;

/// The random parameters of one person's handwriting.
#[derive(Debug, Clone)]
pub(super) struct Hand {
    /// The linear map applied to all points, as matrix rows, about the centre of the box.
    linear: [[f32; 2]; 2],
    /// The quadratic distortion: the coefficients of x², xy and y² in x and in y.
    bend: [[f32; 3]; 2],
    /// The standard deviation of a knot's position.
    knot_std: f32,
    /// The standard deviation of a stroke's position.
    stroke_std: f32,
    /// The standard deviation of a stroke's ends along the stroke: overshoot and gaps.
    end_std: f32,
    /// The standard deviation of the tremor per point.
    tremor: f32,
    /// The probability that a corner is rounded.
    round: f64,
    /// The probability that a stroke starts or ends with a tick, where the pen lands or leaves in motion.
    tick: f64,
}

impl Hand {
    /// A hand with random parameters.
    pub(super) fn random(rng: &mut Rng) -> Self {
        let mut normal = |std: f32| gaussian(rng) * std;
        let angle = normal(0.12).clamp(-0.4, 0.4);
        let slant = (0.1 + normal(0.2)).clamp(-0.5, 0.7);
        let breadth = libm::expf(normal(0.22).clamp(-0.6, 0.5));
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let bend = [0; 2].map(|_| [0; 3].map(|_| normal(0.06)));
        Hand {
            // Breadth, then slant (the top moves right), then rotation.
            linear: [[cos * breadth, -cos * slant - sin], [sin * breadth, -sin * slant + cos]],
            bend,
            knot_std: rng.random_range(0.8..4.5),
            stroke_std: rng.random_range(0.0..4.0),
            end_std: rng.random_range(0.0..5.0),
            tremor: rng.random_range(0.0f32..1.0).powi(3) * 1.2,
            round: rng.random_range(0.0..0.6),
            tick: rng.random_range(0.0f64..1.0).powi(3) * 0.4,
        }
    }

    /// The same hand with sharper corners: a rounded triangle would look like a 0.
    pub(super) fn crisp(self) -> Self {
        Hand { round: 0.2 * self.round, ..self }
    }

    /// Writes a letterform.
    pub(super) fn write(&self, form: &[impl AsRef<[[i8; 2]]>], rng: &mut Rng) -> Drawing {
        let strokes = form.iter().map(|knots| self.stroke(knots.as_ref(), rng)).collect();
        Drawing { strokes }
    }

    fn stroke(&self, knots: &[[i8; 2]], rng: &mut Rng) -> Vec<Point> {
        let shift = [0; 2].map(|_| gaussian(rng) * self.stroke_std);
        let mut moved: Vec<Point> = Vec::with_capacity(knots.len() + 2);
        for (i, &knot) in knots.iter().enumerate() {
            if i > 0 && knots[i - 1] == knot {
                // A corner repeats the moved knot exactly; a rounded corner does not repeat it.
                if let (false, Some(&corner)) = (rng.random_bool(self.round), moved.last()) {
                    moved.push(corner);
                }
                continue;
            }
            let offset = [0; 2].map(|_| gaussian(rng) * self.knot_std);
            let [x, y] = self.bent(knot.map(f32::from));
            moved.push([x + shift[0] + offset[0], y + shift[1] + offset[1]]);
        }
        self.stretch_ends(&mut moved, rng);
        let mut points = through(&moved, STEP);
        self.shake(&mut points, rng);
        for [x, y] in &mut points {
            let [[a, b], [c, d]] = self.linear;
            (*x, *y) = (a * *x + b * *y, c * *x + d * *y);
        }
        points
    }

    /// A point of the box after the quadratic distortion, relative to the centre of the box.
    fn bent(&self, [x, y]: Point) -> Point {
        let (u, v) = (x / 50.0 - 1.0, y / 50.0 - 1.0);
        let along = |[uu, uv, vv]: [f32; 3]| uu * u * u + uv * u * v + vv * v * v;
        [50.0 * (u + along(self.bend[0])), 50.0 * (v + along(self.bend[1]))]
    }

    /// Lengthens or shortens a stroke at both ends, and adds ticks.
    fn stretch_ends(&self, knots: &mut Vec<Point>, rng: &mut Rng) {
        for _ in 0..2 {
            knots.reverse();
            let &[.., before, last] = knots.as_slice() else { return };
            let way = [last[0] - before[0], last[1] - before[1]];
            let length = way[0].hypot(way[1]);
            if length > 0.0 {
                // The limit keeps the last segment from reversing its direction.
                let by = (gaussian(rng) * self.end_std).max(-0.4 * length) / length;
                let end = knots.len() - 1;
                knots[end] = [last[0] + way[0] * by, last[1] + way[1] * by];
            }
            if rng.random_bool(self.tick) {
                let end = knots[knots.len() - 1];
                knots.push([end[0] + gaussian(rng) * 5.0, end[1] + gaussian(rng) * 5.0]);
            }
        }
    }

    /// Adds a tremor that is correlated over a few points (an autoregressive process).
    fn shake(&self, points: &mut [Point], rng: &mut Rng) {
        let mut offset = [0.0f32; 2];
        for point in points {
            for (coordinate, offset) in point.iter_mut().zip(&mut offset) {
                *offset = 0.7 * *offset + self.tremor * gaussian(rng);
                *coordinate += *offset;
            }
        }
    }
}

/// A sample of the standard normal distribution.
pub(super) fn gaussian(rng: &mut Rng) -> f32 {
    rng.sample(StandardNormal)
}

/// A smooth curve through `knots` with points about `step` apart; a repeated knot is a corner.
///
/// Centripetal Catmull-Rom, which has no loops or overshoot for unevenly spaced knots (Yuksel, Schaefer, Keyser, 2011).
pub(super) fn through(knots: &[Point], step: f32) -> Vec<Point> {
    let mut points: Vec<Point> = knots.first().copied().into_iter().collect();
    for i in 1..knots.len() {
        let (from, to) = (knots[i - 1], knots[i]);
        if from == to {
            continue;
        }
        // Beyond an end or a corner, the neighbouring knot is mirrored.
        let mirrored = |knot: Point, centre: Point| [2.0 * centre[0] - knot[0], 2.0 * centre[1] - knot[1]];
        let outside = |next: Option<&Point>, end: Point, inner: Point| match next {
            Some(&next) if next != end => next,
            _ => mirrored(inner, end),
        };
        let before = outside(i.checked_sub(2).and_then(|b| knots.get(b)), from, to);
        let after = outside(knots.get(i + 1), to, from);
        let pieces = (distance(from, to) / step).ceil().clamp(1.0, 200.0) as usize;
        for piece in 1..pieces {
            points.push(between([before, from, to, after], piece as f32 / pieces as f32));
        }
        points.push(to);
    }
    points
}

fn distance(a: Point, b: Point) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point at fraction `t` between the second and third of four knots (Barry and Goldman's pyramid).
fn between(knots: [Point; 4], t: f32) -> Point {
    let mut times = [0.0f32; 4];
    for i in 1..4 {
        times[i] = times[i - 1] + distance(knots[i - 1], knots[i]).sqrt().max(1e-3);
    }
    let time = times[1] + t * (times[2] - times[1]);
    let mut level = knots;
    for height in 1..4 {
        for i in 0..4 - height {
            // The last level spans the two middle knots only.
            let (from, to) = if height == 3 { (1, 2) } else { (i, i + height) };
            let share = (time - times[from]) / (times[to] - times[from]);
            level[i] = [0, 1].map(|c| level[i][c] + share * (level[i + 1][c] - level[i][c]));
        }
    }
    level[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn a_curve_passes_through_its_knots() {
        let knots = [[0.0, 0.0], [30.0, 0.0], [30.0, 0.0], [40.0, 50.0], [0.0, 51.0]];
        let points = through(&knots, 3.0);
        assert!(knots.iter().all(|knot| points.contains(knot)));
        assert!(points.windows(2).all(|pair| distance(pair[0], pair[1]) < 6.0));
        // The curve is straight before the corner.
        assert!(points.iter().take_while(|p| p[0] < 30.0).all(|p| p[1] == 0.0));
    }

    #[test]
    fn degenerate_strokes_are_written() {
        let form: [&[[i8; 2]]; 4] = [&[], &[[5, 5]], &[[5, 5], [5, 5]], &[[0, 0], [100, 100]]];
        for seed in 0..200 {
            let mut rng = stream(seed, &[]);
            let hand = Hand::random(&mut rng);
            assert!(hand.write(&form, &mut rng).check().is_ok());
        }
    }
}
