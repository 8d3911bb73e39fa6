//! An open network: the functions that the core and the full binary share.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{ENGINE, object};
use crate::digits::gate::Gate;
use crate::digits::ink::picture::Picture;
use crate::digits::ink::{DigitImage, Drawing, templates};
use crate::digits::prediction::{Prediction, Reason};
use crate::error::{Error, Place, Result};
use crate::formats;
use crate::graph::cost::cost;
use crate::session::Session;
use crate::simd;
use crate::tensor;

/// The vector instructions that this binary was built for: `simd128` or `relaxed`.
#[wasm_bindgen]
pub fn variant() -> String {
    simd::variant().into()
}

/// A sample drawing of a digit: strokes of points `[x, y]`.
///
/// # Errors
/// When `digit` is not 0 to 9.
#[wasm_bindgen]
pub fn sample(digit: u8) -> std::result::Result<JsValue, JsError> {
    Ok(object::to_js(&templates::sample(digit)?.strokes))
}

/// An open network. Every network runs on raw values; one that takes a 28×28 image classifies drawings, too.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Network {
    pub(super) session: Session,
    /// The memory that JavaScript writes the input of `run` to.
    pub(super) input: Vec<f32>,
}

/// A [`Prediction`] as JavaScript receives it.
#[derive(Serialize)]
struct Crossing<'a> {
    digit: Option<usize>,
    confidence: f32,
    probabilities: &'a [f32],
    reason: Reason,
    gate: f32,
    /// Whether the drawing looks like several digits.
    several: bool,
}

#[wasm_bindgen]
impl Network {
    /// Opens a network from the bytes of its file, and of the gate's; `None` if only the full binary can open it,
    /// or can report what is wrong.
    ///
    /// # Errors
    /// What is wrong with the files, in one sentence.
    pub fn open(bytes: Box<[u8]>, gate: Option<Box<[u8]>>) -> std::result::Result<Option<Network>, JsError> {
        let (engine, max_macs) = ENGINE;
        let open = || {
            let gate = gate.map(|bytes| Gate::open_in(&bytes, engine).at(|| "ink-gate")).transpose()?;
            let (network, metadata) = formats::network::read_with(&bytes, engine.layers)?;
            // The plan packs the weights into the memory that this frees.
            drop(bytes);
            let session = Session::new_in(network, metadata, gate, engine)?;
            if cost(session.graph()).macs > max_macs {
                return Err(Error::beyond("so much work"));
            }
            Ok(Network::of(session))
        };
        match open() {
            Ok(network) => Ok(Some(network)),
            Err(error) if error.is_beyond() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Its name, its cost and its nodes: [`crate::graph::cost::Cost`].
    pub fn describe(&self) -> JsValue {
        object::to_js(&cost(self.session.graph()))
    }

    /// Classifies strokes: `points` holds x, y of all points, `lengths` the number of points of each stroke. With
    /// `traced`, the preprocessed image and the output of every node are kept.
    ///
    /// # Errors
    /// For coordinates that are not finite, too many points, or lengths whose sum does not match.
    pub fn classify(
        &mut self,
        points: &[f32],
        lengths: &[u32],
        traced: bool,
    ) -> std::result::Result<JsValue, JsError> {
        Ok(of_strokes(points, lengths, |image| self.prediction(image, traced))?)
    }

    /// Classifies a picture of RGBA bytes, as [`Network::classify`] classifies strokes.
    ///
    /// # Errors
    /// For a picture without pixels, or too large.
    pub fn classify_picture(
        &mut self,
        rgba: &[u8],
        width: u32,
        height: u32,
        traced: bool,
    ) -> std::result::Result<JsValue, JsError> {
        Ok(of_picture(rgba, width, height, |image| self.prediction(image, traced))?)
    }

    /// The image of the last trace: 28×28 pixels, 0 background, 1 stroke.
    pub fn image(&self) -> Vec<f32> {
        self.session.image().0.to_vec()
    }

    /// The output of every node in the last trace, one after the other, each in NCHW order.
    ///
    /// # Errors
    /// Before the first trace, and when the weights have changed since.
    pub fn maps(&self) -> std::result::Result<Vec<f32>, JsError> {
        let (graph, trace) = (self.session.graph(), self.session.traced()?);
        let mut maps = Vec::new();
        for node in 0..graph.nodes().len() {
            maps.extend(trace.value(graph.value(node)).to_row_major());
        }
        Ok(maps)
    }

    /// Allocates `count` input values and returns their address in the binary's memory. The address is valid until
    /// another count is requested; any call may move the memory itself, so a view of it must not be kept.
    ///
    /// # Errors
    /// When `count` is not a batch of the network's inputs, or does not fit into memory.
    pub fn input(&mut self, count: usize) -> std::result::Result<*const f32, JsError> {
        let one = self.session.graph().shape(0).elements()?;
        if count == 0 || !count.is_multiple_of(one) {
            return Err(Error::refusal("run", format_args!("{one} numbers an image"), count).into());
        }
        // The old input is freed first: the memory may not suffice for both.
        self.input = Vec::new();
        tensor::resize(&mut self.input, count)?;
        Ok(self.input.as_ptr())
    }

    /// Runs the network on the values in [`Network::input`], in NCHW order, image by image; returns the number of
    /// values of its first output.
    ///
    /// # Errors
    /// For a network of several inputs.
    pub fn run(&mut self) -> std::result::Result<usize, JsError> {
        Ok(self.session.classifier().run(&self.input)?.len())
    }

    /// The address of the last run's output in the binary's memory, in NCHW order.
    pub fn output(&self) -> *const f32 {
        self.session.plan().output(0).as_ptr()
    }
}

impl Network {
    pub(super) fn of(session: Session) -> Self {
        Network { session, input: Vec::new() }
    }

    fn prediction(&mut self, image: Option<DigitImage>, traced: bool) -> Result<Prediction> {
        if traced { self.session.trace(image) } else { self.session.classify(image.as_ref()) }
    }
}

/// The prediction of a classifier on strokes.
pub(super) fn of_strokes(
    points: &[f32],
    lengths: &[u32],
    classify: impl FnOnce(Option<DigitImage>) -> Result<Prediction>,
) -> Result<JsValue> {
    let drawing = drawing(points, lengths)?;
    Ok(crossing(&classify(drawing.frame()?)?, drawing.digit_count() > 1))
}

/// The prediction of a classifier on a picture of RGBA bytes.
pub(super) fn of_picture(
    rgba: &[u8],
    width: u32,
    height: u32,
    classify: impl FnOnce(Option<DigitImage>) -> Result<Prediction>,
) -> Result<JsValue> {
    let image = Picture::rgba(width as usize, height as usize, rgba)?.frame();
    Ok(crossing(&classify(image)?, false))
}

fn crossing(prediction: &Prediction, several: bool) -> JsValue {
    let &Prediction { digit, confidence, ref probabilities, reason, gate } = prediction;
    object::to_js(&Crossing { digit, confidence, probabilities, reason, gate, several })
}

/// The drawing from flat points and stroke lengths.
fn drawing(points: &[f32], lengths: &[u32]) -> Result<Drawing> {
    let total: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
    if points.len() as u64 != 2 * total {
        return Err(Error::refusal("drawing", format_args!("{} coordinates", 2 * total), points.len()));
    }
    let (mut points, _) = points.as_chunks::<2>();
    let mut strokes = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let (stroke, after) = points.split_at(length as usize);
        strokes.push(stroke.to_vec());
        points = after;
    }
    Ok(Drawing { strokes })
}
