//! The header of a safetensors file: one JSON object, a tensor's name to its dtype, shape and place in the data.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use super::{malformed, too_large};
use crate::error::{Error, Result};
use crate::tensor::Shape;

/// The largest header that is read: 16,384 tensors with names of 150 letters.
pub const MAX_HEADER_BYTES: u64 = 4 << 20;

/// The most tensors in one file; ResNet-152 has some 900.
pub const MAX_TENSORS: usize = 16_384;

/// The key that holds free text instead of a tensor.
const METADATA: &str = "__metadata__";

/// One tensor as the header tells it. The numbers stay 64 bits wide until they have been checked.
#[derive(Debug, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) dtype: String,
    shape: Vec<u64>,
    pub(super) data_offsets: [u64; 2],
}

impl Entry {
    pub(super) fn new(dtype: &str, shape: &Shape, data_offsets: [u64; 2]) -> Self {
        Entry {
            dtype: dtype.into(),
            shape: shape.axes().iter().map(|&axis| axis as u64).collect(),
            data_offsets,
        }
    }

    /// The shape, each axis within the machine's word; its product is the caller's to check.
    pub(super) fn shape(&self) -> Result<Shape> {
        let axes: Option<Vec<usize>> = self.shape.iter().map(|&axis| axis.try_into().ok()).collect();
        axes.map(Shape::new)
            .ok_or_else(|| malformed("axes that fit this machine", format!("a shape {:?}", self.shape)))
    }
}

/// The header, read.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tensors: BTreeMap<String, Entry>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Takes the entries one by one, so that a refusal names its tensor and a name cannot be given twice.
struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Header, A::Error> {
        let mut header = Header::default();
        while let Some(name) = map.next_key::<String>()? {
            let place = |error| A::Error::custom(format_args!("{}: {error}", shown(&name)));
            if name == METADATA {
                header.metadata = map.next_value().map_err(place)?;
                continue;
            }
            let entry = map.next_value().map_err(place)?;
            if header.tensors.len() == MAX_TENSORS {
                return Err(A::Error::custom(format_args!("more than {MAX_TENSORS} tensors")));
            }
            if header.tensors.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{} given twice", shown(&name))));
            }
            header.tensors.insert(name, entry);
        }
        Ok(header)
    }
}

/// Reads the header's bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Header> {
    serde_json::from_slice(bytes).map_err(|error| {
        let expected = "a header in JSON with dtype, shape and data_offsets of each tensor";
        malformed(expected, format!("{error} of the header"))
    })
}

/// The header's bytes, padded with spaces so that the data after it are aligned to 8 bytes.
pub(super) fn render(
    metadata: &BTreeMap<String, String>,
    tensors: &BTreeMap<&str, Entry>,
) -> Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(rename = "__metadata__", skip_serializing_if = "BTreeMap::is_empty")]
        metadata: &'a BTreeMap<String, String>,
        #[serde(flatten)]
        tensors: &'a BTreeMap<&'a str, Entry>,
    }
    if tensors.contains_key(METADATA) {
        return Err(Error::mismatch("write", "a tensor's name", METADATA));
    }
    if tensors.len() > MAX_TENSORS {
        return Err(Error::TooLarge {
            what: "the file".into(),
            limit: format!("{MAX_TENSORS} tensors"),
            found: tensors.len().to_string(),
        });
    }
    let mut bytes = serde_json::to_vec(&Written { metadata, tensors })
        .map_err(|error| Error::mismatch("write", "a header that JSON can hold", error))?;
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    if bytes.len() as u64 > MAX_HEADER_BYTES {
        return Err(too_large("the header", MAX_HEADER_BYTES, bytes.len() as u64));
    }
    Ok(bytes)
}

/// A tensor by its name as a message can show it: without control characters, and not endless.
pub(super) fn shown(name: &str) -> String {
    const LETTERS: usize = 80;
    let mut text: String = name.escape_debug().take(LETTERS).collect();
    if name.escape_debug().nth(LETTERS).is_some() {
        text.push('…');
    }
    format!("tensor `{text}`")
}
