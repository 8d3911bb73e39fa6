//! Import of a network that was trained elsewhere: its adaptation to drawings, and its description.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::options;
use crate::digits::classes::class_names;
use crate::digits::custom::{ImageInput, Preprocessing, adapt};
use crate::error::{Error, Result};
use crate::formats;
use crate::graph::Graph;
use crate::graph::cost::cost;
use crate::session::Session;
use crate::wasm::network::Network;
use crate::wasm::object;

/// The maximum multiply-adds, for one drawing, of a network that classifies during drawing.
const MAX_MACS: u64 = 500_000_000;

/// The maximum total size of all layers' outputs, in bytes.
const MAX_ACTIVATION_BYTES: u64 = 64 << 20;

/// Options of an import that are not in the network's file.
#[derive(Deserialize)]
struct Options {
    preprocessing: Option<Preprocessing>,
    /// The names of its classes, as [`class_names`] reads them.
    labels: Option<String>,
}

/// The description of the network in the file, before its adaptation.
#[derive(Debug, Serialize)]
struct Description {
    name: String,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    parameters: u64,
    macs: u64,
    layers: usize,
    channels: usize,
    height: usize,
    width: usize,
    labels: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Value {
    name: String,
    shape: Vec<usize>,
}

/// An imported network, and its description.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Imported {
    network: Option<Network>,
    description: Description,
}

#[wasm_bindgen]
impl Imported {
    /// Opens a network from the bytes of a safetensors file that includes its graph, and adapts it to drawings:
    /// `{ preprocessing: { scale, invert, mean, std }, labels }`, with all fields optional.
    ///
    /// # Errors
    /// What is wrong with the file; why the network cannot classify drawings; work or memory above the limits of a
    /// page, with both values.
    pub fn open(bytes: Box<[u8]>, given: JsValue) -> std::result::Result<Imported, JsError> {
        let open = || -> Result<Imported> {
            let Options { preprocessing, labels } = options("import", given)?;
            // A digit network is not changed, unless other preprocessing is requested.
            let preprocessing = preprocessing.filter(|given| *given != Preprocessing::default());
            let (network, metadata) = formats::network::read(&bytes)?;
            drop(bytes);
            bounded(network.graph())?;
            let image = ImageInput::of(network.graph())?;
            let original = network.graph().clone();
            let network = adapt(network, preprocessing.as_ref())?;
            let labels = labels.filter(|labels| !labels.trim().is_empty());
            let labels = match labels {
                Some(labels) => class_names(&labels, network.graph())?,
                None => vec![],
            };
            let mut session = Session::new(network, metadata, None)?;
            session.classifier().check_digit_network()?;
            let description = describe(&original, image, labels);
            Ok(Imported { network: Some(Network::of(session)), description })
        };
        Ok(open()?)
    }

    /// The description of the network in the file.
    pub fn description(&self) -> JsValue {
        object::to_js(&self.description)
    }

    /// Takes the network out; possible once.
    ///
    /// # Errors
    /// [`Error::Mismatch`] the second time.
    pub fn take(&mut self) -> std::result::Result<Network, JsError> {
        Ok(self.network.take().ok_or_else(|| Error::mismatch("import", "a network", "one that was taken"))?)
    }
}

/// Checks that a network can keep up with drawing, before anything is allocated for it.
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

fn describe(graph: &Graph, image: ImageInput, labels: Vec<String>) -> Description {
    let cost = cost(graph);
    let value =
        |name: &str, value: usize| Value { name: name.into(), shape: graph.shape(value).axes().to_vec() };
    let inputs = graph.inputs().iter().enumerate();
    let outputs = graph.named_outputs().iter().zip(graph.outputs());
    Description {
        name: graph.name().into(),
        inputs: inputs.map(|(number, input)| value(&input.name, number)).collect(),
        outputs: outputs.map(|(output, &number)| value(&output.name, number)).collect(),
        parameters: cost.parameters,
        macs: cost.macs,
        layers: graph.nodes().len(),
        channels: image.channels,
        height: image.height,
        width: image.width,
        labels,
    }
}
