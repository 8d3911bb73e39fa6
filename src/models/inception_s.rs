//! GoogLeNet for digits: inception modules (Szegedy et al. 2014, figure 2), small. Each applies 1×1, 3×3 and 5×5 filters and
//! a pooling to the same input and concatenates their maps; 1×1 convolutions before the larger filters reduce the number
//! of channels. Batch normalization after every convolution is from the next version of the network (Ioffe, Szegedy
//! 2015).
//!
//! `inception-naive-s` is the same without those 1×1 convolutions: the paper's figure 2(a).

use super::inception::{Module, halving, keeping, module};
use super::{MNIST, Task};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{
    Activation::Relu, BatchNorm, Concat, Conv, Dense, Dropout, Flatten, GlobalAveragePool, Normalize,
};

#[rustfmt::skip]
const MODULES: [Module; 4] = [
    //           1×1   3×3 reduce, 3×3   5×5 reduce, 5×5   pool
    module("3a", [16,         16,   32,          8,   16,    16]), //  80@14×14
    module("3b", [24,         16,   32,          8,   16,    16]), //  88@14×14
    module("4a", [48,         32,   64,         12,   32,    32]), // 176@7×7
    module("4b", [48,         32,   64,         12,   32,    32]), // 176@7×7
];

pub(super) fn bottlenecks(task: Task) -> Result<Graph> {
    graph("inception-s", true, task)
}

pub(super) fn naive(task: Task) -> Result<Graph> {
    graph("inception-naive-s", false, task)
}

#[rustfmt::skip]
fn graph(name: &str, bottlenecks: bool, task: Task) -> Result<Graph> {
    let mut graph = Builder::new(name, "ink", [1, task.channels, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1));
    graph = conv(graph, "conv1", 16, 3, "scale")                //  16@28×28
        .then("pool1", halving());                              //  16@14×14
    let mut from = "pool1".to_string();
    for module in &MODULES {
        graph = if bottlenecks { inception(graph, module, &from) } else { naive_inception(graph, module, &from) };
        from = format!("{}.join", module.name);
        if module.name == "3b" {
            graph = graph.then("pool3", halving());             //  7×7
            from = "pool3".into();
        }
    }
    graph
        .then("mean", GlobalAveragePool {})                     // 176@1×1
        .then("dropout", Dropout::new(0.2))
        .then("flatten", Flatten {})
        .then("output", Dense::new(task.classes))
        .build()
}

/// A convolution that keeps the size, batch normalization, a rectifier: `NAME`, `NAME-bn`, `NAME-relu`.
fn conv(graph: Builder, name: &str, maps: usize, kernel: usize, from: &str) -> Builder {
    graph
        .node(name, Conv::new(maps, kernel).padding(kernel / 2).without_bias(), &[from])
        .then(&format!("{name}-bn"), BatchNorm::USUAL)
        .then(&format!("{name}-relu"), Relu)
}

fn inception(graph: Builder, module: &Module, from: &str) -> Builder {
    let named = |part: &str| format!("{}.{part}", module.name);
    let mut graph = conv(graph, &named("1x1"), module.one, 1, from);
    graph = conv(graph, &named("3x3_reduce"), module.three_reduce, 1, from);
    graph = conv(graph, &named("3x3"), module.three, 3, &named("3x3_reduce-relu"));
    graph = conv(graph, &named("5x5_reduce"), module.five_reduce, 1, from);
    graph = conv(graph, &named("5x5"), module.five, 5, &named("5x5_reduce-relu"));
    graph = graph.node(&named("pool"), keeping(), &[from]);
    graph = conv(graph, &named("pool_proj"), module.pool, 1, &named("pool"));
    join(graph, module, ["1x1-relu", "3x3-relu", "5x5-relu", "pool_proj-relu"])
}

/// Without the 1×1 convolutions before the larger filters and after the pooling, which keeps all its channels.
fn naive_inception(graph: Builder, module: &Module, from: &str) -> Builder {
    let named = |part: &str| format!("{}.{part}", module.name);
    let mut graph = conv(graph, &named("1x1"), module.one, 1, from);
    graph = conv(graph, &named("3x3"), module.three, 3, from);
    graph = conv(graph, &named("5x5"), module.five, 5, from);
    graph = graph.node(&named("pool"), keeping(), &[from]);
    join(graph, module, ["1x1-relu", "3x3-relu", "5x5-relu", "pool"])
}

fn join(graph: Builder, module: &Module, ways: [&str; 4]) -> Builder {
    let ways = ways.map(|way| format!("{}.{way}", module.name));
    graph.node(&format!("{}.join", module.name), Concat::CHANNELS, &ways.each_ref().map(String::as_str))
}
