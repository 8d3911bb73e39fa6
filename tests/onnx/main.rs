//! ONNX models that other people wrote: operators, whole networks, and files that are none.

#![cfg(feature = "cli")]

#[path = "../cases/mod.rs"]
mod cases;
mod manifest;
mod mnist;
mod npy;
mod refusals;
mod round_trip;
