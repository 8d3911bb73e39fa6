//! What a number is made of, and where it comes from: read off a trace, never computed anew.
//!
//! [`ledger`](fn@ledger) opens one cell of a node's output into the cells that made it, with the arithmetic between them;
//! [`receptive`](fn@receptive) says how far back a cell can see; [`statistics`] says what a layer's numbers are like,
//! [`saliency`] which pixels an answer hangs on. [`sandbox`] is a convolution to play with.

mod grid;
pub mod ledger;
pub mod receptive;
pub mod saliency;
pub mod sandbox;
pub mod statistics;

pub use grid::{Cell, Grid};
pub use ledger::{Ledger, ledger};
pub use receptive::{Region, receptive};
