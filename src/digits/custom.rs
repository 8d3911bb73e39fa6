//! Custom networks: adapts an imported network to read digit images.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::digits::ink::DigitImage;
use crate::error::{Error, Place, Result, shown as decimal};
use crate::graph::{Element, Graph, Input, Network, Node};
use crate::json::shown;
use crate::layers::registry::FULL;
use crate::layers::{
    Conv, Coordinates, Extent, Flatten, Interpolation, Normalize, Operator, Pad, Reshape, Resize, Rounding,
};
use crate::tensor::{Shape, Tensor};

/// How pixel intensities (0 background, 1 stroke) become a network's input: inverted or not, scaled, then normalized by
/// mean and standard deviation. In serde formats every field is optional.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preprocessing {
    /// The input value of a stroke before normalization: 1 or 255.
    pub scale: f32,
    /// Whether strokes are dark on a light background.
    pub invert: bool,
    /// The mean that is subtracted, after scaling: one value, or one per channel.
    pub mean: Vec<f32>,
    /// The standard deviation that is divided by: one value, or one per channel.
    pub std: Vec<f32>,
}

impl Default for Preprocessing {
    fn default() -> Self {
        Preprocessing { scale: 1.0, invert: false, mean: vec![0.0], std: vec![1.0] }
    }
}

impl Preprocessing {
    /// Factor and addend that map a pixel intensity to the input of one channel.
    fn affine(&self, channel: usize) -> (f32, f32) {
        let value =
            |values: &[f32], default| values.get(channel).or(values.first()).copied().unwrap_or(default);
        let (mean, std) = (value(&self.mean, 0.0), value(&self.std, 1.0));
        let (background, stroke) = if self.invert { (self.scale, 0.0) } else { (0.0, self.scale) };
        ((stroke - background) / std, (background - mean) / std)
    }

    /// Checks that all values are finite, the standard deviations positive, and the lists of length 1 or `channels`.
    fn check(&self, channels: usize) -> Result<()> {
        if !self.scale.is_finite() {
            return Err(Error::mismatch("preprocessing", "a finite scale", decimal(self.scale)));
        }
        for (name, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != 1 && values.len() != channels {
                let expected = match channels {
                    1 => format!("1 value for {name}"),
                    _ => format!("1 or {channels} values for {name}"),
                };
                return Err(Error::mismatch("preprocessing", expected, values.len()));
            }
        }
        if let Some(&mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            return Err(Error::mismatch("preprocessing", "a finite mean", decimal(mean)));
        }
        if let Some(&std) = self.std.iter().find(|&&std| !(std > 0.0 && std.is_finite())) {
            return Err(Error::mismatch("preprocessing", "a positive, finite std", decimal(std)));
        }
        Ok(())
    }
}

/// The size of the images that a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInput {
    /// 1 (grey) or 3 (colour).
    pub channels: usize,
    /// Rows of each channel.
    pub height: usize,
    /// Columns of each channel.
    pub width: usize,
}

impl ImageInput {
    /// Derives the image size from the shape of a network's input: 1×1×H×W, 1×3×H×W, 1×H×W, or 1×784 for 28×28.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for several inputs and for any other shape.
    pub fn of(graph: &Graph) -> Result<Self> {
        let [input] = graph.inputs() else {
            let found = format!("{} inputs", graph.inputs().len());
            return Err(Error::mismatch("custom network", "one input", found));
        };
        let size = DigitImage::SIZE;
        let [channels, height, width] = match *input.shape.axes() {
            [1, channels @ (1 | 3), height, width] => [channels, height, width],
            [1, height, width] => [1, height, width],
            [1, numbers] if numbers == size * size => [1, size, size],
            _ => {
                let expected = "an image as input (1×1×H×W, 1×3×H×W, 1×H×W or 1×784)";
                return Err(Error::mismatch("custom network", expected, &input.shape));
            }
        };
        Ok(ImageInput { channels, height, width })
    }
}

/// Adapts a network to read digit images. A network that does so already is returned unchanged, unless a preprocessing is
/// given.
///
/// # Errors
/// As [`prepend_preprocessing`].
pub fn adapt(network: Network, preprocessing: Option<&Preprocessing>) -> Result<Network> {
    let graph = network.graph();
    let takes_digit_image =
        graph.inputs().len() == 1 && graph.shape(0).axes() == [1, 1, DigitImage::SIZE, DigitImage::SIZE];
    let gives_row = graph.shape(graph.outputs()[0]).rank() == 2;
    if preprocessing.is_none() && takes_digit_image && gives_row {
        return Ok(network);
    }
    let default = Preprocessing::default();
    prepend_preprocessing(&network, preprocessing.unwrap_or(&default)).at(|| shown(graph.name()))
}

/// The network with layers before its input that make that input of a 28×28 image, and, where its first output has more
/// than two axes, a layer that flattens that output to a row of classes. Further outputs are dropped.
///
/// # Errors
/// As [`ImageInput::of`]; [`Error::Mismatch`] for a preprocessing that does not fit the channels or is not finite, and for a
/// network whose output is its input.
pub fn prepend_preprocessing(network: &Network, preprocessing: &Preprocessing) -> Result<Network> {
    let graph = network.graph();
    let image = ImageInput::of(graph)?;
    preprocessing.check(image.channels)?;
    let input = &graph.inputs()[0];
    let mut written = graph.written().clone();
    written.outputs.truncate(1);
    if written.outputs[0].value == input.name {
        let found = format!("the input {} itself", shown(&input.name));
        return Err(Error::mismatch("custom network", "a computed output", found));
    }
    let mut weights: BTreeMap<String, Tensor> =
        network.named_weights().map(|(name, tensor)| (name, tensor.clone())).collect();

    let name = if input.name == "ink" { "frame" } else { "ink" };
    let mut chain = Chain { nodes: Vec::new(), last: name.to_owned() };
    written.batched &= !chain.resize(image);
    chain.normalize(preprocessing, image.channels, &mut weights)?;
    chain.reshape(input.shape.rank(), image);

    for source in written.nodes.iter_mut().flat_map(|node| &mut node.inputs) {
        if *source == input.name {
            source.clone_from(&chain.last);
        }
    }
    let shape = Shape::from([1, 1, DigitImage::SIZE, DigitImage::SIZE]);
    written.inputs = vec![Input { name: name.into(), shape, element: Element::Float32 }];
    chain.nodes.append(&mut written.nodes);
    written.nodes = chain.nodes;

    if graph.shape(graph.outputs()[0]).rank() > 2 {
        let output = &mut written.outputs[0];
        let value = std::mem::replace(&mut output.value, "ink.classes".into());
        output.element = Element::Float32;
        let operator = Flatten {}.into();
        written.nodes.push(Node { name: output.value.clone(), operator, inputs: vec![value] });
    }
    Network::with_weights(Graph::from_written(written, &FULL)?, weights)
}

/// Layers in sequence, each of which reads the one before.
struct Chain {
    nodes: Vec<Node>,
    /// The name of the last value: the input, or the last node.
    last: String,
}

impl Chain {
    fn push(&mut self, name: &str, operator: impl Into<Operator>) {
        let inputs = vec![std::mem::replace(&mut self.last, name.to_owned())];
        self.nodes.push(Node { name: name.to_owned(), operator: operator.into(), inputs });
    }

    /// Pads 28×28 to 32×32, or resizes it to any other size. Returns whether the layer fixes the batch size to 1.
    fn resize(&mut self, image: ImageInput) -> bool {
        let size = DigitImage::SIZE;
        match [image.height, image.width] {
            to if to == [size; 2] => false,
            to if to == [size + 4; 2] => {
                self.push("ink.pad", Pad::new(2));
                false
            }
            [height, width] => {
                let to = Extent::Sizes(vec![1, 1, height, width]);
                let (mode, rounding) = (Interpolation::Linear, Rounding::Floor);
                self.push("ink.size", Resize { mode, coordinates: Coordinates::HalfPixel, rounding, to });
                true
            }
        }
    }

    /// Scales and normalizes; several channels are made by a 1×1 convolution.
    fn normalize(
        &mut self,
        preprocessing: &Preprocessing,
        channels: usize,
        weights: &mut BTreeMap<String, Tensor>,
    ) -> Result<()> {
        let (factors, addends): (Vec<f32>, Vec<f32>) =
            (0..channels).map(|channel| preprocessing.affine(channel)).unzip();
        if channels > 1 {
            let factors = Tensor::from_row_major([channels, 1, 1, 1], &factors)?;
            weights.insert("ink.channels.weight".into(), factors);
            weights.insert("ink.channels.bias".into(), Tensor::from_row_major([channels], &addends)?);
            self.push("ink.channels", Conv::new(channels, 1));
        } else if (factors[0], addends[0]) != (1.0, 0.0) {
            self.push("ink.scale", Normalize { scale: factors[0], shift: addends[0] });
        }
        Ok(())
    }

    /// Drops the axes that the network's input does not have.
    fn reshape(&mut self, rank: usize, image: ImageInput) {
        match rank {
            2 => self.push("ink.row", Flatten {}),
            3 => self.push("ink.plane", Reshape { shape: vec![0, image.height as i64, image.width as i64] }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::{Dense, GlobalAveragePool};

    fn colour(size: usize) -> Network {
        let graph = Builder::new("colour", "x", [1, 3, size, size])
            .then("c", Conv::new(4, 3))
            .then("g", GlobalAveragePool {})
            .then("f", Flatten {})
            .then("d", Dense::new(5))
            .build();
        Network::initialize(graph.unwrap(), 1).unwrap()
    }

    #[test]
    fn image_size_is_derived_from_the_input_shape() {
        let image = ImageInput::of(colour(32).graph()).unwrap();
        assert_eq!(image, ImageInput { channels: 3, height: 32, width: 32 });
        let row = Builder::new("row", "x", [1, 784]).then("d", Dense::new(2)).build().unwrap();
        assert_eq!(ImageInput::of(&row).unwrap(), ImageInput { channels: 1, height: 28, width: 28 });
        let audio = Builder::new("audio", "x", [1, 100]).then("d", Dense::new(2)).build().unwrap();
        let refusal = ImageInput::of(&audio).unwrap_err().to_string();
        assert!(refusal.contains("784") && refusal.contains("1×100"), "{refusal}");
    }

    #[test]
    fn preprocessing_is_read_from_json_and_prepended() {
        let json = r#"{"scale": 255, "invert": true, "mean": [127.5], "std": [127.5]}"#;
        let preprocessing = serde_json::from_str::<Preprocessing>(json).unwrap();
        assert_eq!(preprocessing.affine(0), (-2.0, 1.0));
        assert_eq!(serde_json::from_str::<Preprocessing>("{}").unwrap(), Preprocessing::default());
        for wrong in [r#"{"scale": "255"}"#, r#"{"gamma": 2}"#, r#"{"mean": 1}"#] {
            assert!(serde_json::from_str::<Preprocessing>(wrong).is_err(), "{wrong}");
        }
        let adapted = adapt(colour(40), Some(&preprocessing)).unwrap();
        assert_eq!(adapted.graph().shape(0).axes(), [1, 1, 28, 28]);
    }

    #[test]
    fn unusable_preprocessing_is_refused_with_the_value_found() {
        let refusal = |preprocessing| adapt(colour(40), Some(&preprocessing)).unwrap_err().to_string();
        let default = Preprocessing::default;
        let zero = refusal(Preprocessing { std: vec![0.0], ..default() });
        assert!(zero.ends_with("preprocessing: expected a positive, finite std, found 0.000"), "{zero}");
        let two = refusal(Preprocessing { mean: vec![0.0; 2], ..default() });
        assert!(two.ends_with("preprocessing: expected 1 or 3 values for mean, found 2"), "{two}");
        let nan = refusal(Preprocessing { mean: vec![f32::NAN], ..default() });
        assert!(nan.ends_with("preprocessing: expected a finite mean, found NaN"), "{nan}");
    }

    #[test]
    fn a_network_that_reads_digit_images_is_unchanged() {
        let network = Network::initialize(crate::models::graph("lenet5").unwrap(), 1).unwrap();
        assert_eq!(adapt(network.clone(), None).unwrap().graph(), network.graph());
        let scaled = Preprocessing { scale: 255.0, ..Preprocessing::default() };
        assert_ne!(adapt(network.clone(), Some(&scaled)).unwrap().graph(), network.graph());
    }
}
