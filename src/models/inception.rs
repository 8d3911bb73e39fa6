//! Shared by the networks of inception modules: a row of the paper's table (Szegedy et al. 2014, table 1), and poolings.

use crate::kernels::geometry::Window;
use crate::layers::MaxPool;

/// Maps of one inception module, in the order of the paper's table.
pub(super) struct Module {
    pub(super) name: &'static str,
    pub(super) one: usize,
    pub(super) three_reduce: usize,
    pub(super) three: usize,
    pub(super) five_reduce: usize,
    pub(super) five: usize,
    pub(super) pool: usize,
}

/// A row of the table.
pub(super) const fn module(name: &'static str, maps: [usize; 6]) -> Module {
    let [one, three_reduce, three, five_reduce, five, pool] = maps;
    Module { name, one, three_reduce, three, five_reduce, five, pool }
}

/// Overlapping pooling between modules; it rounds up, so that 28 becomes 14.
pub(super) fn halving() -> MaxPool {
    MaxPool { window: Window::square(3).each(|axis| (axis.stride, axis.ceil) = (2, true)) }
}

/// Pooling inside a module, which keeps the size.
pub(super) fn keeping() -> MaxPool {
    MaxPool { window: Window::square(3).each(|axis| (axis.before, axis.after) = (1, 1)) }
}
