//! Compute kernels: slices in, slices out. None knows a layer or a graph, none allocates in a hot loop.
//!
//! Images lie channels-last (NHWC), filters likewise (OHWI), so a window's row is one contiguous run of numbers and the
//! filters of a convolution are a matrix, output channels × window, whose rows lie in the same order as the runs.
//! Backward kernels **add** to every gradient they are given; whoever owns the gradients zeroes them first.

pub mod conv;
pub mod dense;
pub mod geometry;
pub mod lrn;
pub mod matmul;
pub mod nchw;
pub mod norm;
pub mod panels;
pub mod pointwise;
pub mod pool;
pub mod product;
pub mod reference;
pub mod table;
pub mod tiles;
pub mod view;
pub mod walk;
