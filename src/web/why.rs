//! Why this answer: explanations of the last trace, as they cross the boundary.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::explain::saliency::saliency;
use crate::explain::{self, grad_cam};

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
        self.reader.reads_ink()?;
        let (class, classes) = (class as usize, self.reader.classes());
        if class >= classes {
            return Err(
                crate::Error::mismatch("occlusion", format!("one of {classes} classes"), class).into()
            );
        }
        let job = explain::Occlusion::new(self.ink.clone(), side as usize, step as usize)?;
        Ok(Occlusion { job, class })
    }

    /// Goes on with a job of this network for so many places; says whether it is done.
    ///
    /// # Errors
    /// Never for a job of this network.
    pub fn occlude(&mut self, job: &mut Occlusion, places: u32) -> Result<bool, JsError> {
        let Occlusion { job, class } = job;
        let probability = |frame: &crate::ink::Frame| {
            Ok(self.reader.probabilities(frame)?.get(*class).copied().unwrap_or_default())
        };
        Ok(job.step(places as usize, probability)?)
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
