use super::*;

fn drawing(strokes: &[&[Point]]) -> Drawing {
    Drawing { strokes: strokes.iter().map(|s| s.to_vec()).collect() }
}

fn framed(strokes: &[&[Point]]) -> DigitImage {
    drawing(strokes).frame().unwrap().unwrap()
}

/// The first and last row and column with an intensity above 0.
fn extent(image: &DigitImage) -> [usize; 4] {
    let rows: Vec<usize> = (0..28).filter(|r| (0..28).any(|c| image.0[r * 28 + c] > 0.0)).collect();
    let columns: Vec<usize> = (0..28).filter(|c| (0..28).any(|r| image.0[r * 28 + c] > 0.0)).collect();
    [rows[0], rows[rows.len() - 1], columns[0], columns[columns.len() - 1]]
}

#[test]
fn an_empty_drawing_gives_no_image() {
    assert_eq!(Drawing::default().frame(), Ok(None));
    assert_eq!(drawing(&[&[], &[]]).frame(), Ok(None));
}

#[test]
fn a_dot_is_drawn_at_the_centre() {
    for dot in [&[&[[7.0, -3.0]][..]][..], &[&[[1e-40, 0.0], [1e-40, 0.0]]], &[&[[5.0, 5.0]], &[[5.0, 5.0]]]]
    {
        let image = framed(dot);
        assert_eq!(extent(&image), [12, 15, 12, 15]);
        let ink: f32 = image.0.iter().sum();
        assert!((ink - 4.909).abs() < 0.05, "π·1.25² = 4.909, found {ink}");
    }
}

#[test]
fn strokes_with_their_width_fill_twenty_pixels() {
    let square: &[Point] = &[[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]];
    assert_eq!(extent(&framed(&[square])), [4, 23, 4, 23]);
    let bar: &[Point] = &[[3.0, 100.0], [3.0, 900.0]];
    assert_eq!(extent(&framed(&[bar])), [4, 23, 12, 15]);
}

#[test]
fn the_centre_of_mass_is_at_the_centre() {
    let image = framed(&[&[[0.0, 0.0], [80.0, 10.0], [20.0, 95.0]], &[[10.0, 50.0], [70.0, 40.0]]]);
    let [x, y] = image.centre_of_mass().unwrap();
    assert!((x - 14.0).abs() < 0.02 && (y - 14.0).abs() < 0.02, "{x} {y}");
}

#[test]
fn position_and_unit_of_the_pad_do_not_matter() {
    let stroke = |scale: f32, dx: f32, dy: f32| -> Drawing {
        let points: [Point; 4] = [[0.0, 0.0], [8.0, 1.0], [2.0, 9.0], [9.0, 12.0]];
        drawing(&[&points.map(|[x, y]| [x * scale + dx, y * scale + dy])])
    };
    let expected = stroke(1.0, 0.0, 0.0).frame().unwrap().unwrap();
    for other in [stroke(64.0, -512.0, 256.0), stroke(1e-30, 0.0, 0.0), stroke(1e36, 0.0, 0.0)] {
        let found = other.frame().unwrap().unwrap();
        for (a, b) in found.0.iter().zip(&expected.0) {
            assert!((a - b).abs() <= 2.0 / 256.0);
        }
    }
}

#[test]
fn an_error_locates_a_nonfinite_coordinate() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = drawing(&[&[[1.0, 2.0]], &[[0.0, 0.0], [bad, 1.0]]]).frame().unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.contains("point 2 of stroke 2"), "{sentence}");
    }
}

#[test]
fn many_points_are_read_and_too_many_refused() {
    let spiral = |n: usize| Drawing {
        strokes: vec![
            (0..n)
                .map(|i| {
                    let t = i as f32 * 0.01;
                    [t * t.cos(), t * t.sin()]
                })
                .collect(),
        ],
    };
    assert!(spiral(100_000).frame().unwrap().is_some());
    let error = spiral(MAX_POINTS + 1).frame().unwrap_err();
    assert!(matches!(*error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn pen_widths_out_of_range_are_refused() {
    let dot = drawing(&[&[[0.0, 0.0]]]);
    for width in [0.0, -1.0, f32::NAN, 100.0] {
        assert!(dot.frame_at_width(width).is_err());
    }
}
