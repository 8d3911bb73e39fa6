//! The header of a safetensors file: one JSON object, a tensor's name to its dtype, shape and place in the data.

use std::fmt::Display;

use super::{malformed, too_large};
use crate::error::{Error, Place, Result};
use crate::json::{self, Value, Writer};
use crate::tensor::Shape;

/// The largest header that is read: 16,384 tensors with names of 150 letters.
pub const MAX_HEADER_BYTES: u64 = 4 << 20;

/// The most tensors in one file; ResNet-152 has some 900.
pub const MAX_TENSORS: usize = 16_384;

/// The key that holds free text instead of a tensor.
const METADATA: &str = "__metadata__";

/// One tensor as the header tells it. Offsets stay 64 bits wide until they have been checked; the product of the shape's
/// axes is the caller's to check.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) dtype: String,
    pub(super) shape: Shape,
    pub(super) data_offsets: [u64; 2],
}

impl Entry {
    pub(super) fn new(dtype: &str, shape: &Shape, data_offsets: [u64; 2]) -> Self {
        Entry { dtype: dtype.into(), shape: shape.clone(), data_offsets }
    }

    fn write(&self, json: &mut Writer) {
        json.open('{');
        json.name("dtype");
        json.text(&self.dtype);
        json.name("shape");
        json.numbers(self.shape.axes().iter().map(|&axis| axis as u64));
        json.name("data_offsets");
        json.numbers(self.data_offsets);
        json.close('}');
    }

    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        written.allow(&["dtype", "shape", "data_offsets"])?;
        let offsets = |value: &Value| match value.list()? {
            [from, to] => Ok([from.whole()?, to.whole()?]),
            _ => Err(Error::mismatch("JSON", "two numbers", "another count")),
        };
        Ok(Entry {
            dtype: written.text("dtype")?,
            shape: written.get("shape", Shape::read)?,
            data_offsets: written.get("data_offsets", offsets)?,
        })
    }
}

/// The header, read.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) metadata: Vec<(String, String)>,
    pub(super) tensors: Vec<(String, Entry)>,
}

/// Reads the header's bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Header> {
    let mut header = Header::default();
    let Value::Object(fields) = json::read("safetensors", bytes)? else {
        return Err(malformed("a header in JSON: an object of tensors by name", "another kind of JSON"));
    };
    for (name, value) in fields.into_fields() {
        if name == METADATA {
            header.metadata = metadata(value).at(|| METADATA)?;
        } else {
            let entry = Entry::read(&value).at(|| shown(&name))?;
            header.tensors.push((name, entry));
        }
    }
    if header.tensors.len() > MAX_TENSORS {
        let limit = format_args!("{MAX_TENSORS} tensors");
        return Err(Error::too_large("the file", limit, header.tensors.len()));
    }
    Ok(header)
}

fn metadata(value: Value) -> Result<Vec<(String, String)>> {
    let Value::Object(fields) = value else { return Err(value.is_not("an object of texts")) };
    let mut metadata = Vec::new();
    for (key, value) in fields.into_fields() {
        let Value::Text(text) = value else {
            return Err(value.is_not("a text").at(json::shown_as("field", &key)));
        };
        metadata.push((key, text));
    }
    Ok(metadata)
}

/// The header's bytes, padded with spaces so that the data after it are aligned to 8 bytes.
pub(super) fn render<'a>(
    metadata: impl IntoIterator<Item = (&'a String, &'a String)>,
    tensors: &[(&str, Entry)],
) -> Result<Vec<u8>> {
    if tensors.iter().any(|&(name, _)| name == METADATA) {
        return Err(Error::mismatch("write", "a tensor's name", METADATA));
    }
    if tensors.len() > MAX_TENSORS {
        return Err(Error::too_large("the file", format_args!("{MAX_TENSORS} tensors"), tensors.len()));
    }
    let mut json = Writer::default();
    json.open('{');
    let mut metadata = metadata.into_iter().peekable();
    if metadata.peek().is_some() {
        json.name(METADATA);
        json.open('{');
        for (key, text) in metadata {
            json.name(key);
            json.text(text);
        }
        json.close('}');
    }
    for (name, entry) in tensors {
        json.name(name);
        entry.write(&mut json);
    }
    json.close('}');
    let mut bytes = json.finish().into_bytes();
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    if bytes.len() as u64 > MAX_HEADER_BYTES {
        return Err(too_large("the header", MAX_HEADER_BYTES, bytes.len() as u64));
    }
    Ok(bytes)
}

/// A tensor by its name as a message can show it.
pub(super) fn shown(name: &str) -> impl Display {
    json::shown_as("tensor", name)
}
