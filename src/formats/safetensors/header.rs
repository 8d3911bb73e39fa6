//! The header of a safetensors file: a JSON object from each tensor's name to its dtype, shape and data offsets.

use std::fmt::Display;

use super::{malformed, too_large};
use crate::error::{Error, Place, Result};
use crate::json::{self, Value, Writer};
use crate::tensor::Shape;

/// The largest header in bytes: 16,384 tensors with names of 150 characters.
pub const MAX_HEADER_BYTES: u64 = 4 << 20;

/// The largest number of tensors in a file; ResNet-152 has about 900.
pub const MAX_TENSORS: usize = 16_384;

/// The key of the metadata, an object of strings instead of a tensor.
const METADATA: &str = "__metadata__";

/// The description of one tensor. Offsets are 64 bits wide until they are checked; the caller checks the number of elements.
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
            list => Err(Error::mismatch("JSON", "two numbers", list.len())),
        };
        Ok(Entry {
            dtype: written.text("dtype")?,
            shape: written.get("shape", Value::shape)?,
            data_offsets: written.get("data_offsets", offsets)?,
        })
    }
}

/// A parsed header.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) metadata: Vec<(String, String)>,
    pub(super) tensors: Vec<(String, Entry)>,
}

/// Parses the bytes of a header.
pub(super) fn parse(bytes: &[u8]) -> Result<Header> {
    let mut header = Header::default();
    let value = json::read("safetensors", bytes)?;
    let Value::Object(fields) = value else {
        return Err(malformed("a header that is a JSON object of tensors by name", value.described()));
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
    let Value::Object(fields) = value else { return Err(value.is_not("an object of strings")) };
    let mut metadata = Vec::new();
    for (key, value) in fields.into_fields() {
        let Value::Text(text) = value else {
            return Err(value.is_not("a string").at(json::shown_as("field", &key)));
        };
        metadata.push((key, text));
    }
    Ok(metadata)
}

/// The bytes of a header, padded with spaces so that the data are aligned to 8 bytes.
pub(super) fn render<'a>(
    metadata: impl IntoIterator<Item = (&'a String, &'a String)>,
    tensors: &[(&str, Entry)],
) -> Result<Vec<u8>> {
    if tensors.iter().any(|&(name, _)| name == METADATA) {
        return Err(Error::mismatch("write", "a tensor name that is not reserved", METADATA));
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

/// A tensor's name for a message.
pub(super) fn shown(name: &str) -> impl Display {
    json::shown_as("tensor", name)
}
