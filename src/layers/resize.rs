//! Resizing of a tensor by interpolation.

use serde::Serialize;

use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand, wide};
use super::settings;
use super::{Cost, Describe, Forward, Layer, Read, Run, State, elements, only};
use crate::error::{Error, Result, shown};
use crate::json::{Object, Value};
use crate::kernels::walk::table;
use crate::tensor::{MAX_ELEMENTS, Shape, Tensor};

/// How values are interpolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// The nearest value.
    Nearest,
    /// Linear along every axis: bilinear for images.
    Linear,
}

/// How output coordinates map to input coordinates (ONNX `coordinate_transformation_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coordinates {
    /// (i + ½) / scale − ½: values are at the centers of cells.
    HalfPixel,
    /// As half-pixel; a fraction of a cell that is cut off is cut off equally at both ends.
    HalfPixelSymmetric,
    /// As half-pixel, but 0 for an output of size 1.
    PytorchHalfPixel,
    /// The first and last values of input and output coincide.
    AlignCorners,
    /// i / scale.
    Asymmetric,
    /// (i + ½) / scale.
    TfHalfPixelForNn,
}

/// How a coordinate is rounded to the nearest value (ONNX `nearest_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the nearest; ties go down.
    RoundPreferFloor,
    /// To the nearest; ties go up.
    RoundPreferCeil,
    /// Down.
    Floor,
    /// Up.
    Ceil,
}

/// The output size, with one entry per axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// The input size times these factors, rounded down.
    Scales(Vec<f32>),
    /// These sizes.
    Sizes(Vec<usize>),
}

/// Resizes every axis by interpolation (ONNX `Resize`). Any rank.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resize {
    /// How values are interpolated.
    pub mode: Interpolation,
    /// How output coordinates map to input coordinates.
    pub coordinates: Coordinates,
    /// How a coordinate is rounded to the nearest value; not used for linear interpolation.
    pub rounding: Rounding,
    /// The output size.
    pub to: Extent,
}

/// Reads one of a set of known names.
fn one_of<T: Copy>(written: &Object, name: &str, known: &[(&str, T)]) -> Result<T> {
    written.get(name, |value| {
        let word = value.text()?;
        known.iter().find(|known| known.0 == word).map(|known| known.1).ok_or_else(|| {
            let words: Vec<&str> = known.iter().map(|known| known.0).collect();
            value.is_not(&words.join(", "))
        })
    })
}

impl Resize {
    /// One axis with its input and output size.
    fn stretch(&self, axis: usize, from: usize, to: usize) -> Stretch {
        let scale = match &self.to {
            Extent::Scales(scales) => scales[axis],
            Extent::Sizes(_) => to as f32 / from as f32,
        };
        Stretch { coordinates: self.coordinates, scale, from, to }
    }
}

impl Read for Resize {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        const MODES: &[(&str, Interpolation)] =
            &[("nearest", Interpolation::Nearest), ("linear", Interpolation::Linear)];
        const COORDINATES: &[(&str, Coordinates)] = &[
            ("half-pixel", Coordinates::HalfPixel),
            ("half-pixel-symmetric", Coordinates::HalfPixelSymmetric),
            ("pytorch-half-pixel", Coordinates::PytorchHalfPixel),
            ("align-corners", Coordinates::AlignCorners),
            ("asymmetric", Coordinates::Asymmetric),
            ("tf-half-pixel-for-nn", Coordinates::TfHalfPixelForNn),
        ];
        const ROUNDINGS: &[(&str, Rounding)] = &[
            ("round-prefer-floor", Rounding::RoundPreferFloor),
            ("round-prefer-ceil", Rounding::RoundPreferCeil),
            ("floor", Rounding::Floor),
            ("ceil", Rounding::Ceil),
        ];
        let to = written.get("to", Value::object)?;
        let to = match to.only("scales or sizes")? {
            ("scales", scales) => Extent::Scales(scales.each(Value::number)?),
            ("sizes", _) => Extent::Sizes(settings::sizes(to, "sizes")?),
            (other, _) => {
                return Err(Error::mismatch("resize", "scales or sizes", crate::json::shown(other)));
            }
        };
        Ok(Resize {
            mode: one_of(written, "mode", MODES)?,
            coordinates: one_of(written, "coordinates", COORDINATES)?,
            rounding: one_of(written, "rounding", ROUNDINGS)?,
            to,
        })
    }
}

/// The resizing of one axis.
#[derive(Clone, Copy)]
struct Stretch {
    coordinates: Coordinates,
    scale: f32,
    from: usize,
    to: usize,
}

impl Stretch {
    /// The input coordinate of output index `i`. In f32, as in the specification's reference implementation: the
    /// last bit can decide which value is the nearest.
    fn place(&self, i: usize) -> f32 {
        let (i, from, to) = (i as f32, self.from as f32, self.to as f32);
        let half_pixel = (i + 0.5) / self.scale - 0.5;
        match self.coordinates {
            Coordinates::HalfPixel => half_pixel,
            Coordinates::HalfPixelSymmetric => {
                let adjustment = to / (self.scale * from);
                from / 2.0 * (1.0 - adjustment) + half_pixel
            }
            Coordinates::PytorchHalfPixel => {
                if self.to > 1 {
                    half_pixel
                } else {
                    0.0
                }
            }
            Coordinates::AlignCorners => {
                if self.to > 1 {
                    i * (from - 1.0) / (to - 1.0)
                } else {
                    0.0
                }
            }
            Coordinates::Asymmetric => i / self.scale,
            Coordinates::TfHalfPixelForNn => (i + 0.5) / self.scale,
        }
    }

    fn nearest(&self, i: usize, rounding: Rounding) -> usize {
        let place = self.place(i);
        let rounded = match rounding {
            Rounding::RoundPreferFloor => (place - 0.5).ceil(),
            Rounding::RoundPreferCeil => (place + 0.5).floor(),
            Rounding::Floor => place.floor(),
            Rounding::Ceil => place.ceil(),
        };
        // A negative value and NaN become 0.
        (rounded as usize).min(self.from - 1)
    }

    /// Interpolates along the middle of three axes; the last has `inner` elements.
    fn linear(&self, x: &[f32], inner: usize, y: &mut [f32]) {
        for i in 0..self.to {
            let last = (self.from - 1) as f32;
            let place = self.place(i).clamp(0.0, last);
            let first = place as usize;
            let second = (first + 1).min(self.from - 1);
            let share = place - first as f32;
            let blocks = x.chunks_exact(self.from * inner).zip(y.chunks_exact_mut(self.to * inner));
            for (x, y) in blocks {
                let (a, b) = (&x[first * inner..][..inner], &x[second * inner..][..inner]);
                let between = |(a, b): (&f32, &f32)| a * (1.0 - share) + b * share;
                y[i * inner..][..inner].iter_mut().zip(a.iter().zip(b)).for_each(|(y, ab)| *y = between(ab));
            }
        }
    }
}

impl Layer for Resize {
    fn op(&self) -> &'static str {
        "resize"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only("resize", inputs)?;
        let axes: Vec<usize> = match &self.to {
            Extent::Sizes(sizes) => sizes.clone(),
            Extent::Scales(scales) => {
                if let Some(&scale) = scales.iter().find(|&&scale| !(scale > 0.0 && scale.is_finite())) {
                    return Err(Error::mismatch("resize", "scales above 0", shown(scale)));
                }
                // A size that is too large stays too large.
                let size =
                    |(&size, scale): (&usize, &f32)| (size as f32 * scale).min(2.0 * MAX_ELEMENTS as f32);
                x.axes().iter().zip(scales).map(size).map(|size| size as usize).collect()
            }
        };
        let count = if let Extent::Scales(scales) = &self.to { scales.len() } else { axes.len() };
        if count != x.rank() {
            return Err(Error::mismatch("resize", format_args!("{} axes, for {x}", x.rank()), count));
        }
        let shape = Shape::new(axes);
        if shape.axes().contains(&0) {
            return Err(Error::mismatch("resize", "at least one number along every axis", shape));
        }
        Ok(shape)
    }

    fn cost(&self, _inputs: &[&Shape], output: &Shape) -> Cost {
        let macs = if self.mode == Interpolation::Linear { 2 * elements(output) } else { 0 };
        Cost { macs, connections: 0 }
    }
}

impl Describe for Resize {
    fn description(&self) -> String {
        match self.mode {
            Interpolation::Nearest => "Stretches the tensor; every place takes the nearest number.",
            Interpolation::Linear => "Stretches the tensor; between two numbers lies a straight line.",
        }
        .into()
    }
}

impl Run for Resize {
    fn forward(&self, run: &mut Forward<'_>) {
        if self.mode == Interpolation::Nearest {
            return movement::forward(self, run);
        }
        let (x, y) = (run.x.first(), &mut *run.y);
        let (before, after) = (x.shape(), y.shape());
        let lying = before.memory_order();
        let changes = |axis: usize| {
            let stretch = self.stretch(axis, before.axes()[axis], after.axes()[axis]);
            (stretch.from != stretch.to || stretch.scale != 1.0).then_some(stretch)
        };
        // One axis at a time, those that shrink first: then no intermediate tensor is larger than both input and
        // output.
        let mut sizes = before.axes().to_vec();
        let mut left: Vec<(usize, Stretch)> =
            (0..sizes.len()).filter_map(|axis| Some((axis, changes(axis)?))).collect();
        left.sort_by_key(|(_, stretch)| stretch.to > stretch.from);
        let State { turned: source, factors: target, .. } = &mut *run.state;
        source.clear();
        source.extend_from_slice(x.data());
        for (axis, stretch) in left {
            let behind = lying.iter().skip_while(|&&other| other != axis).skip(1);
            let inner = behind.map(|&axis| sizes[axis]).product();
            sizes[axis] = stretch.to;
            target.resize(sizes.iter().product(), 0.0);
            stretch.linear(source, inner, target);
            std::mem::swap(source, target);
        }
        y.data_mut().copy_from_slice(source);
    }
}

impl Movement for Resize {
    fn tables(&self, x: &Shape, y: &Shape) -> Vec<Vec<u32>> {
        let strides = x.strides();
        let along = |axis: usize| {
            let stretch = self.stretch(axis, x.axes()[axis], y.axes()[axis]);
            table((0..stretch.to).map(|i| stretch.nearest(i, self.rounding)), strides[axis])
        };
        (0..x.rank()).map(along).collect()
    }
}

impl Explain for Resize {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Resize {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let mode = match self.mode {
            Interpolation::Nearest => "nearest",
            Interpolation::Linear => "linear",
        };
        let coordinates = match self.coordinates {
            Coordinates::HalfPixel => "half_pixel",
            Coordinates::HalfPixelSymmetric => "half_pixel_symmetric",
            Coordinates::PytorchHalfPixel => "pytorch_half_pixel",
            Coordinates::AlignCorners => "align_corners",
            Coordinates::Asymmetric => "asymmetric",
            Coordinates::TfHalfPixelForNn => "tf_half_pixel_for_nn",
        };
        let rounding = match self.rounding {
            Rounding::RoundPreferFloor => "round_prefer_floor",
            Rounding::RoundPreferCeil => "round_prefer_ceil",
            Rounding::Floor => "floor",
            Rounding::Ceil => "ceil",
        };
        let inputs = match &self.to {
            Extent::Scales(scales) => {
                let scales = OnnxOperand::Floats("scales", vec![scales.len()], scales.clone());
                vec![OnnxOperand::X, OnnxOperand::None, scales]
            }
            Extent::Sizes(sizes) => {
                vec![
                    OnnxOperand::X,
                    OnnxOperand::None,
                    OnnxOperand::None,
                    OnnxOperand::Ints("sizes", wide(sizes)),
                ]
            }
        };
        let node = Node::new("Resize", inputs).text("mode", mode);
        Form::of(node.text("coordinate_transformation_mode", coordinates).text("nearest_mode", rounding))
    }
}

impl Import for Resize {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        matches!(&self.to, Extent::Scales(scales) if scales.first() == Some(&1.0))
    }
}
