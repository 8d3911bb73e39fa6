//! A small vector trait, so that each kernel is written once for all instruction sets.
//!
//! On wasm the instruction set is fixed per binary, so [`dispatch`] is a plain call. Natively a vector is an array, which the
//! compiler maps to the vector registers that the function may use; `pulp` calls each kernel within a function that is
//! compiled for AVX2 and fused multiply-add, if the processor has them.

mod array;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use array::Array;
#[cfg(target_arch = "wasm32")]
pub use wasm::Simd128;

/// Four lanes without fused multiply-add, for any processor.
pub type Plain = Array<4, false>;

/// Eight lanes with fused multiply-add, for AVX2. On other processors the results are the same, but slow to compute.
pub type Fused = Array<8, true>;

/// Flushes subnormal numbers to zero.
#[inline(always)]
pub fn flushed(number: f32) -> f32 {
    if number.abs() < f32::MIN_POSITIVE { 0.0 } else { number }
}

/// Transposes a 4×4 matrix and flushes subnormal numbers to zero.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub fn turn(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    std::array::from_fn(|column| rows.map(|row| flushed(row[column])))
}
#[cfg(target_arch = "wasm32")]
pub use wasm::turn;

/// A vector of f32, with the operations that the kernels need.
pub trait Lanes: Copy {
    /// The number of lanes.
    const WIDTH: usize;
    /// Whether [`Lanes::mul_add`] rounds once.
    const FUSED: bool;

    /// The same number in every lane.
    fn splat(value: f32) -> Self;
    /// Loads the first [`Lanes::WIDTH`] numbers of a slice. Panics if it is shorter.
    fn load(from: &[f32]) -> Self;
    /// Stores the lanes to the front of a slice. Panics if it is shorter.
    fn store(self, to: &mut [f32]);
    /// An array of [`Lanes::WIDTH`] numbers.
    type Group;
    /// A slice as groups, without the remainder. Slices of groups that are cut to the same length can be indexed in a loop
    /// without bounds checks.
    fn groups(from: &[f32]) -> &[Self::Group];
    /// As [`Lanes::groups`], mutable.
    fn groups_mut(to: &mut [f32]) -> &mut [Self::Group];
    /// Loads a group.
    fn read(from: &Self::Group) -> Self;
    /// Stores the lanes to a group.
    fn write(self, to: &mut Self::Group);
    /// The sum, per lane.
    fn add(self, other: Self) -> Self;
    /// The difference, per lane.
    fn sub(self, other: Self) -> Self;
    /// The product, per lane.
    fn mul(self, other: Self) -> Self;
    /// The quotient, per lane.
    fn div(self, other: Self) -> Self;
    /// The larger number, per lane; `other` if either is NaN, so that `floor.max(sum)` passes NaN on. With relaxed SIMD the
    /// result for NaN may be either operand.
    fn max(self, other: Self) -> Self;
    /// The smaller number, per lane; `other` if either is NaN, as in [`Lanes::max`].
    fn min(self, other: Self) -> Self;
    /// `self * factor + addend`, rounded once if [`Lanes::FUSED`], otherwise twice.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// A computation on vectors of any width. All functions that it calls must be `#[inline(always)]`, so that they are compiled
/// within the function that may use the wide registers.
pub trait Kernel {
    /// The result.
    type Output;
    /// Computes the result with vectors of type `L`.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs a kernel with the widest vectors of the processor.
#[cfg(target_arch = "wasm32")]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Simd128>()
}

/// Runs a kernel with the widest vectors of the processor.
#[cfg(target_arch = "x86_64")]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    struct Enter<K>(K);
    impl<K: Kernel> pulp::NullaryFnOnce for Enter<K> {
        type Output = K::Output;
        #[inline(always)]
        fn call(self) -> K::Output {
            self.0.run::<Fused>()
        }
    }
    match pulp::x86::V3::try_new() {
        Some(v3) => v3.vectorize(Enter(kernel)),
        None => kernel.run::<Plain>(),
    }
}

/// Runs a kernel with the widest vectors of the processor.
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Plain>()
}

/// The name of the instruction set that [`dispatch`] uses: `simd128`, `relaxed`, `avx2` or `scalar`.
pub fn variant() -> &'static str {
    struct Name;
    impl Kernel for Name {
        type Output = &'static str;
        fn run<L: Lanes>(self) -> &'static str {
            match (cfg!(target_arch = "wasm32"), L::FUSED) {
                (true, false) => "simd128",
                (true, true) => "relaxed",
                (false, false) => "scalar",
                (false, true) => "avx2",
            }
        }
    }
    dispatch(Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares each operation with f32 arithmetic, for any vector type.
    fn agrees_with_scalar_arithmetic<L: Lanes>() {
        let numbers =
            |from: f32, step: f32| -> Vec<f32> { (0..L::WIDTH).map(|i| from + step * i as f32).collect() };
        let (a, b, c) = (numbers(-1.5, 0.7), numbers(2.0, -0.9), numbers(0.25, 0.5));
        let (x, y, z) = (L::load(&a), L::load(&b), L::load(&c));
        let check = |what: &str, lanes: L, expected: &dyn Fn(usize) -> f32| {
            let mut out = vec![0.0; L::WIDTH];
            lanes.store(&mut out);
            for (i, &found) in out.iter().enumerate() {
                let expected = expected(i);
                assert!(
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                    "{what} in lane {i}: {found}, expected {expected}"
                );
            }
        };
        check("splat", L::splat(3.5), &|_| 3.5);
        check("add", x.add(y), &|i| a[i] + b[i]);
        check("sub", x.sub(y), &|i| a[i] - b[i]);
        check("mul", x.mul(y), &|i| a[i] * b[i]);
        check("div", x.div(y), &|i| a[i] / b[i]);
        check("max", x.max(y), &|i| a[i].max(b[i]));
        check("min", x.min(y), &|i| a[i].min(b[i]));
        check("mul_add", x.mul_add(y, z), &|i| a[i] * b[i] + c[i]);
    }

    #[test]
    fn plain_lanes() {
        agrees_with_scalar_arithmetic::<Plain>();
    }

    #[test]
    fn fused_lanes() {
        agrees_with_scalar_arithmetic::<Fused>();
    }

    #[test]
    fn fused_rounds_once() {
        // The product of (1 + 2⁻¹²)² − 1 has more bits than an f32.
        let a = 1.0 + 2f32.powi(-12);
        let mut out = [0.0; 8];
        Fused::splat(a).mul_add(Fused::splat(a), Fused::splat(-1.0)).store(&mut out);
        assert_eq!(out[0], 2f32.powi(-11) + 2f32.powi(-24));
    }
}
