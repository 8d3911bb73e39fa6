//! The one comparison of tensors (docs/numerics.md).

use std::fmt::Debug;

/// How far a number may be from what is expected.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tolerance {
    /// Two tensors: max|a − b| ≤ ε · max|b|. For values that come out of sums over a tensor, where a small number next to
    /// large ones carries the rounding of the large ones. The maximum is over the finite numbers.
    RelativeToMax(f64),
    /// Each number: |a − b| ≤ absolute + relative · |b|, the rule of `numpy.allclose`.
    PerElement { absolute: f64, relative: f64 },
    /// Each number: |a − b| ≤ ε.
    Absolute(f64),
}

/// The tolerance of a project test, unless the test says otherwise: ε = 1e-5 relative to the largest expected number.
pub(crate) const DEFAULT: Tolerance = Tolerance::RelativeToMax(1e-5);

impl Tolerance {
    /// The largest difference allowed at each number of `expected`.
    fn at<B: Number>(self, expected: &[B]) -> impl Fn(f64) -> f64 {
        let finite = expected.iter().map(|b| b.wide().abs()).filter(|b| b.is_finite());
        let max = finite.fold(0.0, f64::max);
        move |expected| match self {
            Tolerance::RelativeToMax(epsilon) => epsilon * max,
            Tolerance::PerElement { absolute, relative } => absolute + relative * expected.abs(),
            Tolerance::Absolute(epsilon) => epsilon,
        }
    }
}

/// `f32` or `f64`.
pub(crate) trait Number: Copy + Debug {
    fn wide(self) -> f64;
}

impl Number for f32 {
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn wide(self) -> f64 {
        self
    }
}

/// Compares number by number. Equal numbers, infinities included, and two NaN are close; a NaN and a number are not.
///
/// # Errors
/// The first number that is too far: its index, what was found, what was expected and the tolerance. Or the two lengths.
pub(crate) fn close<A: Number, B: Number>(
    found: &[A],
    expected: &[B],
    tolerance: Tolerance,
) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("found {} numbers, expected {}", found.len(), expected.len()));
    }
    let allowed = tolerance.at(expected);
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let (a, b) = (found.wide(), expected.wide());
        let same = a == b || (a.is_nan() && b.is_nan());
        if !(same || (b.is_finite() && (a - b).abs() <= allowed(b))) {
            return Err(format!(
                "index {index}: found {found:?}, expected {expected:?} ± {:.3e} ({tolerance:?})",
                allowed(b)
            ));
        }
    }
    Ok(())
}

/// Fails where [`close`] does; `what` names the tensor.
#[track_caller]
pub(crate) fn assert_close<A: Number, B: Number>(
    what: &str,
    found: &[A],
    expected: &[B],
    tolerance: Tolerance,
) {
    if let Err(difference) = close(found, expected, tolerance) {
        panic!("{what}, {difference}");
    }
}
