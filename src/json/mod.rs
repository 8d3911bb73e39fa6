//! A small JSON parser and writer for graphs and safetensors headers. Input is hostile: depth is bounded, names within an
//! object are unique, and errors give the position and what was found there.
//!
//! All other code uses serde_json, which is the oracle of the tests here. In the wasm binaries it would take a third of the
//! code, because it generates a deserializer for every type and its messages need the tables for printing floats; this
//! module takes a hundredth.

mod fields;
mod reader;
pub(crate) mod serialize;
mod writer;

pub(crate) use fields::Object;

pub(crate) use writer::Writer;

use std::fmt::{self, Display, Write};

use crate::error::Result;

/// The maximum nesting depth of lists and objects; a graph needs 6.
const MAX_DEPTH: usize = 32;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    /// Integers are exact up to 2⁵³.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Object),
}

/// Parses a text of exactly one value.
///
/// # Errors
/// [`Error::Malformed`](crate::Error::Malformed) for bytes that are not JSON; `format` is the format that it names.
pub(crate) fn read(format: &'static str, bytes: &[u8]) -> Result<Value> {
    reader::read(format, bytes)
}

/// A name for a message: in backticks, without control characters, and at most 80 characters long.
pub(crate) fn shown(name: &str) -> impl Display {
    const LETTERS: usize = 80;
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    fmt::from_fn(move |to| {
        to.write_char('`')?;
        name.chars().take(LETTERS).map(visible).try_for_each(|letter| to.write_char(letter))?;
        to.write_str(if name.chars().nth(LETTERS).is_some() { "…`" } else { "`" })
    })
}

/// A kind and a name for a message: tensor `c1.weight`.
pub(crate) fn shown_as(kind: &'static str, name: &str) -> impl Display {
    fmt::from_fn(move |to| write!(to, "{kind} {}", shown(name)))
}

#[cfg(test)]
mod tests;
