//! Compute kernels: slices in, slices out. A kernel does not know layers or graphs, and does not allocate in a hot
//! loop.
//!
//! Images are stored channels-last (NHWC), filters likewise (OHWI), so a window's row is one contiguous run of
//! values, and the filters of a convolution are a matrix, output channels × window, whose rows have the same order
//! as the runs. Backward kernels **add** to every gradient; the owner of the gradients clears them first.

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
