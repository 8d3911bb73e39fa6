//! The two ways to run a network: [`trace`] keeps every activation, [`plan`] is compiled for speed.

pub mod plan;
pub mod trace;

pub use plan::Plan;
pub use trace::Trace;
