//! The layers and the plan compiler of a binary.

use super::plan::Plan;
use crate::error::Result;
use crate::graph::Network;
use crate::layers::registry::{self, Registry};

/// The layers of a binary and how it compiles plans. A binary names one engine; the linker drops everything that
/// the engine does not name.
#[derive(Debug)]
pub struct Engine {
    /// The layers and their capabilities.
    pub layers: &'static Registry,
    /// Compiles a plan for one batch size.
    pub plan: fn(&Network, usize) -> Result<Plan>,
}

/// Digit classification with the LeNets: what a page downloads first.
pub static CORE: Engine = Engine { layers: &registry::CORE, plan: Plan::of_chain };

/// All layers and all graphs.
pub static FULL: Engine = Engine { layers: &registry::FULL, plan: Plan::new };
