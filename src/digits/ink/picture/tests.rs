use super::*;
use crate::digits::ink::Drawing;

/// A 3 drawn with a pen.
fn three() -> Drawing {
    let stroke = vec![
        [20.0, 10.0],
        [50.0, 2.0],
        [70.0, 15.0],
        [60.0, 35.0],
        [40.0, 44.0],
        [66.0, 52.0],
        [74.0, 75.0],
        [50.0, 92.0],
        [18.0, 84.0],
    ];
    Drawing { strokes: vec![stroke] }
}

/// A photograph of the 3: its image magnified `zoom` times on a page of `side` pixels. `colour` maps intensity, x and y
/// (0 to 1) to brightness.
fn photograph(zoom: usize, side: usize, colour: impl Fn(f32, f32, f32) -> f32) -> (DigitImage, Vec<u8>) {
    let image = three().frame().unwrap().unwrap();
    let at = |x: usize, y: usize| {
        let (x, y) = (x / zoom, y / zoom);
        if x < 28 && y < 28 { image.0[y * 28 + x] } else { 0.0 }
    };
    let pixels = (0..side * side)
        .map(|i| {
            let (x, y) = (i % side, i / side);
            let value = colour(at(x, y), x as f32 / side as f32, y as f32 / side as f32);
            (value * 255.0).round() as u8
        })
        .collect();
    (image, pixels)
}

fn distance(a: &DigitImage, b: &DigitImage) -> f32 {
    a.0.iter().zip(&b.0).map(|(a, b)| (a - b).abs()).sum::<f32>() / DigitImage::PIXELS as f32
}

#[test]
fn a_photograph_gives_the_image_of_the_drawing() {
    type Light = fn(f32, f32, f32) -> f32;
    let papers: [(&str, Light, f32); 5] = [
        ("dark on light", |ink, _, _| 1.0 - ink, 0.01),
        ("light on dark", |ink, _, _| ink, 0.01),
        ("grey pencil on grey paper", |ink, _, _| 0.7 - 0.25 * ink, 0.01),
        ("uneven light", |ink, x, y| (0.45 + 0.5 * x - 0.1 * y * y) * (1.0 - 0.6 * ink), 0.025),
        ("grain", |ink, x, y| 0.8 - 0.6 * ink + 0.02 * ((x * 7919.0 + y * 104_729.0) % 1.0), 0.02),
    ];
    for (name, colour, limit) in papers {
        for (zoom, side) in [(1, 28), (3, 100), (20, 700)] {
            let (image, pixels) = photograph(zoom, side, colour);
            let found = Picture::grey(side, side, &pixels).unwrap().frame().expect(name);
            let distance = distance(&found, &image);
            assert!(distance < limit, "{name}, {side} px: {distance} from the image of the drawing");
        }
    }
}

#[test]
fn transparent_pixels_are_background() {
    let (image, ink) = photograph(5, 200, |ink, _, _| ink);
    for shade in [0u8, 255] {
        let pixels: Vec<u8> = ink.iter().flat_map(|&a| [shade, shade, shade, a]).collect();
        let found = Picture::rgba(200, 200, &pixels).unwrap().frame().unwrap();
        assert!(distance(&found, &image) < 0.01, "strokes of shade {shade}");
    }
}

#[test]
fn specks_do_not_change_the_bounding_box() {
    let (_, clean) = photograph(5, 200, |ink, _, _| 1.0 - ink);
    let mut dusty = clean.clone();
    for speck in [3, 190, 39_000, 20_010] {
        dusty[speck] = 0;
    }
    let frame = |pixels: &[u8]| Picture::grey(200, 200, pixels).unwrap().frame().unwrap();
    assert!(distance(&frame(&clean), &frame(&dusty)) < 1e-3);
}

#[test]
fn background_alone_gives_no_image() {
    for shade in [0, 130, 255] {
        assert!(Picture::grey(40, 30, &[shade; 1200]).unwrap().frame().is_none());
    }
    let shaded: Vec<u8> = (0..1200).map(|i| 60 + (i % 40) as u8 * 4).collect();
    assert!(Picture::grey(40, 30, &shaded).unwrap().frame().is_none());
    let grain: Vec<u8> = (0..1200u32).map(|i| 100 + (i.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
    assert!(Picture::grey(40, 30, &grain).unwrap().frame().is_none());
    assert!(Picture::rgba(3, 3, &[0; 36]).unwrap().frame().is_none());
}

#[test]
fn odd_shapes_are_read() {
    for (width, height) in [(1, 1), (1, 4096), (4096, 1), (2, 3)] {
        let mut pixels = vec![255; width * height];
        pixels[0] = 0;
        let _ = Picture::grey(width, height, &pixels).unwrap().frame();
    }
}

#[test]
fn impossible_pictures_are_refused() {
    for (width, height, found) in
        [(0, 10, "0×10"), (20_000, 10, "20000×10"), (10, 20_000, "10×20000"), (2, 2, "15")]
    {
        let sentence = Picture::rgba(width, height, &[0; 15]).unwrap_err().to_string();
        assert!(sentence.contains(found), "{sentence}");
    }
    assert!(Picture::grey(usize::MAX, usize::MAX, &[]).is_err());
}
