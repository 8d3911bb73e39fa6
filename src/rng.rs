//! Seeded random numbers: the same seed gives the same numbers on every machine and for any number of threads.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// The generator of all random numbers in this crate.
pub type Rng = Pcg64Mcg;

/// The generator for one task, independent of all other tasks with the same seed.
///
/// `stream` identifies the task, e.g. `[epoch, image]`, so that it draws the same numbers on any thread.
pub fn stream(seed: u64, stream: &[u64]) -> Rng {
    // The finalizer of SplitMix64 (Steele, Lea, Flood, 2014) decorrelates neighbouring identifiers.
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let golden = 0x9e37_79b9_7f4a_7c15u64;
    let state = stream.iter().fold(mix(seed.wrapping_add(golden)), |state, &id| {
        mix(state ^ id.wrapping_add(golden)).wrapping_add(golden)
    });
    Rng::seed_from_u64(state)
}
