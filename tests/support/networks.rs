//! Graphs that hold layers of every kind, and the networks of the catalogue.

use convscope::graph::{Builder, Graph};
use convscope::kernels::geometry::Window;
use convscope::layers::{
    Activation, Add, AveragePool, BatchNorm, Binary, Concat, Conv, Dense, Dropout, Elu, Flatten,
    GlobalAveragePool, GlobalMaxPool, LeakyRelu, LogSoftmax, Lrn, MaxPool, Normalize, Pad, Rbf, Reduce,
    Reduction, Reshape, Softmax, TrainableSubsampling, Transpose, Unary,
};
use convscope::models;

/// The graphs of the catalogue.
pub(crate) fn catalogue() -> impl Iterator<Item = Graph> {
    models::trained().map(|model| models::graph(model.name).unwrap())
}

/// Graphs that together hold every layer that training uses, in all the ways in which layers are connected.
pub(crate) fn every_layer() -> [Graph; 4] {
    [in_a_row(), rectified(), branches(), before_the_first()]
}

/// One layer after another, with strides, padding, dilation, groups and a connection table among them.
fn in_a_row() -> Graph {
    let lopsided = Window::square(3).each(|axis| (axis.stride, axis.before, axis.ceil) = (2, 1, true));
    let dilated = Window::square(3).each(|axis| (axis.dilation, axis.before, axis.after) = (2, 2, 1));
    Builder::new("in-a-row", "ink", [1, 2, 17, 15])
        .then("pad", Pad::new(2))
        .then("normalize", Normalize::from_to(-0.5, 2.0))
        .then("conv", Conv::with_window(6, dilated))
        .then("tanh", Activation::Tanh)
        .then("groups", Conv::new(8, 3).groups(2).padding(1).without_bias())
        .then("scaled-tanh", Activation::ScaledTanh)
        .then("table", Conv::new(3, 2).table(&["100", "110", "011", "001", "101", "010", "111", "100"]))
        .then("sigmoid", Activation::Sigmoid)
        .then("max", MaxPool { window: lopsided })
        .then("subsample", TrainableSubsampling::new(2))
        .then("average", AveragePool { window: lopsided, border: false })
        .then("relu", Activation::Relu)
        .then("flatten", Flatten {})
        .then("dropout", Dropout::new(0.5))
        .then("dense", Dense::new(6))
        .then("radial", Rbf::new(vec!["#.##.#".into(), "..##..".into(), "######".into()]))
        .then("softmax", Softmax { axis: 1 })
        .build()
        .unwrap()
}

/// A first convolution with a stride, which the plan treats in a way of its own, and batch normalization of rows.
fn rectified() -> Graph {
    Builder::new("rectified", "ink", [1, 1, 28, 28])
        .then("first", Conv::new(6, 5).stride(3).without_bias())
        .then("norm", BatchNorm { epsilon: 1e-3, momentum: 0.1 })
        .then("leaky", LeakyRelu { alpha: 0.1 })
        .then("lrn", Lrn { alpha: 0.5, beta: 0.75, bias: 1.0, size: 4 })
        .node("grouped", Conv::new(6, 3).padding(1).groups(2), &["leaky"])
        .then("elu", Elu { alpha: 0.7 })
        .node("add", Add {}, &["elu", "lrn", "elu"])
        .node("narrow", Conv::new(3, 1), &["lrn"])
        .node("concat", Concat::CHANNELS, &["add", "narrow", "leaky"])
        .node("mean", GlobalAveragePool {}, &["concat"])
        .node("max", GlobalMaxPool {}, &["concat"])
        .node("both", Concat::CHANNELS, &["mean", "max"])
        .then("flatten", Flatten {})
        .then("dense", Dense::new(10))
        .then("dense-norm", BatchNorm::USUAL)
        .node("twice", Add {}, &["dense", "dense-norm"])
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// Branches that are added and concatenated, a value twice among the inputs.
fn branches() -> Graph {
    Builder::new("branches", "ink", [1, 2, 9, 7])
        .then("first", Conv::new(5, 3).without_bias())
        .then("norm", BatchNorm::USUAL)
        .then("leaky", LeakyRelu { alpha: 0.1 })
        .then("lrn", Lrn { alpha: 0.5, beta: 0.75, bias: 1.0, size: 4 })
        .then("elu", Elu { alpha: 0.7 })
        .node("side", Conv::new(5, 3).padding(1), &["leaky"])
        .node("add", Add {}, &["side", "elu", "leaky"])
        .node("concat", Concat::CHANNELS, &["add", "norm", "add"])
        .node("mean", GlobalAveragePool {}, &["concat"])
        .node("max", GlobalMaxPool {}, &["concat"])
        .node("both", Concat::CHANNELS, &["mean", "max"])
        .then("flatten", Flatten {})
        .then("dense", Dense::new(4))
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// The input of the first convolution is read by another layer too.
fn before_the_first() -> Graph {
    Builder::new("before-the-first", "ink", [1, 1, 28, 28])
        .then("grey", LeakyRelu { alpha: 0.1 })
        .node("first", Conv::new(8, 3).padding(1), &["grey"])
        .then("relu", Activation::Relu)
        .then("pool", MaxPool::new(2, 2))
        .node("three", Conv::new(3, 1), &["grey"])
        .node("concat", Concat::CHANNELS, &["grey", "three"])
        .then("half", MaxPool::new(2, 2))
        .node("both", Concat::CHANNELS, &["half", "pool"])
        .then("mean", GlobalAveragePool {})
        .then("flatten", Flatten {})
        .then("dense", Dense::new(10))
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// Layers that only imported networks have: functions, reductions, and moves on tensors of any rank.
pub(crate) fn imported_layers() -> Graph {
    let reduce = |kind, axes: &[usize], keep| Reduce { kind, axes: axes.to_vec(), keep };
    Builder::new("imported-layers", "ink", [1, 3, 6, 4])
        .then("abs", Unary::Abs)
        .then("softplus", Unary::Softplus)
        .then("transpose", Transpose { order: vec![0, 1, 3, 2] })
        .then("mean", reduce(Reduction::Mean, &[2, 3], true))
        .node("centred", Binary::Sub, &["transpose", "mean"])
        .node("product", Binary::Mul, &["centred", "transpose"])
        .node("greater", Binary::Max, &["product", "mean"])
        .node("sum", Binary::Add, &["greater", "transpose"])
        .node("both", Concat { axis: 1 }, &["sum", "product"])
        .then("list", Reshape { shape: vec![0, 6, -1] })
        .then("length", reduce(Reduction::L2, &[2], false))
        .then("exp", Reshape { shape: vec![0, 2, 3] })
        .then("log-sum", reduce(Reduction::LogSumExp, &[1], false))
        .build()
        .unwrap()
}
