//! Digits drawn from templates, another one every time, to train on what MNIST lacks: how people draw on a pad.
//!
//! Each digit has the styles that people use, as a few knots per stroke (`digits`), and a hand
//! writes one of them. The styles were drawn by eye, after looking at how writers 1 to 20 of the recorded pen digits draw;
//! nothing was fitted to recordings, and writers 21 to 30 were not looked at.

mod digits;
mod rare;

use rand::RngExt;

use super::hand::{self, Form, Hand};
use super::{Drawing, Point};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// One way of drawing a digit.
struct Style {
    /// How common it is among the styles of its digit.
    weight: u16,
    form: Form,
}

/// A digit as somebody might draw it: the same generator state gives the same drawing.
///
/// # Errors
/// [`Error::Mismatch`] above 9.
pub fn draw(digit: u8, rng: &mut Rng) -> Result<Drawing> {
    let hand = Hand::random(rng);
    Ok(hand.write(pick(of_digit(&digits::STYLES, digit)?, rng), rng))
}

/// A digit in a style that few people use, and which it is. For the gate, which must let these pass as well.
pub fn draw_rare(rng: &mut Rng) -> (u8, Drawing) {
    let hand = Hand::random(rng);
    let (digit, form) = rare::STYLES[rng.random_range(0..rare::STYLES.len())];
    (digit, hand.write(form, rng))
}

/// The digit drawn neatly: an example to start from.
///
/// # Errors
/// [`Error::Mismatch`] above 9.
pub fn sample(digit: u8) -> Result<Drawing> {
    let neat = |knots: &&[[i8; 2]]| {
        let places: Vec<Point> = knots.iter().map(|knot| knot.map(f32::from)).collect();
        hand::through(&places, 2.0)
    };
    Ok(Drawing { strokes: of_digit(&digits::SAMPLES, digit)?.iter().map(neat).collect() })
}

fn of_digit<T: Copy>(each: &[T; 10], digit: u8) -> Result<T> {
    let found = each.get(usize::from(digit)).copied();
    found.ok_or_else(|| Error::refusal("ink template", "a digit from 0 to 9", usize::from(digit)))
}

/// One of the styles, by weight.
fn pick(styles: &'static [Style], rng: &mut Rng) -> Form {
    let total: u16 = styles.iter().map(|style| style.weight).sum();
    let mut left = rng.random_range(0..total);
    let chosen = styles.iter().find(|style| {
        let here = left < style.weight;
        left = left.saturating_sub(style.weight);
        here
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
    fn a_seed_repeats_and_another_differs() {
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
