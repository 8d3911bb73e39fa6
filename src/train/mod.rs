//! Training: the loss, the optimizers, the schedule, the data and how it is varied, and the loop in bounded steps.

mod ahead;
pub mod augment;
mod average;
mod batch;
pub mod calibrate;
pub mod data;
mod learner;
pub mod loss;
pub mod optimizer;
pub mod recipe;
pub mod schedule;
mod trainer;

pub use batch::BatchLearner;
pub use data::Data;
pub use learner::{Examples, Learner, Source, StepResult};
pub use recipe::Recipe;
pub use trainer::{Progress, Trainer};
