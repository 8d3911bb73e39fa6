//! The catalogue: one file an architecture, each reading like the paper's table.

mod ink_gate;
mod lenet5;
mod lenet5_1998;
#[cfg(feature = "onnx")]
pub mod own;

use crate::error::{Error, Result};
use crate::graph::Graph;

/// A network of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name, for the command, the page and the package.
    pub name: &'static str,
    /// Whether it answers with one of ten digits.
    pub reads_digits: bool,
    build: fn() -> Result<Graph>,
}

/// Every network of the catalogue.
pub const CATALOGUE: &[Model] = &[
    Model { name: "lenet5", reads_digits: true, build: lenet5::graph },
    Model { name: "lenet5-1998", reads_digits: true, build: lenet5_1998::graph },
    Model { name: "ink-gate", reads_digits: false, build: ink_gate::graph },
];

/// The graph of a network of the catalogue.
///
/// # Errors
/// [`Error::Unknown`] for a name that is not in it.
pub fn graph(name: &str) -> Result<Graph> {
    let model = CATALOGUE.iter().find(|model| model.name == name).ok_or_else(|| {
        let known: Vec<&str> = CATALOGUE.iter().map(|model| model.name).collect();
        Error::Unknown { what: "network", name: name.into(), known: known.join(", ") }
    })?;
    (model.build)()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::cost::cost;

    #[test]
    fn lenet5_has_the_numbers_of_the_course() {
        let cost = cost(&graph("lenet5").unwrap());
        assert_eq!((cost.parameters, cost.macs, cost.weighted_layers), (61_706, 416_520, 5));
    }

    #[test]
    fn lenet5_1998_has_the_numbers_of_the_paper() {
        let cost = cost(&graph("lenet5-1998").unwrap());
        assert_eq!((cost.parameters, cost.macs, cost.connections), (60_000, 328_096, 340_908));
        let layer = |name: &str| {
            let layer = cost.layers.iter().find(|layer| layer.name == name).unwrap();
            (layer.parameters, layer.connections)
        };
        assert_eq!(layer("c1"), (156, 122_304));
        assert_eq!(layer("s2"), (12, 5_880));
        assert_eq!(layer("c3"), (1_516, 151_600));
        assert_eq!(layer("s4"), (32, 2_000));
        assert_eq!(layer("c5"), (48_120, 48_120));
        assert_eq!(layer("f6"), (10_164, 10_164));
        assert_eq!(layer("output"), (0, 840));
    }

    #[test]
    fn every_graph_survives_its_written_form() {
        for model in CATALOGUE {
            let graph = graph(model.name).unwrap();
            assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
        }
        assert!(graph("lenet6").unwrap_err().to_string().contains("lenet5-1998"));
    }
}
