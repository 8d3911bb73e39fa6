//! Curves and figures from their equations.

use std::f32::consts::{PI, TAU};

use convscope::rng::Rng;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Stroke;

/// A closed curve, from its point at each angle.
fn closed(point: impl Fn(f32) -> [f32; 2]) -> Vec<Stroke> {
    vec![(0..=160).map(|step| point(step as f32 / 160.0 * TAU)).collect()]
}

/// The point at an angle and a radius.
fn polar(angle: f32, radius: f32) -> [f32; 2] {
    [radius * angle.cos(), radius * angle.sin()]
}

pub(super) fn polyline(rng: &mut Rng) -> Vec<Stroke> {
    let corners = rng.random_range(6..=11);
    vec![(0..corners).map(|_| [rng.random_range(0.0..100.0), rng.random_range(0.0..100.0)]).collect()]
}

/// Frequency ratios of 3:2 and above: 1:1 is an ellipse (a 0), 1:2 an 8.
pub(super) fn lissajous(rng: &mut Rng) -> Vec<Stroke> {
    let &(across, down) =
        [(2.0, 3.0), (3.0, 2.0), (3.0, 4.0), (4.0, 3.0), (3.0, 5.0)].choose(rng).expect("not empty");
    let phase = rng.random_range(0.3..1.2);
    closed(|t| [50.0 * (across * t + phase).sin(), 50.0 * (down * t).sin()])
}

/// Three to seven petals.
pub(super) fn rosette(rng: &mut Rng) -> Vec<Stroke> {
    let petals = rng.random_range(3..=7) as f32;
    let depth = rng.random_range(0.55..1.0);
    closed(|t| polar(t, 50.0 * (1.0 - depth + depth * (petals * t / 2.0).sin().powi(2))))
}

/// Five to eight points.
pub(super) fn star(rng: &mut Rng) -> Vec<Stroke> {
    let points = rng.random_range(5..=8);
    let inner = rng.random_range(0.3..0.55);
    let corner = |i: usize| {
        polar(i as f32 * PI / points as f32, if i.is_multiple_of(2) { 50.0 } else { 50.0 * inner })
    };
    vec![(0..=2 * points).map(corner).collect()]
}

/// Five to nine lines outwards from a centre.
pub(super) fn rays(rng: &mut Rng) -> Vec<Stroke> {
    let count = rng.random_range(5..=9);
    let inner = rng.random_range(0.0..20.0);
    (0..count)
        .map(|i| {
            let angle = (i as f32 + rng.random_range(-0.2..0.2)) * TAU / count as f32;
            vec![polar(angle, inner), polar(angle, rng.random_range(40.0..50.0))]
        })
        .collect()
}

/// A random walk of 100 to 399 steps.
pub(super) fn scrawl(rng: &mut Rng) -> Vec<Stroke> {
    let steps = rng.random_range(100..400);
    let mut at = [0.0f32; 2];
    let stroke = (0..steps).map(|_| {
        at = at.map(|c| c + rng.random_range(-4.0..4.0));
        at
    });
    vec![stroke.collect()]
}

/// Two to five level and three to five upright lines: two of each are a hash, fewer a plus.
pub(super) fn lattice(rng: &mut Rng) -> Vec<Stroke> {
    let (level, upright) = (rng.random_range(2..=5), rng.random_range(3..=5));
    let height = rng.random_range(60.0..100.0);
    let along = |i: usize, count: usize, length: f32| (i as f32 + 0.5) / count as f32 * length;
    let rows = (0..level).map(|i| along(i, level, height)).map(|y| vec![[0.0, y], [100.0, y]]);
    let columns = (0..upright).map(|i| along(i, upright, 100.0)).map(|x| vec![[x, 0.0], [x, height]]);
    rows.chain(columns).collect()
}

/// Four to nine slanted lines.
pub(super) fn hatch(rng: &mut Rng) -> Vec<Stroke> {
    let count = rng.random_range(4..=9);
    let lean = rng.random_range(20.0..60.0) * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let height = rng.random_range(50.0..100.0);
    (0..count)
        .map(|i| {
            let x = 100.0 * i as f32 / count as f32 + rng.random_range(-3.0..3.0);
            vec![[x, 0.0], [x + lean, height * rng.random_range(0.85..1.15)]]
        })
        .collect()
}

/// Three to six rings: one ring is a 0, two may be an 8.
pub(super) fn bubbles(rng: &mut Rng) -> Vec<Stroke> {
    let count = rng.random_range(3..=6);
    (0..count)
        .flat_map(|_| {
            let [x, y] = [rng.random_range(0.0..100.0f32), rng.random_range(0.0..100.0f32)];
            let radius = rng.random_range(8.0..24.0);
            closed(|t| [x + radius * t.cos(), y + radius * t.sin()])
        })
        .collect()
}

/// Three to six teeth.
pub(super) fn battlement(rng: &mut Rng) -> Vec<Stroke> {
    let teeth = rng.random_range(3..=6);
    let height = rng.random_range(20.0..80.0);
    let tooth = |i: usize| {
        let (left, right) = (20.0 * (2 * i) as f32, 20.0 * (2 * i + 1) as f32);
        [[left, height], [left, 0.0], [right, 0.0], [right, height]]
    };
    vec![(0..teeth).flat_map(tooth).collect()]
}

/// A box with one to three lines from side to side.
pub(super) fn boxes(rng: &mut Rng) -> Vec<Stroke> {
    let height = rng.random_range(50.0..130.0);
    let mut strokes = vec![vec![[0.0, 0.0], [100.0, 0.0], [100.0, height], [0.0, height], [0.0, 0.0]]];
    for _ in 0..rng.random_range(1..=3) {
        strokes.push(if rng.random_bool(0.5) {
            vec![[0.0, rng.random_range(0.0..height)], [100.0, rng.random_range(0.0..height)]]
        } else {
            vec![[rng.random_range(0.0..100.0), 0.0], [rng.random_range(0.0..100.0), height]]
        });
    }
    strokes
}
