//! The ink gate's threshold.

/// The least probability of a digit that passes, until `convscope calibrate` has chosen one on recordings: they are no part
/// of this project, and digits that training saw say too little.
pub(super) const THRESHOLD: f32 = 0.25;
