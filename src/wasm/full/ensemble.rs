//! Ensembles: networks whose predictions are averaged.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::digits::classifier::Classifier;
use crate::digits::ensemble;
use crate::digits::gate::Gate;
use crate::error::{Place, Result};
use crate::wasm::network::{of_picture, of_strokes};

/// An ensemble: networks whose predictions are averaged, over several crops of the drawing.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ensemble {
    ensemble: ensemble::Ensemble,
}

#[wasm_bindgen]
impl Ensemble {
    /// Opens an ensemble from the bytes of the networks' files, each evaluated on `crops` crops, with the gate from
    /// its own file.
    ///
    /// # Errors
    /// What is wrong with the files, or why their predictions cannot be averaged.
    pub fn open(
        files: Vec<Uint8Array>,
        gate: Option<Box<[u8]>>,
        crops: usize,
    ) -> std::result::Result<Ensemble, JsError> {
        let open = || -> Result<Ensemble> {
            let mut gate = gate.map(|bytes| Gate::open(&bytes).at(|| "gate")).transpose()?;
            // Only the first network has the gate.
            let classifier = |(number, file): (usize, &Uint8Array)| {
                Classifier::open(&file.to_vec(), gate.take()).at(|| format!("network {}", number + 1))
            };
            let classifiers = files.iter().enumerate().map(classifier).collect::<Result<_>>()?;
            Ok(Ensemble { ensemble: ensemble::Ensemble::new(classifiers, crops)? })
        };
        Ok(open()?)
    }

    /// Classifies strokes: [`super::super::network::Network::classify`].
    ///
    /// # Errors
    /// For coordinates that are not finite, too many points, or lengths whose sum does not match.
    pub fn classify(&mut self, points: &[f32], lengths: &[u32]) -> std::result::Result<JsValue, JsError> {
        Ok(of_strokes(points, lengths, |image| self.ensemble.classify(image.as_ref()))?)
    }

    /// Classifies a picture of RGBA bytes.
    ///
    /// # Errors
    /// For a picture without pixels, or too large.
    pub fn classify_picture(
        &mut self,
        rgba: &[u8],
        width: u32,
        height: u32,
    ) -> std::result::Result<JsValue, JsError> {
        Ok(of_picture(rgba, width, height, |image| self.ensemble.classify(image.as_ref()))?)
    }
}
