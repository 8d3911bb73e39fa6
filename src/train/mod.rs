//! Training: the loss, the optimisers, the schedule, the data and how it is varied, and the loop in bounded steps.

pub mod augment;
pub mod data;
pub mod loss;
pub mod optimiser;
pub mod recipe;
pub mod schedule;
mod trainer;

pub use data::Data;
pub use recipe::Recipe;
pub use trainer::{Progress, Trainer};
