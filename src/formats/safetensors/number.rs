//! Number formats: widened to f32 on the way in, narrowed on the way out.

use half::{bf16, f16};

use super::malformed;
use crate::error::{Error, Result, shown};

/// The number formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE 754, 32 bits: checkpoints.
    F32,
    /// IEEE 754, 16 bits: published weights.
    F16,
}

impl Dtype {
    /// Both.
    pub const ALL: [Dtype; 2] = [Dtype::F32, Dtype::F16];

    /// The name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "F32",
            Dtype::F16 => "F16",
        }
    }

    /// Bytes of one number.
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
                    return Err(Error::mismatch("write", "a number that fits F16, to 65504", shown(value)));
                }
                to.extend(narrow.to_le_bytes());
            }
        }
        Ok(())
    }
}

/// The number formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    F64,
    F32,
    F16,
    Bf16,
    I64,
}

impl Stored {
    /// The format of this name in a header. The lean engine knows those that are written, and leaves the rest to the full one.
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

    /// Bytes of one number.
    pub(super) fn width(self) -> u64 {
        match self {
            Stored::F64 | Stored::I64 => 8,
            Stored::F32 => 4,
            Stored::F16 | Stored::Bf16 => 2,
        }
    }

    /// The numbers as f32: F64 rounded to nearest, I64 only where nothing is lost.
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
                _ => unreachable!("numbers are cut to their width"),
            });
        }
        Ok(numbers)
    }
}

/// An integer as f32, which holds every integer to 2²⁴.
fn whole(number: i64) -> Result<f32> {
    const EXACT: u64 = 1 << f32::MANTISSA_DIGITS;
    if number.unsigned_abs() <= EXACT {
        Ok(number as f32)
    } else {
        Err(malformed(format_args!("integers in I64 to ±{EXACT}"), number))
    }
}
