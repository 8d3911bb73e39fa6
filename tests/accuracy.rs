//! What the published weights reach, measured anew from the published files: MNIST's test digits, recorded handwriting,
//! and what is no digit.
#![cfg(feature = "cli")]

mod cases;

use std::path::Path;

use convscope::formats::mnist;
use convscope::ink::scribbles::Kind;
use convscope::ink::{Frame, file};
use convscope::rng::stream;
use convscope::verdict::{Gate, Reader};

/// Networks, and the share of MNIST's test digits that their published weights read at least.
const MNIST: [(&str, f64); 7] = [
    ("lenet5", 0.994),
    ("lenet5-1998", 0.991),
    ("alexnet-s", 0.994),
    ("vgg-s", 0.994),
    ("nin-s", 0.988),
    ("resnet-s", 0.995),
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

/// The share of the frames that a network reads right.
fn accuracy(reader: &mut Reader, digits: impl IntoIterator<Item = (Frame, usize)>) -> f64 {
    let (mut right, mut all) = (0, 0);
    for (frame, digit) in digits {
        right += usize::from(reader.classify(Some(&frame)).unwrap().digit == Some(digit));
        all += 1;
    }
    f64::from(right as u32) / f64::from(all)
}

#[test]
fn mnist_is_read() {
    let Ok(test) = mnist::read_test() else {
        println!("mnist: skipped, the files are not at hand (0 run)");
        return;
    };
    for (name, least) in MNIST {
        let frames = test.images.iter().map(|pixels| {
            let mut frame = Frame::blank();
            frame.0.iter_mut().zip(pixels).for_each(|(to, &from)| *to = f32::from(from) / 255.0);
            frame
        });
        let labels = test.labels.iter().map(|&label| usize::from(label));
        let found = accuracy(&mut reader(name), frames.zip(labels));
        println!("{name} on MNIST: {found:.4}");
        assert!(found >= least, "{name} on MNIST: {found}, at least {least}");
    }
}

#[test]
fn pens_are_read_and_pass_the_gate() {
    let Some(pens) = pens() else { return };
    for (name, least) in PENS {
        let found = accuracy(&mut reader(name), pens.iter().cloned());
        println!("{name} on pens: {found:.4}");
        assert!(found >= least, "{name} on pens: {found}, at least {least}");
    }
    let mut gate = gate();
    let mut accepts = |frame: &Frame| {
        let probability = gate.probability(frame).unwrap();
        gate.accepts(probability)
    };
    let accepted = pens.iter().filter(|(frame, _)| accepts(frame)).count() as f64 / pens.len() as f64;
    println!("ink-gate accepts {accepted:.4} of pens");
    assert!(accepted >= 0.99, "ink-gate accepts {accepted} of pens");
}

#[test]
fn what_is_no_digit_is_refused() {
    let mut gate = gate();
    for kind in Kind::ALL {
        let drawn = 200;
        let mut refused = 0;
        for index in 0..drawn {
            // Seeds that no training draws from.
            let drawing = kind.draw(&mut stream(u64::MAX, &[index]));
            let frame = drawing.frame().unwrap().expect("a scribble has ink");
            let probability = gate.probability(&frame).unwrap();
            refused += u64::from(!gate.accepts(probability));
        }
        let share = refused as f64 / drawn as f64;
        println!("ink-gate refuses {share:.2} of {kind:?}");
        assert!(share > 0.5, "ink-gate refuses {share} of {kind:?}");
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
