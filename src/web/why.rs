//! Why this answer: explanations of the last trace, as they cross the boundary.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::error::Error;
use crate::explain::saliency::saliency;
use crate::explain::{self, grad_cam};
use crate::ink::Frame;
use crate::kernels::pointwise::arg_max;

#[wasm_bindgen]
impl Network {
    /// Gradient × input of a class's logit, pixel by pixel, of the last trace.
    ///
    /// # Errors
    /// For a class that is not there, before the first trace, and for a layer that gradients do not pass.
    pub fn saliency(&mut self, class: u32) -> Result<Vec<f32>, JsError> {
        let (network, trace) = self.reader.explained();
        Ok(saliency(network, trace, class as usize)?)
    }

    /// Grad-CAM of a class's logit at node number `node`, of the last trace: a number for each place of its maps.
    ///
    /// # Errors
    /// For a node or a class that is not there, a node without maps, and a layer that gradients do not pass.
    pub fn grad_cam(&mut self, node: u32, class: u32) -> Result<Vec<f32>, JsError> {
        let (network, trace) = self.reader.explained();
        Ok(grad_cam(network, trace, node as usize, class as usize)?.picture)
    }

    /// A job that covers the ink of the last trace, square by square; see [`Network::occlude`].
    ///
    /// # Errors
    /// For a network that does not read ink, a class that is not there, and a square that cannot be.
    pub fn occlusion(&self, class: u32, side: u32, step: u32) -> Result<Occlusion, JsError> {
        let class = self.class("occlusion", class)?;
        let job = explain::Occlusion::new(self.ink.clone(), side as usize, step as usize)?;
        Ok(Occlusion { job, class })
    }

    /// Goes on with a job of this network for so many places; says whether it is done.
    ///
    /// # Errors
    /// Never for a job of this network.
    pub fn occlude(&mut self, job: &mut Occlusion, places: u32) -> Result<bool, JsError> {
        let Occlusion { job, class } = job;
        let probability =
            |frame: &Frame| Ok(self.reader.probabilities(frame)?.get(*class).copied().unwrap_or_default());
        Ok(job.step(places as usize, probability)?)
    }

    /// A job that switches the channels of node number `node` off, in the last trace; see [`Network::ablate`].
    ///
    /// # Errors
    /// For a network that does not read ink, a node or a class that is not there, and before the first trace.
    pub fn ablation(&self, node: u32, class: u32) -> Result<Ablation, JsError> {
        let class = self.class("ablation", class)?;
        let job = explain::Ablation::new(self.reader.network(), self.reader.last_trace(), node as usize)?;
        let logits = self.reader.last_trace().output(self.reader.network().graph()).data();
        let whole = logits.get(class).copied().unwrap_or_default();
        let [scores, probabilities] = [const { Vec::new() }; 2];
        Ok(Ablation { job, class, whole, scores, probabilities, answers: Vec::new() })
    }

    /// Goes on with a job of this network for so many channels; says whether it is done.
    ///
    /// # Errors
    /// Never for a job of this network.
    pub fn ablate(&self, job: &mut Ablation, channels: u32) -> Result<bool, JsError> {
        let done = job.job.step(self.reader.network(), channels as usize)?;
        for logits in &job.job.logits()[job.answers.len()..] {
            let probabilities = self.reader.probabilities_by(logits);
            job.probabilities.push(probabilities.get(job.class).copied().unwrap_or_default());
            job.scores.push(logits.get(job.class).copied().unwrap_or_default());
            job.answers.push(arg_max(logits) as u32);
        }
        Ok(done)
    }
}

impl Network {
    /// A class's number, if this network reads ink and has such a class.
    fn class(&self, operation: &'static str, class: u32) -> crate::Result<usize> {
        self.reader.reads_ink()?;
        let (class, classes) = (class as usize, self.reader.classes());
        if class < classes {
            return Ok(class);
        }
        Err(Error::mismatch(operation, format!("one of {classes} classes"), class))
    }
}

/// What a class's probability becomes without each channel of a node.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ablation {
    job: explain::Ablation,
    class: usize,
    whole: f32,
    scores: Vec<f32>,
    probabilities: Vec<f32>,
    answers: Vec<u32>,
}

#[wasm_bindgen]
impl Ablation {
    /// Channels in all.
    pub fn channels(&self) -> u32 {
        self.job.channels() as u32
    }

    /// The class's logit with every channel.
    pub fn whole(&self) -> f32 {
        self.whole
    }

    /// For each channel so far the class's logit without it.
    pub fn scores(&self) -> Vec<f32> {
        self.scores.clone()
    }

    /// For each channel so far the class's probability without it.
    pub fn probabilities(&self) -> Vec<f32> {
        self.probabilities.clone()
    }

    /// For each channel so far the likeliest class without it.
    pub fn answers(&self) -> Vec<u32> {
        self.answers.clone()
    }
}

/// How far a class's probability falls where a square of paper covers the ink.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Occlusion {
    job: explain::Occlusion,
    class: usize,
}

#[wasm_bindgen]
impl Occlusion {
    /// Places along a side of the frame.
    pub fn across(&self) -> u32 {
        self.job.across() as u32
    }

    /// The class's probability without paper; none before the first step.
    pub fn whole(&self) -> Option<f32> {
        self.job.whole()
    }

    /// For each place so far, row by row, how far the probability fell.
    pub fn falls(&self) -> Vec<f32> {
        self.job.falls().into()
    }

    /// For each pixel the mean fall of the places so far that covered it.
    pub fn pixels(&self) -> Vec<f32> {
        self.job.pixels()
    }
}
