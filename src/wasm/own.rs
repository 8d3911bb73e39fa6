//! A network that somebody brought, as it crosses the boundary: made one that reads ink, and described.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::digits::classes::class_names;
use crate::digits::classifier::{self, Classifier};
use crate::digits::custom::{ImageInput, Preprocessing, adapt};
use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};
use crate::formats;
use crate::graph::Graph;
use crate::graph::cost::cost;
use crate::json::Writer;

/// The most multiply-adds, for one drawing, of a network that reads while somebody draws.
const MAX_MACS: u64 = 500_000_000;

/// The most bytes that the outputs of all its layers may take together.
const MAX_ACTIVATION_BYTES: u64 = 64 << 20;

/// A network that was brought, and what is said of it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Brought {
    network: Option<Network>,
    about: String,
}

#[wasm_bindgen]
impl Brought {
    /// Opens a network of ours, from its file's bytes, as one that reads ink. `making` is JSON as
    /// [`Preprocessing::from_json`] takes it, or empty where nothing is said; `classes` are names as [`class_names`] takes them, or
    /// empty.
    ///
    /// # Errors
    /// What is wrong with the file; why the network cannot read ink; more work or memory than a page has, with both figures.
    pub fn open(bytes: Box<[u8]>, making: &str, classes: &str) -> std::result::Result<Brought, JsError> {
        let open = || -> Result<Brought> {
            let (network, metadata) = formats::network::read(&bytes)?;
            drop(bytes);
            bounded(network.graph())?;
            let takes = ImageInput::of(network.graph())?;
            let making = if making.is_empty() { None } else { Some(Preprocessing::from_json(making)?) };
            let original = network.graph().clone();
            let network = adapt(network, making.as_ref())?;
            let names =
                if classes.trim().is_empty() { vec![] } else { class_names(classes, network.graph())? };
            let about = about(&original, takes, &names);
            let reader = Classifier::new(network, classifier::temperature(&metadata)?, None)?;
            reader.check_digit_network()?;
            let network = Network { reader, ink: DigitImage::blank(), input: Vec::new() };
            Ok(Brought { network: Some(network), about })
        };
        Ok(open()?)
    }

    /// What the file says of the network, as JSON: `{"name", "inputs": [{"name", "shape"}], "outputs": […], "parameters",
    /// "macs", "layers", "channels", "height", "width", "classes": [names, if any]}`.
    pub fn about(&self) -> String {
        self.about.clone()
    }

    /// The network; it can be taken once.
    ///
    /// # Errors
    /// [`Error::Mismatch`] the second time.
    pub fn take(&mut self) -> std::result::Result<Network, JsError> {
        Ok(self.network.take().ok_or_else(|| Error::mismatch("open", "a network", "none any more"))?)
    }
}

/// Refuses what would not keep up with a pen, before anything is allocated for it.
fn bounded(graph: &Graph) -> Result<()> {
    let cost = cost(graph);
    let limits = [
        ("the network's work for a drawing", "multiply-adds", cost.macs, MAX_MACS),
        ("what its layers give for a drawing", "bytes", cost.activation_bytes, MAX_ACTIVATION_BYTES),
    ];
    for (what, unit, found, limit) in limits {
        if found > limit {
            let [limit, found] = [limit, found].map(|count| format!("{count} {unit}"));
            return Err(Box::new(Error::TooLarge { what: what.into(), limit, found }));
        }
    }
    Ok(())
}

/// A description of a network before ink was made its input.
fn about(graph: &Graph, takes: ImageInput, names: &[String]) -> String {
    let cost = cost(graph);
    let mut json = Writer::default();
    json.open('{');
    json.name("name");
    json.text(graph.name());
    let inputs = graph.inputs().iter().enumerate().map(|(value, input)| (input.name.as_str(), value));
    let outputs = graph.named_outputs().iter().zip(graph.outputs());
    let outputs = outputs.map(|(output, &value)| (output.name.as_str(), value));
    for (field, values) in [("inputs", inputs.collect::<Vec<_>>()), ("outputs", outputs.collect())] {
        json.name(field);
        json.open('[');
        for (name, value) in values {
            json.open('{');
            json.name("name");
            json.text(name);
            json.name("shape");
            json.open('[');
            graph.shape(value).axes().iter().for_each(|&axis| json.number(axis as u64));
            json.close(']');
            json.close('}');
        }
        json.close(']');
    }
    let counts = [
        ("parameters", cost.parameters),
        ("macs", cost.macs),
        ("layers", graph.nodes().len() as u64),
        ("channels", takes.channels as u64),
        ("height", takes.height as u64),
        ("width", takes.width as u64),
    ];
    for (name, count) in counts {
        json.name(name);
        json.number(count);
    }
    json.name("classes");
    json.open('[');
    names.iter().for_each(|name| json.text(name));
    json.close(']');
    json.close('}');
    json.finish()
}
