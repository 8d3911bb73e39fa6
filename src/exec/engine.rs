//! What a binary runs networks by.

use super::plan::Plan;
use crate::error::Result;
use crate::graph::Network;
use crate::layers::registry::{self, Registry};

/// The layers of a binary and how it compiles plans. A binary names one engine; the linker leaves out everything that the
/// engine does not name.
#[derive(Debug)]
pub struct Engine {
    /// The layers, and what they can do.
    pub layers: &'static Registry,
    /// Compiles a plan for batches of one size.
    pub plan: fn(&Network, usize) -> Result<Plan>,
}

/// Digits with the LeNets: what a page downloads first.
pub static CORE: Engine = Engine { layers: &registry::CORE, plan: Plan::of_chain };

/// Everything.
pub static FULL: Engine = Engine { layers: &registry::FULL, plan: Plan::new };
