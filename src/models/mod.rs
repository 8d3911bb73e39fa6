//! The catalogue: one file an architecture, each reading like the paper's table.

mod alexnet;
mod alexnet_s;
mod googlenet;
mod inception;
mod inception_s;
mod ink_gate;
mod lenet5;
mod lenet5_1998;
mod nin;
mod nin_s;
mod resnet;
mod resnet_s;
mod vgg;
mod vgg_s;

use crate::error::{Error, Result};
use crate::graph::Graph;

/// MNIST's mean and deviation, pixels in 0..1.
const MNIST: (f32, f32) = (0.1307, 0.3081);

/// A network of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name, for the command, the page and the package.
    pub name: &'static str,
    /// Whether it answers with one of ten digits.
    pub reads_digits: bool,
    build: fn() -> Result<Graph>,
}

/// A network that answers with a digit.
const fn reader(name: &'static str, build: fn() -> Result<Graph>) -> Model {
    Model { name, reads_digits: true, build }
}

/// A network of another kind.
const fn other(name: &'static str, build: fn() -> Result<Graph>) -> Model {
    Model { name, reads_digits: false, build }
}

/// Every network that looks at ink: these are trained here.
pub const CATALOGUE: &[Model] = &[
    reader("lenet5", lenet5::graph),
    reader("lenet5-1998", lenet5_1998::graph),
    reader("alexnet-s", alexnet_s::graph),
    reader("vgg-s", vgg_s::graph),
    reader("nin-s", nin_s::graph),
    reader("resnet-s", resnet_s::residual),
    reader("resnet-s-32", resnet_s::residual_32),
    reader("plain-s", resnet_s::plain),
    reader("plain-s-32", resnet_s::plain_32),
    reader("inception-s", inception_s::bottlenecks),
    reader("inception-naive-s", inception_s::naive),
    other("ink-gate", ink_gate::graph),
];

/// The case studies at full size. They have no weights here: they are there to be counted, drawn, and run with random ones.
pub const FULL_SIZE: &[Model] = &[
    other("alexnet", alexnet::two_groups),
    other("alexnet-torchvision", alexnet::one_tower),
    other("vgg16", vgg::vgg16),
    other("vgg19", vgg::vgg19),
    other("nin", nin::graph),
    other("googlenet", googlenet::paper),
    other("googlenet-aux", googlenet::auxiliary),
    other("googlenet-torchvision", googlenet::torchvision),
    other("resnet18", resnet::resnet18),
    other("resnet34", resnet::resnet34),
    other("resnet50", resnet::resnet50),
    other("resnet50-v1", resnet::resnet50_v1),
    other("resnet101", resnet::resnet101),
    other("resnet101-v1", resnet::resnet101_v1),
    other("resnet152", resnet::resnet152),
    other("resnet152-v1", resnet::resnet152_v1),
];

/// The graph of a network of the catalogue, or of one at full size. `resnet-s` and `plain-s` can be had at other depths:
/// `resnet-s-20`.
///
/// # Errors
/// [`Error::Unknown`] for a name that nothing has; [`Error::Mismatch`] for a depth that cannot be.
pub fn graph(name: &str) -> Result<Graph> {
    if let Some(model) = all().find(|model| model.name == name) {
        return (model.build)();
    }
    if let Some(graph) = resnet_s::at_depth(name) {
        return graph;
    }
    let known: Vec<&str> = all().map(|model| model.name).collect();
    Err(Box::new(Error::Unknown { what: "network", name: name.into(), known: known.join(", ") }))
}

/// Every network that has a name.
fn all() -> impl Iterator<Item = &'static Model> {
    CATALOGUE.iter().chain(FULL_SIZE)
}

#[cfg(test)]
mod tests;
