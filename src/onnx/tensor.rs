//! The numbers of a tensor: checked against its shape, and brought to one of two kinds.

use half::f16;

use super::constant::{Constant, Data, count, list};
use super::proto::Tensor;
use super::wire::{Fields, malformed};
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::json::shown;

/// The largest part of another file that is read for one tensor.
const MAX_EXTERNAL_BYTES: u64 = 640 << 20;

/// Where a tensor's numbers are when they are in another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct External<'a> {
    /// The file, relative to the model's folder: no path that leads out of it.
    pub location: &'a str,
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Float32,
    Float16,
    Float64,
    /// Whole numbers of so many bytes, with a sign or without.
    Whole(usize, bool),
    Bool,
}

impl Stored {
    /// The type of this number (`TensorProto.DataType`), and what it is to us.
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
                    0 => "none".into(),
                    8 => "string".into(),
                    14 | 15 => "complex numbers".into(),
                    16 => "bfloat16".into(),
                    17..=20 => "float8".into(),
                    21 | 22 => "4-bit whole numbers".into(),
                    _ => format!("type number {other}"),
                };
                return Err(malformed("numbers in float32, float16, float64, whole numbers or bool", found));
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

/// What numbers of this type are to us.
pub(super) fn element(data_type: i64) -> Result<Element> {
    Stored::from_number(data_type).map(|(_, element)| element)
}

/// A shape whose sizes are not negative and whose count of numbers is one that exists.
pub(super) fn shape(dims: &[i64]) -> Result<Vec<usize>> {
    let mut axes = Vec::with_capacity(dims.len());
    for &size in dims {
        let axis = usize::try_from(size);
        axes.push(axis.map_err(|_| malformed("sizes from 0 up", format_args!("a size of {size}")))?);
    }
    count(&axes)?;
    Ok(axes)
}

impl Tensor<'_> {
    /// The tensor's numbers; `beside` gives those that are in another file.
    pub(super) fn read_numbers(
        &self,
        beside: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    ) -> Result<Constant> {
        self.numbers(beside).at(|| format!("tensor {}", shown(self.name)))
    }

    fn numbers(&self, beside: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>) -> Result<Constant> {
        let (stored, element) = Stored::from_number(self.data_type)?;
        let shape = shape(&self.dims)?;
        let count = count(&shape)?;
        let bytes = count as u64 * stored.width() as u64;
        let data = if let Some(external) = self.external()? {
            let read = beside(&external).at(|| format!("external data in {}", shown(external.location)))?;
            raw(&read, stored, bytes)?
        } else if let Some(found) = self.raw {
            raw(found, stored, bytes)?
        } else {
            self.typed(stored, count)?
        };
        Ok(Constant::new(element, shape, data))
    }

    /// Where the numbers are when they are in another file.
    pub(super) fn beside(&self) -> Result<Option<External<'_>>> {
        self.external().at(|| format!("tensor {}", shown(self.name)))
    }

    fn external(&self) -> Result<Option<External<'_>>> {
        let Some(entries) = &self.external else { return Ok(None) };
        let (stored, _) = Stored::from_number(self.data_type)?;
        let count = count(&shape(&self.dims)?)?;
        external(entries, count as u64 * stored.width() as u64).map(Some)
    }

    /// Numbers from the fields for each type. No more are taken than the shape has.
    fn typed(&self, stored: Stored, count: usize) -> Result<Data> {
        let more = || malformed(format_args!("{count} numbers"), "more");
        // At least a byte each stands in the message, so that a shape alone takes no memory.
        let room = count.min(self.body.len());
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        let mut fields = Fields::new(self.body);
        while let Some((number, field)) = fields.next()? {
            let mut float = |value: f32| {
                if floats.len() == count {
                    return Err(more());
                }
                if floats.is_empty() {
                    floats.reserve_exact(room);
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

/// Numbers as they lie, little-endian.
fn raw(found: &[u8], stored: Stored, bytes: u64) -> Result<Data> {
    if found.len() as u64 != bytes {
        return Err(malformed(format_args!("{bytes} bytes of numbers"), found.len()));
    }
    let width = stored.width();
    let count = found.len() / width;
    let of = |place: usize| &found[place * width..][..width];
    Ok(match stored {
        // What most weights are: not byte by byte.
        Stored::Float32 => Data::Float(list(count, &|place| {
            let x = of(place);
            f32::from_le_bytes([x[0], x[1], x[2], x[3]])
        })),
        Stored::Float16 => Data::Float(list(count, &|place| f16::from_bits(bits(of(place)) as u16).to_f32())),
        Stored::Float64 => Data::Float(list(count, &|place| f64::from_bits(bits(of(place))) as f32)),
        Stored::Bool => Data::Int(list(count, &|place| i64::from(found[place] != 0))),
        Stored::Whole(_, signed) => Data::Int(list(count, &|place| whole(of(place), signed))),
    })
}

/// A whole number; those of 64 bits without a sign wrap, as no size or index needs them.
fn whole(bytes: &[u8], signed: bool) -> i64 {
    // Up to the top, and with the sign down again.
    let room = 64 - 8 * bytes.len() as u32;
    let high = bits(bytes) << room;
    if signed { high as i64 >> room } else { (high >> room) as i64 }
}

/// The bits of a number, little-endian.
fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte))
}

/// Where the numbers are, checked: a plain name within the model's folder, and exactly as many bytes as the shape has.
fn external<'a>(entries: &[(&'a str, &'a str)], bytes: u64) -> Result<External<'a>> {
    let find = |key: &str| entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1);
    let refuse =
        |expected: &str, found: &str| malformed(format_args!("external data {expected}"), shown(found));
    let number = |key: &str, missing: u64| match find(key) {
        Some(text) => text.parse::<u64>().map_err(|_| refuse(&format!("with a whole number as {key}"), text)),
        None => Ok(missing),
    };
    let location = find("location").unwrap_or_default();
    let leads_out = |part: &str| part == ".." || part.contains([':', '\\', '\0']);
    if location.is_empty() || location.starts_with('/') || location.split('/').any(leads_out) {
        return Err(refuse("in a file of the model's own folder", location));
    }
    let (offset, length) = (number("offset", 0)?, number("length", bytes)?);
    if length != bytes {
        return Err(malformed(format_args!("{bytes} bytes of external data"), length));
    }
    if length > MAX_EXTERNAL_BYTES || offset.checked_add(length).is_none() {
        return Err(Box::new(Error::TooLarge {
            what: "external data".into(),
            limit: format!("{MAX_EXTERNAL_BYTES} bytes"),
            found: format!("{length} bytes from byte {offset} on"),
        }));
    }
    Ok(External { location, offset, length })
}
