//! Random drawings that are not digits, for training and measuring the gate.
//!
//! The same simulated hand writes these and the digits, so that only the form distinguishes them. Forms that look like a
//! digit are excluded: an upright stroke is a 1, a ring is a 0 (`letters` lists the excluded letters).

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

/// A family of drawings that are not digits. A family can be held out of training, to measure whether a gate rejects unseen
/// kinds of drawings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One to six dots or specks.
    Dots,
    /// Level strokes, and several parallel strokes as in a tally.
    Dashes,
    /// A line with sharp turns left and right.
    Zigzag,
    /// A line that oscillates, with or without loops.
    Wave,
    /// At least two turns around a centre.
    Spiral,
    /// A random walk.
    Walk,
    /// A blot: an area filled with strokes.
    Fill,
    /// A smooth curve through random points.
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
    /// A letter of a script other than Latin, or a symbol like & and €.
    Foreign,
    /// An invented sign: lines, arcs and rings in sequence.
    Sign,
    /// A digit rotated by 90° or 180° or mirrored, so that it is not a digit.
    Askew,
    /// A digit that is crossed out.
    Struck,
    /// Two digits or letters on top of each other.
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

    /// The weight of the family in [`draw`]: families with many forms are drawn more often.
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

    /// A random drawing of this family. The same generator state gives the same drawing.
    pub fn draw(self, rng: &mut Rng) -> Drawing {
        let hand = Hand::random(rng);
        match self {
            Kind::Dots => lines::dots(rng),
            Kind::Dashes => hand.write(&lines::dashes(rng), rng),
            Kind::Zigzag => rotated(hand.write(&lines::zigzag(rng), rng), 0.5, rng),
            Kind::Wave => rotated(hand.write(&lines::wave(rng), rng), 0.4, rng),
            Kind::Spiral => hand.write(&lines::spiral(rng), rng),
            Kind::Walk => lines::walk(rng),
            Kind::Fill => rotated(hand.write(&lines::fill(rng), rng), ANY, rng),
            Kind::Curve => hand.write(&lines::curve(rng), rng),
            Kind::Cross => rotated(write_one(hand.crisp(), shapes::CROSSES, rng), 0.4, rng),
            Kind::Arrow => rotated(write_one(hand.crisp(), shapes::ARROWS, rng), ANY, rng),
            Kind::Polygon => rotated(write_one(hand.crisp(), shapes::POLYGONS, rng), ANY, rng),
            Kind::Shape => rotated(write_one(hand.crisp(), shapes::SHAPES, rng), 0.2, rng),
            Kind::Sketch => rotated(write_one(hand.crisp(), shapes::SKETCHES, rng), 0.2, rng),
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
            Kind::Foreign => rotated(write_one(hand.crisp(), foreign::SIGNS, rng), 0.1, rng),
            Kind::Sign => mixed::sign(rng),
            Kind::Askew => mixed::askew(rng),
            Kind::Struck => mixed::struck(&hand, rng),
            Kind::Piled => mixed::piled(&hand, rng),
        }
    }
}

/// A random drawing that is not a digit, and its family. The same generator state gives the same drawing.
pub fn draw(rng: &mut Rng) -> (Kind, Drawing) {
    let kind = *Kind::ALL
        .choose_weighted(rng, |kind| kind.weight())
        .expect("there are families, and each has a weight above 0");
    (kind, kind.draw(rng))
}

/// Half a turn each way: every direction.
const ANY: f32 = std::f32::consts::PI;

/// Writes one of the forms, chosen at random.
fn write_one(hand: Hand, forms: &[super::hand::Form], rng: &mut Rng) -> Drawing {
    forms.choose(rng).map(|form| hand.write(form, rng)).unwrap_or_default()
}

/// The drawing rotated by a random angle from −`max` to `max`, in radians.
fn rotated(drawing: Drawing, max: f32, rng: &mut Rng) -> Drawing {
    rotated_by(drawing, rng.random_range(-max..=max))
}

/// The drawing rotated by an angle in radians.
fn rotated_by(mut drawing: Drawing, angle: f32) -> Drawing {
    let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
    for [x, y] in drawing.strokes.iter_mut().flatten() {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
    drawing
}

/// Drawings side by side, scaled to about the same height, with gaps of `gap` heights.
pub(super) fn in_a_row(drawings: Vec<Drawing>, gap: f32, rng: &mut Rng) -> Drawing {
    let mut row = Drawing::default();
    let mut right = 0.0f32;
    for drawing in drawings {
        let Some(bounds) = Bounds::of(&drawing.strokes) else { continue };
        let [width, height] = bounds.size().map(|side| side as f32);
        let [left, top] = bounds.min.map(|side| side as f32);
        let scale = rng.random_range(85.0..115.0) / height.max(0.5 * width).max(1.0);
        let down = rng.random_range(-8.0..8.0);
        let map = |&[x, y]: &[f32; 2]| [right + (x - left) * scale, down + (y - top) * scale];
        row.strokes.extend(drawing.strokes.iter().map(|stroke| stroke.iter().map(map).collect()));
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
    fn a_seed_gives_the_same_drawing_and_all_families_occur() {
        assert_eq!(draw(&mut stream(7, &[])), draw(&mut stream(7, &[])));
        let kinds: std::collections::BTreeSet<Kind> =
            (0..500).map(|seed| draw(&mut stream(seed, &[])).0).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
    }
}
