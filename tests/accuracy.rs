//! The accuracy of the published weights, measured from the published files: on MNIST's test digits and on UCI pen digits,
//! and what the gate refuses.
#![cfg(feature = "cli")]

mod cases;
mod unseen;

use std::path::Path;

use convscope::Result;
use convscope::cli::mnist;
use convscope::digits::classifier::Classifier;
use convscope::digits::ensemble::Ensemble;
use convscope::digits::gate::Gate;
use convscope::digits::ink::scribbles::Kind;
use convscope::digits::ink::{DigitImage, Drawing, file};
use convscope::digits::prediction::Prediction;
use convscope::models::{self, Role};
use convscope::rng::{Rng, stream};
use convscope::train::calibrate::expected_error;
use unseen::Unseen;

/// The minimum accuracy of a published network's weights: on MNIST's test digits, and on UCI pen digits.
fn floors(name: &str) -> (f64, f64) {
    match name {
        "lenet5-1998" => (0.991, 0.98),
        "resnet-s" | "inception-s" => (0.9955, 0.983),
        _ => (0.994, 0.98),
    }
}

/// The ensemble with the highest accuracy, and its minimum accuracy.
const ENSEMBLE: [&str; 3] = ["resnet-s", "inception-s", "vgg-s"];
const ENSEMBLE_FLOORS: (f64, f64) = (0.9965, 0.985);

/// The maximum calibration error on MNIST's test digits; twice that on pen digits.
const CALIBRATION: f64 = 0.01;

/// The minimum share of drawings that the gate refuses, on average over the families and in each of them: families that
/// it was trained on, and others.
const TRAINED: (f64, f64) = (0.965, 0.82);
const UNSEEN: (f64, f64) = (0.96, 0.84);

/// Names of the published networks that classify digits.
fn networks() -> impl Iterator<Item = &'static str> {
    models::with_role(Role::Digits).filter(|model| model.published).map(|model| model.name)
}

/// The published file of a network.
fn weights(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    cases::bytes(&root.join(format!("www/public/models/{name}.safetensors")))
}

fn classifier(name: &str) -> Classifier {
    Classifier::open(&weights(name), None).unwrap()
}

fn ensemble() -> Ensemble {
    Ensemble::new(ENSEMBLE.map(classifier).into(), 1).unwrap()
}

fn gate() -> Gate {
    Gate::open(&weights(models::gate().name)).unwrap()
}

/// UCI pen digits (writers 21–30), which no network was trained on.
fn pen_digits() -> Option<Vec<(DigitImage, usize)>> {
    let data = cases::folder("../data")?;
    let entries = file::read(&cases::bytes(&data.join("pen-digits.jsonl"))).unwrap();
    let measured =
        entries.into_iter().filter(|entry| entry.writer.is_some_and(|writer| (21..=30).contains(&writer)));
    let framed = measured.map(|entry| {
        let digit = entry.label.as_deref().and_then(|label| label.parse().ok()).expect("a digit");
        (entry.drawing.frame().unwrap().expect("a digit has ink"), digit)
    });
    Some(framed.collect())
}

/// The accuracy on digits, and the expected calibration error.
fn accuracy(
    mut classify: impl FnMut(Option<&DigitImage>) -> Result<Prediction>,
    digits: impl IntoIterator<Item = (DigitImage, usize)>,
) -> (f64, f64) {
    let answer = |(image, digit): (DigitImage, usize)| {
        let prediction = classify(Some(&image)).unwrap();
        (prediction.confidence, prediction.digit == Some(digit))
    };
    let answers: Vec<(f32, bool)> = digits.into_iter().map(answer).collect();
    let correct = answers.iter().filter(|(_, correct)| *correct).count();
    (correct as f64 / answers.len() as f64, expected_error(answers))
}

#[test]
fn mnist_is_classified() {
    let Ok(test) = mnist::read_test() else {
        println!("mnist: skipped, its files are missing (0 run)");
        return;
    };
    let digits = || {
        let frames = test.images.iter().map(DigitImage::from_bytes);
        frames.zip(test.labels.iter().map(|&label| usize::from(label)))
    };
    for name in networks() {
        let (mut classifier, (floor, _)) = (classifier(name), floors(name));
        let (found, error) = accuracy(|image| classifier.classify(image), digits());
        println!("{name} on MNIST: {found:.4}, calibration error {error:.4}");
        assert!(found >= floor, "{name} on MNIST: {found}, at least {floor}");
        assert!(error <= CALIBRATION, "{name} on MNIST: calibration error {error}, at most {CALIBRATION}");
    }
    let mut ensemble = ensemble();
    let (found, _) = accuracy(|image| ensemble.classify(image), digits());
    println!("ensemble on MNIST: {found:.4}");
    assert!(found >= ENSEMBLE_FLOORS.0, "ensemble on MNIST: {found}, at least {}", ENSEMBLE_FLOORS.0);
}

#[test]
fn pen_digits_are_classified_and_the_gate_accepts_them() {
    let Some(pen_digits) = pen_digits() else { return };
    for name in networks() {
        let (mut classifier, (_, floor)) = (classifier(name), floors(name));
        let (found, error) = accuracy(|image| classifier.classify(image), pen_digits.iter().cloned());
        println!("{name} on pen digits: {found:.4}, calibration error {error:.4}");
        assert!(found >= floor, "{name} on pen digits: {found}, at least {floor}");
        assert!(error <= 2.0 * CALIBRATION, "{name} on pen digits: calibration error {error}");
    }
    let mut ensemble = ensemble();
    let (found, _) = accuracy(|image| ensemble.classify(image), pen_digits.iter().cloned());
    println!("ensemble on pen digits: {found:.4}");
    assert!(found >= ENSEMBLE_FLOORS.1, "ensemble on pen digits: {found}, at least {}", ENSEMBLE_FLOORS.1);
    let mut gate = gate();
    let mut accepts = |frame: &DigitImage| {
        let probability = gate.probability(frame).unwrap();
        gate.accepts(probability)
    };
    let accepted = pen_digits.iter().filter(|(image, _)| accepts(image)).count();
    let accepted = accepted as f64 / pen_digits.len() as f64;
    println!("the gate accepts {accepted:.4} of the pen digits");
    assert!(accepted >= 0.99, "the gate accepts {accepted} of the pen digits");
}

/// The share of a family's drawings that the gate refuses.
fn refused<F: std::fmt::Debug>(gate: &mut Gate, family: F, draw: impl Fn(&mut Rng) -> Drawing) -> f64 {
    const DRAWN: u64 = 400;
    let mut refused = 0;
    for index in 0..DRAWN {
        // Seeds that no training uses.
        let frame = draw(&mut stream(u64::MAX, &[index])).frame().unwrap().expect("a scribble has ink");
        let probability = gate.probability(&frame).unwrap();
        refused += u64::from(!gate.accepts(probability));
    }
    let share = refused as f64 / DRAWN as f64;
    println!("the gate refuses {share:.3} of {family:?}");
    share
}

#[test]
fn scribbles_are_refused() {
    let mut gate = gate();
    println!("families that the gate was trained on:");
    let trained = Kind::ALL.map(|kind| refused(&mut gate, kind, |rng| kind.draw(rng)));
    println!("families and alphabets that it was not trained on:");
    let unseen = Unseen::ALL.map(|kind| refused(&mut gate, kind, |rng| kind.draw(rng)));
    for (what, shares, mean_floor, floor) in
        [("trained", &trained[..], TRAINED.0, TRAINED.1), ("unseen", &unseen[..], UNSEEN.0, UNSEEN.1)]
    {
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let min = shares.iter().copied().fold(1.0, f64::min);
        println!("{what}: {mean:.3} on average, {min:.3} at least");
        assert!(mean >= mean_floor, "{what}: {mean} on average, at least {mean_floor}");
        assert!(min >= floor, "{what}: {min} of one family, at least {floor}");
    }
}

#[test]
fn every_sample_is_the_digit_it_shows() {
    for name in networks() {
        let mut classifier = Classifier::open(&weights(name), Some(gate())).unwrap();
        for digit in 0..10 {
            let sample = convscope::digits::ink::templates::sample(digit).unwrap();
            let prediction = classifier.classify(sample.frame().unwrap().as_ref()).unwrap();
            assert_eq!(prediction.digit, Some(usize::from(digit)), "{name}: {prediction:?}");
        }
    }
}
