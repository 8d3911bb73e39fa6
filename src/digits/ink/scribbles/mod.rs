//! What people draw that is not a digit, another thing every time: for training and measuring the gate.
//!
//! The same hand that writes the digits writes these, so that only the form tells them apart. What looks like a digit
//! is left out on purpose: a plain upright stroke is a 1, a ring is a 0 (`letters` says which letters are missing).

mod foreign;
mod letters;
mod lines;
mod mixed;
mod shapes;

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::hand::Hand;
use super::{Bounds, Drawing, templates};
use crate::rng::Rng;

/// A family of things that are not a digit. One can be kept from a training, to see whether a gate refuses what it
/// never saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Two to six dots or specks, or one.
    Dots,
    /// Level strokes, and several strokes side by side, as for counting.
    Dashes,
    /// A line that turns sharply to and fro.
    Zigzag,
    /// A line that swings to and fro, with or without loops.
    Wave,
    /// Two turns and more around a middle.
    Spiral,
    /// A pen that wanders.
    Walk,
    /// A blot: a patch filled with strokes.
    Fill,
    /// A smooth curve through places anywhere.
    Curve,
    /// Strokes that cross: plus, times, star, hash.
    Cross,
    /// An arrow.
    Arrow,
    /// Triangles and quadrilaterals.
    Polygon,
    /// Hearts, clouds, moons, check marks.
    Shape,
    /// Small pictures: a face, a house, a fish, a man, the sun.
    Sketch,
    /// A letter that does not look like a digit.
    Letter,
    /// Two to four letters in a row.
    Word,
    /// Two to four digits in a row.
    Digits,
    /// A letter of another writing, or a sign like & and €.
    Foreign,
    /// A sign that nobody knows: lines, bows and rings, one after the other.
    Sign,
    /// A digit on its side, upside down or in a mirror, where it is none.
    Askew,
    /// A digit that was crossed out.
    Struck,
    /// Two digits or letters on one another.
    Piled,
}

impl Kind {
    /// All families.
    pub const ALL: [Kind; 21] = [
        Kind::Dots,
        Kind::Dashes,
        Kind::Zigzag,
        Kind::Wave,
        Kind::Spiral,
        Kind::Walk,
        Kind::Fill,
        Kind::Curve,
        Kind::Cross,
        Kind::Arrow,
        Kind::Polygon,
        Kind::Shape,
        Kind::Sketch,
        Kind::Letter,
        Kind::Word,
        Kind::Digits,
        Kind::Foreign,
        Kind::Sign,
        Kind::Askew,
        Kind::Struck,
        Kind::Piled,
    ];

    /// How often [`draw`] takes the family, out of the sum over all: the letters are many, so they come more often.
    fn weight(self) -> u32 {
        match self {
            Kind::Letter => 10,
            Kind::Sign => 8,
            Kind::Shape | Kind::Foreign => 4,
            Kind::Digits | Kind::Walk | Kind::Curve | Kind::Arrow | Kind::Cross | Kind::Polygon => 3,
            Kind::Dashes | Kind::Spiral => 1,
            _ => 2,
        }
    }

    /// Something of this family. The same generator state gives the same drawing.
    pub fn draw(self, rng: &mut Rng) -> Drawing {
        let hand = Hand::random(rng);
        match self {
            Kind::Dots => lines::dots(rng),
            Kind::Dashes => hand.write(&lines::dashes(rng), rng),
            Kind::Zigzag => turned(hand.write(&lines::zigzag(rng), rng), 0.5, rng),
            Kind::Wave => turned(hand.write(&lines::wave(rng), rng), 0.4, rng),
            Kind::Spiral => hand.write(&lines::spiral(rng), rng),
            Kind::Walk => lines::walk(rng),
            Kind::Fill => turned(hand.write(&lines::fill(rng), rng), ANY, rng),
            Kind::Curve => hand.write(&lines::curve(rng), rng),
            Kind::Cross => turned(write_one(hand.crisp(), shapes::CROSSES, rng), 0.4, rng),
            Kind::Arrow => turned(write_one(hand.crisp(), shapes::ARROWS, rng), ANY, rng),
            Kind::Polygon => turned(write_one(hand.crisp(), shapes::POLYGONS, rng), ANY, rng),
            Kind::Shape => turned(write_one(hand.crisp(), shapes::SHAPES, rng), 0.2, rng),
            Kind::Sketch => turned(write_one(hand.crisp(), shapes::SKETCHES, rng), 0.2, rng),
            Kind::Letter => {
                let letter = letters::draw(&hand.crisp(), rng);
                if rng.random_bool(0.3) { mixed::serifed(letter, rng) } else { letter }
            }
            Kind::Word => {
                let hand = hand.crisp();
                let count = rng.random_range(2..=4);
                let letters: Vec<_> = (0..count).map(|_| letters::draw(&hand, rng)).collect();
                in_a_row(letters, rng.random_range(0.05..0.4), rng)
            }
            Kind::Digits => {
                let count = rng.random_range(2..=4);
                let digits: Vec<_> =
                    (0..count).filter_map(|_| templates::draw(rng.random_range(0..10), rng).ok()).collect();
                in_a_row(digits, rng.random_range(0.05..0.6), rng)
            }
            Kind::Foreign => turned(write_one(hand.crisp(), foreign::SIGNS, rng), 0.1, rng),
            Kind::Sign => mixed::sign(rng),
            Kind::Askew => mixed::askew(rng),
            Kind::Struck => mixed::struck(&hand, rng),
            Kind::Piled => mixed::piled(&hand, rng),
        }
    }
}

/// Something that is not a digit, and the family it is of. The same generator state gives the same drawing.
pub fn draw(rng: &mut Rng) -> (Kind, Drawing) {
    let kind = *Kind::ALL
        .choose_weighted(rng, |kind| kind.weight())
        .expect("there are families, and each has a weight above 0");
    (kind, kind.draw(rng))
}

/// Half a turn either way: every direction.
const ANY: f32 = std::f32::consts::PI;

/// One of some forms, written.
fn write_one(hand: Hand, forms: &[super::hand::Form], rng: &mut Rng) -> Drawing {
    forms.choose(rng).map(|form| hand.write(form, rng)).unwrap_or_default()
}

/// The drawing turned by up to `most`, in radians, either way.
fn turned(drawing: Drawing, most: f32, rng: &mut Rng) -> Drawing {
    turned_by(drawing, rng.random_range(-most..=most))
}

/// The drawing turned, in radians.
fn turned_by(mut drawing: Drawing, angle: f32) -> Drawing {
    let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
    for [x, y] in drawing.strokes.iter_mut().flatten() {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
    drawing
}

/// Drawings side by side, about equally tall, `gap` heights apart.
pub(super) fn in_a_row(drawings: Vec<Drawing>, gap: f32, rng: &mut Rng) -> Drawing {
    let mut row = Drawing::default();
    let mut right = 0.0f32;
    for drawing in drawings {
        let Some(bounds) = Bounds::of(&drawing.strokes) else { continue };
        let [width, height] = bounds.size().map(|side| side as f32);
        let [left, top] = bounds.min.map(|side| side as f32);
        let scale = rng.random_range(85.0..115.0) / height.max(0.5 * width).max(1.0);
        let down = rng.random_range(-8.0..8.0);
        let place = |&[x, y]: &[f32; 2]| [right + (x - left) * scale, down + (y - top) * scale];
        row.strokes.extend(drawing.strokes.iter().map(|stroke| stroke.iter().map(place).collect()));
        right += width * scale + gap * 100.0;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn every_family_is_drawn_and_framed() {
        for kind in Kind::ALL {
            for seed in 0..100 {
                let drawing = kind.draw(&mut stream(seed, &[]));
                assert!(drawing.frame().unwrap().is_some(), "{kind:?}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_seed_repeats_and_the_families_mix() {
        assert_eq!(draw(&mut stream(7, &[])), draw(&mut stream(7, &[])));
        let kinds: std::collections::BTreeSet<Kind> =
            (0..500).map(|seed| draw(&mut stream(seed, &[])).0).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
    }
}
