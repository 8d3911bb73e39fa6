//! What the published weights reach, measured anew from the published files: MNIST's test digits, recorded handwriting,
//! and what is no digit.
#![cfg(feature = "cli")]

mod cases;
mod strangers;

use std::path::Path;

use convscope::Result;
use convscope::digits::classifier::{Classifier, Gate, Prediction};
use convscope::digits::ensemble::Ensemble;
use convscope::digits::ink::scribbles::Kind;
use convscope::digits::ink::{DigitImage, Drawing, file};
use convscope::formats::mnist;
use convscope::rng::{Rng, stream};
use convscope::train::calibrate::expected_error;
use strangers::Stranger;

/// Networks, and the share of MNIST's test digits that their published weights read at least.
const MNIST: [(&str, f64); 7] = [
    ("lenet5", 0.994),
    ("lenet5-1998", 0.991),
    ("alexnet-s", 0.994),
    ("vgg-s", 0.994),
    ("nin-s", 0.994),
    ("resnet-s", 0.9955),
    ("inception-s", 0.9955),
];

/// The same of digits drawn with pens.
const PENS: [(&str, f64); 7] = [
    ("lenet5", 0.98),
    ("lenet5-1998", 0.98),
    ("alexnet-s", 0.98),
    ("vgg-s", 0.98),
    ("nin-s", 0.98),
    ("resnet-s", 0.983),
    ("inception-s", 0.983),
];

/// Those that read more together than any alone, and what they read at least, of MNIST and of pens.
const ENSEMBLE: [&str; 3] = ["resnet-s", "inception-s", "vgg-s"];
const TOGETHER: (f64, f64) = (0.9965, 0.985);

/// How far confidence may be from the share read right, on MNIST's test digits; twice that on pens.
const CALIBRATION: f64 = 0.01;

/// What the gate refuses at least: on average over the families, and of each. Of those that training draws from, and of
/// those that it never saw.
const SEEN: (f64, f64) = (0.965, 0.82);
const STRANGE: (f64, f64) = (0.96, 0.84);

/// The published file of a network.
fn weights(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    cases::bytes(&root.join(format!("www/public/models/{name}.safetensors")))
}

fn reader(name: &str) -> Classifier {
    Classifier::open(&weights(name), None).unwrap()
}

fn ensemble() -> Ensemble {
    Ensemble::new(ENSEMBLE.map(reader).into(), 1).unwrap()
}

fn gate() -> Gate {
    Gate::open(&weights("ink-gate")).unwrap()
}

/// The frames and digits of writers 21 to 30, of whom no training saw anything.
fn pens() -> Option<Vec<(DigitImage, usize)>> {
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

/// The share of the frames that are read right, and how far confidence is from that on average.
fn accuracy(
    mut classify: impl FnMut(Option<&DigitImage>) -> Result<Prediction>,
    digits: impl IntoIterator<Item = (DigitImage, usize)>,
) -> (f64, f64) {
    let read = |(frame, digit): (DigitImage, usize)| {
        let prediction = classify(Some(&frame)).unwrap();
        (prediction.confidence, prediction.digit == Some(digit))
    };
    let answers: Vec<(f32, bool)> = digits.into_iter().map(read).collect();
    let right = answers.iter().filter(|(_, right)| *right).count();
    (right as f64 / answers.len() as f64, expected_error(answers))
}

#[test]
fn mnist_is_read() {
    let Ok(test) = mnist::read_test() else {
        println!("mnist: skipped, the files are not at hand (0 run)");
        return;
    };
    let digits = || {
        let frames = test.images.iter().map(DigitImage::from_bytes);
        frames.zip(test.labels.iter().map(|&label| usize::from(label)))
    };
    for (name, least) in MNIST {
        let mut reader = reader(name);
        let (found, error) = accuracy(|frame| reader.classify(frame), digits());
        println!("{name} on MNIST: {found:.4}, calibration error {error:.4}");
        assert!(found >= least, "{name} on MNIST: {found}, at least {least}");
        assert!(error <= CALIBRATION, "{name} on MNIST: calibration error {error}, at most {CALIBRATION}");
    }
    let mut ensemble = ensemble();
    let (found, _) = accuracy(|frame| ensemble.classify(frame), digits());
    println!("together on MNIST: {found:.4}");
    assert!(found >= TOGETHER.0, "together on MNIST: {found}, at least {}", TOGETHER.0);
}

#[test]
fn pens_are_read_and_pass_the_gate() {
    let Some(pens) = pens() else { return };
    for (name, least) in PENS {
        let mut reader = reader(name);
        let (found, error) = accuracy(|frame| reader.classify(frame), pens.iter().cloned());
        println!("{name} on pens: {found:.4}, calibration error {error:.4}");
        assert!(found >= least, "{name} on pens: {found}, at least {least}");
        assert!(error <= 2.0 * CALIBRATION, "{name} on pens: calibration error {error}");
    }
    let mut ensemble = ensemble();
    let (found, _) = accuracy(|frame| ensemble.classify(frame), pens.iter().cloned());
    println!("together on pens: {found:.4}");
    assert!(found >= TOGETHER.1, "together on pens: {found}, at least {}", TOGETHER.1);
    let mut gate = gate();
    let mut accepts = |frame: &DigitImage| {
        let probability = gate.probability(frame).unwrap();
        gate.accepts(probability)
    };
    let accepted = pens.iter().filter(|(frame, _)| accepts(frame)).count() as f64 / pens.len() as f64;
    println!("ink-gate accepts {accepted:.4} of pens");
    assert!(accepted >= 0.99, "ink-gate accepts {accepted} of pens");
}

/// The share of a family's drawings that the gate refuses.
fn refused<F: std::fmt::Debug>(gate: &mut Gate, family: F, draw: impl Fn(&mut Rng) -> Drawing) -> f64 {
    const DRAWN: u64 = 400;
    let mut refused = 0;
    for index in 0..DRAWN {
        // Seeds that no training draws from.
        let frame = draw(&mut stream(u64::MAX, &[index])).frame().unwrap().expect("a scribble has ink");
        let probability = gate.probability(&frame).unwrap();
        refused += u64::from(!gate.accepts(probability));
    }
    let share = refused as f64 / DRAWN as f64;
    println!("ink-gate refuses {share:.3} of {family:?}");
    share
}

#[test]
fn what_is_no_digit_is_refused() {
    let mut gate = gate();
    println!("families that training draws from, drawn anew:");
    let seen = Kind::ALL.map(|kind| refused(&mut gate, kind, |rng| kind.draw(rng)));
    println!("families and alphabets that no training saw:");
    let strange = Stranger::ALL.map(|kind| refused(&mut gate, kind, |rng| kind.draw(rng)));
    for (what, shares, mean_floor, floor) in
        [("seen", &seen[..], SEEN.0, SEEN.1), ("strange", &strange[..], STRANGE.0, STRANGE.1)]
    {
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let least = shares.iter().copied().fold(1.0, f64::min);
        println!("{what}: {mean:.3} on average, {least:.3} at least");
        assert!(mean >= mean_floor, "{what}: {mean} on average, at least {mean_floor}");
        assert!(least >= floor, "{what}: {least} of one family, at least {floor}");
    }
}

#[test]
fn every_sample_is_the_digit_it_shows() {
    for (name, _) in PENS {
        let mut reader = Classifier::open(&weights(name), Some(gate())).unwrap();
        for digit in 0..10 {
            let sample = convscope::digits::ink::templates::sample(digit).unwrap();
            let prediction = reader.classify(sample.frame().unwrap().as_ref()).unwrap();
            assert_eq!(prediction.digit, Some(usize::from(digit)), "{name}: {prediction:?}");
        }
    }
}
