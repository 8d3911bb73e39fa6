//! What a model asks for before it can be opened: sizes that it leaves open, and files that it keeps weights in.

use super::bind::{Bindings, label, named_batches};
use super::names::Names;
use super::proto::{Attribute, Graph};
use super::tensor::External;
use super::{Imported, parsed, tensor};
use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};
use crate::json::Writer;

/// Sides of pictures that networks are made for, the likeliest first: where a model leaves its picture's size open and
/// nobody gives one, the first that fits is taken. The first is a drawing's own.
const SIDES: [usize; 6] = [28, 32, 224, 64, 299, 227];

/// Channels that pictures have.
const CHANNELS: [usize; 2] = [1, 3];

/// The most sizes that a model may leave open.
const MAX_SIZES: usize = 64;

/// What an axis of a picture counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Each variant is what its name says.
pub enum Counts {
    Channels,
    Rows,
    Columns,
    /// All of its numbers, in one row.
    Numbers,
    /// The input is none.
    Else,
}

impl Counts {
    /// Of N×C×H×W, N×H×W, or rows of numbers.
    fn of(axis: usize, rank: usize) -> Self {
        match (rank, axis) {
            (4, 1) => Counts::Channels,
            (4, 2) | (3, 1) => Counts::Rows,
            (4, 3) | (3, 2) => Counts::Columns,
            (2, 1) => Counts::Numbers,
            _ => Counts::Else,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Counts::Channels => "channels",
            Counts::Rows => "rows",
            Counts::Columns => "columns",
            Counts::Numbers => "numbers",
            Counts::Else => "",
        }
    }
}

/// A size that a model leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSize {
    /// The model's name for it; `x[2]` for axis 2 of the input `x` where it has none.
    pub name: String,
    /// The first input that has it, and along which axis.
    pub input: String,
    /// The axis, from 0.
    pub axis: usize,
    /// What it counts where the input is a picture.
    pub counts: Counts,
    /// What the file implies, if it does.
    pub size: Option<usize>,
}

/// All that a model asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Sizes that it leaves open, but for the batch, which is one.
    pub sizes: Vec<OpenSize>,
    /// Other files that it keeps weights in, as it names them.
    pub files: Vec<String>,
}

/// What the model asks for.
///
/// # Errors
/// What the file looks like when it is another kind, or where it is broken; a name of a file that leads out of the
/// model's folder.
pub fn asks(bytes: &[u8]) -> Result<Asks> {
    let (graph, _) = parsed(bytes)?;
    of(&graph)
}

fn of(graph: &Graph<'_>) -> Result<Asks> {
    let mut asks = Asks::default();
    let batches = named_batches(graph);
    for input in graph.inputs_of_a_run() {
        for (axis, &dim) in input.shape.iter().flatten().enumerate().skip(1) {
            let Some(name) = label(input.name, axis, dim) else { continue };
            if batches.has(&name) || asks.sizes.iter().any(|size| size.name == name) {
                continue;
            }
            if asks.sizes.len() == MAX_SIZES {
                let limit = format!("{MAX_SIZES} sizes left open");
                return Err(Box::new(Error::TooLarge {
                    what: "the network".into(),
                    limit,
                    found: "more".into(),
                }));
            }
            let counts = Counts::of(axis, input.shape.as_ref().map_or(0, Vec::len));
            let size = match counts {
                Counts::Channels => channels(graph, input.name),
                Counts::Numbers => Some(DigitImage::SIZE * DigitImage::SIZE),
                _ => None,
            };
            asks.sizes.push(OpenSize { name, input: input.name.into(), axis, counts, size });
        }
    }
    let inside = graph.nodes.iter().flat_map(|node| &node.attributes).filter_map(|(_, value)| match value {
        Attribute::Tensor(tensor) => Some(tensor),
        _ => None,
    });
    let mut files = Names::default();
    for tensor in graph.initializers.iter().chain(inside) {
        if let Some(external) = tensor.beside()? {
            files.insert(external.location, ());
        }
    }
    asks.files = files.iter().map(|(file, ())| file.to_owned()).collect();
    Ok(asks)
}

/// The channels of an input, where the weight of a convolution that reads it says them.
fn channels(graph: &Graph<'_>, input: &str) -> Option<usize> {
    let conv = graph.nodes.iter().find(|node| node.op == "Conv" && node.inputs.first() == Some(&input))?;
    let weight = graph.initializers.iter().find(|weight| Some(&weight.name) == conv.inputs.get(1))?;
    let groups = conv.attributes.iter().find_map(|(name, value)| match value {
        Attribute::Int(groups) if *name == "group" => usize::try_from(*groups).ok(),
        _ => None,
    });
    let &[_, each, ..] = &tensor::shape(&weight.dims).ok()?[..] else { return None };
    each.checked_mul(groups.unwrap_or(1)).filter(|&channels| channels > 0)
}

/// Reads a model that is to look at pictures: as [`read`](super::read), and sizes that it leaves open and nobody gives are
/// those that the file implies, or else those of a picture. `bindings` then has them too.
///
/// # Errors
/// As [`read`](super::read), with the sizes that were filled in.
pub fn read_picture(
    bytes: &[u8],
    bindings: &mut Bindings,
    beside: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
) -> Result<Imported> {
    let (graph, opset) = parsed(bytes)?;
    let mut open = of(&graph)?.sizes;
    open.retain(|size| bindings.size(&size.name).is_none() && bindings.given(&size.input).is_none());
    let any =
        |wanted: &[Counts]| open.iter().any(|size| size.size.is_none() && wanted.contains(&size.counts));
    let channels: &[usize] = if any(&[Counts::Channels]) { &CHANNELS } else { &[0] };
    let sides: &[usize] = if any(&[Counts::Rows, Counts::Columns]) { &SIDES } else { &[0] };
    let given = bindings.sizes.clone();
    let mut first = None;
    for (&side, &channels) in
        sides.iter().flat_map(|side| channels.iter().map(move |channels| (side, channels)))
    {
        bindings.sizes.clone_from(&given);
        for size in &open {
            let found = size.size.or(match size.counts {
                Counts::Channels => Some(channels),
                Counts::Rows | Counts::Columns => Some(side),
                Counts::Numbers | Counts::Else => None,
            });
            bindings.sizes.extend(found.map(|found| (size.name.clone(), found)));
        }
        match super::lower::lower(&graph, opset, bindings, beside, bytes.len()) {
            Ok(imported) => return Ok(imported),
            Err(error) => first = first.or_else(|| Some((bindings.sizes.clone(), error))),
        }
    }
    bindings.sizes = given;
    let Some((filled, error)) = first else { unreachable!("something is always tried") };
    let mut said = String::new();
    for (name, size) in &filled {
        said += if said.is_empty() { "with " } else { ", " };
        said += &format!("{name} = {size}");
    }
    if said.is_empty() { Err(error) } else { Err(error.at(said)) }
}

impl Asks {
    /// The same as JSON: `{"sizes": [{"name", "input", "counts", "axis", "size"}], "files": [names]}`. A size that neither
    /// the file implies nor `bindings` have is left out.
    pub fn to_json(&self, bindings: &Bindings) -> String {
        let mut json = Writer::default();
        json.open('{');
        json.name("sizes");
        json.open('[');
        for open in &self.sizes {
            json.open('{');
            for (field, text) in
                [("name", &open.name[..]), ("input", &open.input), ("counts", open.counts.word())]
            {
                json.name(field);
                json.text(text);
            }
            let size = bindings.size(&open.name).or(open.size);
            for (field, number) in [("axis", Some(open.axis)), ("size", size)] {
                if let Some(number) = number {
                    json.name(field);
                    json.number(number as u64);
                }
            }
            json.close('}');
        }
        json.close(']');
        json.name("files");
        json.open('[');
        self.files.iter().for_each(|file| json.text(file));
        json.close(']');
        json.close('}');
        json.finish()
    }
}
