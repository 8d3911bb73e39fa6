//! JSON, read into one kind of value: written graphs, and the headers of safetensors. It is hostile until it has been
//! checked, so depth is bounded, a name cannot be given twice, and a refusal says what stands where.
//!
//! Everything else reads JSON through serde_json, which is the oracle of the tests here. It stamps out a reader for every
//! type, and its messages bring the tables that print any float: a third of the wasm binary, where this is a hundredth.

mod fields;
mod reader;
mod serialize;
mod writer;

pub(crate) use fields::Object;

pub(crate) use writer::Writer;

use std::fmt::{self, Display, Write};

use crate::error::Result;

/// How deeply lists and objects may lie within each other: a written graph needs 6.
const MAX_DEPTH: usize = 32;

/// Any JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    /// Whole numbers are exact to 2⁵³.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Object),
}

/// Reads a text that holds one value and nothing else.
///
/// # Errors
/// [`Error::Malformed`](crate::Error::Malformed), in the words of `format`, for bytes that are no JSON.
pub(crate) fn read(format: &'static str, bytes: &[u8]) -> Result<Value> {
    reader::read(format, bytes)
}

/// A name as a message can show it: without control characters, and not endless.
pub(crate) fn shown(name: &str) -> impl Display {
    const LETTERS: usize = 80;
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    fmt::from_fn(move |to| {
        to.write_char('`')?;
        name.chars().take(LETTERS).map(visible).try_for_each(|letter| to.write_char(letter))?;
        to.write_str(if name.chars().nth(LETTERS).is_some() { "…`" } else { "`" })
    })
}

/// What a message calls a thing of this kind and name.
pub(crate) fn shown_as(kind: &'static str, name: &str) -> impl Display {
    fmt::from_fn(move |to| write!(to, "{kind} {}", shown(name)))
}

#[cfg(test)]
mod tests;
