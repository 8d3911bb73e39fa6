//! Things made of others: digits that lie on their side, are struck out or lie on one another, and signs of a writing that
//! nobody knows.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{letters, lines, turned, turned_by};
use crate::digits::ink::hand::{Hand, gaussian};
use crate::digits::ink::{Bounds, Drawing, templates};
use crate::rng::Rng;

/// Digits that are none when they lie on their side. (A 0 and an 8 stay a 0 and an 8 for somebody, a 1 is a dash.)
const LYING: [u8; 7] = [2, 3, 4, 5, 6, 7, 9];

/// Digits that are none upside down, and those that are none in a mirror: 5 and 2 are each other's there.
const STANDING: [u8; 3] = [3, 4, 7];

/// A digit on its side, upside down or in a mirror.
pub(super) fn askew(rng: &mut Rng) -> Drawing {
    if rng.random_bool(0.6) {
        let side = if rng.random_bool(0.5) { FRAC_PI_2 } else { -FRAC_PI_2 };
        return turned_by(digit(&LYING, rng), side + rng.random_range(-0.3..0.3));
    }
    let standing = digit(&STANDING, rng);
    if rng.random_bool(0.5) {
        return turned_by(standing, PI + rng.random_range(-0.2..0.2));
    }
    let mut mirrored = standing;
    mirrored.strokes.iter_mut().flatten().for_each(|[x, _]| *x = -*x);
    mirrored
}

/// A digit that was crossed out, by a cross, strokes to and fro or a wandering pen.
pub(super) fn struck(hand: &Hand, rng: &mut Rng) -> Drawing {
    let digit = digit(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], rng);
    let over = match rng.random_range(0..3) {
        0 => hand.write(&[[[2, 4], [98, 96]], [[98, 4], [2, 96]]], rng),
        1 => turned(hand.write(&lines::zigzag(rng), rng), PI, rng),
        _ => lines::walk(rng),
    };
    on_one_another(digit, over, rng)
}

/// Two digits or letters at one place.
pub(super) fn piled(hand: &Hand, rng: &mut Rng) -> Drawing {
    // Of two digits, neither is a 0 or a 1: those are often a part of another.
    let any = |rng: &mut Rng| match rng.random_bool(0.6) {
        true => digit(&[2, 3, 4, 5, 6, 7, 8, 9], rng),
        false => letters::draw(hand, rng),
    };
    let (one, other) = (any(rng), any(rng));
    on_one_another(one, other, rng)
}

/// Three to six lines, bows and rings, most of them begun where the last one ended: a sign that nobody knows.
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

/// A line, a bow or a ring from a place.
fn part(from: [f32; 2], level: bool, rng: &mut Rng) -> Vec<[f32; 2]> {
    let length = rng.random_range(25.0..90.0f32);
    let mut way = rng.random_range(0.0..TAU);
    if level {
        way = (way / FRAC_PI_2).round() * FRAC_PI_2 + 0.06 * gaussian(rng);
    }
    // What it turns from its beginning to its end.
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

/// A letter with a short level stroke at some of its ends, as in print.
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

/// One of these digits, written.
fn digit(of: &[u8], rng: &mut Rng) -> Drawing {
    of.choose(rng).and_then(|&digit| templates::draw(digit, rng).ok()).unwrap_or_default()
}

/// The second drawing, at about the first one's size, laid over it.
fn on_one_another(mut under: Drawing, over: Drawing, rng: &mut Rng) -> Drawing {
    let bounds = |drawing: &Drawing| Bounds::of(&drawing.strokes);
    let (Some(first), Some(second)) = (bounds(&under), bounds(&over)) else { return under };
    let longest = |of: &Bounds| of.size()[0].max(of.size()[1]).max(1.0) as f32;
    let scale = rng.random_range(0.7..1.2) * longest(&first) / longest(&second);
    let off = [0; 2].map(|_| 0.1 * longest(&first) * gaussian(rng));
    let place = |point: &[f32; 2]| {
        [0, 1].map(|c| {
            let [from, to] = [second.centre()[c] as f32, first.centre()[c] as f32];
            to + off[c] + (point[c] - from) * scale
        })
    };
    under.strokes.extend(over.strokes.iter().map(|stroke| stroke.iter().map(place).collect::<Vec<_>>()));
    under
}
