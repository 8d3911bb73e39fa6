//! Reads the elements of a tensor, checks them against its shape, and converts them to floats or integers.

use half::f16;

use super::constant::{Constant, Data, count, list};
use super::proto::Tensor;
use super::wire::{Fields, malformed};
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::json::shown;

/// The largest external data of one tensor in bytes.
const MAX_EXTERNAL_BYTES: u64 = 640 << 20;

/// The location of a tensor's external data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct External<'a> {
    /// The file, relative to the model's folder and inside of it.
    pub location: &'a str,
    /// The first byte.
    pub offset: u64,
    /// The number of bytes.
    pub length: u64,
}

/// The type of stored elements.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Float32,
    Float16,
    Float64,
    /// Integers with a width in bytes, signed or unsigned.
    Whole(usize, bool),
    Bool,
}

impl Stored {
    /// The stored type of a `TensorProto.DataType`, and the type of the element here.
    fn from_number(data_type: i64) -> Result<(Self, Element)> {
        Ok(match data_type {
            1 => (Stored::Float32, Element::Float32),
            2 => (Stored::Whole(1, false), Element::Uint8),
            3 => (Stored::Whole(1, true), Element::Int8),
            4 => (Stored::Whole(2, false), Element::Int32),
            5 => (Stored::Whole(2, true), Element::Int32),
            6 => (Stored::Whole(4, true), Element::Int32),
            7 => (Stored::Whole(8, true), Element::Int64),
            9 => (Stored::Bool, Element::Bool),
            10 => (Stored::Float16, Element::Float32),
            11 => (Stored::Float64, Element::Float64),
            12 => (Stored::Whole(4, false), Element::Int64),
            13 => (Stored::Whole(8, false), Element::Int64),
            other => {
                let found = match other {
                    0 => "no element type".into(),
                    8 => "string".into(),
                    14 | 15 => "complex numbers".into(),
                    16 => "bfloat16".into(),
                    17..=20 => "float8".into(),
                    21 | 22 => "4-bit integers".into(),
                    _ => format!("element type {other}"),
                };
                return Err(malformed("float32, float16, float64, integers or bool", found));
            }
        })
    }

    fn width(self) -> usize {
        match self {
            Stored::Float32 => 4,
            Stored::Float16 => 2,
            Stored::Float64 => 8,
            Stored::Whole(width, _) => width,
            Stored::Bool => 1,
        }
    }
}

/// The type of elements of a `TensorProto.DataType`.
pub(super) fn element(data_type: i64) -> Result<Element> {
    Stored::from_number(data_type).map(|(_, element)| element)
}

/// A shape with sizes of at least 0 and a bounded number of elements.
pub(super) fn shape(dims: &[i64]) -> Result<Vec<usize>> {
    let mut axes = Vec::with_capacity(dims.len());
    for &size in dims {
        let axis = usize::try_from(size);
        axes.push(axis.map_err(|_| malformed("sizes of at least 0", size))?);
    }
    count(&axes)?;
    Ok(axes)
}

impl Tensor<'_> {
    /// The tensor's elements; `read_external` returns external data.
    pub(super) fn read_numbers(
        &self,
        read_external: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    ) -> Result<Constant> {
        self.numbers(read_external).at(|| format!("tensor {}", shown(self.name)))
    }

    fn numbers(&self, read_external: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>) -> Result<Constant> {
        let (stored, element) = Stored::from_number(self.data_type)?;
        let shape = shape(&self.dims)?;
        let count = count(&shape)?;
        let bytes = count as u64 * stored.width() as u64;
        let data = if let Some(external) = self.location()? {
            let read =
                read_external(&external).at(|| format!("external data in {}", shown(external.location)))?;
            raw(&read, stored, bytes)?
        } else if let Some(found) = self.raw {
            raw(found, stored, bytes)?
        } else {
            self.typed(stored, count)?
        };
        Ok(Constant::new(element, shape, data))
    }

    /// The location of the tensor's external data, if it has any.
    pub(super) fn external(&self) -> Result<Option<External<'_>>> {
        self.location().at(|| format!("tensor {}", shown(self.name)))
    }

    fn location(&self) -> Result<Option<External<'_>>> {
        let Some(entries) = &self.external else { return Ok(None) };
        let (stored, _) = Stored::from_number(self.data_type)?;
        let count = count(&shape(&self.dims)?)?;
        external(entries, count as u64 * stored.width() as u64).map(Some)
    }

    /// The elements from the typed fields, at most as many as the shape has.
    fn typed(&self, stored: Stored, count: usize) -> Result<Data> {
        let more = || malformed(format_args!("{count} numbers"), format_args!("more than {count}"));
        // Each element takes at least a byte of the message, so a shape alone allocates nothing.
        let capacity = count.min(self.body.len());
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        let mut fields = Fields::new(self.body);
        while let Some((number, field)) = fields.next()? {
            let mut float = |value: f32| {
                if floats.len() == count {
                    return Err(more());
                }
                if floats.is_empty() {
                    floats.reserve_exact(capacity);
                }
                floats.push(value);
                Ok(())
            };
            let mut int = |value: i64| {
                if ints.len() == count {
                    return Err(more());
                }
                ints.push(value);
                Ok(())
            };
            match (number, stored) {
                (4, Stored::Float32) => field.each_fixed(|bytes| float(f32::from_le_bytes(bytes)))?,
                (5, Stored::Float16) => {
                    field.each_int(|bits| float(f16::from_bits(bits as u16).to_f32()))?;
                }
                (10, Stored::Float64) => field.each_fixed(|bytes| float(f64::from_le_bytes(bytes) as f32))?,
                (5, Stored::Bool) => field.each_int(|value| int(i64::from(value != 0)))?,
                (5, Stored::Whole(..)) | (7, Stored::Whole(8, true)) | (11, Stored::Whole(..)) => {
                    field.each_int(&mut int)?;
                }
                _ => {}
            }
        }
        let found = floats.len() + ints.len();
        if found != count {
            return Err(malformed(format_args!("{count} numbers"), found));
        }
        Ok(match stored {
            Stored::Whole(..) | Stored::Bool => Data::Int(ints),
            _ => Data::Float(floats),
        })
    }
}

/// The elements of raw little-endian data.
fn raw(found: &[u8], stored: Stored, bytes: u64) -> Result<Data> {
    if found.len() as u64 != bytes {
        return Err(malformed(format_args!("{bytes} bytes of raw data"), found.len()));
    }
    let width = stored.width();
    let count = found.len() / width;
    let of = |index: usize| &found[index * width..][..width];
    Ok(match stored {
        // The type of most weights, converted without the loop over bytes.
        Stored::Float32 => Data::Float(list(count, &|index| {
            let x = of(index);
            f32::from_le_bytes([x[0], x[1], x[2], x[3]])
        })),
        Stored::Float16 => Data::Float(list(count, &|index| f16::from_bits(bits(of(index)) as u16).to_f32())),
        Stored::Float64 => Data::Float(list(count, &|index| f64::from_bits(bits(of(index))) as f32)),
        Stored::Bool => Data::Int(list(count, &|index| i64::from(found[index] != 0))),
        Stored::Whole(_, signed) => Data::Int(list(count, &|index| whole(of(index), signed))),
    })
}

/// An integer. Unsigned integers above 2⁶³ wrap, as no size or index is that large.
fn whole(bytes: &[u8], signed: bool) -> i64 {
    // The arithmetic shift back extends the sign.
    let unused = 64 - 8 * bytes.len() as u32;
    let high = bits(bytes) << unused;
    if signed { high as i64 >> unused } else { (high >> unused) as i64 }
}

/// The bits of a number, little-endian.
fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte))
}

/// The checked location of external data: a relative path inside the model's folder, and as many bytes as the shape has.
fn external<'a>(entries: &[(&'a str, &'a str)], bytes: u64) -> Result<External<'a>> {
    let find = |key: &str| entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1);
    let refuse =
        |expected: &str, found: &str| malformed(format_args!("external data {expected}"), shown(found));
    let number = |key: &str, missing: u64| match find(key) {
        Some(text) => text.parse::<u64>().map_err(|_| refuse(&format!("with an integer as {key}"), text)),
        None => Ok(missing),
    };
    let location = find("location").unwrap_or_default();
    let leads_out = |part: &str| part == ".." || part.contains([':', '\\', '\0']);
    if location.is_empty() || location.starts_with('/') || location.split('/').any(leads_out) {
        return Err(refuse("in the model's own folder", location));
    }
    let (offset, length) = (number("offset", 0)?, number("length", bytes)?);
    if length != bytes {
        return Err(malformed(format_args!("{bytes} bytes of external data"), length));
    }
    if length > MAX_EXTERNAL_BYTES || offset.checked_add(length).is_none() {
        return Err(Box::new(Error::TooLarge {
            what: "external data".into(),
            limit: format!("{MAX_EXTERNAL_BYTES} bytes"),
            found: format!("{length} bytes from byte {offset}"),
        }));
    }
    Ok(External { location, offset, length })
}
