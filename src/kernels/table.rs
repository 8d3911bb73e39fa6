//! The kernels that a binary has: it names one table, and the linker leaves out what no table names.

use super::conv::{ByChannel, Candidate, DirectWith, FirstLayer, Winograd};
use super::nchw;
use super::pool::{self, Pool};
use super::tiles::{self, Tiles};
use super::view::View;

/// Kernels of which a small binary has fewer, or simpler ones.
pub struct Kernels {
    /// What a plan chooses from for its convolutions: the first that suits.
    pub convolutions: &'static [&'static dyn Candidate],
    /// The tiles that matrix products are made of.
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

/// What LeNet-5 gains from: its images are too small for Winograd, and its layers have few channels.
pub static SMALL: Kernels = Kernels {
    convolutions: &[&FirstLayer, &DirectWith(&tiles::SIXTEEN)],
    tiles: &tiles::SIXTEEN,
    pool: pool::forward::<false>,
    read_nchw: nchw::read::<false>,
    write_nchw: nchw::write::<false>,
};

/// None, for a binary that runs nothing.
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
