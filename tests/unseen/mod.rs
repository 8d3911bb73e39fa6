//! Drawings that are not digits, from generators that no training uses: nothing here shares forms with
//! `convscope::digits::ink::scribbles`.
//!
//! Letters come from the Hershey fonts, curves from their equations, pictures from a separate list. The random distortion of
//! a drawing also differs from the training's.

#![allow(dead_code)] // Each test uses only part of this module.

mod figures;
mod pictures;

use convscope::digits::ink::Drawing;
use convscope::rng::Rng;
use rand::RngExt;
use rand::seq::IndexedRandom;

/// Points of one stroke.
pub(crate) type Stroke = Vec<[f32; 2]>;

/// A family of drawings that are not digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// A letter of a sans-serif font.
    Sans,
    /// A letter of a script font.
    Script,
    /// A Greek letter.
    Greek,
    /// Straight lines between random points.
    Polyline,
    /// A Lissajous curve.
    Lissajous,
    /// A rose curve with petals.
    Rosette,
    /// The outline of a star.
    Star,
    /// Lines from a centre outwards.
    Rays,
    /// A random walk.
    Scrawl,
    /// Lines that cross at right angles.
    Lattice,
    /// Parallel slanted lines.
    Hatch,
    /// Three to six rings.
    Bubbles,
    /// A square wave.
    Battlement,
    /// A box with lines in it.
    Boxes,
    /// A small picture.
    Picture,
}

impl Unseen {
    pub(crate) const ALL: [Unseen; 15] = [
        Unseen::Sans,
        Unseen::Script,
        Unseen::Greek,
        Unseen::Polyline,
        Unseen::Lissajous,
        Unseen::Rosette,
        Unseen::Star,
        Unseen::Rays,
        Unseen::Scrawl,
        Unseen::Lattice,
        Unseen::Hatch,
        Unseen::Bubbles,
        Unseen::Battlement,
        Unseen::Boxes,
        Unseen::Picture,
    ];

    /// A random drawing of this family.
    pub(crate) fn draw(self, rng: &mut Rng) -> Drawing {
        // Letters and pictures stay about upright; figures are rotated further.
        let (strokes, max_angle) = match self {
            Unseen::Sans => (letter("sans", rng), 0.1),
            Unseen::Script => (letter("script", rng), 0.1),
            Unseen::Greek => (letter("greek", rng), 0.1),
            Unseen::Polyline => (figures::polyline(rng), 0.0),
            Unseen::Lissajous => (figures::lissajous(rng), 0.5),
            Unseen::Rosette => (figures::rosette(rng), 1.0),
            Unseen::Star => (figures::star(rng), 1.0),
            Unseen::Rays => (figures::rays(rng), 1.0),
            Unseen::Scrawl => (figures::scrawl(rng), 0.0),
            Unseen::Lattice => (figures::lattice(rng), 0.2),
            Unseen::Hatch => (figures::hatch(rng), 0.2),
            Unseen::Bubbles => (figures::bubbles(rng), 0.0),
            Unseen::Battlement => (figures::battlement(rng), 0.3),
            Unseen::Boxes => (figures::boxes(rng), 0.2),
            Unseen::Picture => (pictures::draw(rng), 0.15),
        };
        Drawing { strokes: distorted(strokes, max_angle, rng) }
    }
}

/// A random letter of a font.
fn letter(font: &str, rng: &mut Rng) -> Vec<Stroke> {
    let lines = include_str!("hershey.txt").lines();
    let letters: Vec<&str> = lines.filter_map(|line| line.strip_prefix(font)?.strip_prefix(' ')).collect();
    let letter = letters.choose(rng).expect("a font in the file");
    let number = |text: &str| text.parse::<f32>().expect("a number");
    let point = |text: &str| {
        let (x, y) = text.split_once(',').expect("x,y");
        [number(x), number(y)]
    };
    let (_, strokes) = letter.split_once(' ').expect("a key and strokes");
    strokes.split(" | ").map(|stroke| stroke.split(' ').map(point).collect()).collect()
}

/// Slants the strokes, scales their width, rotates them by up to `max_angle` radians, and moves each point a little.
fn distorted(strokes: Vec<Stroke>, max_angle: f32, rng: &mut Rng) -> Vec<Stroke> {
    let symmetric = |max: f32, rng: &mut Rng| max * rng.random_range(-1.0..=1.0f32);
    let (slant, breadth) = (symmetric(0.25, rng), symmetric(0.25, rng).exp());
    let (sin, cos) = symmetric(max_angle, rng).sin_cos();
    let points = || strokes.iter().flatten();
    let extent = |axis: usize| {
        let all = points().map(|point| point[axis]);
        all.clone().fold(f32::MIN, f32::max) - all.fold(f32::MAX, f32::min)
    };
    let jitter = 0.015 * extent(0).max(extent(1));
    let moved = |&[x, y]: &[f32; 2], rng: &mut Rng| {
        let [x, y] = [breadth * x - slant * y, y].map(|c| c + symmetric(jitter, rng));
        [cos * x - sin * y, sin * x + cos * y]
    };
    strokes.iter().map(|stroke| stroke.iter().map(|point| moved(point, rng)).collect()).collect()
}
