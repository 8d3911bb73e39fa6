//! A vector as an array, in plain Rust that the compiler vectorizes.

use super::Lanes;

/// A vector of `N` lanes. `FUSED` selects `f32::mul_add` instead of a multiplication and an addition.
#[derive(Clone, Copy, Debug)]
pub struct Array<const N: usize, const FUSED: bool>([f32; N]);

impl<const N: usize, const FUSED: bool> Array<N, FUSED> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Array(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl<const N: usize, const FUSED: bool> Lanes for Array<N, FUSED> {
    const WIDTH: usize = N;
    const FUSED: bool = FUSED;

    type Group = [f32; N];

    #[inline(always)]
    fn groups(from: &[f32]) -> &[[f32; N]] {
        from.as_chunks().0
    }

    #[inline(always)]
    fn groups_mut(to: &mut [f32]) -> &mut [[f32; N]] {
        to.as_chunks_mut().0
    }

    #[inline(always)]
    fn read(from: &[f32; N]) -> Self {
        Array(*from)
    }

    #[inline(always)]
    fn write(self, to: &mut [f32; N]) {
        *to = self.0;
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Array([value; N])
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let mut lanes = [0.0; N];
        lanes.copy_from_slice(&from[..N]);
        Array(lanes)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..N].copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Array(std::array::from_fn(|i| {
            if FUSED {
                self.0[i].mul_add(factor.0[i], addend.0[i])
            } else {
                self.0[i] * factor.0[i] + addend.0[i]
            }
        }))
    }
}
