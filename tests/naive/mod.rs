//! The naive evaluation of a graph: each operator by its definition, over the reference kernels, with sums in f64.

use convscope::graph::Network;
use convscope::kernels::geometry::{Axis, Window};
use convscope::kernels::view::Images;
use convscope::kernels::{self, reference};
use convscope::layers::{
    Activation, Add, AveragePool, BatchNorm, Concat, Conv, Dense, Dropout, Elu, Flatten, GlobalAveragePool,
    GlobalMaxPool, LeakyRelu, LogSoftmax, Lrn, MaxPool, Normalize, Operator, Pad, Rbf, Softmax,
    TrainableSubsampling,
};
use convscope::{Graph, Shape, Tensor};

/// A parameter in f64, in memory order.
pub(crate) type Wide = Vec<f64>;

/// The parameters of every node, in f64.
pub(crate) fn widen(network: &Network) -> Vec<Vec<Wide>> {
    let wide = |tensor: &Tensor| reference::widen(tensor.data());
    (0..network.graph().nodes().len()).map(|node| network.weights(node).iter().map(wide).collect()).collect()
}

/// Every value of a run, in NCHW order.
pub(crate) fn run(graph: &Graph, weights: &[Vec<Wide>], ink: &[f32], batch: usize) -> Vec<Vec<f64>> {
    run_in(Mode::Inference, graph, weights, ink, batch, &[])
}

/// How batch normalization and dropout behave.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// Normalizes by running averages; drops nothing.
    Inference,
    /// Normalizes by the batch's mean and variance; drops the numbers that another run dropped.
    Training,
}

/// Every value of a run in a mode, in NCHW order; `sides` as in [`complete`].
pub(crate) fn run_in(
    mode: Mode,
    graph: &Graph,
    weights: &[Vec<Wide>],
    ink: &[f32],
    batch: usize,
    sides: &[Vec<f32>],
) -> Vec<Vec<f64>> {
    let mut values = vec![reference::widen(ink)];
    complete(mode, graph, weights, &mut values, batch, sides);
    values
}

/// Computes the values after those given. `sides` are all values of another run, whose rectifiers and dropouts decide which
/// numbers pass; where it is empty, each rectifier decides for itself, and dropout in training panics.
pub(crate) fn complete(
    mode: Mode,
    graph: &Graph,
    weights: &[Vec<Wide>],
    values: &mut Vec<Vec<f64>>,
    batch: usize,
    sides: &[Vec<f32>],
) {
    let shapes = graph.shapes_for(batch).unwrap();
    for (index, node) in graph.nodes().iter().enumerate().skip(values.len() - 1) {
        let sources = graph.sources(index);
        let source = sources[0];
        let call = Call {
            mode,
            side: sides.get(graph.value(index)).map(|side| &side[..]),
            x: &values[source],
            all: sources.iter().map(|&source| &values[source][..]).collect(),
            from: &shapes[source],
            to: &shapes[graph.value(index)],
            weights: &weights[index],
        };
        let value = call.compute(&node.operator);
        values.push(value);
    }
}

struct Call<'a> {
    mode: Mode,
    /// The output of this call in another run.
    side: Option<&'a [f32]>,
    /// The first input.
    x: &'a [f64],
    /// All inputs.
    all: Vec<&'a [f64]>,
    from: &'a Shape,
    to: &'a Shape,
    weights: &'a [Wide],
}

impl Call<'_> {
    fn compute(&self, operator: &Operator) -> Vec<f64> {
        let value = self.of_each_number(operator).or_else(|| self.of_rows(operator));
        value
            .or_else(|| self.of_images(operator))
            .or_else(|| self.moved(operator))
            .unwrap_or_else(|| panic!("no network that is compared has a {}", operator.layer().op()))
    }

    /// Layers that compute each number from one of each input.
    fn of_each_number(&self, operator: &Operator) -> Option<Vec<f64>> {
        let each = |f: &dyn Fn(f64) -> f64| self.x.iter().map(|&x| f(x)).collect::<Vec<f64>>();
        if let Some(activation) = operator.get::<Activation>() {
            return Some(match (activation, self.side) {
                (Activation::Relu, Some(side)) => {
                    self.x.iter().zip(side).map(|(&x, &y)| if y > 0.0 { x } else { 0.0 }).collect()
                }
                (Activation::Relu, None) => each(&|x| x.max(0.0)),
                (Activation::Tanh, _) => each(&f64::tanh),
                (Activation::ScaledTanh, _) => each(&|x| 1.7159 * (x * 2.0 / 3.0).tanh()),
                (Activation::Sigmoid, _) => each(&|x| 1.0 / (1.0 + (-x).exp())),
            });
        }
        if let Some(normalize) = operator.get::<Normalize>() {
            return Some(each(&|x| f64::from(normalize.scale) * x + f64::from(normalize.shift)));
        }
        if let Some(layer) = operator.get::<LeakyRelu>() {
            return Some(each(&|x| if x > 0.0 { x } else { f64::from(layer.alpha) * x }));
        }
        if let Some(layer) = operator.get::<Elu>() {
            return Some(each(&|x| if x > 0.0 { x } else { f64::from(layer.alpha) * x.exp_m1() }));
        }
        if let Some(dropout) = operator.get::<Dropout>().filter(|_| self.mode == Mode::Training) {
            let kept = 1.0 / (1.0 - f64::from(dropout.rate));
            let side = self.side.expect("the values of another run, which decided what was dropped");
            return Some(
                self.x.iter().zip(side).map(|(&x, &y)| if y == 0.0 { 0.0 } else { x * kept }).collect(),
            );
        }
        let sum = |i: usize| self.all.iter().map(|x| x[i]).sum::<f64>();
        operator.is::<Add>().then(|| (0..self.x.len()).map(sum).collect())
    }

    /// Layers over the rows of a matrix.
    fn of_rows(&self, operator: &Operator) -> Option<Vec<f64>> {
        if operator.is::<Dense>() {
            return Some(reference::dense(self.from.axes()[0], self.x, &self.weights[0], &self.weights[1]));
        }
        if operator.is::<Softmax>() || operator.is::<LogSoftmax>() {
            return Some(self.rows(|row| {
                let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = row.iter().map(|x| (x - max).exp()).sum();
                let log = row.iter().map(|x| x - max - sum.ln());
                if operator.is::<LogSoftmax>() { log.collect() } else { log.map(f64::exp).collect() }
            }));
        }
        let radial = operator.get::<Rbf>()?;
        Some(self.rows(|row| {
            let distance = |code: &str| {
                let code = code.chars().map(|letter| if letter == '#' { 1.0 } else { -1.0 });
                -row.iter().zip(code).map(|(x, code)| (x - code).powi(2)).sum::<f64>()
            };
            radial.codes().iter().map(|code| distance(code)).collect()
        }))
    }

    /// Layers over images: convolution, pooling, normalization.
    fn of_images(&self, operator: &Operator) -> Option<Vec<f64>> {
        let max = |cells: &[f64]| cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mean = |cells: &[f64]| cells.iter().sum::<f64>() / cells.len() as f64;
        if let Some(conv) = operator.get::<Conv>() {
            return Some(self.images(|x, input, output| {
                let bias = self.weights.get(1).map_or(&[][..], |bias| bias);
                reference::conv(conv.window(), conv.group_count(), input, output, x, &self.weights[0], bias)
            }));
        }
        if let Some(layer) = operator.get::<BatchNorm>() {
            return Some(self.images(|x, input, _| {
                let [scale, bias, mean, variance] = self.weights else { unreachable!("four parameters") };
                let (mean, variance) = match self.mode {
                    Mode::Inference => (mean.clone(), variance.clone()),
                    Mode::Training => reference::moments(input.channels, x),
                };
                reference::batch_norm(x, scale, bias, &mean, &variance, f64::from(layer.epsilon))
            }));
        }
        if let Some(&Lrn { alpha, beta, bias, size }) = operator.get::<Lrn>() {
            return Some(self.images(|x, input, _| {
                reference::lrn(&kernels::lrn::Lrn { channels: input.channels, alpha, beta, bias, size }, x)
            }));
        }
        if let Some(pool) = operator.get::<MaxPool>() {
            return Some(self.pool(pool.window, max));
        }
        if let Some(pool) = operator.get::<AveragePool>() {
            return Some(self.pool(pool.window, mean));
        }
        if operator.is::<GlobalMaxPool>() {
            return Some(self.pool(self.entire(), max));
        }
        if operator.is::<GlobalAveragePool>() {
            return Some(self.pool(self.entire(), mean));
        }
        operator.is::<TrainableSubsampling>().then(|| self.subsample())
    }

    /// Layers that only move numbers.
    fn moved(&self, operator: &Operator) -> Option<Vec<f64>> {
        if operator.is::<Flatten>() || operator.is::<Dropout>() {
            return Some(self.x.to_vec());
        }
        if operator.is::<Pad>() {
            return Some(self.pad());
        }
        operator.is::<Concat>().then(|| self.concat())
    }

    fn rows(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        self.x.chunks_exact(self.from.axes()[1]).flat_map(f).collect()
    }

    /// Runs a kernel over images with the channels last.
    fn images(&self, kernel: impl Fn(&[f64], Images, Images) -> Vec<f64>) -> Vec<f64> {
        // A row of numbers is an image of one pixel.
        let axes = |shape: &Shape| {
            shape.matrix("naive").map_or_else(|_| shape.nchw("naive"), |[n, c]| Ok([n, c, 1, 1]))
        };
        let sizes = |shape: &Shape| Images::from_nchw(axes(shape).unwrap());
        let [n, c, h, w] = axes(self.from).unwrap();
        let nchw = |image, row, column, channel| self.x[((image * c + channel) * h + row) * w + column];
        let x: Vec<f64> =
            (0..n * h * w * c).map(|i| nchw(i / (h * w * c), i / (w * c) % h, i / c % w, i % c)).collect();
        let y = kernel(&x, sizes(self.from), sizes(self.to));
        let [n, c, h, w] = axes(self.to).unwrap();
        let last = |image, channel, row, column| y[((image * h + row) * w + column) * c + channel];
        (0..n * c * h * w).map(|i| last(i / (c * h * w), i / (h * w) % c, i / w % h, i % w)).collect()
    }

    /// The window that covers the entire image.
    fn entire(&self) -> Window {
        let [_, _, height, width] = self.from.nchw("naive").unwrap();
        Window { rows: Axis::new(height), columns: Axis::new(width) }
    }

    /// In NCHW order the channels of each input are contiguous within an image.
    fn concat(&self) -> Vec<f64> {
        let images = self.to.axes()[0];
        let of = |image: usize| {
            self.all.iter().flat_map(move |x| &x[image * x.len() / images..(image + 1) * x.len() / images])
        };
        (0..images).flat_map(|image| of(image).copied().collect::<Vec<f64>>()).collect()
    }

    fn pool(&self, window: Window, combine: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        self.images(|x, input, output| reference::pool(window, input, output, x, &combine))
    }

    fn subsample(&self) -> Vec<f64> {
        let size = self.from.axes()[2] / self.to.axes()[2];
        let window = Window::square(size).each(|axis| axis.stride = size);
        let sums = self.pool(window, |cells| cells.iter().sum());
        let plane: usize = self.to.axes()[2..].iter().product();
        let map = |at: usize| at / plane % self.to.axes()[1];
        let number = |parameter: usize, map: usize| self.weights[parameter][map];
        sums.iter().enumerate().map(|(at, sum)| sum * number(0, map(at)) + number(1, map(at))).collect()
    }

    fn pad(&self) -> Vec<f64> {
        let ([n, c, h, w], [_, _, big_h, big_w]) =
            (self.from.nchw("naive").unwrap(), self.to.nchw("naive").unwrap());
        let border = (big_h - h) / 2;
        let mut y = vec![0.0; n * c * big_h * big_w];
        for (at, &x) in self.x.iter().enumerate() {
            let (plane, row, column) = (at / (h * w), at / w % h, at % w);
            y[(plane * big_h + row + border) * big_w + column + border] = x;
        }
        y
    }
}
