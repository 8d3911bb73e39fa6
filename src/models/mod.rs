//! The catalogue: one file per architecture, which reads like the table of its paper, and one table with a row per
//! network (`catalogue.rs`). A new network is its file and its row; the command, the page, README and the tests follow
//! from the row.

mod alexnet;
mod alexnet_s;
pub mod card;
mod catalogue;
mod dense_head;
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

use serde::Serialize;

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::train::Recipe;
use catalogue::CATALOGUE;

/// Mean and standard deviation of MNIST's pixels, intensities in 0..1.
const MNIST: (f32, f32) = (0.1307, 0.3081);

/// A network of the catalogue: one row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name in the command, the page and the package.
    pub name: &'static str,
    /// Its name as a title.
    pub title: &'static str,
    /// What characterizes it, in a few words.
    pub summary: &'static str,
    /// The paper that it follows.
    pub paper: Option<Paper>,
    /// What it is for.
    pub role: Role,
    /// Input channels and classes, unless others are asked for ([`graph_for`]).
    pub task: Task,
    /// How it is trained; `None` for a network that is not trained here.
    pub recipe: Option<Recipe>,
    /// Whether its weights are published.
    pub published: bool,
    /// Whether `make seeds` trains it from other seeds too, to show how much accuracy depends on the seed.
    pub several_seeds: bool,
    /// For the network of an [`AblationPair`] that lacks the idea: the idea, and the name of the network that has it.
    lacks: Option<(&'static str, &'static str)>,
    build: fn(Task) -> Result<Graph>,
}

/// What a network of the catalogue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Classifies digits.
    Digits,
    /// Decides whether a drawing is a digit at all.
    Gate,
    /// Is trained only to be compared with another, as half of an [`AblationPair`].
    Ablation,
    /// An architecture at full size. It has no trained weights; it is counted, drawn, and run with random weights.
    Architecture,
}

/// A publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Last names of the authors.
    pub authors: &'static str,
    /// Year of publication.
    pub year: u16,
    /// Title.
    pub title: &'static str,
}

/// What a network is built for: input channels and classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Channels of the input image.
    pub channels: usize,
    /// Outputs, one logit per class.
    pub classes: usize,
}

impl Task {
    /// Ten digits in images of one channel.
    pub const DIGITS: Task = Task { channels: 1, classes: 10 };
    /// The 1000 classes of ImageNet in RGB images.
    pub const IMAGENET: Task = Task { channels: 3, classes: 1000 };
}

/// Two networks that differ in one idea and are trained alike: what the idea is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AblationPair {
    /// The idea.
    pub idea: &'static str,
    /// Name of the network that has it.
    pub with: &'static str,
    /// Name of the network that lacks it.
    pub without: &'static str,
}

/// All networks of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Model> {
    CATALOGUE.iter()
}

/// The networks that are trained here: all but the architectures at full size.
pub fn trained() -> impl Iterator<Item = &'static Model> {
    all().filter(|model| model.recipe.is_some())
}

/// The networks whose weights are published.
pub fn published() -> impl Iterator<Item = &'static Model> {
    all().filter(|model| model.published)
}

/// The networks of a role.
pub fn with_role(role: Role) -> impl Iterator<Item = &'static Model> {
    all().filter(move |model| model.role == role)
}

/// The network that decides whether a drawing is a digit at all.
pub fn gate() -> &'static Model {
    with_role(Role::Gate).next().expect("the catalogue has a gate")
}

/// The ablation pairs.
pub fn ablation_pairs() -> impl Iterator<Item = AblationPair> {
    all().filter_map(|model| model.lacks.map(|(idea, with)| AblationPair { idea, with, without: model.name }))
}

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Model> {
    all().find(|model| model.name == name)
}

/// The graph of a network of the catalogue. `resnet-s` and `plain-s` exist at other depths too: `resnet-s-20`.
///
/// # Errors
/// [`Error::Unknown`] for a name that is not in the catalogue; [`Error::Mismatch`] for a depth that does not exist.
pub fn graph(name: &str) -> Result<Graph> {
    match find(name) {
        Some(model) => (model.build)(model.task),
        None => graph_for(name, Task::DIGITS),
    }
}

/// The same for other channels and classes.
///
/// # Errors
/// As [`graph`]; [`Error::Mismatch`] for no channels or classes, or too many.
pub fn graph_for(name: &str, task: Task) -> Result<Graph> {
    if task.channels == 0 || task.classes == 0 {
        let found = format!("{} channels and {} classes", task.channels, task.classes);
        return Err(Error::mismatch("network", "at least one channel and one class", found));
    }
    match find(name) {
        Some(model) => (model.build)(task),
        None => resnet_s::at_depth(name, task).unwrap_or_else(|| Err(unknown("network", name))),
    }
}

/// How a network of the catalogue is trained.
///
/// # Errors
/// [`Error::Unknown`] for a network that is not trained here; as [`graph`].
pub fn recipe(name: &str) -> Result<Recipe> {
    match find(name) {
        Some(model) => model.recipe.ok_or_else(|| unknown("recipe for the network", name)),
        None => graph(name).map(|_| resnet_s::RECIPE),
    }
}

fn unknown(what: &'static str, name: &str) -> Box<Error> {
    let known: Vec<&str> = match what {
        "network" => all().map(|model| model.name).collect(),
        _ => trained().map(|model| model.name).collect(),
    };
    Box::new(Error::Unknown { what, name: name.into(), known: known.join(", ") })
}

#[cfg(test)]
mod tests;
