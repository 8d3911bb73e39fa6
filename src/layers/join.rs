//! Maps of several ways side by side.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::Shape;

/// `[N, C₁, …]`, `[N, C₂, …]`, … → `[N, C₁ + C₂ + …, …]`: the inputs' channels one after the other (Szegedy et al. 2014,
/// section 4: filter concatenation). Another name for it is a concatenation along axis 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Join {}

/// How many numbers of a tensor of this shape lie together that belong to one place: a pixel's channels where they lie
/// last, everything below the batch elsewhere.
fn run_of(shape: &Shape) -> usize {
    match shape.axes() {
        [_, channels, _, _] => *channels,
        axes => axes[1..].iter().product(),
    }
}

impl Join {
    /// As it is written: without settings.
    pub(super) fn read(_written: &Value) -> Result<Self> {
        Ok(Join {})
    }
}

impl Layer for Join {
    fn op(&self) -> &'static str {
        "join"
    }

    fn description(&self) -> String {
        "Puts the maps of all ways that meet here side by side.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [first, ..] = inputs else {
            return Err(Error::mismatch("join", "at least one input", "none"));
        };
        let mut axes = first.axes().to_vec();
        if axes.len() < 2 {
            return Err(Error::mismatch("join", "inputs of at least two axes", first));
        }
        axes[1] = 0;
        for shape in inputs {
            let found = shape.axes();
            if found.len() != axes.len() || found[0] != axes[0] || found[2..] != axes[2..] {
                let expected = format!("inputs that differ from {first} in their channels only");
                return Err(Error::mismatch("join", expected, shape));
            }
            // A sum of sizes that each belong to a tensor: far below overflow, even in 32 bits, unless it is refused.
            axes[1] = axes[1].saturating_add(found[1]);
        }
        let shape = Shape::new(axes);
        shape.elements()?;
        Ok(shape)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let whole = run_of(run.y.shape());
        let y = run.y.data_mut();
        let mut first = 0;
        for x in run.x.iter() {
            let part = run_of(x.shape());
            let places = y.chunks_exact_mut(whole).zip(x.data().chunks_exact(part));
            places.for_each(|(y, x)| y[first..][..part].copy_from_slice(x));
            first += part;
        }
    }
}

impl Differentiable for Join {
    fn backward(&self, run: &mut Backward<'_>) {
        let whole = run_of(run.dy.shape());
        let mut first = 0;
        for (input, x) in run.x.iter().enumerate() {
            let part = run_of(x.shape());
            if let Some(dx) = run.dx.get(input) {
                let places = dx.data_mut().chunks_exact_mut(part).zip(run.dy.data().chunks_exact(whole));
                places.for_each(|(dx, dy)| pointwise::add_to(&dy[first..][..part], dx));
            }
            first += part;
        }
    }
}
