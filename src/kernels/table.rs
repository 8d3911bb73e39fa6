//! The kernels of a binary: it names one table, and the linker drops every kernel that no table names.

use super::conv::{ByChannel, Candidate, DirectWith, FirstLayer, Winograd};
use super::nchw;
use super::pool::{self, Pool};
use super::tiles::{self, Tiles};
use super::view::View;

/// The kernels that differ between binaries: a small binary has fewer or simpler ones.
pub struct Kernels {
    /// The candidates for a plan's convolutions; it uses the first one that supports a convolution.
    pub convolutions: &'static [&'static dyn Candidate],
    /// The tiles of matrix products.
    pub tiles: &'static Tiles,
    /// [`Pool::forward`].
    pub pool: fn(&Pool, &[f32], &mut [f32]),
    /// [`nchw::read`].
    pub read_nchw: fn(&[f32], &View, &mut [f32]),
    /// [`nchw::write`].
    pub write_nchw: fn(&[f32], &View, &mut [f32]),
}

/// All kernels.
pub static ALL: Kernels = Kernels {
    convolutions: &[&FirstLayer, &Winograd, &ByChannel, &DirectWith(&tiles::ALL)],
    tiles: &tiles::ALL,
    pool: pool::forward::<true>,
    read_nchw: nchw::read::<true>,
    write_nchw: nchw::write::<true>,
};

/// The kernels that LeNet-5 gains from: its images are too small for Winograd, and its layers have few channels.
pub static SMALL: Kernels = Kernels {
    convolutions: &[&FirstLayer, &DirectWith(&tiles::SIXTEEN)],
    tiles: &tiles::SIXTEEN,
    pool: pool::forward::<false>,
    read_nchw: nchw::read::<false>,
    write_nchw: nchw::write::<false>,
};

/// No kernels, for a binary that does not run networks.
pub static NONE: Kernels = Kernels {
    convolutions: &[],
    tiles: &tiles::NONE,
    pool: |_, _, _| unreachable!("a binary without kernels"),
    read_nchw: |_, _, _| unreachable!("a binary without kernels"),
    write_nchw: |_, _, _| unreachable!("a binary without kernels"),
};

impl std::fmt::Debug for Kernels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} convolutions, {:?}", self.convolutions.len(), self.tiles)
    }
}
