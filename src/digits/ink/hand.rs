//! A hand that writes: from a few knots to the strokes that a person might make of them.
//!
//! A *letterform* lists the knots of its strokes in a box of 100×100, y downwards; a knot that stands twice is a corner. A
//! [`Hand`] is one person in one mood. It has a slant, a breadth and a shakiness that hold for a whole drawing; what
//! varies from stroke to stroke and from knot to knot is drawn anew as it writes.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Drawing, Point};
use crate::rng::Rng;

/// The knots of one stroke.
pub(super) type Knots = &'static [[i8; 2]];

/// The strokes of a letterform, in the order in which they are drawn.
pub(super) type Form = &'static [Knots];

/// The distance between points of a written stroke, in the letterform's units: a pad gives about as many.
const STEP: f32 = 3.0;

/// One person's way of writing.
#[derive(Debug, Clone)]
pub(super) struct Hand {
    /// What is done to a place: rows of a matrix, about the middle of the box.
    linear: [[f32; 2]; 2],
    /// How the form bends: the factors of x², xy and y² in x and in y.
    bend: [[f32; 3]; 2],
    /// The deviation of a knot from its place.
    loose: f32,
    /// The deviation of a whole stroke from its place.
    apart: f32,
    /// The deviation of a stroke's ends along it: overshoot and gaps.
    ends: f32,
    /// The size of the tremor.
    tremor: f32,
    /// How likely a corner is written round.
    round: f64,
    /// How likely a stroke starts or ends with a tick, where the pen lands or leaves in motion.
    tick: f64,
}

impl Hand {
    /// Somebody's hand.
    pub(super) fn random(rng: &mut Rng) -> Self {
        let mut normal = |deviation: f32| gaussian(rng) * deviation;
        let angle = normal(0.12).clamp(-0.4, 0.4);
        let slant = (0.1 + normal(0.2)).clamp(-0.5, 0.7);
        let breadth = libm::expf(normal(0.22).clamp(-0.6, 0.5));
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let bend = [0; 2].map(|_| [0; 3].map(|_| normal(0.06)));
        Hand {
            // First the breadth, then the slant (the top goes right), then the turn.
            linear: [[cos * breadth, -cos * slant - sin], [sin * breadth, -sin * slant + cos]],
            bend,
            loose: rng.random_range(0.8..4.5),
            apart: rng.random_range(0.0..4.0),
            ends: rng.random_range(0.0..5.0),
            tremor: rng.random_range(0.0f32..1.0).powi(3) * 1.2,
            round: rng.random_range(0.0..0.6),
            tick: rng.random_range(0.0f64..1.0).powi(3) * 0.4,
        }
    }

    /// The same hand taking care of its corners: a triangle written round would be a 0.
    pub(super) fn crisp(self) -> Self {
        Hand { round: 0.2 * self.round, ..self }
    }

    /// Writes a letterform.
    pub(super) fn write(&self, form: &[impl AsRef<[[i8; 2]]>], rng: &mut Rng) -> Drawing {
        let strokes = form.iter().map(|knots| self.stroke(knots.as_ref(), rng)).collect();
        Drawing { strokes }
    }

    fn stroke(&self, knots: &[[i8; 2]], rng: &mut Rng) -> Vec<Point> {
        let shift = [0; 2].map(|_| gaussian(rng) * self.apart);
        let mut places: Vec<Point> = Vec::with_capacity(knots.len() + 2);
        for (i, &knot) in knots.iter().enumerate() {
            if i > 0 && knots[i - 1] == knot {
                // The second of a corner's knots stands exactly on the first, or a round corner has but one.
                if let (false, Some(&corner)) = (rng.random_bool(self.round), places.last()) {
                    places.push(corner);
                }
                continue;
            }
            let loose = [0; 2].map(|_| gaussian(rng) * self.loose);
            let [x, y] = self.bent(knot.map(f32::from));
            places.push([x + shift[0] + loose[0], y + shift[1] + loose[1]]);
        }
        self.stretch_ends(&mut places, rng);
        let mut points = through(&places, STEP);
        self.shake(&mut points, rng);
        for [x, y] in &mut points {
            let [[a, b], [c, d]] = self.linear;
            (*x, *y) = (a * *x + b * *y, c * *x + d * *y);
        }
        points
    }

    /// A place of the box, about its middle, bent.
    fn bent(&self, [x, y]: Point) -> Point {
        let (u, v) = (x / 50.0 - 1.0, y / 50.0 - 1.0);
        let along = |[uu, uv, vv]: [f32; 3]| uu * u * u + uv * u * v + vv * v * v;
        [50.0 * (u + along(self.bend[0])), 50.0 * (v + along(self.bend[1]))]
    }

    /// Lengthens or shortens a stroke at both ends, and lets the pen land or leave with a tick.
    fn stretch_ends(&self, places: &mut Vec<Point>, rng: &mut Rng) {
        for _ in 0..2 {
            places.reverse();
            let &[.., before, last] = places.as_slice() else { return };
            let way = [last[0] - before[0], last[1] - before[1]];
            let length = way[0].hypot(way[1]);
            if length > 0.0 {
                // Never so much shorter that the stroke turns round.
                let by = (gaussian(rng) * self.ends).max(-0.4 * length) / length;
                let end = places.len() - 1;
                places[end] = [last[0] + way[0] * by, last[1] + way[1] * by];
            }
            if rng.random_bool(self.tick) {
                let end = places[places.len() - 1];
                places.push([end[0] + gaussian(rng) * 5.0, end[1] + gaussian(rng) * 5.0]);
            }
        }
    }

    /// A tremor that lasts a few points each way.
    fn shake(&self, points: &mut [Point], rng: &mut Rng) {
        let mut off = [0.0f32; 2];
        for point in points {
            for (coordinate, off) in point.iter_mut().zip(&mut off) {
                *off = 0.7 * *off + self.tremor * gaussian(rng);
                *coordinate += *off;
            }
        }
    }
}

/// A normal deviate.
pub(super) fn gaussian(rng: &mut Rng) -> f32 {
    rng.sample(StandardNormal)
}

/// A smooth curve through `knots`, a point about every `step`; a knot that stands twice is a corner.
///
/// Centripetal Catmull-Rom: without loops or overshoot, however uneven the knots (Yuksel, Schaefer, Keyser, 2011).
pub(super) fn through(knots: &[Point], step: f32) -> Vec<Point> {
    let mut points: Vec<Point> = knots.first().copied().into_iter().collect();
    for i in 1..knots.len() {
        let (from, to) = (knots[i - 1], knots[i]);
        if from == to {
            continue;
        }
        // Past an end or a corner the curve goes on as it came.
        let mirrored = |at: Point, of: Point| [2.0 * at[0] - of[0], 2.0 * at[1] - of[1]];
        let outside = |next: Option<&Point>, at: Point, of: Point| match next {
            Some(&next) if next != at => next,
            _ => mirrored(at, of),
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

/// The place `t` of the way from the second to the third of four knots (Barry and Goldman's pyramid).
fn between(knots: [Point; 4], t: f32) -> Point {
    let mut times = [0.0f32; 4];
    for i in 1..4 {
        times[i] = times[i - 1] + distance(knots[i - 1], knots[i]).sqrt().max(1e-3);
    }
    let time = times[1] + t * (times[2] - times[1]);
    let mut level = knots;
    for height in 1..4 {
        for i in 0..4 - height {
            // The top of the pyramid spans the middle knots only.
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
    fn a_curve_goes_through_its_knots() {
        let knots = [[0.0, 0.0], [30.0, 0.0], [30.0, 0.0], [40.0, 50.0], [0.0, 51.0]];
        let points = through(&knots, 3.0);
        assert!(knots.iter().all(|knot| points.contains(knot)));
        assert!(points.windows(2).all(|pair| distance(pair[0], pair[1]) < 6.0));
        // Straight up to the corner: nothing of the turn shows before it.
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
