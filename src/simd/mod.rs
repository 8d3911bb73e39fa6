//! A small vector: what the kernels are written over, once.
//!
//! On wasm the features are fixed per binary, so [`dispatch`] is a plain call. Natively the lanes are arrays that the
//! compiler turns into whatever vectors the function may use; `pulp` enters such a function once per kernel, where the
//! processor has AVX2 and fused multiply-add.

mod array;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use array::Array;
#[cfg(target_arch = "wasm32")]
pub use wasm::Simd128;

/// Lanes of a machine that has nothing special: four, multiply then add.
pub type Plain = Array<4, false>;

/// Lanes of AVX2: eight, with fused multiply-add. Elsewhere the same numbers, slowly.
pub type Fused = Array<8, true>;

/// A number that is no denormal: those become zero.
#[inline(always)]
pub fn flushed(number: f32) -> f32 {
    if number.abs() < f32::MIN_POSITIVE { 0.0 } else { number }
}

/// Rows become columns, and denormals zero.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub fn turn(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    std::array::from_fn(|column| rows.map(|row| flushed(row[column])))
}
#[cfg(target_arch = "wasm32")]
pub use wasm::turn;

/// A few f32 side by side. As small as the kernels need.
pub trait Lanes: Copy {
    /// How many numbers one vector holds.
    const WIDTH: usize;
    /// Whether [`Lanes::mul_add`] rounds once.
    const FUSED: bool;

    /// The same number in every lane.
    fn splat(value: f32) -> Self;
    /// The first [`Lanes::WIDTH`] numbers of a slice that has at least so many.
    fn load(from: &[f32]) -> Self;
    /// Writes the lanes to the front of a slice that has room for them.
    fn store(self, to: &mut [f32]);
    /// As many numbers as one vector holds.
    type Group;
    /// A slice in groups, without what is left over. Several slices of groups cut to one length can be indexed in a loop
    /// without a check.
    fn groups(from: &[f32]) -> &[Self::Group];
    /// As [`Lanes::groups`], to be written.
    fn groups_mut(to: &mut [f32]) -> &mut [Self::Group];
    /// The numbers of a group.
    fn read(from: &Self::Group) -> Self;
    /// Writes the lanes to a group.
    fn write(self, to: &mut Self::Group);
    /// Lane by lane sum.
    fn add(self, other: Self) -> Self;
    /// Lane by lane difference.
    fn sub(self, other: Self) -> Self;
    /// Lane by lane product.
    fn mul(self, other: Self) -> Self;
    /// Lane by lane quotient.
    fn div(self, other: Self) -> Self;
    /// Lane by lane greater number; `other` where one is NaN, so that `floor.max(sum)` lets a NaN be seen. Relaxed lanes may
    /// give either there.
    fn max(self, other: Self) -> Self;
    /// Lane by lane smaller number; `other` where one is NaN, as of [`Lanes::max`].
    fn min(self, other: Self) -> Self;
    /// `self * factor + addend`, rounded once where [`Lanes::FUSED`], else twice.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// A computation that can be done on any lanes. Everything it calls must be `#[inline(always)]`, so that it is compiled
/// inside the function that may use the wide registers.
pub trait Kernel {
    /// What it gives.
    type Output;
    /// Does the work on lanes `L`.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs a kernel on the best lanes of this machine.
#[cfg(target_arch = "wasm32")]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Simd128>()
}

/// Runs a kernel on the best lanes of this machine.
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

/// Runs a kernel on the best lanes of this machine.
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Plain>()
}

/// The name of the lanes that [`dispatch`] takes: `simd128`, `relaxed`, `avx2` or `scalar`.
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

    /// One body for every backend: each operation against plain f32 arithmetic.
    fn agrees_with_numbers<L: Lanes>() {
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
        agrees_with_numbers::<Plain>();
    }

    #[test]
    fn fused_lanes() {
        agrees_with_numbers::<Fused>();
    }

    #[test]
    fn fused_rounds_once() {
        // (1 + 2⁻¹²)² − 1 needs more bits than f32 has between product and sum.
        let a = 1.0 + 2f32.powi(-12);
        let mut out = [0.0; 8];
        Fused::splat(a).mul_add(Fused::splat(a), Fused::splat(-1.0)).store(&mut out);
        assert_eq!(out[0], 2f32.powi(-11) + 2f32.powi(-24));
    }
}
