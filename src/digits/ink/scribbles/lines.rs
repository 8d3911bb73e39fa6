//! Lines without a meaning: dots, dashes, zigzags, waves, spirals, walks, blots, curves.

use std::f32::consts::{PI, TAU};

use rand::RngExt;

use crate::digits::ink::Drawing;
use crate::digits::ink::hand::gaussian;
use crate::rng::Rng;

/// Strokes of generated knots.
type Strokes = Vec<Vec<[i8; 2]>>;

/// The knot nearest to a point.
fn knot(x: f32, y: f32) -> [i8; 2] {
    // The cast saturates.
    [x.round() as i8, y.round() as i8]
}

/// One to six dots, each a point or a speck.
pub(super) fn dots(rng: &mut Rng) -> Drawing {
    let count = rng.random_range(1..=6);
    let strokes = (0..count)
        .map(|_| {
            let at = [rng.random_range(0.0..100.0f32), rng.random_range(0.0..100.0f32)];
            let length = rng.random_range(1..=3);
            // A single speck would be scaled up to a stroke, so a single dot is one point.
            let size = if count == 1 { 0.0 } else { 2.0 };
            (0..length).map(|_| at.map(|c| c + gaussian(rng) * size)).collect()
        })
        .collect();
    Drawing { strokes }
}

/// A level stroke, or two to five parallel strokes, level or upright.
pub(super) fn dashes(rng: &mut Rng) -> Strokes {
    let count = rng.random_range(1..=5);
    // One upright stroke would be a 1.
    let level = count == 1 || rng.random_bool(0.5);
    let apart = rng.random_range(14.0..30.0);
    (0..count)
        .map(|i| {
            let (near, far, across) =
                (rng.random_range(0.0..10.0), rng.random_range(80.0..100.0), i as f32 * apart);
            let ends = [[near, across], [far, across + 4.0 * gaussian(rng)]];
            ends.map(|[along, across]| if level { knot(along, across) } else { knot(across, along) }).to_vec()
        })
        .collect()
}

/// A zigzag from left to right with at least five turns, because a Z is a 2.
pub(super) fn zigzag(rng: &mut Rng) -> Strokes {
    let turns = rng.random_range(5..=12);
    let height = rng.random_range(25.0..100.0);
    let mut knots = Vec::new();
    for turn in 0..=turns {
        let x = 120.0 * turn as f32 / turns as f32 + 2.0 * gaussian(rng);
        let y = if turn % 2 == 0 { height } else { 0.0 } + 0.08 * height * gaussian(rng);
        knots.extend([knot(x, y); 2]);
    }
    vec![knots]
}

/// A wave of two to six periods from left to right, sometimes with loops like a spring.
pub(super) fn wave(rng: &mut Rng) -> Strokes {
    let swings = rng.random_range(2.0..6.0);
    let height = rng.random_range(15.0..45.0);
    let loops = if rng.random_bool(0.5) { rng.random_range(0.5..2.0) * 60.0 / (TAU * swings) } else { 0.0 };
    let pieces = (swings * 8.0) as usize;
    let stroke = (0..=pieces).map(|piece| {
        let t = piece as f32 / pieces as f32;
        let angle = t * swings * TAU;
        knot(120.0 * t + loops * libm::cosf(angle), height * libm::sinf(angle))
    });
    vec![stroke.collect()]
}

/// A spiral of two to five turns outwards in either direction; one turn would be a 6, a 9 or a 0.
pub(super) fn spiral(rng: &mut Rng) -> Strokes {
    let turns = rng.random_range(2.0..5.0);
    let start = rng.random_range(0.0..TAU);
    let way = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let inner = rng.random_range(0.0..15.0);
    let pieces = (turns * 9.0) as usize;
    let stroke = (0..=pieces).map(|piece| {
        let t = piece as f32 / pieces as f32;
        let (angle, radius) = (start + way * t * turns * TAU, inner + (50.0 - inner) * t);
        knot(50.0 + radius * libm::cosf(angle), 50.0 + radius * libm::sinf(angle))
    });
    vec![stroke.collect()]
}

/// One to three random walks with a drifting direction, kept within a box.
pub(super) fn walk(rng: &mut Rng) -> Drawing {
    let strokes = rng.random_range(1..=3);
    let wild = rng.random_range(0.15..0.7);
    let strokes = (0..strokes)
        .map(|_| {
            let mut at = [rng.random_range(20.0..80.0f32), rng.random_range(20.0..80.0f32)];
            let mut direction = rng.random_range(0.0..TAU);
            let mut turn = 0.0;
            let steps = rng.random_range(80..250);
            (0..steps)
                .map(|_| {
                    turn = 0.8 * turn + wild * gaussian(rng);
                    direction += turn;
                    let way = [libm::cosf(direction), libm::sinf(direction)];
                    at = [0, 1].map(|c| at[c] + 3.0 * way[c]);
                    if at.iter().any(|c| !(0.0..=100.0).contains(c)) {
                        // Back towards the middle.
                        direction = libm::atan2f(50.0 - at[1], 50.0 - at[0]) + 0.5 * gaussian(rng);
                    }
                    at
                })
                .collect()
        })
        .collect();
    Drawing { strokes }
}

/// A round or square area filled by hatching or by rings.
pub(super) fn fill(rng: &mut Rng) -> Strokes {
    if rng.random_bool(0.3) {
        let turns = rng.random_range(3..=8);
        let ring = (0..turns * 8).map(|piece| {
            let angle = piece as f32 / 8.0 * TAU;
            // As often near the middle as at the rim: a ring would be a 0.
            let radius = rng.random_range(0.0..48.0);
            knot(50.0 + radius * libm::cosf(angle), 50.0 + radius * libm::sinf(angle))
        });
        return vec![ring.collect()];
    }
    let lines = rng.random_range(6..=16);
    let round = rng.random_bool(0.6);
    let mut knots = Vec::new();
    for line in 0..lines {
        let y = (line as f32 + 0.5) / lines as f32;
        let half = if round { 50.0 * libm::sinf(PI * y) } else { 50.0 };
        let side = if line % 2 == 0 { 1.0 } else { -1.0 };
        knots.push(knot(50.0 + side * half * rng.random_range(0.7..1.0), 100.0 * y));
    }
    vec![knots]
}

/// A smooth curve through seven to fourteen random points; fewer points often give a 2 or a 6.
pub(super) fn curve(rng: &mut Rng) -> Strokes {
    let count = rng.random_range(7..=14);
    let stroke = (0..count).map(|_| knot(rng.random_range(0.0..100.0), rng.random_range(0.0..100.0)));
    vec![stroke.collect()]
}
