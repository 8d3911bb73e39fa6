//! Classifies a drawing with the published LeNet-5.
//!
//!     cargo run --example classify_strokes

use std::error::Error;
use std::fs;

use convscope::digits::classifier::Classifier;
use convscope::digits::gate::Gate;
use convscope::digits::ink::Drawing;

fn main() -> Result<(), Box<dyn Error>> {
    // The gate is a small network that decides whether the drawing is one digit at all.
    let gate = Gate::open(&fs::read("www/public/models/ink-gate.safetensors")?)?;
    let weights = fs::read("www/public/models/lenet5.safetensors")?;
    let mut classifier = Classifier::open(&weights, Some(gate))?;

    // A seven: one stroke of points [x, y] at any scale, y downwards.
    let drawing = Drawing { strokes: vec![vec![[10.0, 10.0], [60.0, 8.0], [45.0, 45.0], [30.0, 90.0]]] };
    // The 28×28 image, made the way MNIST was made; `None` for a drawing without ink.
    let image = drawing.frame()?;
    let prediction = classifier.classify(image.as_ref())?;

    match prediction.digit {
        Some(digit) => println!("{digit}, with confidence {:.3}", prediction.confidence),
        None => println!("not a digit: {}", prediction.reason.name()),
    }
    Ok(())
}
