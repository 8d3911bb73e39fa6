//! Recorded handwriting as 28×28 images, compared with MNIST, on which the networks were trained.

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use convscope::digits::ink::{DigitImage, Drawing, Picture, Point, file};
use libtest_mimic::Trial;
use support::{cases, harness};

fn main() -> ExitCode {
    let pens = |name: &str, test: fn(&Path)| -> Trial {
        harness::test_with(name, cases::pen_digits(), move |file: PathBuf| test(&file))
    };
    harness::run(vec![
        pens("pen_digits_have_the_ink_of_mnist", pen_digits_have_the_ink_of_mnist),
        pens("one_digit_is_not_several", one_digit_is_not_several),
        pens("two_digits_are_several", two_digits_are_several),
        harness::test_with("an_image_of_mnist_returns_itself", cases::mnist(), |folder| {
            an_image_of_mnist_returns_itself(&folder);
        }),
    ])
}

fn entries(file: &Path) -> Vec<file::Entry> {
    file::read(&cases::bytes(file)).unwrap()
}

fn pen_digits_have_the_ink_of_mnist(file: &Path) {
    let entries = entries(file);
    let (mut mean, mut touched, mut full) = (0.0, 0.0, 0.0);
    for entry in &entries {
        let frame = entry.drawing.frame().unwrap().expect("a digit has ink");
        for &ink in &frame.0 {
            mean += f64::from(ink);
            touched += f64::from(u8::from(ink > 0.0));
            full += f64::from(u8::from(ink >= 250.0 / 255.0));
        }
    }
    let pixels = (entries.len() * DigitImage::PIXELS) as f64;
    for (name, sum, mnist) in
        [("mean", mean, 0.133), ("share touched", touched, 0.194), ("share full", full, 0.076)]
    {
        let found = sum / pixels;
        println!("{name}: {found:.4}, MNIST {mnist}");
        assert!((found / mnist - 1.0).abs() < 0.05, "{name}: {found}, MNIST {mnist}");
    }
}

fn one_digit_is_not_several(file: &Path) {
    let mut entries = entries(file);
    // Writers 21 to 30 are for final figures only: the rule was made looking at the others.
    entries.retain(|entry| entry.writer.is_some_and(|writer| writer <= 20));
    let several = entries.iter().filter(|entry| entry.drawing.abreast() > 1).count();
    println!("{several} of {} digits look like several", entries.len());
    assert!(several * 200 < entries.len(), "{several} of {}", entries.len());
}

fn two_digits_are_several(file: &Path) {
    let mut entries = entries(file);
    entries.retain(|entry| entry.writer.is_some_and(|writer| writer <= 20));
    // One person writes both.
    entries.sort_by_key(|entry| entry.writer);
    let pairs = entries.chunks_exact(2).enumerate();
    let several = pairs.map(|(i, pair)| {
        // The tablet's digits are about 250 units tall; the gap goes from a twentieth of that to half.
        let gap = 250.0 * (0.05 + 0.45 * (i % 10) as f32 / 9.0);
        let right =
            |drawing: &Drawing| drawing.strokes.iter().flatten().fold(0.0f32, |right, [x, _]| right.max(*x));
        let shift = right(&pair[0].drawing) + gap;
        let moved = |stroke: &Vec<Point>| stroke.iter().map(|[x, y]| [x + shift, *y]).collect();
        let strokes =
            pair[0].drawing.strokes.iter().cloned().chain(pair[1].drawing.strokes.iter().map(moved));
        usize::from(Drawing { strokes: strokes.collect() }.abreast() > 1)
    });
    let several: usize = several.sum();
    println!("{several} of {} pairs look like several", entries.len() / 2);
    assert!(several * 40 > entries.len() / 2 * 39, "{several} of {}", entries.len() / 2);
}

fn an_image_of_mnist_returns_itself(folder: &Path) {
    // The header has 16 bytes.
    let images = cases::bytes(&folder.join("t10k-images-idx3-ubyte")).split_off(16);
    let (mut sum, mut worst) = (0.0, (0.0, 0));
    for (i, image) in images.chunks_exact(DigitImage::PIXELS).enumerate() {
        let frame = Picture::grey(28, 28, image).unwrap().frame().expect("a digit has ink");
        let off: f32 = frame.0.iter().zip(image).map(|(a, &b)| (a * 255.0 - f32::from(b)).abs()).sum();
        let off = f64::from(off) / DigitImage::PIXELS as f64;
        sum += off;
        if off > worst.0 {
            worst = (off, i);
        }
    }
    let mean = sum / (images.len() / DigitImage::PIXELS) as f64;
    println!("off by {mean:.4}/255 on average, at most {:.2}/255 (image {})", worst.0, worst.1);
    assert!(mean < 1.0, "{mean}/255");
}
