//! Numbers that cross to JavaScript as one typed array: `#[serde(serialize_with = "typed_array::f32")]`. In formats for
//! people, such as JSON, they are a list.

use serde::{Serialize, Serializer};

/// The name by which a serializer recognises single-precision numbers: a newtype of bytes, little-endian.
pub const FLOATS: &str = "Float32Array";
/// The same of whole numbers.
pub const INTEGERS: &str = "Uint32Array";

/// Serializes single-precision numbers.
///
/// # Errors
/// Those of the format.
pub fn f32<S: Serializer>(numbers: &[f32], to: S) -> Result<S::Ok, S::Error> {
    array(numbers, FLOATS, |number| number.to_le_bytes(), to)
}

/// Serializes whole numbers.
///
/// # Errors
/// Those of the format.
pub fn u32<S: Serializer>(numbers: &[u32], to: S) -> Result<S::Ok, S::Error> {
    array(numbers, INTEGERS, |number| number.to_le_bytes(), to)
}

fn array<T: Copy + Serialize, S: Serializer>(
    numbers: &[T],
    name: &'static str,
    bytes: impl Fn(T) -> [u8; 4],
    to: S,
) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        return numbers.serialize(to);
    }
    let bytes: Vec<u8> = numbers.iter().flat_map(|&number| bytes(number)).collect();
    to.serialize_newtype_struct(name, &Bytes(&bytes))
}

/// Bytes as serde has them, not as a list of numbers.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self.0)
    }
}
