//! What is no digit, by generators that no training knows: nothing here is made of what `convscope::digits::ink::scribbles` has.
//!
//! Letters come from fonts, figures from their equations, pictures from a list of their own; a drawing is made a little
//! askew and shaky, in a way that is not the training's either.

#![allow(dead_code)] // Each test takes what it needs of this module.

mod figures;
mod pictures;

use convscope::digits::ink::Drawing;
use convscope::rng::Rng;
use rand::RngExt;
use rand::seq::IndexedRandom;

/// Points of one stroke.
pub(crate) type Stroke = Vec<[f32; 2]>;

/// A family of things that are no digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// A letter of a sans-serif face, of a script, of the Greek alphabet.
    Sans,
    Script,
    Greek,
    /// Straight lines between places anywhere.
    Polyline,
    /// Two swings at once, at right angles.
    Lissajous,
    /// Petals around a middle.
    Rosette,
    /// The outline of a star.
    Star,
    /// Lines from a middle outwards.
    Rays,
    /// A pen that trembles about.
    Scrawl,
    /// Lines that cross at right angles.
    Lattice,
    /// Slanted lines side by side.
    Hatch,
    /// Three to six rings.
    Bubbles,
    /// A line that goes up and down at right angles.
    Battlement,
    /// A box with lines in it.
    Boxes,
    /// A small picture.
    Picture,
}

impl Stranger {
    pub(crate) const ALL: [Stranger; 15] = [
        Stranger::Sans,
        Stranger::Script,
        Stranger::Greek,
        Stranger::Polyline,
        Stranger::Lissajous,
        Stranger::Rosette,
        Stranger::Star,
        Stranger::Rays,
        Stranger::Scrawl,
        Stranger::Lattice,
        Stranger::Hatch,
        Stranger::Bubbles,
        Stranger::Battlement,
        Stranger::Boxes,
        Stranger::Picture,
    ];

    /// Something of this family.
    pub(crate) fn draw(self, rng: &mut Rng) -> Drawing {
        // Letters and pictures stand; figures lie as they come.
        let (strokes, turn) = match self {
            Stranger::Sans => (letter("sans", rng), 0.1),
            Stranger::Script => (letter("script", rng), 0.1),
            Stranger::Greek => (letter("greek", rng), 0.1),
            Stranger::Polyline => (figures::polyline(rng), 0.0),
            Stranger::Lissajous => (figures::lissajous(rng), 0.5),
            Stranger::Rosette => (figures::rosette(rng), 1.0),
            Stranger::Star => (figures::star(rng), 1.0),
            Stranger::Rays => (figures::rays(rng), 1.0),
            Stranger::Scrawl => (figures::scrawl(rng), 0.0),
            Stranger::Lattice => (figures::lattice(rng), 0.2),
            Stranger::Hatch => (figures::hatch(rng), 0.2),
            Stranger::Bubbles => (figures::bubbles(rng), 0.0),
            Stranger::Battlement => (figures::battlement(rng), 0.3),
            Stranger::Boxes => (figures::boxes(rng), 0.2),
            Stranger::Picture => (pictures::draw(rng), 0.15),
        };
        Drawing { strokes: askew(strokes, turn, rng) }
    }
}

/// A letter of a face.
fn letter(face: &str, rng: &mut Rng) -> Vec<Stroke> {
    let lines = include_str!("hershey.txt").lines();
    let letters: Vec<&str> = lines.filter_map(|line| line.strip_prefix(face)?.strip_prefix(' ')).collect();
    let letter = letters.choose(rng).expect("a face of the file");
    let number = |text: &str| text.parse::<f32>().expect("a number");
    let point = |text: &str| {
        let (x, y) = text.split_once(',').expect("x,y");
        [number(x), number(y)]
    };
    let (_, strokes) = letter.split_once(' ').expect("a key and strokes");
    strokes.split(" | ").map(|stroke| stroke.split(' ').map(point).collect()).collect()
}

/// Slanted, narrowed or widened, turned by up to `turn`, and with corners a little off their places.
fn askew(strokes: Vec<Stroke>, turn: f32, rng: &mut Rng) -> Vec<Stroke> {
    let either = |most: f32, rng: &mut Rng| most * rng.random_range(-1.0..=1.0f32);
    let (slant, breadth) = (either(0.25, rng), either(0.25, rng).exp());
    let (sin, cos) = either(turn, rng).sin_cos();
    let points = || strokes.iter().flatten();
    let extent = |axis: usize| {
        let all = points().map(|point| point[axis]);
        all.clone().fold(f32::MIN, f32::max) - all.fold(f32::MAX, f32::min)
    };
    let shake = 0.015 * extent(0).max(extent(1));
    let moved = |&[x, y]: &[f32; 2], rng: &mut Rng| {
        let [x, y] = [breadth * x - slant * y, y].map(|c| c + either(shake, rng));
        [cos * x - sin * y, sin * x + cos * y]
    };
    strokes.iter().map(|stroke| stroke.iter().map(|point| moved(point, rng)).collect()).collect()
}
