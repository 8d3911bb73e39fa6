//! Number formats: converted to f32 when read, and from f32 when written.

use half::{bf16, f16};

use super::malformed;
use crate::error::{Error, Result, shown};

/// A number format for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE 754 binary32, for checkpoints.
    F32,
    /// IEEE 754 binary16, for published weights.
    F16,
}

impl Dtype {
    /// All formats.
    pub const ALL: [Dtype; 2] = [Dtype::F32, Dtype::F16];

    /// The name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "F32",
            Dtype::F16 => "F16",
        }
    }

    /// The size of a number in bytes.
    pub(super) fn width(self) -> u64 {
        match self {
            Dtype::F32 => 4,
            Dtype::F16 => 2,
        }
    }

    /// Appends `value`, rounded to nearest.
    pub(super) fn append(self, value: f32, to: &mut Vec<u8>) -> Result<()> {
        match self {
            Dtype::F32 => to.extend(value.to_le_bytes()),
            Dtype::F16 => {
                let narrow = f16::from_f32(value);
                if value.is_finite() && !narrow.is_finite() {
                    return Err(Error::mismatch(
                        "write",
                        "a number within F16's range of ±65504",
                        shown(value),
                    ));
                }
                to.extend(narrow.to_le_bytes());
            }
        }
        Ok(())
    }
}

/// A number format for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    F64,
    F32,
    F16,
    Bf16,
    I64,
}

impl Stored {
    /// The format of this name in a header. Without the feature `full`, only the formats that [`Dtype`] has.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "F32" => Stored::F32,
            "F16" => Stored::F16,
            "F64" => Stored::F64,
            "BF16" => Stored::Bf16,
            "I64" => Stored::I64,
            _ => return None,
        })
    }

    /// The size of a number in bytes.
    pub(super) fn width(self) -> u64 {
        match self {
            Stored::F64 | Stored::I64 => 8,
            Stored::F32 => 4,
            Stored::F16 | Stored::Bf16 => 2,
        }
    }

    /// Converts numbers to f32: F64 by rounding to nearest, I64 only if exact.
    pub(super) fn widen(self, bytes: &[u8]) -> Result<Vec<f32>> {
        let mut numbers = Vec::with_capacity(bytes.len() / self.width() as usize);
        for number in bytes.chunks_exact(self.width() as usize) {
            numbers.push(match (self, number) {
                (Stored::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
                (Stored::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f32(),
                (Stored::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
                (Stored::F64, &[a, b, c, d, e, f, g, h]) => {
                    f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
                }
                (Stored::I64, &[a, b, c, d, e, f, g, h]) => {
                    whole(i64::from_le_bytes([a, b, c, d, e, f, g, h]))?
                }
                _ => unreachable!("the chunks have the width of a number"),
            });
        }
        Ok(numbers)
    }
}

/// An integer as f32, which represents all integers up to 2²⁴.
fn whole(number: i64) -> Result<f32> {
    const EXACT: u64 = 1 << f32::MANTISSA_DIGITS;
    if number.unsigned_abs() <= EXACT {
        Ok(number as f32)
    } else {
        Err(malformed(format_args!("integers in I64 to ±{EXACT}"), number))
    }
}
