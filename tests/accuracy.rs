//! What the published weights reach, measured anew from the published files: MNIST's test digits, recorded handwriting,
//! and what is no digit.
#![cfg(feature = "cli")]

mod cases;
mod strangers;

use std::path::Path;

use convscope::formats::mnist;
use convscope::ink::scribbles::Kind;
use convscope::ink::{Drawing, Frame, file};
use convscope::rng::{Rng, stream};
use convscope::train::calibrate::expected_error;
use convscope::verdict::{Gate, Reader};
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

/// Those whose averaged probabilities read more than any alone, and what they read at least, of MNIST and of pens.
const ENSEMBLE: ([&str; 3], f64, f64) = (["resnet-s", "inception-s", "vgg-s"], 0.9965, 0.985);

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

fn reader(name: &str) -> Reader {
    Reader::open(&weights(name), None).unwrap()
}

fn gate() -> Gate {
    Gate::open(&weights("ink-gate")).unwrap()
}

/// The frames and digits of writers 21 to 30, of whom no training saw anything.
fn pens() -> Option<Vec<(Frame, usize)>> {
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

/// What a network makes of a frame: the probability of each digit; and the digit that it is.
type Answer = (Vec<f32>, usize);

fn read(name: &str, digits: &[(Frame, usize)]) -> Vec<Answer> {
    let mut reader = reader(name);
    let read =
        |(frame, digit): &(Frame, usize)| (reader.classify(Some(frame)).unwrap().probabilities, *digit);
    digits.iter().map(read).collect()
}

/// The share read right, and how far confidence is from that on average.
fn accuracy(answers: &[Answer]) -> (f64, f64) {
    let judge = |(probabilities, digit): &Answer| {
        let confidence = probabilities.iter().copied().fold(0.0, f32::max);
        (confidence, probabilities[*digit] == confidence)
    };
    let judged: Vec<(f32, bool)> = answers.iter().map(judge).collect();
    let right = judged.iter().filter(|(_, right)| *right).count();
    (right as f64 / judged.len() as f64, expected_error(judged))
}

/// Every network of the list reads its least share of the digits, with confidence no further off than `limit`; and so do
/// the networks of the ensemble together.
fn are_read(what: &str, digits: &[(Frame, usize)], list: [(&str, f64); 7], together: f64, limit: f64) {
    let mut sums = vec![(vec![0.0; 10], 0); digits.len()];
    for (name, least) in list {
        let answers = read(name, digits);
        let (found, error) = accuracy(&answers);
        println!("{name} on {what}: {found:.4}, calibration error {error:.4}");
        assert!(found >= least, "{name} on {what}: {found}, at least {least}");
        assert!(error <= limit, "{name} on {what}: calibration error {error}, at most {limit}");
        if ENSEMBLE.0.contains(&name) {
            for ((sum, digit), (probabilities, right)) in sums.iter_mut().zip(answers) {
                sum.iter_mut().zip(probabilities).for_each(|(sum, one)| *sum += one);
                *digit = right;
            }
        }
    }
    let (found, _) = accuracy(&sums);
    println!("{} on {what}: {found:.4}", ENSEMBLE.0.join(", "));
    assert!(found >= together, "{} on {what}: {found}, at least {together}", ENSEMBLE.0.join(", "));
}

#[test]
fn mnist_is_read() {
    let Ok(test) = mnist::read_test() else {
        println!("mnist: skipped, the files are not at hand (0 run)");
        return;
    };
    let frames = test.images.iter().map(|pixels| {
        let mut frame = Frame::blank();
        frame.0.iter_mut().zip(pixels).for_each(|(to, &from)| *to = f32::from(from) / 255.0);
        frame
    });
    let digits: Vec<_> = frames.zip(test.labels.iter().map(|&label| usize::from(label))).collect();
    are_read("MNIST", &digits, MNIST, ENSEMBLE.1, CALIBRATION);
}

#[test]
fn pens_are_read_and_pass_the_gate() {
    let Some(pens) = pens() else { return };
    are_read("pens", &pens, PENS, ENSEMBLE.2, 2.0 * CALIBRATION);
    let mut gate = gate();
    let mut accepts = |frame: &Frame| {
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
        let mut reader = Reader::open(&weights(name), Some(gate())).unwrap();
        for digit in 0..10 {
            let sample = convscope::ink::templates::sample(digit).unwrap();
            let verdict = reader.classify(sample.frame().unwrap().as_ref()).unwrap();
            assert_eq!(verdict.digit, Some(usize::from(digit)), "{name}: {verdict:?}");
        }
    }
}
