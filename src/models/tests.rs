//! Parameters and multiply-adds are those of the papers and of published tables; every row of the catalogue is complete.

use super::*;
use crate::graph::Network;
use crate::graph::cost::{Cost, cost};
use crate::rng::{Rng, stream};
use crate::train::{Batch, Examples, Learner};

fn cost_of(name: &str) -> Cost {
    cost(&graph(name).unwrap())
}

#[test]
fn lenet5_has_the_usual_counts() {
    let cost = cost_of("lenet5");
    assert_eq!((cost.parameters, cost.macs, cost.weighted_layers), (61_706, 416_520, 5));
}

#[test]
fn lenet5_1998_has_the_counts_of_the_paper() {
    let cost = cost_of("lenet5-1998");
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

/// Parameters, multiply-adds, and the number of layers with weights.
#[test]
#[rustfmt::skip]
fn architectures_have_the_published_counts() {
    let published = [
        ("alexnet",               (60_965_224,     724_406_816,   8)),
        ("alexnet-torchvision",   (61_100_840,     714_188_480,   8)),
        ("vgg16",                 (138_357_544, 15_470_264_320,  16)),
        ("vgg19",                 (143_667_240, 19_632_062_464,  19)),
        ("resnet18",              (11_689_512,   1_814_073_344,  18)),
        ("resnet34",              (21_797_672,   3_663_761_408,  34)),
        ("resnet50",              (25_557_032,   4_089_184_256,  50)),
        ("resnet50-v1",           (25_557_032,   3_857_973_248,  50)),
        ("resnet101",             (44_549_160,   7_801_405_440, 101)),
        ("resnet101-v1",          (44_549_160,   7_570_194_432, 101)),
        ("resnet152",             (60_192_808,  11_513_626_624, 152)),
        ("resnet152-v1",          (60_192_808,  11_282_415_616, 152)),
        ("googlenet",             (6_998_552,    1_582_671_872,  22)),
        ("googlenet-aux",         (13_378_280,   1_582_671_872,  22)),
        ("googlenet-torchvision", (6_624_904,    1_498_376_192,  22)),
        ("nin",                   (966_986,        222_486_528,   9)),
    ];
    assert_eq!(published.len(), with_role(Role::Architecture).count());
    for (name, numbers) in published {
        let cost = cost_of(name);
        assert_eq!((cost.parameters, cost.macs, cost.weighted_layers), numbers, "{name}");
    }
}

/// Module 3a (Szegedy et al. 2014): 1×1 convolutions reduce its work.
#[test]
fn an_inception_module_has_the_counts_of_the_paper() {
    let cost = cost_of("googlenet");
    let module: Vec<_> = cost.layers.iter().filter(|layer| layer.name.starts_with("3a.")).collect();
    assert_eq!(module.iter().map(|layer| layer.macs).sum::<u64>(), 128_049_152);
    assert_eq!(module.iter().map(|layer| layer.parameters).sum::<u64>(), 163_328 + 368);
    let bottleneck = module.iter().filter(|layer| layer.name.starts_with("3a.5x5"));
    assert_eq!(bottleneck.map(|layer| layer.macs).sum::<u64>(), 12_443_648);
}

/// Trained networks are small; those of ablation pairs may be larger.
#[test]
fn digit_networks_are_small() {
    for model in trained().filter(|model| model.role != Role::Ablation) {
        let cost = cost_of(model.name);
        println!("{}: {} parameters, {} multiply-adds", model.name, cost.parameters, cost.macs);
        assert!(cost.parameters <= 300_000, "{}: {} parameters", model.name, cost.parameters);
        assert!(cost.macs <= 10_000_000, "{}: {} multiply-adds", model.name, cost.macs);
    }
}

#[test]
fn depth_counts_layers_with_weights() {
    for (name, depth) in [("resnet-s", 8), ("plain-s", 8), ("resnet-s-20", 20), ("plain-s-32", 32)] {
        assert_eq!(cost_of(name).weighted_layers, depth, "{name}");
    }
    for name in ["resnet-s-9", "resnet-s-2", "plain-s-100000", "resnet-s-", "resnet-s--8"] {
        assert!(graph(name).is_err() && recipe(name).is_err(), "{name}");
    }
}

#[test]
fn every_graph_is_read_as_it_is_written() {
    for model in all() {
        let graph = graph(model.name).unwrap();
        assert_eq!(graph.name(), model.name);
        assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
    }
    assert!(graph("lenet6").unwrap_err().to_string().contains("lenet5-1998"));
}

#[test]
fn every_row_is_complete() {
    for (index, model) in all().enumerate() {
        let name = model.name;
        assert!(!name.is_empty() && !model.title.is_empty() && !model.summary.is_empty(), "row {index}");
        assert_eq!(all().filter(|other| other.name == name).count(), 1, "{name}");
        assert_eq!(model.recipe.is_some(), model.role != Role::Architecture, "{name}");
        assert!(model.paper.is_some() || model.role == Role::Gate, "{name}");
        assert!(model.recipe.is_none_or(|recipe| recipe.epochs > 0 && recipe.average < 1.0), "{name}");
        let graph = graph(name).unwrap();
        assert_eq!(graph.shape(0).axes()[1], model.task.channels, "{name}");
        assert_eq!(graph.shape(graph.outputs()[0]).axes(), [1, model.task.classes], "{name}");
    }
    assert_eq!(gate().name, "ink-gate");
    assert!(recipe("vgg16").unwrap_err().to_string().contains("no recipe for the network `vgg16`"));
    assert!(recipe("lenet6").unwrap_err().to_string().contains("no network `lenet6`"));
}

#[test]
fn ablation_pairs_are_trained_alike() {
    assert_eq!(ablation_pairs().count(), 3);
    for AblationPair { idea, with, without } in ablation_pairs() {
        let [with, without] = [with, without].map(|name| find(name).expect(idea));
        assert_eq!(without.role, Role::Ablation);
        let [with, without] = [with, without].map(|model| model.recipe.unwrap());
        // `make ablation-pairs` gives the number of epochs.
        assert_eq!(Recipe { epochs: with.epochs, ..without }, with, "{idea}");
    }
    assert_eq!(recipe("resnet-s-20").unwrap(), recipe("plain-s-20").unwrap());
}

/// Every trained network can be built, run and trained for RGB images and 20 classes.
#[test]
fn every_trained_network_takes_another_task() {
    struct Two(Vec<f32>);
    impl Batch for Two {
        fn shards(&self) -> usize {
            1
        }
        fn examples(&self, _shard: usize) -> Examples<'_> {
            Examples { input: &self.0, labels: &[0, 19] }
        }
        fn dropout(&self, _shard: usize) -> Rng {
            stream(1, &[])
        }
    }
    let task = Task { channels: 3, classes: 20 };
    let batch = Two((0..2 * 3 * 784).map(|i| ((i * 7919) % 100) as f32 / 100.0).collect());
    for model in trained() {
        let graph = graph_for(model.name, task).unwrap();
        assert_eq!(graph.shape(0).axes(), [1, 3, 28, 28], "{}", model.name);
        assert_eq!(graph.shape(graph.outputs()[0]).axes(), [1, 20], "{}", model.name);
        let network = Network::initialize(graph, 1).unwrap();
        let recipe = model.recipe.unwrap();
        let mut learner = Learner::new(network, recipe.rule, recipe.decay, recipe.temperature, 1).unwrap();
        let result = learner.step(&batch, 1e-3).unwrap();
        assert!(result.loss.is_finite() && result.loss > 0.0, "{}: {result:?}", model.name);
    }
    for model in with_role(Role::Architecture) {
        let graph = graph_for(model.name, Task { channels: 1, classes: 7 }).unwrap();
        assert_eq!(graph.shape(0).axes()[1], 1, "{}", model.name);
        assert_eq!(graph.shape(graph.outputs()[0]).axes(), [1, 7], "{}", model.name);
    }
    let error = graph_for("lenet5", Task { channels: 0, classes: 10 }).unwrap_err().to_string();
    assert!(error.contains("found 0 channels and 10 classes"), "{error}");
}
