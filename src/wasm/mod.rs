//! What the browser calls: networks opened from bytes, ink in, verdicts and feature maps out. The only place that names
//! `wasm-bindgen`; every decision is made elsewhere in the crate. A network's description crosses as JSON, numbers
//! as typed arrays.

#[cfg(feature = "full")]
mod classic;
#[cfg(feature = "full")]
mod cost;
#[cfg(feature = "full")]
mod inside;
#[cfg(feature = "full")]
mod own;
#[cfg(feature = "full")]
mod speed;
#[cfg(feature = "full")]
mod together;
#[cfg(feature = "full")]
mod training;
#[cfg(feature = "full")]
mod why;

#[cfg(feature = "full")]
pub use classic::Classic;
#[cfg(feature = "full")]
pub use cost::{classics, cost_of};
#[cfg(feature = "full")]
pub use inside::{bottleneck, windows};
#[cfg(feature = "full")]
pub use own::Brought;
#[cfg(feature = "full")]
pub use together::Together;

use wasm_bindgen::prelude::*;

use crate::digits::classifier::{self, Classifier, Gate, Prediction};
use crate::digits::ink::picture::Picture;
use crate::digits::ink::{DigitImage, Drawing, templates};
use crate::error::{Error, Place, Result};
use crate::formats;
use crate::graph::cost::cost;
use crate::simd;
use crate::tensor;

/// A third of the code of the allocator that Rust brings for wasm.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Shows panics in the console, with their message and the way to them.
#[cfg(feature = "full")]
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Shows panics in the console, with their message. The way to them, and closures for callbacks that `web-sys` brings along,
/// would be a kilobyte of the lean engine.
#[cfg(not(feature = "full"))]
#[wasm_bindgen(start)]
pub fn start() {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console, js_name = error)]
        fn show_error(text: &str);
    }
    std::panic::set_hook(Box::new(|panic| show_error(&panic.to_string())));
}

/// The lanes that this binary was built for: `simd128` or `relaxed`.
#[wasm_bindgen]
pub fn variant() -> String {
    simd::variant().into()
}

/// A drawing of a digit to start from, stroke after stroke: how many points it has, then x, y of each.
///
/// # Errors
/// When `digit` is not 0 to 9.
#[wasm_bindgen]
pub fn sample(digit: u8) -> std::result::Result<Vec<f32>, JsError> {
    let mut numbers = Vec::new();
    for stroke in templates::sample(digit)?.strokes {
        numbers.push(stroke.len() as f32);
        numbers.extend_from_slice(stroke.as_flattened());
    }
    Ok(numbers)
}

/// A network: any of ours runs on numbers, and one that was made for it reads ink.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Network {
    reader: Classifier,
    ink: DigitImage,
    /// Where the other side writes what `run` reads.
    input: Vec<f32>,
}

/// The most multiply-adds, for one input, that the lean engine takes on: ten times LeNet-5. For larger networks the full
/// engine has faster kernels.
const LEAN_MACS: u64 = 4_000_000;

/// A [`Prediction`] as it crosses the boundary, in numbers: the digit, or −1; its confidence; the gate's probability; 1 where the
/// drawing looks like several digits, else 0; the place of the reason among `digit`, `no-ink`, `not-a-digit`; and a
/// probability a class.
fn crossing(prediction: &Prediction, several: bool) -> Vec<f32> {
    let digit = prediction.digit.map_or(-1.0, |digit| digit as f32);
    let several = if several { 1.0 } else { 0.0 };
    let mut numbers =
        vec![digit, prediction.confidence, prediction.gate, several, prediction.reason as u8 as f32];
    numbers.extend_from_slice(&prediction.probabilities);
    numbers
}

#[wasm_bindgen]
impl Network {
    /// A network from its file's bytes, and the gate before it from its own; none where the full engine should be asked.
    ///
    /// # Errors
    /// What is wrong with the files, in one sentence.
    pub fn open(bytes: Box<[u8]>, gate: Option<Box<[u8]>>) -> std::result::Result<Option<Network>, JsError> {
        let open = || {
            let gate = gate.map(|bytes| Gate::open(&bytes).at(|| "gate")).transpose()?;
            let (network, metadata) = formats::network::read(&bytes)?;
            // The plan packs the weights into the room that the file leaves.
            drop(bytes);
            let reader = Classifier::new(network, classifier::temperature(&metadata)?, gate)?;
            if cfg!(not(feature = "full")) && cost(reader.network().graph()).macs > LEAN_MACS {
                return Err(Error::beyond("so much work"));
            }
            Ok(Network { reader, ink: DigitImage::blank(), input: Vec::new() })
        };
        match open() {
            Ok(network) => Ok(Some(network)),
            Err(error) if error.is_beyond() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Name, cost and nodes, as JSON.
    pub fn describe(&self) -> String {
        cost(self.reader.network().graph()).to_json()
    }

    /// The prediction on strokes: `points` holds x, y of all points, `lengths` the number of points of each stroke. Where
    /// `traced`, what the network saw and every node's output are kept.
    ///
    /// # Errors
    /// For coordinates that are not finite, too many points, or lengths that do not add up.
    pub fn read(
        &mut self,
        points: &[f32],
        lengths: &[u32],
        traced: bool,
    ) -> std::result::Result<Vec<f32>, JsError> {
        Ok(on_strokes(points, lengths, |frame| self.prediction(frame, traced))?)
    }

    /// The prediction on a picture of RGBA bytes, as of [`Network::read`].
    ///
    /// # Errors
    /// For a picture without pixels, or too large.
    pub fn read_picture(
        &mut self,
        rgba: &[u8],
        width: u32,
        height: u32,
        traced: bool,
    ) -> std::result::Result<Vec<f32>, JsError> {
        Ok(on_picture(rgba, width, height, |frame| self.prediction(frame, traced))?)
    }

    /// What the network last saw: 28×28 numbers, 0 paper, 1 ink.
    pub fn ink(&self) -> Vec<f32> {
        self.ink.0.to_vec()
    }

    /// Every node's output of the last trace, one after the other, each in the spoken order (NCHW).
    pub fn maps(&self) -> Vec<f32> {
        let graph = self.reader.network().graph();
        let mut maps = Vec::new();
        for node in 0..graph.nodes().len() {
            maps.extend(self.reader.last_trace().value(graph.value(node)).to_row_major());
        }
        maps
    }

    /// Makes room for `count` numbers of input, and says where in the engine's memory. It stays there until another count
    /// is asked for; the memory itself may be moved by any call, so views of it are made anew after each.
    ///
    /// # Errors
    /// When so many numbers are not a batch of what the network takes, or do not fit the memory.
    pub fn input(&mut self, count: usize) -> std::result::Result<*const f32, JsError> {
        let one = self.reader.network().graph().shape(0).elements()?;
        if count == 0 || !count.is_multiple_of(one) {
            return Err(Error::refusal("run", format_args!("{one} numbers an image"), count).into());
        }
        // What was there goes first: there may not be room for both.
        self.input = Vec::new();
        tensor::resize(&mut self.input, count)?;
        Ok(self.input.as_ptr())
    }

    /// Runs the network on the numbers that were written to [`Network::input`], in the spoken order, image after image;
    /// gives the count of numbers of its first output.
    ///
    /// # Errors
    /// For a network of several inputs.
    pub fn run(&mut self) -> std::result::Result<usize, JsError> {
        Ok(self.reader.run(&self.input)?.len())
    }

    /// Where the output of the last run lies in the engine's memory, in the spoken order.
    pub fn output(&self) -> *const f32 {
        self.reader.plan().output(0).as_ptr()
    }

    fn prediction(&mut self, frame: Option<DigitImage>, traced: bool) -> Result<Prediction> {
        if !traced {
            return self.reader.classify(frame.as_ref());
        }
        let prediction = self.reader.trace(frame.as_ref())?;
        self.ink = frame.unwrap_or_else(DigitImage::blank);
        Ok(prediction)
    }
}

/// A reader's prediction on strokes, as it crosses.
fn on_strokes(
    points: &[f32],
    lengths: &[u32],
    read: impl FnOnce(Option<DigitImage>) -> Result<Prediction>,
) -> Result<Vec<f32>> {
    let drawing = drawing(points, lengths)?;
    let prediction = read(drawing.frame()?)?;
    Ok(crossing(&prediction, drawing.abreast() > 1))
}

/// A reader's prediction on a picture of RGBA bytes, as it crosses.
fn on_picture(
    rgba: &[u8],
    width: u32,
    height: u32,
    read: impl FnOnce(Option<DigitImage>) -> Result<Prediction>,
) -> Result<Vec<f32>> {
    let frame = Picture::rgba(width as usize, height as usize, rgba)?.frame();
    Ok(crossing(&read(frame)?, false))
}

/// The drawing that flat points and stroke lengths describe.
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
