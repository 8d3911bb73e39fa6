//! GoogLeNet, at full size (Szegedy et al., *Going Deeper with Convolutions*, 2014, table 1).
//!
//! `googlenet` is the network without auxiliary heads; `googlenet-aux` has the two heads too, which the paper used in
//! training only; their outputs follow the first. `googlenet-torchvision` has batch normalization instead of biases and
//! of local response normalization, and 3×3 where the paper has 5×5.

use super::Task;
use super::inception::{Module, halving, keeping, module};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{
    Activation::Relu, AveragePool, BatchNorm, Concat, Conv, Dense, Dropout, Flatten, GlobalAveragePool, Lrn,
    Operator,
};

#[rustfmt::skip]
const MODULES: [Module; 9] = [
    //            1×1   3×3 reduce, 3×3   5×5 reduce, 5×5   pool
    module("3a", [ 64,         96,  128,         16,   32,    32]), //  256@28×28
    module("3b", [128,        128,  192,         32,   96,    64]), //  480@28×28
    module("4a", [192,         96,  208,         16,   48,    64]), //  512@14×14
    module("4b", [160,        112,  224,         24,   64,    64]), //  512@14×14
    module("4c", [128,        128,  256,         24,   64,    64]), //  512@14×14
    module("4d", [112,        144,  288,         32,   64,    64]), //  528@14×14
    module("4e", [256,        160,  320,         32,  128,   128]), //  832@14×14
    module("5a", [256,        160,  320,         32,  128,   128]), //  832@7×7
    module("5b", [384,        192,  384,         48,  128,   128]), // 1024@7×7
];

/// The versions of the network.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    Paper,
    Auxiliary,
    Torchvision,
}

pub(super) fn paper(task: Task) -> Result<Graph> {
    graph("googlenet", Version::Paper, task)
}

pub(super) fn auxiliary(task: Task) -> Result<Graph> {
    graph("googlenet-aux", Version::Auxiliary, task)
}

pub(super) fn torchvision(task: Task) -> Result<Graph> {
    graph("googlenet-torchvision", Version::Torchvision, task)
}

#[rustfmt::skip]
fn graph(name: &str, version: Version, task: Task) -> Result<Graph> {
    let mut parts = Parts { graph: Builder::new(name, "image", [1, task.channels, 224, 224]), version, task }
        .conv("conv1", Conv::new(64, 7).stride(2).padding(3), "image")      //   64@112×112
        .node("pool1", halving(), "conv1-relu")                             //   64@56×56
        .norm("norm1")
        .conv("conv2_reduce", Conv::new(64, 1), LAST)                       //   64@56×56
        .conv("conv2", Conv::new(192, 3).padding(1), LAST)                  //  192@56×56
        .norm("norm2")
        .node("pool2", halving(), LAST);                                    //  192@28×28
    let mut from = "pool2".to_string();
    for module in &MODULES {
        parts = parts.inception(module, &from);
        from = format!("{}.join", module.name);
        match (module.name, version) {
            ("3b" | "4e", _) => {
                from = format!("pool{}", &module.name[..1]);
                parts = parts.node(&from, halving(), LAST);                 // 14×14, 7×7
            }
            ("4a", Version::Auxiliary) => parts = parts.head("aux1", &from),
            ("4d", Version::Auxiliary) => parts = parts.head("aux2", &from),
            _ => {}
        }
    }
    parts.graph
        .then("pool5", GlobalAveragePool {})                                // 1024@1×1
        .then("drop5", Dropout::new(0.4))
        .then("flatten", Flatten {})
        .then("fc", Dense::new(task.classes))
        .build()
}

/// The previous layer, as the input of a layer.
const LAST: &str = "";

/// A graph under construction.
struct Parts {
    graph: Builder,
    version: Version,
    task: Task,
}

impl Parts {
    fn node(self, name: &str, layer: impl Into<Operator>, from: &str) -> Self {
        let graph = match from {
            LAST => self.graph.then(name, layer),
            _ => self.graph.node(name, layer, &[from]),
        };
        Parts { graph, ..self }
    }

    /// A convolution and its rectifier, `NAME-relu`.
    fn conv(self, name: &str, conv: Conv, from: &str) -> Self {
        let parts = if self.version == Version::Torchvision {
            let norm = BatchNorm { epsilon: 1e-3, ..BatchNorm::USUAL };
            self.node(name, conv.without_bias(), from).node(&format!("{name}-bn"), norm, LAST)
        } else {
            self.node(name, conv, from)
        };
        parts.node(&format!("{name}-relu"), Relu, LAST)
    }

    /// Local response normalization, where the version has it.
    fn norm(self, name: &str) -> Self {
        match self.version {
            Version::Torchvision => self,
            _ => self.node(name, Lrn { alpha: 1e-4, beta: 0.75, bias: 1.0, size: 5 }, LAST),
        }
    }

    /// One inception module, the paper's figure 2(b).
    fn inception(self, module: &Module, from: &str) -> Self {
        let named = |part: &str| format!("{}.{part}", module.name);
        let same = |maps, kernel: usize| Conv::new(maps, kernel).padding(kernel / 2);
        let five = if self.version == Version::Torchvision { 3 } else { 5 };
        let ways = ["1x1-relu", "3x3-relu", "5x5-relu", "pool_proj-relu"].map(named);
        let parts = self
            .conv(&named("1x1"), same(module.one, 1), from)
            .conv(&named("3x3_reduce"), same(module.three_reduce, 1), from)
            .conv(&named("3x3"), same(module.three, 3), LAST)
            .conv(&named("5x5_reduce"), same(module.five_reduce, 1), from)
            .conv(&named("5x5"), same(module.five, five), LAST)
            .node(&named("pool"), keeping(), from)
            .conv(&named("pool_proj"), same(module.pool, 1), LAST);
        let ways = ways.each_ref().map(String::as_str);
        Parts { graph: parts.graph.node(&named("join"), Concat::CHANNELS, &ways), ..parts }
    }

    /// An auxiliary head, section 5 of the paper: an output of its own.
    fn head(self, name: &str, from: &str) -> Self {
        let named = |part: &str| format!("{name}.{part}");
        let classes = self.task.classes;
        let parts = self
            .node(&named("pool"), AveragePool::new(5, 3), from) // 4×4
            .conv(&named("conv"), Conv::new(128, 1), LAST)
            .node(&named("flatten"), Flatten {}, LAST) // 2048
            .node(&named("fc1"), Dense::new(1024), LAST)
            .node(&named("relu"), Relu, LAST)
            .node(&named("drop"), Dropout::new(0.7), LAST)
            .node(&named("fc2"), Dense::new(classes), LAST);
        Parts { graph: parts.graph.and_output(&named("fc2")), ..parts }
    }
}
