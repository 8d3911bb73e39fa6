//! Recorded handwriting, framed: does it look like what the networks were trained on?

use std::path::PathBuf;

use convscope::ink::{Frame, file};

/// The recorded digits beside the conformance cases; `None`, said aloud, when `CONVSCOPE_CASES` is unset.
fn pen_digits(test: &str) -> Option<Vec<file::Entry>> {
    let Some(cases) = std::env::var_os("CONVSCOPE_CASES") else {
        println!("{test}: skipped 1 case, CONVSCOPE_CASES is unset");
        return None;
    };
    let path = PathBuf::from(cases).join("../data/pen-digits.jsonl");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(file::read(&bytes).unwrap())
}

#[test]
fn pen_digits_have_the_ink_of_mnist() {
    let Some(entries) = pen_digits("ink of MNIST") else {
        return;
    };
    let (mut mean, mut touched, mut full) = (0.0, 0.0, 0.0);
    for entry in &entries {
        let frame = entry.drawing.frame().unwrap().expect("a digit has ink");
        for &ink in &frame.0 {
            mean += f64::from(ink);
            touched += f64::from(u8::from(ink > 0.0));
            full += f64::from(u8::from(ink >= 250.0 / 255.0));
        }
    }
    let pixels = (entries.len() * Frame::PIXELS) as f64;
    for (name, sum, mnist) in
        [("mean", mean, 0.133), ("share touched", touched, 0.194), ("share full", full, 0.076)]
    {
        let found = sum / pixels;
        println!("{name}: {found:.4}, MNIST {mnist}");
        assert!((found / mnist - 1.0).abs() < 0.05, "{name}: {found}, MNIST {mnist}");
    }
}
