//! Training: loss, optimizers, learning-rate schedule, data and augmentation, and the loop, one step at a time.

pub mod augment;
mod average;
mod batch;
pub mod calibrate;
pub mod data;
mod learner;
pub mod loss;
pub mod optimizer;
pub mod parallel;
pub mod recipe;
mod sampler;
pub mod schedule;
pub mod statistics;
mod trainer;

pub use batch::BatchLearner;
pub use data::Data;
pub use learner::{Batch, Examples, Learner, StepResult};
pub use recipe::Recipe;
pub use trainer::{Progress, Trainer};
