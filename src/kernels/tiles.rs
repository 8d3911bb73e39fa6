//! Sets of tiles for matrix products, for a binary to choose from.

use super::matmul::{Multiply, Rows, Store, Target};
use super::panels::{Panels, Tiling};
use crate::simd::dispatch;

/// A set of tiles: how matrices are packed for them, and the product with a packed matrix.
pub struct Tiles {
    even: bool,
    multiply: fn(Rows<'_>, &Panels, Target<'_>, Store<'_>),
}

/// All tiles of the table in [`matmul`](super::matmul).
pub static ALL: Tiles = Tiles {
    even: false,
    multiply: |rows, panels, target, store| dispatch(Multiply::<false> { rows, panels, target, store }),
};

/// Tiles of 16 columns only, whose sums overwrite the target and are never added to it.
pub static SIXTEEN: Tiles = Tiles {
    even: true,
    multiply: |rows, panels, target, store| dispatch(Multiply::<true> { rows, panels, target, store }),
};

/// No tiles.
pub static NONE: Tiles =
    Tiles { even: true, multiply: |_, _, _, _| unreachable!("a binary without kernels") };

impl Tiles {
    /// `target = rows × panels + the panels' bias`, stored as specified by `store`.
    pub(super) fn multiply(&self, rows: Rows<'_>, panels: &Panels, target: Target<'_>, store: Store<'_>) {
        (self.multiply)(rows, panels, target, store);
    }

    /// How matrices are split for these tiles on this machine.
    pub fn tiling(&self) -> Tiling {
        let tiling = Tiling::here();
        if self.even { tiling.even() } else { tiling }
    }
}

impl std::fmt::Debug for Tiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.even { "tiles of 16 columns" } else { "all tiles" })
    }
}
