//! Random digits drawn from templates, to train on what MNIST lacks: how people draw on a pad.
//!
//! Each digit has several styles, as a few knots per stroke (`digits`), and a simulated hand writes one of them. The styles
//! were drawn by eye after the UCI pen digits of writers 1 to 20; nothing was fitted to recordings, and writers 21 to 30
//! are held out.

mod digits;
mod rare;

use rand::RngExt;

use super::hand::{self, Form, Hand};
use super::{Drawing, Point};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// One way of drawing a digit.
struct Style {
    /// Its relative frequency among the styles of the digit.
    weight: u16,
    form: Form,
}

/// A random drawing of a digit. The same generator state gives the same drawing.
///
/// # Errors
/// [`Error::Mismatch`] above 9.
pub fn draw(digit: u8, rng: &mut Rng) -> Result<Drawing> {
    let hand = Hand::random(rng);
    Ok(hand.write(pick(of_digit(&digits::STYLES, digit)?, rng), rng))
}

/// A digit in a rare style, and its value: for training the gate, which must accept these as well.
pub fn draw_rare(rng: &mut Rng) -> (u8, Drawing) {
    let hand = Hand::random(rng);
    let (digit, form) = rare::STYLES[rng.random_range(0..rare::STYLES.len())];
    (digit, hand.write(form, rng))
}

/// The digit drawn neatly, as an example.
///
/// # Errors
/// [`Error::Mismatch`] above 9.
pub fn sample(digit: u8) -> Result<Drawing> {
    let neat = |knots: &&[[i8; 2]]| {
        let knots: Vec<Point> = knots.iter().map(|knot| knot.map(f32::from)).collect();
        hand::through(&knots, 2.0)
    };
    Ok(Drawing { strokes: of_digit(&digits::SAMPLES, digit)?.iter().map(neat).collect() })
}

fn of_digit<T: Copy>(table: &[T; 10], digit: u8) -> Result<T> {
    let entry = table.get(usize::from(digit)).copied();
    entry.ok_or_else(|| Error::refusal("ink template", "a digit from 0 to 9", usize::from(digit)))
}

/// A random style, by weight.
fn pick(styles: &'static [Style], rng: &mut Rng) -> Form {
    let total: u16 = styles.iter().map(|style| style.weight).sum();
    let mut remaining = rng.random_range(0..total);
    let chosen = styles.iter().find(|style| {
        let found = remaining < style.weight;
        remaining = remaining.saturating_sub(style.weight);
        found
    });
    chosen.map_or(&[], |style| style.form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn every_digit_is_drawn_and_framed() {
        for digit in 0..10 {
            assert!(sample(digit).unwrap().frame().unwrap().is_some());
            for seed in 0..100 {
                let drawing = draw(digit, &mut stream(seed, &[u64::from(digit)])).unwrap();
                assert!(drawing.frame().unwrap().is_some(), "{digit}, seed {seed}");
            }
        }
        assert!(sample(10).is_err());
    }

    #[test]
    fn a_seed_gives_the_same_drawing_and_another_differs() {
        let of = |seed| draw(4, &mut stream(seed, &[])).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn rare_styles_are_drawn_and_framed() {
        let drawn: Vec<(u8, Drawing)> = (0..300).map(|seed| draw_rare(&mut stream(seed, &[]))).collect();
        assert!(drawn.iter().all(|(digit, drawing)| *digit < 10 && drawing.frame().unwrap().is_some()));
        assert!(drawn.iter().any(|(digit, _)| *digit == 4) && drawn.iter().any(|(digit, _)| *digit == 9));
    }

    #[test]
    fn every_style_is_drawn() {
        for styles in digits::STYLES {
            for style in styles {
                let found =
                    (0..4000).any(|seed| std::ptr::eq(pick(styles, &mut stream(seed, &[])), style.form));
                assert!(found && style.form.iter().all(|knots| !knots.is_empty()));
            }
        }
    }
}
