//! The graphs' numbers are those of the papers, of the course, and of everybody's tables.

use super::*;
use crate::graph::cost::{Cost, cost};

fn cost_of(name: &str) -> Cost {
    cost(&graph(name).unwrap())
}

#[test]
fn lenet5_has_the_numbers_of_the_course() {
    let cost = cost_of("lenet5");
    assert_eq!((cost.parameters, cost.macs, cost.weighted_layers), (61_706, 416_520, 5));
}

#[test]
fn lenet5_1998_has_the_numbers_of_the_paper() {
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

/// Parameters, multiply-adds, and layers with weights as the names count them.
#[test]
#[rustfmt::skip]
fn full_size_networks_have_the_published_numbers() {
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
    assert_eq!(published.len(), FULL_SIZE.len());
    for (name, numbers) in published {
        let cost = cost_of(name);
        assert_eq!((cost.parameters, cost.macs, cost.weighted_layers), numbers, "{name}");
    }
}

/// What 1×1 convolutions save (Szegedy et al. 2014): module 3a.
#[test]
fn an_inception_module_has_the_numbers_of_the_paper() {
    let cost = cost_of("googlenet");
    let module: Vec<_> = cost.layers.iter().filter(|layer| layer.name.starts_with("3a.")).collect();
    assert_eq!(module.iter().map(|layer| layer.macs).sum::<u64>(), 128_049_152);
    assert_eq!(module.iter().map(|layer| layer.parameters).sum::<u64>(), 163_328 + 368);
    let bottleneck = module.iter().filter(|layer| layer.name.starts_with("3a.5x5"));
    assert_eq!(bottleneck.map(|layer| layer.macs).sum::<u64>(), 12_443_648);
}

/// Networks that are trained here are small, all but the deep ones and those that lack what makes theirs small.
#[test]
fn networks_of_the_catalogue_are_small() {
    for model in CATALOGUE {
        let cost = cost_of(model.name);
        println!("{}: {} parameters, {} multiply-adds", model.name, cost.parameters, cost.macs);
        let exempt =
            model.name.ends_with("-32") || model.name.starts_with("plain") || model.name.contains("naive");
        assert!(exempt || cost.parameters <= 300_000, "{}: {} parameters", model.name, cost.parameters);
        assert!(exempt || cost.macs <= 10_000_000, "{}: {} multiply-adds", model.name, cost.macs);
    }
}

#[test]
fn depth_counts_layers_with_weights() {
    for (name, depth) in [("resnet-s", 8), ("plain-s", 8), ("resnet-s-20", 20), ("plain-s-32", 32)] {
        assert_eq!(cost_of(name).weighted_layers, depth, "{name}");
    }
    for name in ["resnet-s-9", "resnet-s-2", "plain-s-100000", "resnet-s-", "resnet-s--8"] {
        assert!(graph(name).is_err(), "{name}");
    }
}

#[test]
fn every_graph_survives_its_written_form() {
    for model in CATALOGUE.iter().chain(FULL_SIZE) {
        let graph = graph(model.name).unwrap();
        assert_eq!(graph.name(), model.name);
        assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
    }
    assert!(graph("lenet6").unwrap_err().to_string().contains("lenet5-1998"));
}
