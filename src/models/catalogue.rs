//! The table of all networks. The order is that of the page, the command and README.

use super::{
    Model, Paper, Role, Task, alexnet, alexnet_s, googlenet, inception_s, ink_gate, lenet5, lenet5_1998, nin,
    nin_s, resnet, resnet_s, vgg, vgg_s,
};
use crate::error::Result;
use crate::graph::Graph;
use crate::train::Recipe;
use crate::train::data::Classes;
use crate::train::schedule::Schedule;

const LECUN_1998: Paper = Paper {
    authors: "LeCun, Bottou, Bengio, Haffner",
    year: 1998,
    title: "Gradient-Based Learning Applied to Document Recognition",
};
const KRIZHEVSKY_2012: Paper = Paper {
    authors: "Krizhevsky, Sutskever, Hinton",
    year: 2012,
    title: "ImageNet Classification with Deep Convolutional Neural Networks",
};
const KRIZHEVSKY_2014: Paper = Paper {
    authors: "Krizhevsky",
    year: 2014,
    title: "One weird trick for parallelizing convolutional neural networks",
};
const SIMONYAN_2014: Paper = Paper {
    authors: "Simonyan, Zisserman",
    year: 2014,
    title: "Very Deep Convolutional Networks for Large-Scale Image Recognition",
};
const LIN_2013: Paper = Paper { authors: "Lin, Chen, Yan", year: 2013, title: "Network In Network" };
const SZEGEDY_2014: Paper = Paper {
    authors: "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    year: 2014,
    title: "Going Deeper with Convolutions",
};
const HE_2015: Paper = Paper {
    authors: "He, Zhang, Ren, Sun",
    year: 2015,
    title: "Deep Residual Learning for Image Recognition",
};

/// The idea of the residual networks' ablation pairs.
const SHORTCUTS_8: &str = "shortcuts, 8 layers";
const SHORTCUTS_32: &str = "shortcuts, 32 layers";

/// For networks that are too deep or too wide to be trained for long.
const SHORT: Recipe = Recipe { epochs: 6, ..Recipe::NORMALIZED };

pub(super) const CATALOGUE: &[Model] = &[
    Model {
        name: "lenet5",
        title: "LeNet-5, as courses teach it",
        summary: "as courses teach it: rectifiers, max pooling",
        paper: Some(LECUN_1998),
        recipe: Some(Recipe::DIGITS),
        several_seeds: true,
        ..digits(lenet5::graph)
    },
    Model {
        name: "lenet5-1998",
        title: "LeNet-5, as published in 1998",
        summary: "as published: C3's connection table, trainable subsampling, RBF output; 340,908 connections",
        paper: Some(LECUN_1998),
        recipe: Some(Recipe {
            // Squared distances of the RBF units are some twenty times as large as trained logits: undivided, a few
            // wrong examples outweigh all others.
            temperature: 20.0,
            schedule: Schedule { peak: 5e-3, ..Recipe::DIGITS.schedule },
            // Its capacity is too small for the full augmentation.
            augment: Recipe::DIGITS.augment.at_strength(0.5),
            ..Recipe::DIGITS
        }),
        ..digits(lenet5_1998::graph)
    },
    Model {
        name: "alexnet-s",
        title: "AlexNet, small",
        summary: "large first filters, overlapping pooling, local response normalization, two groups",
        paper: Some(KRIZHEVSKY_2012),
        recipe: Some(Recipe::UNNORMALIZED),
        ..digits(alexnet_s::graph)
    },
    Model {
        name: "vgg-s",
        title: "VGG, small",
        summary: "only 3×3 convolutions and 2×2 pooling",
        paper: Some(SIMONYAN_2014),
        recipe: Some(Recipe::UNNORMALIZED),
        ..digits(vgg_s::graph)
    },
    Model {
        name: "nin-s",
        title: "Network in Network, small",
        summary: "a small network that slides over the image; no dense layer",
        paper: Some(LIN_2013),
        recipe: Some(Recipe { epochs: 30, ..Recipe::UNNORMALIZED }),
        ..digits(nin_s::graph)
    },
    Model {
        name: "resnet-s",
        title: "ResNet, small",
        summary: "eight layers, a shortcut past every two",
        paper: Some(HE_2015),
        recipe: Some(Recipe { epochs: 40, ..Recipe::NORMALIZED }),
        several_seeds: true,
        ..digits(resnet_s::residual)
    },
    Model {
        name: "resnet-s-32",
        title: "ResNet, small, 32 layers",
        summary: "32 layers, a shortcut past every two",
        paper: Some(HE_2015),
        recipe: Some(SHORT),
        ..ablation(resnet_s::residual_32)
    },
    Model {
        name: "plain-s",
        title: "ResNet without shortcuts, small",
        summary: "eight layers, no shortcuts",
        paper: Some(HE_2015),
        recipe: Some(Recipe { epochs: 40, ..Recipe::NORMALIZED }),
        lacks: Some((SHORTCUTS_8, "resnet-s")),
        ..ablation(resnet_s::plain)
    },
    Model {
        name: "plain-s-32",
        title: "ResNet without shortcuts, small, 32 layers",
        summary: "32 layers, no shortcuts",
        paper: Some(HE_2015),
        recipe: Some(SHORT),
        lacks: Some((SHORTCUTS_32, "resnet-s-32")),
        ..ablation(resnet_s::plain_32)
    },
    Model {
        name: "inception-s",
        title: "Inception, small",
        summary: "four modules that apply 1×1, 3×3 and 5×5 filters side by side",
        paper: Some(SZEGEDY_2014),
        recipe: Some(Recipe::NORMALIZED),
        ..digits(inception_s::bottlenecks)
    },
    Model {
        name: "inception-naive-s",
        title: "Inception without bottlenecks, small",
        summary: "the same modules without 1×1 convolutions before the larger filters",
        paper: Some(SZEGEDY_2014),
        recipe: Some(SHORT),
        lacks: Some(("bottlenecks", "inception-s")),
        ..ablation(inception_s::naive)
    },
    Model {
        name: "ink-gate",
        title: "Ink gate",
        summary: "is it one digit at all?",
        role: Role::Gate,
        task: Task { channels: 1, classes: 11 },
        recipe: Some(Recipe {
            epochs: 6,
            augment: Recipe::DIGITS.augment.at_strength(0.7),
            classes: Classes::DigitOrNot,
            templates: 0.6,
            rare: 0.25,
            scribbles: 2.0,
            generate_once: true,
            ..Recipe::DIGITS
        }),
        ..digits(ink_gate::graph)
    },
    Model {
        name: "alexnet",
        title: "AlexNet, two groups, 227 × 227",
        summary: "five convolutions in two groups, three dense layers",
        paper: Some(KRIZHEVSKY_2012),
        ..architecture(alexnet::two_groups)
    },
    Model {
        name: "alexnet-torchvision",
        title: "AlexNet, one tower",
        summary: "one tower with fewer maps, no normalization",
        paper: Some(KRIZHEVSKY_2014),
        ..architecture(alexnet::one_tower)
    },
    Model {
        name: "vgg16",
        title: "VGG-16",
        summary: "configuration D: 13 convolutions of 3×3, three dense layers",
        paper: Some(SIMONYAN_2014),
        ..architecture(vgg::vgg16)
    },
    Model {
        name: "vgg19",
        title: "VGG-19",
        summary: "configuration E: 16 convolutions of 3×3, three dense layers",
        paper: Some(SIMONYAN_2014),
        ..architecture(vgg::vgg19)
    },
    Model {
        name: "nin",
        title: "Network in Network",
        summary: "three mlpconv layers on 32×32 images, no dense layer",
        paper: Some(LIN_2013),
        task: Task { channels: 3, classes: 10 },
        ..architecture(nin::graph)
    },
    Model {
        name: "googlenet",
        title: "GoogLeNet",
        summary: "nine inception modules",
        paper: Some(SZEGEDY_2014),
        ..architecture(googlenet::paper)
    },
    Model {
        name: "googlenet-aux",
        title: "GoogLeNet with auxiliary heads",
        summary: "nine inception modules and two auxiliary heads",
        paper: Some(SZEGEDY_2014),
        ..architecture(googlenet::auxiliary)
    },
    Model {
        name: "googlenet-torchvision",
        title: "GoogLeNet, 3 × 3 instead of 5 × 5",
        summary: "batch normalization, 3×3 filters instead of 5×5",
        paper: Some(SZEGEDY_2014),
        ..architecture(googlenet::torchvision)
    },
    residual("resnet18", "ResNet-18", "basic blocks", resnet::resnet18),
    residual("resnet34", "ResNet-34", "basic blocks", resnet::resnet34),
    residual("resnet50", "ResNet-50", "bottleneck blocks", resnet::resnet50),
    residual(
        "resnet50-v1",
        "ResNet-50, stride in the 1 × 1 convolution",
        "bottleneck blocks of the paper",
        resnet::resnet50_v1,
    ),
    residual("resnet101", "ResNet-101", "bottleneck blocks", resnet::resnet101),
    residual(
        "resnet101-v1",
        "ResNet-101, stride in the 1 × 1 convolution",
        "bottleneck blocks of the paper",
        resnet::resnet101_v1,
    ),
    residual("resnet152", "ResNet-152", "bottleneck blocks", resnet::resnet152),
    residual(
        "resnet152-v1",
        "ResNet-152, stride in the 1 × 1 convolution",
        "bottleneck blocks of the paper",
        resnet::resnet152_v1,
    ),
];

/// The row of a published network that classifies digits, to be completed.
const fn digits(build: fn(Task) -> Result<Graph>) -> Model {
    Model {
        name: "",
        title: "",
        summary: "",
        paper: None,
        role: Role::Digits,
        task: Task::DIGITS,
        recipe: None,
        published: true,
        several_seeds: false,
        lacks: None,
        build,
    }
}

/// The row of a network that is trained only for an ablation pair, to be completed.
const fn ablation(build: fn(Task) -> Result<Graph>) -> Model {
    Model { role: Role::Ablation, published: false, ..digits(build) }
}

/// The row of an architecture at full size, to be completed.
const fn architecture(build: fn(Task) -> Result<Graph>) -> Model {
    Model { role: Role::Architecture, task: Task::IMAGENET, published: false, ..digits(build) }
}

/// The row of a residual network at full size.
const fn residual(
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    build: fn(Task) -> Result<Graph>,
) -> Model {
    Model { name, title, summary, paper: Some(HE_2015), ..architecture(build) }
}
