//! An open network: it classifies drawings, keeps the values of a trace, and learns, all with the same weights.
//!
//! A network that learns is a network like any other: between two training steps it can be run, traced, explained and
//! saved. [`Session::revision`] changes with the weights. Values of a trace that older weights computed are stale, and
//! [`Session::traced`] refuses them.

use std::fmt;

use crate::digits::classifier::{self, Classifier};
use crate::digits::gate::Gate;
use crate::digits::ink::DigitImage;
use crate::digits::prediction::Prediction;
use crate::error::{Error, Result};
use crate::exec::plan::Plan;
use crate::exec::trace::Trace;
use crate::formats::network::{self, Metadata};
use crate::formats::safetensors::Dtype;
use crate::graph::{Graph, Network};
use crate::json;

/// One way to learn. A trait, so that a binary without training contains nothing of it.
pub trait Learn: fmt::Debug {
    /// Learns from one batch: images in NCHW order, and a label for each; `rate` is the learning rate.
    ///
    /// # Errors
    /// For images and labels that do not fit the network, and when the loss is no longer finite. The weights are then
    /// those before the step.
    fn step(&mut self, network: &mut Network, images: &[f32], labels: &[u8], rate: f32) -> Result<Step>;
}

/// What a training step measured, before it changed the weights.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Step {
    /// The mean cross-entropy of the batch.
    pub loss: f64,
    /// The share of examples that were classified correctly, 0..1.
    pub accuracy: f64,
}

/// A network with everything that is computed with it.
#[derive(Debug)]
pub struct Session {
    classifier: Classifier,
    metadata: Metadata,
    /// What the network saw in the last trace.
    image: DigitImage,
    /// The revision of the network that the trace was computed with.
    traced: Option<u64>,
    learner: Option<Box<dyn Learn>>,
}

impl Session {
    /// A network from the bytes of its file, which may carry a temperature.
    ///
    /// # Errors
    /// What is wrong with the file, or as [`Session::new`].
    pub fn open(bytes: &[u8], gate: Option<Gate>) -> Result<Self> {
        let (network, metadata) = network::read(bytes)?;
        Session::new(network, metadata, gate)
    }

    /// A network with the metadata of its file, behind a gate if there is one.
    ///
    /// # Errors
    /// For a temperature that is not a positive number, and as [`Plan::new`].
    pub fn new(network: Network, metadata: Metadata, gate: Option<Gate>) -> Result<Self> {
        let classifier = Classifier::new(network, classifier::temperature(&metadata)?, gate)?;
        Ok(Session { classifier, metadata, image: DigitImage::blank(), traced: None, learner: None })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        self.classifier.network()
    }

    /// The network's graph.
    pub fn graph(&self) -> &Graph {
        self.network().graph()
    }

    /// A number that changes whenever the weights do.
    pub fn revision(&self) -> u64 {
        self.network().revision()
    }

    /// What runs the network on drawings and on numbers.
    pub fn classifier(&mut self) -> &mut Classifier {
        &mut self.classifier
    }

    /// Classifies an image by the fast way; none is a drawing without ink.
    ///
    /// # Errors
    /// As [`Classifier::check_digit_network`].
    pub fn classify(&mut self, image: Option<&DigitImage>) -> Result<Prediction> {
        self.classifier.classify(image)
    }

    /// Classifies an image and keeps it, with the output of every layer.
    ///
    /// # Errors
    /// As [`Classifier::check_digit_network`].
    pub fn trace(&mut self, image: Option<DigitImage>) -> Result<Prediction> {
        let prediction = self.classifier.trace(image.as_ref())?;
        self.image = image.unwrap_or_else(DigitImage::blank);
        self.traced = Some(self.revision());
        Ok(prediction)
    }

    /// What the network saw in the last trace.
    pub fn image(&self) -> &DigitImage {
        &self.image
    }

    /// The values of the last trace.
    ///
    /// # Errors
    /// [`Error::Mismatch`] before the first trace, and when the weights have changed since.
    pub fn traced(&self) -> Result<&Trace> {
        self.current("read the trace")?;
        Ok(self.classifier.last_trace())
    }

    /// The network and the values of the last trace, to be differentiated.
    ///
    /// # Errors
    /// As [`Session::traced`].
    pub fn traced_mut(&mut self) -> Result<(&Network, &mut Trace)> {
        self.current("read the trace")?;
        Ok(self.classifier.explained())
    }

    /// The number of the node of this name.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where no node has it.
    pub fn node(&self, operation: &'static str, name: &str) -> Result<usize> {
        let found = self.graph().nodes().iter().position(|node| node.name == name);
        found.ok_or_else(|| Error::mismatch(operation, "the name of a node", json::shown(name)))
    }

    /// Checks that the network's first output has this class.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where it has fewer.
    pub fn class(&self, operation: &'static str, class: usize) -> Result<()> {
        let graph = self.graph();
        let classes = graph.shape(graph.outputs()[0]).elements()?;
        if class < classes {
            return Ok(());
        }
        Err(Error::mismatch(operation, format_args!("one of {classes} classes"), class))
    }

    /// Whether the last trace was computed with the weights as they are.
    ///
    /// # Errors
    /// As [`Session::traced`], for this operation.
    pub(crate) fn current(&self, operation: &'static str) -> Result<()> {
        match self.traced {
            Some(traced) if traced == self.revision() => Ok(()),
            Some(_) => {
                let expected = "a trace with the present weights; trace the drawing again";
                Err(Error::mismatch(operation, expected, "weights that have changed since the last trace"))
            }
            None => Err(Error::mismatch(operation, "a drawing that has been traced", "no trace")),
        }
    }

    /// The plan by which the network runs.
    pub fn plan(&self) -> &Plan {
        self.classifier.plan()
    }

    /// Lets the network learn, in place of any other way before.
    pub fn learn(&mut self, learner: Box<dyn Learn>) {
        self.learner = Some(learner);
    }

    /// One training step: [`Learn::step`]. The last trace is stale after it.
    ///
    /// # Errors
    /// [`Error::Mismatch`] before [`Session::learn`]; otherwise as [`Learn::step`].
    pub fn step(&mut self, images: &[f32], labels: &[u8], rate: f32) -> Result<Step> {
        let Some(learner) = &mut self.learner else {
            return Err(Error::mismatch("train", "a session with a learner", "none"));
        };
        learner.step(self.classifier.network_mut(), images, labels, rate)
    }

    /// The network with its present weights, as a file of its own: [`Session::open`] reads it.
    ///
    /// # Errors
    /// As [`network::write`].
    pub fn save(&self) -> Result<Vec<u8>> {
        network::write(self.network(), &self.metadata, Dtype::F32)
    }
}
