//! Networks that read together, as they cross the boundary.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{on_picture, on_strokes};
use crate::digits::classifier::{Classifier, Gate};
use crate::digits::ensemble::Ensemble;
use crate::error::{Place, Result};

/// Networks that read one drawing together, and look at it several times.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Together {
    ensemble: Ensemble,
}

#[wasm_bindgen]
impl Together {
    /// Networks from their files' bytes, each of which looks `crops` times; the gate before them from its own.
    ///
    /// # Errors
    /// What is wrong with the files, or why they cannot read together.
    pub fn open(
        files: Vec<Uint8Array>,
        gate: Option<Box<[u8]>>,
        crops: usize,
    ) -> std::result::Result<Together, JsError> {
        let open = || -> Result<Together> {
            let mut gate = gate.map(|bytes| Gate::open(&bytes).at(|| "gate")).transpose()?;
            // The first of them asks the gate.
            let reader = |(number, file): (usize, &Uint8Array)| {
                Classifier::open(&file.to_vec(), gate.take()).at(|| format!("network {}", number + 1))
            };
            let readers = files.iter().enumerate().map(reader).collect::<Result<_>>()?;
            Ok(Together { ensemble: Ensemble::new(readers, crops)? })
        };
        Ok(open()?)
    }

    /// The prediction on strokes, as of [`super::Network::read`].
    ///
    /// # Errors
    /// For coordinates that are not finite, too many points, or lengths that do not add up.
    pub fn read(&mut self, points: &[f32], lengths: &[u32]) -> std::result::Result<Vec<f32>, JsError> {
        Ok(on_strokes(points, lengths, |frame| self.ensemble.classify(frame.as_ref()))?)
    }

    /// The prediction on a picture of RGBA bytes.
    ///
    /// # Errors
    /// For a picture without pixels, or too large.
    pub fn read_picture(
        &mut self,
        rgba: &[u8],
        width: u32,
        height: u32,
    ) -> std::result::Result<Vec<f32>, JsError> {
        Ok(on_picture(rgba, width, height, |frame| self.ensemble.classify(frame.as_ref()))?)
    }
}
