//! The two ways to run a network: [`trace`] keeps every activation, [`plan`] is compiled for speed.

pub mod engine;
pub mod plan;
pub mod trace;

pub use engine::Engine;
pub use plan::Plan;
pub use trace::Trace;
