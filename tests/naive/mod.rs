//! A graph read naively: each operator as its definition says, over the reference kernels, sums in f64.

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

/// A parameter in f64, with its shape, as it lies in memory.
pub(crate) type Wide = Vec<f64>;

/// The parameters of every node, in f64.
pub(crate) fn widen(network: &Network) -> Vec<Vec<Wide>> {
    let wide = |tensor: &Tensor| reference::widen(tensor.data());
    (0..network.graph().nodes().len()).map(|node| network.weights(node).iter().map(wide).collect()).collect()
}

/// Every value of a run, in the spoken order.
pub(crate) fn run(graph: &Graph, weights: &[Vec<Wide>], ink: &[f32], batch: usize) -> Vec<Vec<f64>> {
    run_in(Mode::Looking, graph, weights, ink, batch, &[])
}

/// What batch normalization normalizes with, and whether dropout drops.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// Running averages; everything is passed on.
    Looking,
    /// The batch's own mean and variance; what another run forgot is forgotten.
    Training,
}

/// Every value of a run in a mode, in the spoken order; `sides` as in [`go_on`].
pub(crate) fn run_in(
    mode: Mode,
    graph: &Graph,
    weights: &[Vec<Wide>],
    ink: &[f32],
    batch: usize,
    sides: &[Vec<f32>],
) -> Vec<Vec<f64>> {
    let mut values = vec![reference::widen(ink)];
    go_on(mode, graph, weights, &mut values, batch, sides);
    values
}

/// Computes the values that are still missing. `sides` are all values of another run, whose rectifiers and dropouts say which
/// numbers they pass on; where it is empty, each rectifier decides for itself, and dropout in training has nothing to go by.
pub(crate) fn go_on(
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
    /// What another run made of this call.
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
        let each = |f: &dyn Fn(f64) -> f64| self.x.iter().map(|&x| f(x)).collect();
        if let Some(activation) = operator.get::<Activation>() {
            return match activation {
                Activation::Relu => match self.side {
                    Some(side) => {
                        self.x.iter().zip(side).map(|(&x, &y)| if y > 0.0 { x } else { 0.0 }).collect()
                    }
                    None => each(&|x| x.max(0.0)),
                },
                Activation::Tanh => each(&f64::tanh),
                Activation::ScaledTanh => each(&|x| 1.7159 * (x * 2.0 / 3.0).tanh()),
                Activation::Sigmoid => each(&|x| 1.0 / (1.0 + (-x).exp())),
            };
        }
        if let Some(conv) = operator.get::<Conv>() {
            return self.images(|x, input, output| {
                let bias = self.weights.get(1).map_or(&[][..], |bias| bias);
                reference::conv(conv.window(), conv.group_count(), input, output, x, &self.weights[0], bias)
            });
        }
        if operator.is::<Dense>() {
            return reference::dense(self.from.axes()[0], self.x, &self.weights[0], &self.weights[1]);
        }
        if let Some(pool) = operator.get::<MaxPool>() {
            return {
                self.pool(pool.window, |cells| cells.iter().copied().fold(f64::NEG_INFINITY, f64::max))
            };
        }
        if let Some(pool) = operator.get::<AveragePool>() {
            return self.pool(pool.window, |cells| cells.iter().sum::<f64>() / cells.len() as f64);
        }
        if operator.is::<TrainableSubsampling>() {
            return self.subsample();
        }
        if let Some(normalize) = operator.get::<Normalize>() {
            return each(&|x| f64::from(normalize.scale) * x + f64::from(normalize.shift));
        }
        if let Some(layer) = operator.get::<LeakyRelu>() {
            return each(&|x| if x > 0.0 { x } else { f64::from(layer.alpha) * x });
        }
        if let Some(layer) = operator.get::<Elu>() {
            return each(&|x| if x > 0.0 { x } else { f64::from(layer.alpha) * x.exp_m1() });
        }
        if operator.is::<Add>() {
            return (0..self.x.len()).map(|i| self.all.iter().map(|x| x[i]).sum::<f64>()).collect();
        }
        if operator.is::<Concat>() {
            return self.join();
        }
        if let Some(layer) = operator.get::<BatchNorm>() {
            return self.images(|x, input, _| {
                let [scale, bias, mean, variance] = self.weights else { unreachable!("four parameters") };
                let (mean, variance) = match self.mode {
                    Mode::Looking => (mean.clone(), variance.clone()),
                    Mode::Training => reference::moments(input.channels, x),
                };
                reference::batch_norm(x, scale, bias, &mean, &variance, f64::from(layer.epsilon))
            });
        }
        if let Some(lrn) = operator.get::<Lrn>() {
            return self.images(|x, input, _| {
                let Lrn { alpha, beta, bias, size } = *lrn;
                reference::lrn(&kernels::lrn::Lrn { channels: input.channels, alpha, beta, bias, size }, x)
            });
        }
        if operator.is::<GlobalAveragePool>() {
            return self.pool(self.whole(), |cells| cells.iter().sum::<f64>() / cells.len() as f64);
        }
        if operator.is::<GlobalMaxPool>() {
            return {
                self.pool(self.whole(), |cells| cells.iter().copied().fold(f64::NEG_INFINITY, f64::max))
            };
        }
        if let Some(dropout) = operator.get::<Dropout>()
            && self.mode == Mode::Training
        {
            return {
                let kept = 1.0 / (1.0 - f64::from(dropout.rate));
                let side = self.side.expect("only another run knows what was dropped");
                self.x.iter().zip(side).map(|(&x, &y)| if y == 0.0 { 0.0 } else { x * kept }).collect()
            };
        }
        if operator.is::<Flatten>() || operator.is::<Dropout>() {
            return self.x.to_vec();
        }
        if operator.is::<Pad>() {
            return self.pad();
        }
        if operator.is::<Softmax>() {
            return self.rows(|row| {
                let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = row.iter().map(|x| (x - greatest).exp()).sum();
                row.iter().map(|x| (x - greatest).exp() / sum).collect()
            });
        }
        if operator.is::<LogSoftmax>() {
            return self.rows(|row| {
                let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = row.iter().map(|x| (x - greatest).exp()).sum();
                row.iter().map(|x| x - greatest - sum.ln()).collect()
            });
        }
        if let Some(radial) = operator.get::<Rbf>() {
            return self.rows(|row| {
                let distance = |code: &str| {
                    let code = code.chars().map(|letter| if letter == '#' { 1.0 } else { -1.0 });
                    -row.iter().zip(code).map(|(x, code)| (x - code).powi(2)).sum::<f64>()
                };
                radial.codes().iter().map(|code| distance(code)).collect()
            });
        }
        panic!("no network that is compared has a {}", operator.layer().op())
    }

    fn rows(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        self.x.chunks_exact(self.from.axes()[1]).flat_map(f).collect()
    }

    /// Runs a kernel that wants images channels-last.
    fn images(&self, kernel: impl Fn(&[f64], Images, Images) -> Vec<f64>) -> Vec<f64> {
        // A row of numbers is an image of one pixel.
        let axes = |shape: &Shape| {
            shape.matrix("naive").map_or_else(|_| shape.nchw("naive"), |[n, c]| Ok([n, c, 1, 1]))
        };
        let sizes = |shape: &Shape| Images::from_nchw(axes(shape).unwrap());
        let [n, c, h, w] = axes(self.from).unwrap();
        let spoken = |image, row, column, channel| self.x[((image * c + channel) * h + row) * w + column];
        let x: Vec<f64> =
            (0..n * h * w * c).map(|i| spoken(i / (h * w * c), i / (w * c) % h, i / c % w, i % c)).collect();
        let y = kernel(&x, sizes(self.from), sizes(self.to));
        let [n, c, h, w] = axes(self.to).unwrap();
        let last = |image, channel, row, column| y[((image * h + row) * w + column) * c + channel];
        (0..n * c * h * w).map(|i| last(i / (c * h * w), i / (h * w) % c, i / w % h, i % w)).collect()
    }

    /// The window that is the whole image.
    fn whole(&self) -> Window {
        let [_, _, height, width] = self.from.nchw("naive").unwrap();
        Window { rows: Axis::new(height), columns: Axis::new(width) }
    }

    /// In the spoken order each input's channels of one image lie together.
    fn join(&self) -> Vec<f64> {
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
