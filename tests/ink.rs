//! Checks on recorded handwriting and MNIST that framed images match what the networks were trained on.

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
        pens(
            "pen_digits_have_the_intensity_statistics_of_mnist",
            pen_digits_have_the_intensity_statistics_of_mnist,
        ),
        pens("single_digits_count_as_one", single_digits_count_as_one),
        pens("two_digits_count_as_several", two_digits_count_as_several),
        harness::test_with("mnist_images_are_kept_unchanged", cases::mnist(), |folder| {
            mnist_images_are_kept_unchanged(&folder);
        }),
    ])
}

fn entries(file: &Path) -> Vec<file::Entry> {
    file::read(&cases::bytes(file)).unwrap()
}

fn pen_digits_have_the_intensity_statistics_of_mnist(file: &Path) {
    let entries = entries(file);
    let (mut mean, mut touched, mut full) = (0.0, 0.0, 0.0);
    for entry in &entries {
        let image = entry.drawing.frame().unwrap().expect("a digit is not empty");
        for &intensity in &image.0 {
            mean += f64::from(intensity);
            touched += f64::from(u8::from(intensity > 0.0));
            full += f64::from(u8::from(intensity >= 250.0 / 255.0));
        }
    }
    let pixels = (entries.len() * DigitImage::PIXELS) as f64;
    for (name, sum, mnist) in
        [("mean", mean, 0.133), ("share above 0", touched, 0.194), ("share at 1", full, 0.076)]
    {
        let found = sum / pixels;
        println!("{name}: {found:.4}, MNIST {mnist}");
        assert!((found / mnist - 1.0).abs() < 0.05, "{name}: {found}, MNIST {mnist}");
    }
}

fn single_digits_count_as_one(file: &Path) {
    let mut entries = entries(file);
    // Writers 21 to 30 are held out: the rule was developed on the others.
    entries.retain(|entry| entry.writer.is_some_and(|writer| writer <= 20));
    let several = entries.iter().filter(|entry| entry.drawing.digit_count() > 1).count();
    println!("{several} of {} digits count as several", entries.len());
    assert!(several * 200 < entries.len(), "{several} of {}", entries.len());
}

fn two_digits_count_as_several(file: &Path) {
    let mut entries = entries(file);
    entries.retain(|entry| entry.writer.is_some_and(|writer| writer <= 20));
    // Both digits of a pair are by the same writer.
    entries.sort_by_key(|entry| entry.writer);
    let pairs = entries.chunks_exact(2).enumerate();
    let several = pairs.map(|(i, pair)| {
        // The tablet's digits are about 250 units tall; gaps are 5 % to 50 % of that.
        let gap = 250.0 * (0.05 + 0.45 * (i % 10) as f32 / 9.0);
        let right =
            |drawing: &Drawing| drawing.strokes.iter().flatten().fold(0.0f32, |right, [x, _]| right.max(*x));
        let shift = right(&pair[0].drawing) + gap;
        let moved = |stroke: &Vec<Point>| stroke.iter().map(|[x, y]| [x + shift, *y]).collect();
        let strokes =
            pair[0].drawing.strokes.iter().cloned().chain(pair[1].drawing.strokes.iter().map(moved));
        usize::from(Drawing { strokes: strokes.collect() }.digit_count() > 1)
    });
    let several: usize = several.sum();
    println!("{several} of {} pairs count as several", entries.len() / 2);
    assert!(several * 40 > entries.len() / 2 * 39, "{several} of {}", entries.len() / 2);
}

fn mnist_images_are_kept_unchanged(folder: &Path) {
    // The header has 16 bytes.
    let images = cases::bytes(&folder.join("t10k-images-idx3-ubyte")).split_off(16);
    let (mut sum, mut worst) = (0.0, (0.0, 0));
    for (i, image) in images.chunks_exact(DigitImage::PIXELS).enumerate() {
        let found = Picture::grey(28, 28, image).unwrap().frame().expect("a digit is not empty");
        let error: f32 = found.0.iter().zip(image).map(|(a, &b)| (a * 255.0 - f32::from(b)).abs()).sum();
        let error = f64::from(error) / DigitImage::PIXELS as f64;
        sum += error;
        if error > worst.0 {
            worst = (error, i);
        }
    }
    let mean = sum / (images.len() / DigitImage::PIXELS) as f64;
    println!("mean error {mean:.4}/255, max {:.2}/255 (image {})", worst.0, worst.1);
    assert!(mean < 1.0, "{mean}/255");
}
