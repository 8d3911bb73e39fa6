//! Concatenation.

use serde::Serialize;

use super::explain::*;
use super::has_axis;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Role, Run};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::kernels::walk::{Walk, table};
use crate::tensor::{MAX_ELEMENTS, Shape, Tensor};

/// Concatenates all inputs along an axis; the other axes must agree. Along axis 1 it concatenates channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Concat {
    /// The axis to concatenate along.
    pub axis: usize,
}

/// The number of adjacent values at one position in a tensor of this shape: the channels of a pixel in
/// `[N, C, H, W]`, everything after the batch axis otherwise.
fn run_of(shape: &Shape) -> usize {
    match shape.axes() {
        [_, channels, _, _] => *channels,
        axes => axes[1..].iter().product(),
    }
}

impl Concat {
    /// Concatenates channels (Szegedy et al. 2014, section 4: filter concatenation).
    pub const CHANNELS: Concat = Concat { axis: 1 };

    /// One walk per input, to its offsets in the output.
    fn walks<'a>(&self, inputs: impl Iterator<Item = &'a Tensor>, y: &Shape) -> Vec<Walk> {
        let strides = y.strides();
        let mut begin = 0;
        let walk = |x: &Tensor| {
            let along = |(axis, &size): (usize, &usize)| {
                let first = if axis == self.axis { begin } else { 0 };
                table(first..first + size, strides[axis])
            };
            let tables = x.shape().axes().iter().enumerate().map(along).collect();
            begin += x.shape().axes()[self.axis];
            Walk::new(x.shape(), tables)
        };
        inputs.map(walk).collect()
    }
}

impl Read for Concat {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Concat { axis: written.size("axis")? })
    }
}

impl Layer for Concat {
    fn op(&self) -> &'static str {
        "concat"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [first, rest @ ..] = inputs else {
            return Err(Error::mismatch("concat", "at least one input", "none"));
        };
        has_axis("concat", first, self.axis)?;
        let mut axes = first.axes().to_vec();
        for &other in rest {
            let agree = |(axis, sizes): (usize, (&usize, &usize))| axis == self.axis || sizes.0 == sizes.1;
            if other.rank() != first.rank() || !axes.iter().zip(other.axes()).enumerate().all(agree) {
                let expected = format!("a shape that fits {first} but for axis {}", self.axis);
                return Err(Error::mismatch("concat", expected, other));
            }
            // Axes are sizes of tensors, so a sum exceeds the limit before it wraps.
            axes[self.axis] = (axes[self.axis] + other.axes()[self.axis]).min(MAX_ELEMENTS + 1);
        }
        Ok(Shape::new(axes))
    }

    fn role(&self) -> Role<'_> {
        if self.axis == 1 { Role::Concat } else { Role::Other }
    }
}

impl Describe for Concat {
    fn description(&self) -> String {
        if self.axis == 1 {
            "Puts the maps of all its inputs side by side.".into()
        } else {
            "Puts its inputs one after the other.".into()
        }
    }
}

impl Run for Concat {
    fn forward(&self, run: &mut Forward<'_>) {
        if self.axis == 1 {
            let whole = run_of(run.y.shape());
            let y = run.y.data_mut();
            let mut first = 0;
            for x in run.x.iter() {
                let part = run_of(x.shape());
                let runs = y.chunks_exact_mut(whole).zip(x.data().chunks_exact(part));
                runs.for_each(|(y, x)| y[first..][..part].copy_from_slice(x));
                first += part;
            }
            return;
        }
        let y = run.y.shape();
        run.state.prepare(run.x, || self.walks(run.x.iter(), y));
        for (walk, x) in run.state.walks.iter().zip(run.x.iter()) {
            walk.scatter(x.data(), false, run.y.data_mut());
        }
    }
}

impl Differentiable for Concat {
    fn backward(&self, run: &mut Backward<'_>) {
        if self.axis == 1 {
            let whole = run_of(run.dy.shape());
            let mut first = 0;
            for (input, x) in run.x.iter().enumerate() {
                let part = run_of(x.shape());
                if let Some(dx) = run.dx.get(input) {
                    let runs = dx.data_mut().chunks_exact_mut(part).zip(run.dy.data().chunks_exact(whole));
                    runs.for_each(|(dx, dy)| pointwise::add_to(&dy[first..][..part], dx));
                }
                first += part;
            }
            return;
        }
        for (input, walk) in run.state.walks.iter().enumerate() {
            if let Some(dx) = run.dx.get(input) {
                walk.gather_add(run.dy.data(), dx.data_mut());
            }
        }
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Explain for Concat {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        if self.axis != 1 {
            return Some(Region::all(input.grid));
        }
        let channels = region.channels[input.channels_before..][..input.grid.channels].to_vec();
        channels.contains(&true).then(|| region.of_channels(channels))
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        if self.axis == 1 || input.rank == 2 { field } else { field.lost() }
    }
}

impl Export for Concat {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Concat", vec![OnnxOperand::All]).int("axis", self.axis as i64))
    }
}

impl Import for Concat {
    fn keeps_images(&self, inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.axis > 0 && inputs.iter().all(|input| input.counts_images)
    }
}
