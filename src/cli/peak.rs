//! Measures the peak rate of multiply-adds on one core, with independent accumulators in registers.

use std::hint::black_box;
use std::time::Instant;

use crate::simd::{Kernel, Lanes, dispatch};

/// The number of accumulators: enough to hide the latency of a fused multiply-add (two per cycle, four cycles each), few
/// enough for the registers.
const CHAINS: usize = 10;

/// Rounds between two readings of the clock: some milliseconds.
const ROUNDS: u32 = 2_000_000;

struct Chains;

impl Kernel for Chains {
    /// The number of multiply-adds, and a sum of their results that keeps the compiler from removing them.
    type Output = (u64, f32);

    #[inline(always)]
    fn run<L: Lanes>(self) -> Self::Output {
        let (factor, addend) = (L::splat(black_box(0.999_999)), L::splat(black_box(1e-6)));
        let mut sums = [L::splat(black_box(1.0)); CHAINS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, addend);
            }
        }
        let mut all = sums[0];
        for sum in sums {
            all = all.add(sum);
        }
        let mut lanes = [0.0; 16];
        all.store(&mut lanes);
        (u64::from(ROUNDS) * (CHAINS * L::WIDTH) as u64, lanes[0])
    }
}

/// Multiply-adds per second: the best of ten measurements.
pub(super) fn peak() -> f64 {
    let rate = |_| {
        let start = Instant::now();
        let (macs, sum) = dispatch(Chains);
        black_box(sum);
        macs as f64 / start.elapsed().as_secs_f64()
    };
    (0..10).map(rate).fold(0.0, f64::max)
}
