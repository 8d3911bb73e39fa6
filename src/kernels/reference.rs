//! The naive reference: every kernel as a direct transcription of its definition, with one loop per index and sums
//! in f64. Read it first; every fast kernel is tested against it, and no network uses it.

use super::geometry::Window;
use super::lrn::Lrn;
use super::view::Images;

/// Enumerates every (output pixel, output channel, index in x, index in filter) of a convolution, in no particular
/// order.
fn each_product(
    window: Window,
    groups: usize,
    input: Images,
    output: Images,
    mut f: impl FnMut(usize, usize, usize),
) {
    let (ins, outs) = (input.channels / groups, output.channels / groups);
    for image in 0..output.count {
        for row in 0..output.height {
            for column in 0..output.width {
                for out in 0..output.channels {
                    let y = ((image * output.height + row) * output.width + column) * output.channels + out;
                    for (kr, r) in window.rows.cells(row, input.height) {
                        for (kc, c) in window.columns.cells(column, input.width) {
                            for i in 0..ins {
                                let channel = out / outs * ins + i;
                                let x =
                                    ((image * input.height + r) * input.width + c) * input.channels + channel;
                                let w =
                                    ((out * window.rows.kernel + kr) * window.columns.kernel + kc) * ins + i;
                                f(y, x, w);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Convolution: NHWC in and out, filters OHWI; an empty `bias` means no bias.
pub fn conv(
    window: Window,
    groups: usize,
    input: Images,
    output: Images,
    x: &[f64],
    filter: &[f64],
    bias: &[f64],
) -> Vec<f64> {
    let mut sums: Vec<f64> =
        (0..output.len()).map(|i| bias.get(i % output.channels).copied().unwrap_or(0.0)).collect();
    each_product(window, groups, input, output, |y, at_x, at_w| {
        sums[y] += x[at_x] * filter[at_w];
    });
    sums
}

/// Gradients of [`conv`]: of x, of the filters, of the bias.
pub fn conv_backward(
    window: Window,
    groups: usize,
    input: Images,
    output: Images,
    x: &[f64],
    filter: &[f64],
    dy: &[f64],
) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut dx = vec![0.0; x.len()];
    let mut dfilter = vec![0.0; filter.len()];
    let mut dbias = vec![0.0; output.channels];
    each_product(window, groups, input, output, |y, at_x, at_w| {
        dx[at_x] += dy[y] * filter[at_w];
        dfilter[at_w] += dy[y] * x[at_x];
    });
    for (i, &dy) in dy.iter().enumerate() {
        dbias[i % output.channels] += dy;
    }
    (dx, dfilter, dbias)
}

/// Dense layer: x `[rows, inputs]`, weight `[outputs, inputs]`; an empty `bias` means no bias.
pub fn dense(rows: usize, x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let inputs = x.len() / rows;
    let mut y = Vec::new();
    for x in x.chunks_exact(inputs) {
        for (output, weight) in weight.chunks_exact(inputs).enumerate() {
            let bias = bias.get(output).copied().unwrap_or(0.0);
            let products = x.iter().zip(weight).map(|(x, w)| x * w);
            y.push(bias + products.sum::<f64>());
        }
    }
    y
}

/// Pooling of NHWC images: `combine` receives the values of one window that are inside the image.
pub fn pool(
    window: Window,
    input: Images,
    output: Images,
    x: &[f64],
    combine: impl Fn(&[f64]) -> f64,
) -> Vec<f64> {
    let mut y = Vec::new();
    for image in 0..output.count {
        for row in 0..output.height {
            for column in 0..output.width {
                for channel in 0..output.channels {
                    let mut cells = Vec::new();
                    for (_, r) in window.rows.cells(row, input.height) {
                        for (_, c) in window.columns.cells(column, input.width) {
                            let at =
                                ((image * input.height + r) * input.width + c) * input.channels + channel;
                            cells.push(x[at]);
                        }
                    }
                    y.push(combine(&cells));
                }
            }
        }
    }
    y
}

/// Converts values to f64.
pub fn widen(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&number| f64::from(number)).collect()
}

/// Local response normalization, pixel by pixel.
pub fn lrn(lrn: &Lrn, x: &[f64]) -> Vec<f64> {
    let mut y = Vec::new();
    for pixel in x.chunks_exact(lrn.channels) {
        for (channel, x) in pixel.iter().enumerate() {
            let first = channel.saturating_sub((lrn.size - 1) / 2);
            let last = (channel + lrn.size / 2).min(lrn.channels - 1);
            let sum: f64 = pixel[first..=last].iter().map(|x| x * x).sum();
            let sum = f64::from(lrn.bias) + f64::from(lrn.alpha) / lrn.size as f64 * sum;
            y.push(x / sum.powf(f64::from(lrn.beta)));
        }
    }
    y
}

/// The mean and the (biased) variance of each channel.
pub fn moments(channels: usize, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let pixels = (x.len() / channels) as f64;
    let mean = |of: &dyn Fn(f64, usize) -> f64| -> Vec<f64> {
        let mut sums = vec![0.0; channels];
        x.iter().enumerate().for_each(|(i, &x)| sums[i % channels] += of(x, i % channels));
        sums.iter().map(|sum| sum / pixels).collect()
    };
    let means = mean(&|x, _| x);
    let variances = mean(&|x, channel| (x - means[channel]).powi(2));
    (means, variances)
}

/// Batch normalization with a mean and a variance for each channel.
pub fn batch_norm(
    x: &[f64],
    scale: &[f64],
    bias: &[f64],
    mean: &[f64],
    variance: &[f64],
    epsilon: f64,
) -> Vec<f64> {
    let normal = |(i, x): (usize, &f64)| {
        let c = i % scale.len();
        scale[c] * (x - mean[c]) / (variance[c] + epsilon).sqrt() + bias[c]
    };
    x.iter().enumerate().map(normal).collect()
}
