//! What an import needs besides the model: sizes that it leaves open, and files with external data.

use super::bind::{Bindings, label, named_batches};
use super::names::Names;
use super::proto::{Attribute, Graph};
use super::tensor::External;
use super::{Imported, parse, tensor};
use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};

/// Common picture sizes, the most likely first (28 is a drawing's). If a model leaves the picture's size open and none is
/// given, the first that fits is used.
const SIDES: [usize; 6] = [28, 32, 224, 64, 299, 227];

/// Common channel counts of pictures.
const CHANNELS: [usize; 2] = [1, 3];

/// The largest number of open sizes.
const MAX_SIZES: usize = 64;

/// What an axis of an input counts, if the input is a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Each variant is what its name says.
pub enum Counts {
    Channels,
    Rows,
    Columns,
    /// The pixels of a flattened picture.
    Numbers,
    /// The input is not a picture.
    Other,
}

impl Counts {
    /// For the shapes N×C×H×W, N×H×W, and N×pixels.
    fn of(axis: usize, rank: usize) -> Self {
        match (rank, axis) {
            (4, 1) => Counts::Channels,
            (4, 2) | (3, 1) => Counts::Rows,
            (4, 3) | (3, 2) => Counts::Columns,
            (2, 1) => Counts::Numbers,
            _ => Counts::Other,
        }
    }

    /// The name in the package; empty for anything else.
    pub fn name(self) -> &'static str {
        match self {
            Counts::Channels => "channels",
            Counts::Rows => "rows",
            Counts::Columns => "columns",
            Counts::Numbers => "numbers",
            Counts::Other => "",
        }
    }
}

/// A size that a model leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSize {
    /// The model's symbol for it, or `x[2]` for axis 2 of the input `x` if it has no symbol.
    pub name: String,
    /// The first input with this size.
    pub input: String,
    /// The axis of that input, from 0.
    pub axis: usize,
    /// What the axis counts if the input is a picture.
    pub counts: Counts,
    /// The size that the model implies, if it does.
    pub size: Option<usize>,
}

/// The requirements of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Open sizes, except the batch size, which is 1.
    pub sizes: Vec<OpenSize>,
    /// The files with external data, by the names in the model.
    pub files: Vec<String>,
}

/// Lists the requirements of a model.
///
/// # Errors
/// [`Error::Malformed`] for a file that is not ONNX or is damaged, and for external data outside of the model's folder;
/// [`Error::TooLarge`] for more than 64 open sizes.
pub fn requirements(bytes: &[u8]) -> Result<Requirements> {
    let (graph, _) = parse(bytes)?;
    requirements_of(&graph)
}

fn requirements_of(graph: &Graph<'_>) -> Result<Requirements> {
    let mut requirements = Requirements::default();
    let batches = named_batches(graph);
    for input in graph.inputs_of_a_run() {
        for (axis, &dim) in input.shape.iter().flatten().enumerate().skip(1) {
            let Some(name) = label(input.name, axis, dim) else { continue };
            if batches.has(&name) || requirements.sizes.iter().any(|size| size.name == name) {
                continue;
            }
            if requirements.sizes.len() == MAX_SIZES {
                return Err(Box::new(Error::TooLarge {
                    what: "the number of open sizes".into(),
                    limit: MAX_SIZES.to_string(),
                    found: format!("more than {MAX_SIZES}"),
                }));
            }
            let counts = Counts::of(axis, input.shape.as_ref().map_or(0, Vec::len));
            let size = match counts {
                Counts::Channels => channels(graph, input.name),
                Counts::Numbers => Some(DigitImage::SIZE * DigitImage::SIZE),
                _ => None,
            };
            requirements.sizes.push(OpenSize { name, input: input.name.into(), axis, counts, size });
        }
    }
    let attributes =
        graph.nodes.iter().flat_map(|node| &node.attributes).filter_map(|(_, value)| match value {
            Attribute::Tensor(tensor) => Some(tensor),
            _ => None,
        });
    let mut files = Names::default();
    for tensor in graph.initializers.iter().chain(attributes) {
        if let Some(external) = tensor.external()? {
            files.insert(external.location, ());
        }
    }
    requirements.files = files.iter().map(|(file, ())| file.to_owned()).collect();
    Ok(requirements)
}

/// The number of channels of an input, from the weight of a convolution that reads it.
fn channels(graph: &Graph<'_>, input: &str) -> Option<usize> {
    let conv = graph.nodes.iter().find(|node| node.op == "Conv" && node.inputs.first() == Some(&input))?;
    let weight = graph.initializers.iter().find(|weight| Some(&weight.name) == conv.inputs.get(1))?;
    let groups = conv.attributes.iter().find_map(|(name, value)| match value {
        Attribute::Int(groups) if *name == "group" => usize::try_from(*groups).ok(),
        _ => None,
    });
    let &[_, per_group, ..] = &tensor::shape(&weight.dims).ok()?[..] else { return None };
    per_group.checked_mul(groups.unwrap_or(1)).filter(|&channels| channels > 0)
}

/// Reads a model for pictures, as [`read`](super::read). Open sizes that are not in `bindings` are set to those that the
/// model implies, otherwise to the first of the common picture sizes that fits, and are added to `bindings`.
///
/// # Errors
/// As [`read`](super::read), with the sizes that were tried first.
pub fn read_picture(
    bytes: &[u8],
    bindings: &mut Bindings,
    read_external: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
) -> Result<Imported> {
    let (graph, opset) = parse(bytes)?;
    let mut open = requirements_of(&graph)?.sizes;
    open.retain(|size| bindings.size(&size.name).is_none() && bindings.given(&size.input).is_none());
    let any =
        |counts: &[Counts]| open.iter().any(|size| size.size.is_none() && counts.contains(&size.counts));
    let channels: &[usize] = if any(&[Counts::Channels]) { &CHANNELS } else { &[0] };
    let sides: &[usize] = if any(&[Counts::Rows, Counts::Columns]) { &SIDES } else { &[0] };
    let given = bindings.sizes.clone();
    let mut first_failure = None;
    for (&side, &channels) in
        sides.iter().flat_map(|side| channels.iter().map(move |channels| (side, channels)))
    {
        bindings.sizes.clone_from(&given);
        for size in &open {
            let chosen = size.size.or(match size.counts {
                Counts::Channels => Some(channels),
                Counts::Rows | Counts::Columns => Some(side),
                Counts::Numbers | Counts::Other => None,
            });
            bindings.sizes.extend(chosen.map(|chosen| (size.name.clone(), chosen)));
        }
        match super::lower::lower(&graph, opset, bindings, read_external, bytes.len()) {
            Ok(imported) => return Ok(imported),
            Err(error) => first_failure = first_failure.or_else(|| Some((bindings.sizes.clone(), error))),
        }
    }
    bindings.sizes = given;
    let Some((tried, error)) = first_failure else { unreachable!("the lists of sizes are not empty") };
    let mut sizes = String::new();
    for (name, size) in &tried {
        sizes += if sizes.is_empty() { "with " } else { ", " };
        sizes += &format!("{name} = {size}");
    }
    if sizes.is_empty() { Err(error) } else { Err(error.at(sizes)) }
}
