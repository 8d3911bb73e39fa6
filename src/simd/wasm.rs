//! WebAssembly's 128-bit vectors. With `relaxed-simd`, multiply-add rounds once.

use core::arch::wasm32::*;

use super::Lanes;

/// Four f32 in a wasm vector.
#[derive(Clone, Copy)]
pub struct Simd128(v128);

impl Lanes for Simd128 {
    const WIDTH: usize = 4;
    const FUSED: bool = cfg!(target_feature = "relaxed-simd");

    type Group = [f32; 4];

    #[inline(always)]
    fn groups(from: &[f32]) -> &[[f32; 4]] {
        from.as_chunks().0
    }

    #[inline(always)]
    fn groups_mut(to: &mut [f32]) -> &mut [[f32; 4]] {
        to.as_chunks_mut().0
    }

    #[inline(always)]
    fn read(from: &[f32; 4]) -> Self {
        Simd128(f32x4(from[0], from[1], from[2], from[3]))
    }

    #[inline(always)]
    fn write(self, to: &mut [f32; 4]) {
        self.store(to);
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Simd128(f32x4_splat(value))
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        // The compiler merges the four loads into one of 128 bits.
        let from = &from[..4];
        Simd128(f32x4(from[0], from[1], from[2], from[3]))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to = &mut to[..4];
        to[0] = f32x4_extract_lane::<0>(self.0);
        to[1] = f32x4_extract_lane::<1>(self.0);
        to[2] = f32x4_extract_lane::<2>(self.0);
        to[3] = f32x4_extract_lane::<3>(self.0);
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Simd128(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Simd128(f32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Simd128(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Simd128(f32x4_div(self.0, other.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // `pmax(b, a)` is `b < a ? a : b`: one instruction, with the same rule for NaN as `Array`.
        Simd128(f32x4_pmax(other.0, self.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Simd128(f32x4_pmin(other.0, self.0))
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Simd128(f32x4_relaxed_madd(self.0, factor.0, addend.0))
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
}

/// Transposes a 4×4 matrix and flushes subnormal numbers to zero. Flushing after the transpose keeps the compiler from
/// replacing the shuffles by single stores, which are slower.
#[inline(always)]
pub fn turn(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let [a, b, c, d] = rows.map(|row| f32x4(row[0], row[1], row[2], row[3]));
    let [ab, cd] = [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d)];
    let [ab_high, cd_high] = [i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d)];
    let columns = [
        i32x4_shuffle::<0, 1, 4, 5>(ab, cd),
        i32x4_shuffle::<2, 3, 6, 7>(ab, cd),
        i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high),
        i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high),
    ];
    columns.map(|column| {
        let denormal = f32x4_lt(f32x4_abs(column), f32x4_splat(f32::MIN_POSITIVE));
        let mut numbers = [0.0; 4];
        Simd128(v128_andnot(column, denormal)).store(&mut numbers);
        numbers
    })
}
