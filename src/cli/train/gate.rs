//! The ink gate's threshold.

/// The least probability of a digit that passes, chosen on recordings that no training saw: 99.3 % of what writers 1
/// to 20 of the pen digits drew passes. (Digits of the training's own, drawn or from MNIST, say less: they are learned.)
pub(super) const THRESHOLD: f32 = 0.25;
