//! Iterates over the fields of a protobuf message without copying.
//!
//! Keys and varints are decoded by the crate prost. Its messages are not used, because they copy their contents and allocate
//! for as many elements as a file claims to have, before a limit could be checked.

use std::fmt::Display;

use prost::encoding::{WireType, decode_key, decode_varint};

use crate::error::{Error, Result};

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field<'a> {
    /// An integer: `int64`, `int32`, `bool`, an enum.
    Varint(u64),
    /// Four bytes: a `float`.
    Fixed32([u8; 4]),
    /// Eight bytes: a `double`.
    Fixed64([u8; 8]),
    /// A string, a message, bytes, or packed numbers.
    Bytes(&'a [u8]),
}

/// The remaining fields of a message.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Fields { rest: message }
    }

    /// The next field's number and value.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Field<'a>)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let first = self.rest[0];
        let (number, wire_type) = decode_key(&mut self.rest)
            .map_err(|_| malformed("the key of a field", format_args!("an invalid key 0x{first:02x}…")))?;
        let field = match wire_type {
            WireType::Varint => Field::Varint(self.varint()?),
            WireType::ThirtyTwoBit => Field::Fixed32(self.fixed()?),
            WireType::SixtyFourBit => Field::Fixed64(self.fixed()?),
            WireType::LengthDelimited => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            WireType::StartGroup | WireType::EndGroup => {
                return Err(malformed("a field of ONNX", format_args!("a group in field {number}")));
            }
        };
        Ok(Some((number, field)))
    }

    fn varint(&mut self) -> Result<u64> {
        decode_varint(&mut self.rest)
            .map_err(|_| malformed("a varint", "an invalid one (a truncated or damaged file)"))
    }

    /// The next `length` bytes, compared in 64 bits so that no length overflows.
    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let found = self.rest.len();
        let length = usize::try_from(length).ok().filter(|&length| length <= found).ok_or_else(|| {
            malformed(
                format_args!("{length} bytes of a field"),
                format_args!("{found} (a truncated or damaged file)"),
            )
        })?;
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N as u64)?;
        Ok(std::array::from_fn(|index| bytes[index]))
    }
}

impl<'a> Field<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Field::Bytes(bytes) => Ok(bytes),
            _ => Err(malformed("a string or a message", self.wire_type())),
        }
    }

    pub(super) fn text(self) -> Result<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            malformed("text in UTF-8", format_args!("byte 0x{:02x} at position {at}", bytes[at]))
        })
    }

    /// A signed integer: `int64`, `int32`.
    pub(super) fn int(self) -> Result<i64> {
        match self {
            Field::Varint(number) => Ok(number as i64),
            _ => Err(malformed("an integer", self.wire_type())),
        }
    }

    pub(super) fn float(self) -> Result<f32> {
        match self {
            Field::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(malformed("a 32-bit float", self.wire_type())),
        }
    }

    /// The wire type for a message.
    fn wire_type(self) -> &'static str {
        match self {
            Field::Varint(_) => "a varint",
            Field::Fixed32(_) => "a 32-bit field",
            Field::Fixed64(_) => "a 64-bit field",
            Field::Bytes(_) => "a length-delimited field",
        }
    }

    /// Calls `each` for every integer of a repeated field, packed or not.
    pub(super) fn each_int(self, mut each: impl FnMut(i64) -> Result<()>) -> Result<()> {
        let Field::Bytes(bytes) = self else { return each(self.int()?) };
        let mut rest = Fields::new(bytes);
        while !rest.rest.is_empty() {
            each(rest.varint()? as i64)?;
        }
        Ok(())
    }

    /// Calls `each` for every number of `N` bytes of a repeated field, packed or not.
    pub(super) fn each_fixed<const N: usize>(
        self,
        mut each: impl FnMut([u8; N]) -> Result<()>,
    ) -> Result<()> {
        let mut take = |bytes: &[u8]| match <[u8; N]>::try_from(bytes) {
            Ok(bytes) => each(bytes),
            Err(_) => Err(malformed(
                format_args!("packed numbers of {N} bytes"),
                format_args!("{} bytes at the end", bytes.len()),
            )),
        };
        match self {
            Field::Bytes(bytes) => bytes.chunks(N).try_for_each(take),
            Field::Fixed32(bytes) => take(&bytes),
            Field::Fixed64(bytes) => take(&bytes),
            Field::Varint(_) => Err(malformed(format_args!("numbers of {N} bytes"), self.wire_type())),
        }
    }
}

pub(super) fn malformed(expected: impl Display, found: impl Display) -> Box<Error> {
    Error::malformed("ONNX", expected, found)
}
