//! Drawings composed of others: digits that are rotated, mirrored, crossed out or on top of each other, and invented signs.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{letters, lines, rotated, rotated_by};
use crate::digits::ink::hand::{Hand, gaussian};
use crate::digits::ink::{Bounds, Drawing, templates};
use crate::rng::Rng;

/// Digits that are not digits when rotated by 90°. (0 and 8 may still be read as such; 1 becomes a dash.)
const NOT_DIGITS_AT_90: [u8; 7] = [2, 3, 4, 5, 6, 7, 9];

/// Digits that are not digits when rotated by 180° or mirrored (2 and 5 mirror into each other).
const NOT_DIGITS_AT_180: [u8; 3] = [3, 4, 7];

/// A digit rotated by 90° or 180°, or mirrored.
pub(super) fn askew(rng: &mut Rng) -> Drawing {
    if rng.random_bool(0.6) {
        let side = if rng.random_bool(0.5) { FRAC_PI_2 } else { -FRAC_PI_2 };
        return rotated_by(digit(&NOT_DIGITS_AT_90, rng), side + rng.random_range(-0.3..0.3));
    }
    let upright = digit(&NOT_DIGITS_AT_180, rng);
    if rng.random_bool(0.5) {
        return rotated_by(upright, PI + rng.random_range(-0.2..0.2));
    }
    let mut mirrored = upright;
    mirrored.strokes.iter_mut().flatten().for_each(|[x, _]| *x = -*x);
    mirrored
}

/// A digit crossed out by a cross, a zigzag or a random walk.
pub(super) fn struck(hand: &Hand, rng: &mut Rng) -> Drawing {
    let digit = digit(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], rng);
    let over = match rng.random_range(0..3) {
        0 => hand.write(&[[[2, 4], [98, 96]], [[98, 4], [2, 96]]], rng),
        1 => rotated(hand.write(&lines::zigzag(rng), rng), PI, rng),
        _ => lines::walk(rng),
    };
    overlay(digit, over, rng)
}

/// Two digits or letters on top of each other.
pub(super) fn piled(hand: &Hand, rng: &mut Rng) -> Drawing {
    // 0 and 1 are excluded, because they are often part of another digit.
    let any = |rng: &mut Rng| {
        if rng.random_bool(0.6) { digit(&[2, 3, 4, 5, 6, 7, 8, 9], rng) } else { letters::draw(hand, rng) }
    };
    let (one, other) = (any(rng), any(rng));
    overlay(one, other, rng)
}

/// An invented sign: three to six lines, arcs and rings, most of which start at the end of the one before.
pub(super) fn sign(rng: &mut Rng) -> Drawing {
    let parts = rng.random_range(3..=6);
    let level = rng.random_bool(0.5);
    let mut strokes: Vec<Vec<[f32; 2]>> = Vec::new();
    let mut at = [50.0, 50.0];
    for _ in 0..parts {
        let joined = rng.random_bool(0.65);
        if !joined {
            at = [rng.random_range(0.0..100.0), rng.random_range(0.0..100.0)];
        }
        let part = part(at, level, rng);
        at = *part.last().unwrap_or(&at);
        match strokes.last_mut().filter(|_| joined) {
            Some(stroke) => stroke.extend(part),
            None => strokes.push(part),
        }
    }
    Drawing { strokes }
}

/// A line, an arc or a ring from a point.
fn part(from: [f32; 2], level: bool, rng: &mut Rng) -> Vec<[f32; 2]> {
    let length = rng.random_range(25.0..90.0f32);
    let mut way = rng.random_range(0.0..TAU);
    if level {
        way = (way / FRAC_PI_2).round() * FRAC_PI_2 + 0.06 * gaussian(rng);
    }
    // The change of direction from start to end.
    let turn = match rng.random_range(0..5) {
        0 | 1 => 0.1 * gaussian(rng),
        2 | 3 => rng.random_range(1.0..4.0) * if rng.random_bool(0.5) { 1.0 } else { -1.0 },
        _ => TAU,
    };
    let pieces = (length / 3.0) as usize + 2;
    let step = length / pieces as f32;
    let mut at = from;
    let mut points = vec![at];
    for piece in 0..pieces {
        let direction = way + turn * piece as f32 / pieces as f32;
        at = [at[0] + step * libm::cosf(direction), at[1] + step * libm::sinf(direction)];
        points.push(at);
    }
    points
}

/// Adds serifs, short level strokes, to some ends of a letter.
pub(super) fn serifed(mut letter: Drawing, rng: &mut Rng) -> Drawing {
    let ends: Vec<_> =
        letter.strokes.iter().flat_map(|stroke| stroke.first().into_iter().chain(stroke.last())).collect();
    let mut serifs = Vec::new();
    for &[x, y] in ends {
        if rng.random_bool(0.6) {
            let half = rng.random_range(6.0..16.0);
            serifs.push(vec![[x - half, y], [x + half, y + gaussian(rng)]]);
        }
    }
    letter.strokes.extend(serifs);
    letter
}

/// Draws one of the digits, chosen at random.
fn digit(of: &[u8], rng: &mut Rng) -> Drawing {
    of.choose(rng).and_then(|&digit| templates::draw(digit, rng).ok()).unwrap_or_default()
}

/// The first drawing with the second on top, scaled to about the same size.
fn overlay(mut under: Drawing, over: Drawing, rng: &mut Rng) -> Drawing {
    let bounds = |drawing: &Drawing| Bounds::of(&drawing.strokes);
    let (Some(first), Some(second)) = (bounds(&under), bounds(&over)) else { return under };
    let longest = |bounds: &Bounds| bounds.size()[0].max(bounds.size()[1]).max(1.0) as f32;
    let scale = rng.random_range(0.7..1.2) * longest(&first) / longest(&second);
    let offset = [0; 2].map(|_| 0.1 * longest(&first) * gaussian(rng));
    let map = |point: &[f32; 2]| {
        [0, 1].map(|c| {
            let [from, to] = [second.centre()[c] as f32, first.centre()[c] as f32];
            to + offset[c] + (point[c] - from) * scale
        })
    };
    under.strokes.extend(over.strokes.iter().map(|stroke| stroke.iter().map(map).collect::<Vec<_>>()));
    under
}
