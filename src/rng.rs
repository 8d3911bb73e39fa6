//! Seeded randomness: the same seed gives the same numbers on every machine and for every number of threads.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// The generator that everything random here draws from.
pub type Rng = Pcg64Mcg;

/// The generator for one named piece of work, independent of every other piece of the same seed.
///
/// `stream` names the piece, e.g. `[epoch, image]`: whoever does the work, on whatever thread, draws the same numbers.
pub fn stream(seed: u64, stream: &[u64]) -> Rng {
    // SplitMix64's finalizer (Steele, Lea, Flood 2014) spreads neighbouring names far apart.
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let golden = 0x9e37_79b9_7f4a_7c15u64;
    let state = stream.iter().fold(mix(seed.wrapping_add(golden)), |state, &name| {
        mix(state ^ name.wrapping_add(golden)).wrapping_add(golden)
    });
    Rng::seed_from_u64(state)
}
