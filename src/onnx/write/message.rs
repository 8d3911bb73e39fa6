//! Protobuf messages being written. Weights stay where they are until the whole is put together, so that they are in
//! memory once beside the file's own bytes.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use crate::tensor::Tensor;

/// A part of a message.
#[derive(Debug)]
enum Part<'a> {
    Bytes(Vec<u8>),
    /// Numbers in the spoken order, little-endian.
    Floats(&'a Tensor),
}

/// A message, or the beginning of one.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    parts: Vec<Part<'a>>,
    length: u64,
}

impl<'a> Message<'a> {
    /// The bytes to which more can be added.
    fn bytes(&mut self, add: impl FnOnce(&mut Vec<u8>)) {
        if !matches!(self.parts.last(), Some(Part::Bytes(_))) {
            self.parts.push(Part::Bytes(Vec::new()));
        }
        if let Some(Part::Bytes(bytes)) = self.parts.last_mut() {
            let before = bytes.len();
            add(bytes);
            self.length += (bytes.len() - before) as u64;
        }
    }

    #[must_use]
    pub(super) fn int(mut self, field: u32, value: i64) -> Self {
        self.bytes(|bytes| {
            encode_key(field, WireType::Varint, bytes);
            encode_varint(value as u64, bytes);
        });
        self
    }

    #[must_use]
    pub(super) fn float(mut self, field: u32, value: f32) -> Self {
        self.bytes(|bytes| {
            encode_key(field, WireType::ThirtyTwoBit, bytes);
            bytes.extend(value.to_le_bytes());
        });
        self
    }

    #[must_use]
    pub(super) fn raw(mut self, field: u32, value: &[u8]) -> Self {
        self.bytes(|bytes| {
            encode_key(field, WireType::LengthDelimited, bytes);
            encode_varint(value.len() as u64, bytes);
            bytes.extend(value);
        });
        self
    }

    #[must_use]
    pub(super) fn text(self, field: u32, value: &str) -> Self {
        self.raw(field, value.as_bytes())
    }

    /// Whole numbers, packed.
    #[must_use]
    pub(super) fn ints(mut self, field: u32, values: &[i64]) -> Self {
        let length: usize = values.iter().map(|&value| encoded_len_varint(value as u64)).sum();
        self.bytes(|bytes| {
            encode_key(field, WireType::LengthDelimited, bytes);
            encode_varint(length as u64, bytes);
            values.iter().for_each(|&value| encode_varint(value as u64, bytes));
        });
        self
    }

    /// A tensor's numbers.
    #[must_use]
    pub(super) fn floats(mut self, field: u32, tensor: &'a Tensor) -> Self {
        let length = 4 * tensor.data().len() as u64;
        self.bytes(|bytes| {
            encode_key(field, WireType::LengthDelimited, bytes);
            encode_varint(length, bytes);
        });
        self.parts.push(Part::Floats(tensor));
        self.length += length;
        self
    }

    /// A message within this one.
    #[must_use]
    pub(super) fn message(mut self, field: u32, inner: Message<'a>) -> Self {
        self.bytes(|bytes| {
            encode_key(field, WireType::LengthDelimited, bytes);
            encode_varint(inner.length, bytes);
        });
        for part in inner.parts {
            match part {
                Part::Bytes(inner) => self.bytes(|bytes| bytes.extend(inner)),
                Part::Floats(tensor) => {
                    self.length += 4 * tensor.data().len() as u64;
                    self.parts.push(Part::Floats(tensor));
                }
            }
        }
        self
    }

    /// How long the message is.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// All of it.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length as usize);
        for part in self.parts {
            match part {
                Part::Bytes(part) => bytes.extend(part),
                Part::Floats(tensor) => {
                    tensor.view().iter().for_each(|number| bytes.extend(number.to_le_bytes()))
                }
            }
        }
        bytes
    }
}
