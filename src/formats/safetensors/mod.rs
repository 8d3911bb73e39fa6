//! Reads and writes safetensors: a length, a header in JSON, and the numbers, little-endian and row-major.
//!
//! The format is Hugging Face's (<https://github.com/huggingface/safetensors>). Its crate is the oracle of the tests here
//! but not the implementation, for three reasons: it adds offsets in `usize`, which overflows in wasm's 32 bits for a
//! hostile file; its errors do not name the tensor; and it writes metadata in the order of a hash table, where equal
//! weights must give equal bytes.

mod header;
mod number;

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::error::{Error, Place, Result};
use crate::order::in_order;
use crate::tensor::Tensor;
use header::Entry;
pub use header::{MAX_HEADER_BYTES, MAX_TENSORS};
pub use number::Dtype;
use number::Stored;

/// The largest file in bytes: VGG-19 at full size in f32 has 575 MB.
pub const MAX_FILE_BYTES: u64 = 640 << 20;

/// The size of the header's length at the start of the file.
const LENGTH_BYTES: usize = 8;

/// The contents of a safetensors file, with all numbers widened to f32.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Text by key; the key `convscope` holds the JSON of a network's graph.
    pub metadata: BTreeMap<String, String>,
    /// The tensors by name, with their axes in NCHW order (filters: OIHW).
    pub tensors: BTreeMap<String, Tensor>,
}

/// Reads a file.
///
/// # Errors
/// [`Error::TooLarge`] above [`MAX_FILE_BYTES`], [`MAX_HEADER_BYTES`] or [`MAX_TENSORS`]; [`Error::Malformed`] for bytes that
/// contradict the format or the header, with the tensor's name.
pub fn read(bytes: &[u8]) -> Result<File> {
    let Listed { metadata, tensors } = list(bytes)?;
    Ok(File { metadata: metadata.into_iter().collect(), tensors: tensors.into_iter().collect() })
}

/// A [`File`] as lists with unique names: metadata in the order of the header, tensors in the order of the data.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) tensors: Vec<(String, Tensor)>,
}

/// Reads a file into lists, as [`read`].
pub(crate) fn list(bytes: &[u8]) -> Result<Listed> {
    let (header, data) = split(bytes)?;
    let mut header = header::parse(header)?;
    let mut tensors = Vec::with_capacity(header.tensors.len());
    let mut covered = 0;
    // In the order of the data, which may differ from that of the names.
    let offsets = |index: usize| header.tensors[index].1.data_offsets;
    for index in in_order(header.tensors.len(), &|a, b| offsets(a) < offsets(b)) {
        let (name, entry) = &mut header.tensors[index];
        let (tensor, end) = read_tensor(entry, covered, data).at(|| header::shown(name))?;
        tensors.push((std::mem::take(name), tensor));
        covered = end;
    }
    if covered != data.len() as u64 {
        return Err(malformed(format_args!("{covered} bytes of data after the header"), data.len()));
    }
    Ok(Listed { metadata: header.metadata, tensors })
}

/// The header and the data after it. All lengths are compared in 64 bits, so that none overflows in wasm.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let size = bytes.len() as u64;
    if size > MAX_FILE_BYTES {
        return Err(too_large("the file", MAX_FILE_BYTES, size));
    }
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(malformed(
            "a header, after its length in 8 bytes",
            format_args!("a file of {size} bytes"),
        ));
    };
    let length = u64::from_le_bytes(*length);
    if length > rest.len() as u64 {
        return Err(malformed(
            "a header that ends within the file",
            format_args!(
                "a header length of {length} in a file of {size} bytes (truncated, or not safetensors)"
            ),
        ));
    }
    if length > MAX_HEADER_BYTES {
        return Err(too_large("the header", MAX_HEADER_BYTES, length));
    }
    Ok(rest.split_at(length as usize))
}

/// The tensor of `entry`, whose data must start at byte `begin`, and the end of its data.
fn read_tensor(entry: &Entry, begin: u64, data: &[u8]) -> Result<(Tensor, u64)> {
    let dtype = Stored::from_name(&entry.dtype)
        .ok_or_else(|| malformed("numbers in F32, F16, BF16, F64 or I64", header::shown(&entry.dtype)))?;
    let shape = entry.shape.clone();
    let bytes = shape.elements()? as u64 * dtype.width();
    let [from, to] = entry.data_offsets;
    if from != begin {
        return Err(malformed(
            format_args!("data from byte {begin}, the end of the tensor before"),
            format_args!("data from byte {from}"),
        ));
    }
    if to.checked_sub(from) != Some(bytes) {
        return Err(malformed(
            format_args!("{bytes} bytes of data for {shape} in {}", entry.dtype),
            format_args!("data offsets [{from}, {to}]"),
        ));
    }
    if to > data.len() as u64 {
        return Err(malformed(
            format_args!("data up to byte {to}"),
            format_args!("{} bytes of data after the header (truncated file)", data.len()),
        ));
    }
    let values = dtype.widen(&data[from as usize..to as usize])?;
    Ok((Tensor::from_row_major(shape, &values)?, to))
}

/// Writes metadata and tensors, in the order of the tensors' names, so that the bytes depend only on the contents.
///
/// # Errors
/// [`Error::Mismatch`] for a finite number that `dtype` cannot represent, and for a tensor named `__metadata__`;
/// [`Error::TooLarge`] above the limits of [`read`].
pub fn write<'a>(
    metadata: impl IntoIterator<Item = (&'a String, &'a String)>,
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
    dtype: Dtype,
) -> Result<Vec<u8>> {
    // An insertion sort by name: most callers pass sorted names, for which nothing moves.
    let mut by_name: Vec<(&str, &Tensor)> = Vec::new();
    for (name, tensor) in tensors {
        let index = by_name.partition_point(|&(other, _)| other < name);
        match by_name.get_mut(index) {
            Some(other) if other.0 == name => other.1 = tensor,
            _ => by_name.insert(index, (name, tensor)),
        }
    }
    let mut entries = Vec::with_capacity(by_name.len());
    let mut end = 0;
    for &(name, tensor) in &by_name {
        let from = end;
        end += tensor.data().len() as u64 * dtype.width();
        entries.push((name, Entry::new(dtype.name(), tensor.shape(), [from, end])));
    }
    let header = header::render(metadata, &entries)?;
    let size = (LENGTH_BYTES + header.len()) as u64 + end;
    if size > MAX_FILE_BYTES {
        return Err(too_large("the file", MAX_FILE_BYTES, size));
    }
    // One allocation of the exact size: a network may fill half of the memory.
    let mut bytes = Vec::with_capacity(size as usize);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    for (name, tensor) in by_name {
        for value in tensor.iter_row_major() {
            dtype.append(value, &mut bytes).at(|| header::shown(name))?;
        }
    }
    Ok(bytes)
}

impl File {
    /// Writes the file with [`write()`].
    ///
    /// # Errors
    /// As [`write()`].
    pub fn write(&self, dtype: Dtype) -> Result<Vec<u8>> {
        let tensors = self.tensors.iter();
        write(&self.metadata, tensors.map(|(name, tensor)| (name.as_str(), tensor)), dtype)
    }
}

fn malformed(expected: impl Display, found: impl Display) -> Box<Error> {
    Error::malformed("safetensors", expected, found)
}

fn too_large(what: &str, limit: u64, found: u64) -> Box<Error> {
    Error::too_large(what, format_args!("{limit} bytes"), format_args!("{found} bytes"))
}

#[cfg(test)]
mod tests;
