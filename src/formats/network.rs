//! A network in one safetensors file: its weights, and its graph in the metadata.

use std::collections::BTreeMap;

use super::safetensors::{self, Dtype};
use crate::error::{Error, Place, Result};
use crate::graph::{Graph, Network};
use crate::json;
use crate::layers::registry::{FULL, Registry};

/// The metadata key of the graph's JSON.
pub const GRAPH_KEY: &str = "convscope";

/// Text entries with unique keys.
pub type Metadata = Vec<(String, String)>;

/// The entry with this key.
pub(crate) fn find<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a str> {
    metadata.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str())
}

/// Reads a network from a file with a graph, and the file's metadata.
///
/// # Errors
/// As [`safetensors::read`]; [`Error::Mismatch`] for a file without a graph, an invalid graph, or a tensor that does not fit
/// the graph.
pub fn read(bytes: &[u8]) -> Result<(Network, Metadata)> {
    read_with(bytes, &FULL)
}

/// As [`read`], of the layers that a registry has.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], registry: &'static Registry) -> Result<(Network, Metadata)> {
    let file = safetensors::list(bytes)?;
    let json = find(&file.metadata, GRAPH_KEY).ok_or_else(|| {
        let expected = format_args!("a graph in the metadata `{GRAPH_KEY}`");
        Error::mismatch("open", expected, "weights only; name the network's architecture")
    })?;
    let graph = Graph::from_json_with(json, registry).at(|| json::shown_as("metadata", GRAPH_KEY))?;
    Ok((Network::with_listed(graph, file.tensors)?, file.metadata))
}

/// Reads the weights of a file into a given graph; a graph in the file is ignored.
///
/// # Errors
/// As [`safetensors::read`]; [`Error::Mismatch`] for a tensor that does not fit the graph.
pub fn read_as(bytes: &[u8], graph: Graph) -> Result<(Network, Metadata)> {
    let mut file = safetensors::list(bytes)?;
    file.metadata.retain(|(key, _)| key != GRAPH_KEY);
    Ok((Network::with_listed(graph, file.tensors)?, file.metadata))
}

/// Writes a network with its graph and further metadata. The bytes depend only on the arguments.
///
/// # Errors
/// As [`safetensors::write`].
pub fn write(network: &Network, metadata: &Metadata, dtype: Dtype) -> Result<Vec<u8>> {
    let mut metadata: BTreeMap<_, _> = metadata.iter().cloned().collect();
    metadata.insert(GRAPH_KEY.into(), network.graph().to_json());
    let weights: Vec<_> = network.named_weights().collect();
    safetensors::write(&metadata, weights.iter().map(|(name, tensor)| (name.as_str(), *tensor)), dtype)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;
    use crate::tensor::Tensor;

    fn lenet5() -> Network {
        Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap()
    }

    #[test]
    fn a_network_survives_a_round_trip() {
        let bytes = write(&lenet5(), &Metadata::new(), Dtype::F32).unwrap();
        let (network, _) = read(&bytes).unwrap();
        assert_eq!(network.graph(), lenet5().graph());
        assert!(network.named_weights().eq(lenet5().named_weights()));
    }

    #[test]
    fn an_error_names_the_weight_that_does_not_fit() {
        let mut file = safetensors::read(&write(&lenet5(), &Metadata::new(), Dtype::F32).unwrap()).unwrap();
        file.tensors.insert("c1.weight".into(), Tensor::zeros([6, 1, 3, 3]).unwrap());
        let refused = read(&file.write(Dtype::F32).unwrap()).unwrap_err().to_string();
        assert!(refused.contains("c1.weight") && refused.contains("6×1×5×5"), "{refused}");

        file.tensors
            .insert("c1.weight".into(), Tensor::from_row_major([6, 1, 5, 5], &[f32::NAN; 150]).unwrap());
        let refused = read(&file.write(Dtype::F32).unwrap()).unwrap_err().to_string();
        assert!(refused.contains("c1.weight") && refused.contains("finite"), "{refused}");

        file.tensors.remove("c1.weight");
        let refused = read(&file.write(Dtype::F32).unwrap()).unwrap_err().to_string();
        assert!(refused.contains("c1.weight"), "{refused}");
    }

    #[test]
    fn a_file_without_a_graph_needs_an_architecture() {
        let network = lenet5();
        let weights: Vec<_> = network.named_weights().collect();
        let weights = weights.iter().map(|(name, tensor)| (name.as_str(), *tensor));
        let bytes = safetensors::write(&BTreeMap::new(), weights, Dtype::F32).unwrap();
        assert!(read(&bytes).unwrap_err().to_string().contains("name the network's architecture"));
        assert!(read_as(&bytes, models::graph("lenet5").unwrap()).is_ok());
    }
}
