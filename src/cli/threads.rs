//! The command's threads: rayon's pool, one for each core.

use rayon::prelude::*;

use crate::train::parallel::Threads;

/// Rayon's pool.
pub(super) struct Pool;

impl Threads for Pool {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).into_par_iter().for_each(work);
    }
}
