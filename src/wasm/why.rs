//! Why this answer: explanations of the last trace, as they cross the boundary.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::digits::ink::DigitImage;
use crate::error::Error;
use crate::explain::ablation::Part;
use crate::explain::ascent::specked_paper;
use crate::explain::saliency::saliency;
use crate::explain::{self, grad_cam};
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
        let probability = |frame: &DigitImage| {
            Ok(self.reader.probabilities(frame)?.get(*class).copied().unwrap_or_default())
        };
        Ok(job.step(places as usize, probability)?)
    }

    /// A job that switches the channels of node number `node` off, in the last trace; see [`Network::ablate`].
    ///
    /// # Errors
    /// For a network that does not read ink, a node or a class that is not there, and before the first trace.
    pub fn ablation(&self, node: u32, class: u32) -> Result<Ablation, JsError> {
        let class = self.class("ablation", class)?;
        let (network, trace) = (self.reader.network(), self.reader.last_trace());
        Ok(self.ablated(explain::Ablation::channels(network, trace, node as usize)?, class))
    }

    /// A job that switches the branches and shortcuts that meet in additions and joins off, in the last trace; see
    /// [`Network::ablate`].
    ///
    /// # Errors
    /// For a network that does not read ink, a class that is not there, and before the first trace.
    pub fn branches(&self, class: u32) -> Result<Ablation, JsError> {
        let class = self.class("ablation", class)?;
        Ok(self.ablated(explain::Ablation::branches(self.reader.network(), self.reader.last_trace())?, class))
    }

    /// Goes on with a job of this network for so many parts; says whether it is done.
    ///
    /// # Errors
    /// Never for a job of this network.
    pub fn ablate(&self, job: &mut Ablation, parts: u32) -> Result<bool, JsError> {
        let done = job.job.step(self.reader.network(), parts as usize)?;
        for logits in &job.job.logits()[job.answers.len()..] {
            let probabilities = self.reader.probabilities_by(logits);
            job.probabilities.push(probabilities.get(job.class).copied().unwrap_or_default());
            job.scores.push(logits.get(job.class).copied().unwrap_or_default());
            job.answers.push(arg_max(logits) as u32);
        }
        Ok(done)
    }

    /// A job that seeks the picture that excites a channel of node number `node` most, in at most so many steps: from what
    /// was last drawn on, or from paper with faint specks; see [`Network::ascend`].
    ///
    /// # Errors
    /// For a network that does not read ink, a node or a channel that is not there, and for no steps or too many.
    pub fn ascent(&self, node: u32, channel: u32, drawn: bool, steps: u32) -> Result<Ascent, JsError> {
        self.reader.check_digit_network()?;
        let from = if drawn { self.ink.clone() } else { specked_paper(1) };
        let (node, channel, steps) = (node as usize, channel as usize, steps as usize);
        Ok(Ascent { job: explain::Ascent::new(self.reader.network(), node, channel, from, steps)? })
    }

    /// Goes on with a job of this network for so many steps; says whether it is done.
    ///
    /// # Errors
    /// For a layer that gradients do not pass.
    pub fn ascend(&self, job: &mut Ascent, steps: u32) -> Result<bool, JsError> {
        Ok(job.job.step(self.reader.network(), steps as usize)?)
    }
}

impl Network {
    /// A job of switching off, with what it is compared to.
    fn ablated(&self, job: explain::Ablation, class: usize) -> Ablation {
        let logits = self.reader.last_trace().output(self.reader.network().graph()).data();
        let whole = logits.get(class).copied().unwrap_or_default();
        let sources = job.parts().iter().flat_map(|part| match *part {
            Part::Channel { node, channel } => [node, channel],
            Part::Branch { node, input } => [node, self.reader.network().graph().sources(node)[input]],
        });
        let parts = sources.map(|number| number as u32).collect();
        let [scores, probabilities] = [const { Vec::new() }; 2];
        Ablation { job, class, whole, parts, scores, probabilities, answers: Vec::new() }
    }

    /// A class's number, if this network reads ink and has such a class.
    fn class(&self, operation: &'static str, class: u32) -> crate::Result<usize> {
        self.reader.check_digit_network()?;
        let (class, classes) = (class as usize, self.reader.classes());
        if class < classes {
            return Ok(class);
        }
        Err(Error::mismatch(operation, format!("one of {classes} classes"), class))
    }
}

/// What a class's probability becomes without each part of the network: channels of a node, or branches and shortcuts.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ablation {
    job: explain::Ablation,
    class: usize,
    whole: f32,
    parts: Vec<u32>,
    scores: Vec<f32>,
    probabilities: Vec<f32>,
    answers: Vec<u32>,
}

#[wasm_bindgen]
impl Ablation {
    /// Two numbers of each part, in all: a node's and its channel's; or a node's and that of the value that it reads.
    pub fn parts(&self) -> Vec<u32> {
        self.parts.clone()
    }

    /// The class's logit with every part.
    pub fn whole(&self) -> f32 {
        self.whole
    }

    /// For each part so far the class's logit without it.
    pub fn scores(&self) -> Vec<f32> {
        self.scores.clone()
    }

    /// For each part so far the class's probability without it.
    pub fn probabilities(&self) -> Vec<f32> {
        self.probabilities.clone()
    }

    /// For each part so far the likeliest class without it.
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

/// The picture that excites a channel most, as far as it was sought.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ascent {
    job: explain::Ascent,
}

#[wasm_bindgen]
impl Ascent {
    /// Steps at most.
    pub fn steps(&self) -> u32 {
        self.job.steps() as u32
    }

    /// The picture so far: 28×28 numbers, 0 paper, 1 ink.
    pub fn picture(&self) -> Vec<f32> {
        self.job.picture().0.to_vec()
    }

    /// The channel's mean of the first picture, and after each step so far.
    pub fn heights(&self) -> Vec<f32> {
        self.job.heights().into()
    }

    /// The pictures after 0, 1, 2, 4, … steps so far, one after the other.
    pub fn stages(&self) -> Vec<f32> {
        self.job.stages().iter().flat_map(|stage| stage.0.iter().copied()).collect()
    }

    /// Whether no step goes up any more.
    pub fn at_summit(&self) -> bool {
        self.job.at_summit()
    }
}
