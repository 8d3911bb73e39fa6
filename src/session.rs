//! An open network: it classifies drawings, keeps the values of a trace, and trains, all with the same weights.
//!
//! Between two training steps, a network that is being trained can be run, traced, explained and saved like any
//! other. [`Session::revision`] changes with the weights. After a change, the values of an earlier trace are stale,
//! and [`Session::traced`] returns an error for them.

use std::fmt;

use crate::digits::classifier::{self, Classifier};
use crate::digits::gate::Gate;
use crate::digits::ink::DigitImage;
use crate::digits::prediction::Prediction;
use crate::error::{Error, Result};
use crate::exec::engine::{Engine, FULL};
use crate::exec::plan::Plan;
use crate::exec::trace::Trace;
use crate::formats::network::{self, Metadata};
use crate::formats::safetensors::Dtype;
use crate::graph::{Graph, Network};
use crate::json;

/// A training algorithm. A trait, so that a binary without training contains none of its code.
pub trait Learn: fmt::Debug {
    /// Trains on one batch: images in NCHW order, and a label for each; `rate` is the learning rate.
    ///
    /// # Errors
    /// For images and labels that do not fit the network, and when the loss is no longer finite. The weights are
    /// then those before the step.
    fn step(&mut self, network: &mut Network, images: &[f32], labels: &[u8], rate: f32) -> Result<Step>;
}

/// The loss and accuracy of a training step, measured before it changes the weights.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Step {
    /// The mean cross-entropy of the batch.
    pub loss: f64,
    /// The fraction of examples that were classified correctly, 0..1.
    pub accuracy: f64,
}

/// A network with its plan, trace and training state.
#[derive(Debug)]
pub struct Session {
    classifier: Classifier,
    metadata: Metadata,
    /// The image of the last trace.
    image: DigitImage,
    /// The revision of the weights that the trace was computed with.
    traced: Option<u64>,
    learner: Option<Box<dyn Learn>>,
}

impl Session {
    /// Opens a network from the bytes of its file, which may include a temperature.
    ///
    /// # Errors
    /// An invalid file, or as [`Session::new`].
    pub fn open(bytes: &[u8], gate: Option<Gate>) -> Result<Self> {
        let (network, metadata) = network::read(bytes)?;
        Session::new(network, metadata, gate)
    }

    /// Opens a network with the metadata of its file, behind a gate if there is one.
    ///
    /// # Errors
    /// For a temperature that is not a positive number, and as [`Plan::new`].
    pub fn new(network: Network, metadata: Metadata, gate: Option<Gate>) -> Result<Self> {
        Session::new_in(network, metadata, gate, &FULL)
    }

    /// As [`Session::new`], with the engine of a binary.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn new_in(
        network: Network,
        metadata: Metadata,
        gate: Option<Gate>,
        engine: &'static Engine,
    ) -> Result<Self> {
        let classifier = Classifier::new_in(network, classifier::temperature(&metadata)?, gate, engine)?;
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

    /// The revision of the weights; it changes whenever they do.
    pub fn revision(&self) -> u64 {
        self.network().revision()
    }

    /// The classifier, which runs the network on drawings and on raw values.
    pub fn classifier(&mut self) -> &mut Classifier {
        &mut self.classifier
    }

    /// Classifies an image with the compiled plan; `None` is an empty drawing.
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

    /// The image of the last trace.
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

    /// The network and the values of the last trace, mutable, to be differentiated.
    ///
    /// # Errors
    /// As [`Session::traced`].
    pub fn traced_mut(&mut self) -> Result<(&Network, &mut Trace)> {
        self.current("read the trace")?;
        Ok(self.classifier.explained())
    }

    /// The index of the node with this name.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if no node has this name.
    pub fn node(&self, operation: &'static str, name: &str) -> Result<usize> {
        let found = self.graph().nodes().iter().position(|node| node.name == name);
        found.ok_or_else(|| Error::mismatch(operation, "the name of a node", json::shown(name)))
    }

    /// Checks that the network's first output has this class.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it has fewer classes.
    pub fn class(&self, operation: &'static str, class: usize) -> Result<()> {
        let graph = self.graph();
        let classes = graph.shape(graph.outputs()[0]).elements()?;
        if class < classes {
            return Ok(());
        }
        Err(Error::mismatch(operation, format_args!("one of {classes} classes"), class))
    }

    /// Checks that the last trace was computed with the current weights.
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

    /// The plan that runs the network.
    pub fn plan(&self) -> &Plan {
        self.classifier.plan()
    }

    /// Sets the training algorithm, replacing any earlier one.
    pub fn learn(&mut self, learner: Box<dyn Learn>) {
        self.learner = Some(learner);
    }

    /// Performs one training step ([`Learn::step`]). The last trace is stale after it.
    ///
    /// # Errors
    /// [`Error::Mismatch`] before [`Session::learn`]; otherwise as [`Learn::step`].
    pub fn step(&mut self, images: &[f32], labels: &[u8], rate: f32) -> Result<Step> {
        let Some(learner) = &mut self.learner else {
            return Err(Error::mismatch("train", "a session with a learner", "none"));
        };
        learner.step(self.classifier.network_mut(), images, labels, rate)
    }

    /// The network with its current weights, as a file that [`Session::open`] reads.
    ///
    /// # Errors
    /// As [`network::write`].
    pub fn save(&self) -> Result<Vec<u8>> {
        network::write(self.network(), &self.metadata, Dtype::F32)
    }
}
