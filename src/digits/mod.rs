//! Digits: from strokes or pictures to the 28×28 image that the networks read, and from their outputs to a prediction.

pub mod classes;
pub mod classifier;
pub mod custom;
pub mod ensemble;
pub mod gate;
pub mod ink;
pub mod prediction;
