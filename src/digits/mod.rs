//! Digits: from strokes or pictures to the 28×28 image that the networks read, and from their outputs to a prediction.

#[cfg(feature = "full")]
pub mod classes;
pub mod classifier;
#[cfg(feature = "full")]
pub mod custom;
#[cfg(feature = "full")]
pub mod ensemble;
pub mod gate;
pub mod ink;
pub mod prediction;
