//! Compares every path with the reference kernels, over odd shapes.

use super::depthwise::Depthwise;
use super::first::First;
use super::winograd::{Kind, Winograd};
use super::{Conv, Direct, Finish, Images, InputGradient, RotatedFilters, Scratch, View, Window, border};
use crate::kernels::geometry::Axis;
use crate::kernels::pool::Combine;
use crate::kernels::reference::{self, widen};
use crate::kernels::tiles::ALL;
use crate::rng;
use proptest::prelude::*;
use rand::RngExt;

fn axis() -> impl Strategy<Value = Axis> {
    (1..4usize, 1..4usize, 0..3usize, 0..3usize, 1..3usize).prop_map(
        |(kernel, stride, before, after, dilation)| Axis {
            kernel,
            stride,
            before,
            after,
            dilation,
            ceil: false,
        },
    )
}

/// Independent values: sums of correlated values may cancel to less than the rounding error.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = rng::stream(seed, &[]);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn close(found: &[f32], expected: &[f64], what: &str) {
    let largest = expected.iter().fold(1e-3f64, |m, x| m.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(difference <= 1e-5 * largest, "{what}[{i}]: {found}, expected {expected}");
    }
}

proptest! {
    #[test]
    fn forward_and_backward_agree_with_the_reference(
        rows in axis(), columns in axis(), groups in 1..4usize, ins in 1..5usize, outs in 1..7usize,
        count in 1..3usize, height in 4..9usize, width in 4..9usize,
    ) {
        let window = Window { rows, columns };
        let Ok([out_height, out_width]) = window.output("conv", height, width) else { return Ok(()) };
        let input = Images { count, height, width, channels: ins * groups };
        let output = Images { count, height: out_height, width: out_width, channels: outs * groups };
        let mut conv = Conv::new(window, groups, input, output);
        let x = numbers(input.len(), 1);
        let filter = numbers(output.channels * conv.depth(), 2);
        let bias = numbers(output.channels, 3);
        let dy = numbers(output.len(), 4);
        let mut scratch = Scratch::default();
        let mut packed = Vec::new();
        conv.pack(&ALL, &filter, &bias, &mut packed);

        let (wide_x, wide_filter, wide_bias) = (widen(&x), widen(&filter), widen(&bias));
        let expected = reference::conv(window, groups, input, output, &wide_x, &wide_filter, &wide_bias);
        let mut y = vec![f32::NAN; output.len()];
        conv.forward(&x, &packed, &mut y, &mut scratch);
        close(&y, &expected, "y");

        let (dx, dfilter, dbias) = reference::conv_backward(window, groups, input, output, &wide_x, &wide_filter, &widen(&dy));
        let (mut found_dx, mut found_dfilter, mut found_dbias) =
            (vec![0.0; x.len()], vec![0.0; filter.len()], vec![0.0; bias.len()]);
        conv.backward_input(&dy, &filter, &mut found_dx, &mut scratch);
        conv.backward_filter(&x, &dy, &mut found_dfilter, &mut scratch);
        conv.backward_bias(&dy, &mut found_dbias);
        close(&found_dx, &dx, "dx");
        close(&found_dfilter, &dfilter, "dfilter");
        close(&found_dbias, &dbias, "dbias");
    }
}

proptest! {
    #[test]
    fn a_convolution_with_rotated_filters_is_the_gradient_of_the_input(
        kernel in 0..2usize, before in 0..6usize, after in 0..6usize, ins in 1..4usize, outs in 1..4usize,
        count in 1..3usize, height in 5..12usize, width in 5..12usize,
    ) {
        let kernel = [3, 5][kernel];
        let mut window = Window::square(kernel).each(|axis| (axis.before, axis.after) = (before, after));
        std::mem::swap(&mut window.columns.before, &mut window.columns.after);
        let [out_height, out_width] = window.output("conv", height, width).unwrap();
        let input = Images { count, height, width, channels: 16 * ins };
        let output = Images { count, height: out_height, width: out_width, channels: 16 * outs };
        let Some(mut rotated) = RotatedFilters::new(window, 1, input, output) else { return Ok(()) };
        let x = numbers(input.len(), 1);
        // Other filters first: none of their values may remain.
        for seed in 2..4 {
            let filter = numbers(output.channels * input.channels * window.area(), seed);
            let dy = numbers(output.len(), seed + 2);
            let (dx, ..) = reference::conv_backward(window, 1, input, output, &widen(&x), &widen(&filter), &widen(&dy));
            let mut found = vec![1.0; x.len()];
            rotated.add(&dy, &filter, &mut found);
            close(&found, &dx.iter().map(|dx| dx + 1.0).collect::<Vec<_>>(), "dx");
        }
    }
}

#[test]
fn rotated_filters_are_used_for_many_images_only() {
    let window = Window::square(3).each(|axis| (axis.before, axis.after) = (1, 1));
    for (count, rotated) in [(1, false), (16, true)] {
        let images = Images { count, height: 8, width: 8, channels: 16 };
        let mut conv = Conv::new(window, 1, images, images);
        let [x, dy] = [1, 2].map(|seed| numbers(images.len(), seed));
        let filter = numbers(16 * conv.depth(), 3);
        let (dx, ..) =
            reference::conv_backward(window, 1, images, images, &widen(&x), &widen(&filter), &widen(&dy));
        let mut found = vec![0.0; x.len()];
        conv.backward_input(&dy, &filter, &mut found, &mut Scratch::default());
        close(&found, &dx, "dx");
        let found = matches!(conv.input_gradient, InputGradient::RotatedFilters(_));
        assert_eq!(found, rotated, "{count} images");
    }
}

proptest! {
    #[test]
    fn a_depthwise_convolution_agrees_with_the_reference(
        rows in axis(), columns in axis(), channels in 1..40usize,
        count in 1..3usize, height in 5..12usize, width in 5..12usize, beside in 0..2usize,
    ) {
        let window = Window { rows, columns };
        let Ok([out_height, out_width]) = window.output("conv", height, width) else { return Ok(()) };
        let input = Images { count, height, width, channels };
        let output = Images { count, height: out_height, width: out_width, channels };
        prop_assume!(Depthwise::suits(channels, input, output));
        let x_view = View::bordered(input, border(window, input, output));
        let around = Images { channels: channels + 8 * beside, ..output };
        let y_view = View::packed(around).channels(4 * beside, channels);
        let plus_view = View::packed(output);
        let (x, filter, bias, plus) =
            (numbers(input.len(), 1), numbers(channels * window.area(), 2), numbers(channels, 3), numbers(output.len(), 4));
        let mut bordered = vec![0.0; x_view.image * count];
        View::packed(input).each_run(&x_view, |from, to, run| bordered[to..][..run].copy_from_slice(&x[from..][..run]));
        let layer = Depthwise::new(window, &x_view, &y_view, &filter, &bias);
        let expected = reference::conv(window, channels, input, output, &widen(&x), &widen(&filter), &widen(&bias));
        let mut found = vec![0.0; output.len()];
        let mut y = vec![7.0; around.len()];
        let mut check = |finish: Finish<'_>, expected: &[f64]| {
            layer.forward(&bordered, finish, &mut y);
            y_view.each_run(&plus_view, |from, to, run| found[to..][..run].copy_from_slice(&y[from..][..run]));
            close(&found, expected, "y");
        };
        check(Finish::default(), &expected);
        let places = Direct::plus(&y_view, &plus_view);
        check(Finish { plus: Some((&plus, &places)), relu: true }, &finished(expected, &plus));
        let untouched = y.iter().filter(|&&y| y == 7.0).count();
        prop_assert!(untouched >= around.len() - output.len(), "other channels were written");
    }
}

/// The expected result of a convolution's sums after `plus` and a rectifier.
fn finished(mut sums: Vec<f64>, plus: &[f32]) -> Vec<f64> {
    sums.iter_mut().zip(plus).for_each(|(sum, plus)| *sum = (*sum + f64::from(*plus)).max(0.0));
    sums
}

proptest! {
    #[test]
    fn every_path_agrees_with_the_reference_between_views(
        kind in 0..4usize, padding in 0..3usize, ins in 1..4usize, outs in 1..5usize,
        count in 1..3usize, height in 5..24usize, width in 5..24usize, beside in 0..2usize, among in 0..2usize,
    ) {
        let kernel = [3, 3, 3, 5][kind];
        let window = Window::square(kernel).each(|axis| (axis.before, axis.after) = (padding, padding));
        let (ins, outs) = (ins * 8, outs * 8);
        let Ok([out_height, out_width]) = window.output("conv", height, width) else { return Ok(()) };
        let input = Images { count, height, width, channels: ins };
        let output = Images { count, height: out_height, width: out_width, channels: outs };
        // With fewer outputs, even the largest may be small compared with its terms; this scheme is not used for
        // them either.
        prop_assume!(kernel == 3 || output.pixels() >= 16);
        let scheme = match kind {
            0 => None,
            1 => Some(Kind::FourByThree),
            2 => Some(Kind::TwoByThree),
            _ => Some(Kind::FourTwoByFive),
        };
        let needed = scheme.map_or(border(window, input, output), |kind| kind.border(window, input, output));
        // Input and output are stored between other channels.
        let wide = Images { channels: ins + 8 * among, ..input };
        let x_view = View::bordered(wide, needed).channels(4 * among, ins);
        let around = Images { channels: outs + 8 * beside, ..output };
        let y_view = View::packed(around).channels(4 * beside, outs);
        let (x, filter, bias, plus) =
            (numbers(input.len(), 1), numbers(outs * ins * kernel * kernel, 2), numbers(outs, 3), numbers(output.len(), 4));
        let mut bordered = vec![0.0; x_view.image * count];
        View::packed(input).each_run(&x_view, |from, to, run| bordered[to..][..run].copy_from_slice(&x[from..][..run]));
        let mut y = vec![7.0; around.len()];
        let plus_view = View::packed(output);
        match scheme {
            Some(kind) => {
                let layer = Winograd::new(kind, window, &x_view, &y_view, &filter, &bias);
                let mut scratch = vec![f32::NAN; layer.scratch()];
                layer.forward(&bordered, Some((&plus, &plus_view)), true, &mut y, &mut scratch);
            }
            None => {
                let direct = Direct::new(window, 1, &x_view, &y_view);
                let mut packed = Vec::new();
                direct.pack(&ALL, &filter, &bias, &mut packed);
                let places = Direct::plus(&y_view, &plus_view);
                direct.forward(&bordered, &packed, Finish { plus: Some((&plus, &places)), relu: true }, &mut y);
            }
        }
        let expected = reference::conv(window, 1, input, output, &widen(&x), &widen(&filter), &widen(&bias));
        let mut found = vec![0.0; output.len()];
        y_view.each_run(&plus_view, |from, to, run| found[to..][..run].copy_from_slice(&y[from..][..run]));
        close(&found, &finished(expected, &plus), "y");
        let untouched = y.iter().filter(|&&y| y == 7.0).count();
        assert!(untouched >= around.len() - output.len(), "other channels were written");
    }
}

proptest! {
    #[test]
    fn the_first_layer_agrees_with_the_reference(
        kernel in (1..6usize, 1..6usize), before in (0..3usize, 0..3usize), after in (0..3usize, 0..3usize),
        outs in 2..33usize, count in 1..3usize, height in 5..12usize, width in 16..41usize,
        max in any::<bool>(), relu in any::<bool>(), beside in 0..2usize,
    ) {
        let side = |kernel, before, after| Axis { before, after, ..Axis::new(kernel) };
        let window = Window { rows: side(kernel.0, before.0, after.0), columns: side(kernel.1, before.1, after.1) };
        let pool = Window::square(2).each(|axis| axis.stride = 2);
        let combine = if max { Combine::Max } else { Combine::Mean };
        let input = Images { count, height, width, channels: 1 };
        let [rows, columns] = window.output("conv", height, width).unwrap();
        let middle = Images { height: rows, width: columns, channels: outs, ..input };
        let Ok([out_height, out_width]) = pool.output("pool", rows, columns) else { return Ok(()) };
        let output = Images { height: out_height, width: out_width, ..middle };
        prop_assume!(First::suits(window, pool, combine, input, middle, output));

        let x_view = View::bordered(input, border(window, input, middle));
        let around = Images { channels: outs + 8 * beside, ..output };
        let y_view = View::packed(around).channels(4 * beside, outs);
        let (x, filter, bias) = (numbers(input.len(), 1), numbers(outs * window.area(), 2), numbers(outs, 3));
        let mut bordered = vec![0.0; x_view.image * count];
        View::packed(input).each_run(&x_view, |from, to, run| bordered[to..][..run].copy_from_slice(&x[from..][..run]));
        let mut y = vec![7.0; around.len()];
        First::new(window, combine, relu, &x_view, &y_view, &filter, &bias).forward(&bordered, &mut y);

        let mut sums = reference::conv(window, 1, input, middle, &widen(&x), &widen(&filter), &widen(&bias));
        if relu {
            sums.iter_mut().for_each(|sum| *sum = sum.max(0.0));
        }
        let expected = reference::pool(pool, middle, output, &sums, |cells| match max {
            true => cells.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            false => cells.iter().sum::<f64>() / cells.len() as f64,
        });
        let mut found = vec![0.0; output.len()];
        y_view.each_run(&View::packed(output), |from, to, run| found[to..][..run].copy_from_slice(&y[from..][..run]));
        close(&found, &expected, "y");
        prop_assert!(y.iter().filter(|&&y| y == 7.0).count() >= around.len() - output.len(), "other channels were written");
    }
}

#[test]
fn several_sets_of_windows_match_the_reference() {
    // Offsets are kept for 4,096 windows; this case has more, in several images.
    let window = Window::square(3).each(|axis| (axis.before, axis.after) = (1, 1));
    let input = Images { count: 2, height: 65, width: 64, channels: 8 };
    for groups in [1, 8] {
        let mut conv = Conv::new(window, groups, input, input);
        let [x, dy] = [1, 2].map(|seed| numbers(input.len(), seed));
        let (filter, bias) = (numbers(8 * conv.depth(), 3), numbers(8, 4));
        let [wide_x, wide_dy, wide_filter, wide_bias] =
            [&x, &dy, &filter, &bias].map(|numbers| widen(numbers));
        let (mut packed, mut scratch, mut y) = (Vec::new(), Scratch::default(), vec![f32::NAN; input.len()]);
        conv.pack(&ALL, &filter, &bias, &mut packed);
        conv.forward(&x, &packed, &mut y, &mut scratch);
        close(&y, &reference::conv(window, groups, input, input, &wide_x, &wide_filter, &wide_bias), "y");
        let (dx, dfilter, _) =
            reference::conv_backward(window, groups, input, input, &wide_x, &wide_filter, &wide_dy);
        let (mut found_dx, mut found_dfilter) = (vec![0.0; x.len()], vec![0.0; filter.len()]);
        conv.backward_input(&dy, &filter, &mut found_dx, &mut scratch);
        conv.backward_filter(&x, &dy, &mut found_dfilter, &mut scratch);
        close(&found_dx, &dx, "dx");
        close(&found_dfilter, &dfilter, "dfilter");
    }
}
