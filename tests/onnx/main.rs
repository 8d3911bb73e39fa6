//! ONNX models that other people wrote: operators and whole networks; tests/hostile.rs has those that are none.

#![cfg(feature = "cli")]

#[path = "../cases/mod.rs"]
mod cases;
mod manifest;
mod mnist;
mod npy;
mod round_trip;
