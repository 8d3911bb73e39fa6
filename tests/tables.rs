//! Parameters and multiply-adds of the full-size networks, in total and layer by layer, against a table of published counts:
//! the recorded case `tables/params_macs.json`.

mod support;

use std::collections::BTreeMap;

use convscope::graph::cost::{Cost, cost};
use convscope::models;
use serde::Deserialize;
use support::cases;

#[derive(Deserialize)]
struct Table {
    nets: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
struct Network {
    params: u64,
    macs: u64,
    layers: Vec<Layer>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Layer {
    layer: String,
    params: u64,
    macs: u64,
    /// Maps, rows, columns.
    out: [usize; 3],
}

/// The crate's name of a network of the table; none for one that it does not have.
fn our_name(table: &str) -> Option<String> {
    Some(match table {
        "alexnet" => "alexnet-torchvision".into(),
        "alexnet_2012_227" => "alexnet".into(),
        "googlenet" => "googlenet-torchvision".into(),
        "googlenet_2014" => "googlenet".into(),
        "lenet5_modern_32" => "lenet5".into(),
        "alexnet_2012_224_pad2" => return None,
        _ => table.replace("_v1_original", "-v1"),
    })
}

/// The layers with weights; a batch normalization is counted with the convolution before it, as the table does.
fn layers(cost: &Cost) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for layer in &cost.layers {
        match layer.op {
            "conv" | "dense" => {
                let axes = layer.output.axes();
                let out = [axes[1], *axes.get(2).unwrap_or(&1), *axes.get(3).unwrap_or(&1)];
                layers.push(Layer {
                    layer: layer.name.clone(),
                    params: layer.parameters,
                    macs: layer.macs,
                    out,
                });
            }
            "batch-norm" => layers.last_mut().expect("a convolution before it").params += layer.parameters,
            _ => assert_eq!(layer.parameters, 0, "{}", layer.name),
        }
    }
    layers
}

#[test]
fn full_size_networks_cost_what_the_table_says() {
    let folder = cases::folder("tables").unwrap();
    let table: Table = cases::json(&folder.join("params_macs.json"));
    let mut compared = 0;
    for (name, expected) in &table.nets {
        let Some(name) = our_name(name) else { continue };
        let cost = cost(&models::graph(&name).unwrap());
        assert_eq!((cost.parameters, cost.macs), (expected.params, expected.macs), "{name}");
        let found = layers(&cost);
        assert_eq!(found.len(), expected.layers.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected.layers) {
            // LeNet's layers have the names of its paper here.
            let same_name = name == "lenet5" || found.layer == expected.layer;
            assert!(same_name, "{name}: {found:?}, expected {expected:?}");
            let numbers = |layer: &Layer| (layer.params, layer.macs, layer.out);
            assert_eq!(numbers(found), numbers(expected), "{name}: {}", found.layer);
        }
        compared += 1;
    }
    assert!(compared > 0, "no network was compared");
}
