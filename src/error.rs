//! The error type of the crate: the operation, what was expected, what was found, and where.

use std::fmt::{self, Display};

use thiserror::Error;

/// A result whose failure is an [`enum@Error`]. The error is boxed because every `?` moves it: unboxed, several KiB
/// of the wasm binary would only move errors.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// An error. Its `Display` is one sentence for the person who provided the input.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A value that does not fit an operation: a shape, a count, a setting.
    #[error("{operation}: expected {expected}, found {found}")]
    Mismatch {
        /// The operation, in the field's terms: `conv`, `graph`, `train`.
        operation: &'static str,
        /// What the operation accepts.
        expected: String,
        /// The value that was found.
        found: String,
    },
    /// Bytes that do not follow their format.
    #[error("not a readable {format} file: expected {expected}, found {found}")]
    Malformed {
        /// The format that the bytes were read as.
        format: &'static str,
        /// What the format requires at this position.
        expected: String,
        /// What was found there.
        found: String,
    },
    /// A size above a stated limit, rejected before memory is allocated.
    #[error("{what} is too large: {found} where at most {limit} is read")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The maximum that is accepted, with its unit.
        limit: String,
        /// The size found, with its unit.
        found: String,
    },
    /// A failed allocation.
    #[error("there is no memory left for {bytes} bytes more")]
    Memory {
        /// The number of bytes requested.
        bytes: u64,
    },
    /// An unknown name.
    #[error("there is no {what} `{name}`; known: {known}")]
    Unknown {
        /// The kind of thing that was looked up.
        what: &'static str,
        /// The name that was looked up.
        name: String,
        /// The known names.
        known: String,
    },
    /// A request that only the full binary, built with the feature `full`, supports.
    #[error("{what} needs the full engine")]
    Beyond {
        /// What was requested.
        what: &'static str,
    },
    /// A file that the operating system could not read or write.
    #[error("{reason}")]
    Io {
        /// The operating system's message.
        reason: String,
    },
    /// Training whose loss became non-finite; the last finite weights are kept.
    #[error("training diverged at step {step}: the loss became {loss}; try a smaller learning rate")]
    Diverged {
        /// The optimizer's step, from 1.
        step: u64,
        /// The loss at that step.
        loss: String,
    },
    /// Training that was interrupted on request.
    #[error("stopped; the weights so far are in {weights}; continue with --resume {checkpoint}")]
    Stopped {
        /// The file with the current weights.
        weights: String,
        /// The checkpoint file.
        checkpoint: String,
    },
    /// Another error, with its context: a file, a tensor, a node, a line.
    #[error("{place}: {source}")]
    At {
        /// The context, as the user would name it.
        place: String,
        /// The error that occurred there.
        source: Box<Error>,
    },
}

impl Error {
    /// An [`Error::Mismatch`] from any displayable values.
    pub fn mismatch(operation: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        in_words(|| Error::mismatch_of(operation, &expected, &found))
    }

    /// An [`Error::Mismatch`] with a message in the core binary, too: for input that is drawn or run, where the
    /// full binary is not asked.
    pub fn refusal(operation: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        Error::mismatch_of(operation, &expected, &found)
    }

    /// Not generic, so that it is not compiled again for every displayable type: there are hundreds of calls.
    #[cold]
    #[inline(never)]
    fn mismatch_of(operation: &'static str, expected: &dyn Display, found: &dyn Display) -> Box<Self> {
        Box::new(Error::Mismatch { operation, expected: expected.to_string(), found: found.to_string() })
    }

    /// An [`Error::Malformed`] from any displayable values.
    pub fn malformed(format: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        in_words(|| Error::malformed_of(format, &expected, &found))
    }

    #[cold]
    #[inline(never)]
    fn malformed_of(format: &'static str, expected: &dyn Display, found: &dyn Display) -> Box<Self> {
        Box::new(Error::Malformed { format, expected: expected.to_string(), found: found.to_string() })
    }

    /// An [`Error::TooLarge`] from any displayable values.
    pub fn too_large(what: impl Display, limit: impl Display, found: impl Display) -> Box<Self> {
        in_words(|| {
            let [what, limit, found] = [what.to_string(), limit.to_string(), found.to_string()];
            Box::new(Error::TooLarge { what, limit, found })
        })
    }

    /// An [`Error::Beyond`].
    #[cold]
    #[inline(never)]
    pub fn beyond(what: &'static str) -> Box<Self> {
        Box::new(Error::Beyond { what })
    }

    /// Whether the full binary may support what this one does not ([`Error::Beyond`]).
    pub fn is_beyond(&self) -> bool {
        match self {
            Error::At { source, .. } => source.is_beyond(),
            error => matches!(error, Error::Beyond { .. }),
        }
    }

    /// The same error, prefixed with its context.
    #[must_use]
    pub fn at(self: Box<Self>, place: impl Display) -> Box<Self> {
        if HAS_MESSAGES { self.at_place(&place) } else { self }
    }

    #[cold]
    #[inline(never)]
    fn at_place(self: Box<Self>, place: &dyn Display) -> Box<Self> {
        Box::new(Error::At { place: place.to_string(), source: self })
    }
}

/// Whether this binary includes the messages of errors in files. The core binary only detects such an error: its
/// loader then asks the full binary for the message. The messages are a tenth of a binary.
const HAS_MESSAGES: bool = cfg!(feature = "full");

/// The error with its message, if this binary includes messages.
#[inline(always)]
fn in_words(error: impl FnOnce() -> Box<Error>) -> Box<Error> {
    if HAS_MESSAGES { error() } else { without_message() }
}

#[cold]
#[inline(never)]
fn without_message() -> Box<Error> {
    Error::beyond("saying what is wrong")
}

/// Formats a number for a message, with three decimals. The standard library's formatting prints every digit, and
/// would add its tables (25 KB) to the wasm binary.
pub fn shown(number: f32) -> impl Display {
    fmt::from_fn(move |to| {
        let size = number.abs();
        let sign = if number < 0.0 { "−" } else { "" };
        if number.is_nan() {
            to.write_str("NaN")
        } else if size.is_infinite() {
            write!(to, "{sign}infinity")
        } else {
            // Values of 10⁹ and above are written with a power of ten.
            let (mut mantissa, mut exponent) = (f64::from(size), 0);
            while size >= 1e9 && mantissa >= 10.0 {
                (mantissa, exponent) = (mantissa / 10.0, exponent + 1);
            }
            let thousandths = (mantissa * 1000.0).round() as u64;
            write!(to, "{sign}{}.{:03}", thousandths / 1000, thousandths % 1000)?;
            if exponent > 0 { write!(to, "·10^{exponent}") } else { Ok(()) }
        }
    })
}

/// Formats a list for a message: `[1, 2]`. The standard library's formatting can also indent and escape, which
/// takes 8 KB of a binary.
pub(crate) fn listed<T: Display>(items: &[T]) -> impl Display {
    fmt::from_fn(move |to| {
        to.write_str("[")?;
        for (place, item) in items.iter().enumerate() {
            to.write_str(if place > 0 { ", " } else { "" })?;
            item.fmt(to)?;
        }
        to.write_str("]")
    })
}

/// Adds context to the error of a result.
pub trait Place<T> {
    /// Prefixes an error with the context that `place` returns ([`at`](Error::at)).
    ///
    /// # Errors
    /// The error of `self`, with its context.
    fn at<P: Display>(self, place: impl FnOnce() -> P) -> Result<T>;
}

impl<T> Place<T> for Result<T> {
    fn at<P: Display>(self, place: impl FnOnce() -> P) -> Result<T> {
        self.map_err(|error| if HAS_MESSAGES { error.at(place()) } else { error })
    }
}

/// Unwraps a value that an earlier check guarantees. Unlike `expect` it displays the error's message, so that the
/// binary does not need its `Debug` implementation, with the escaping and indenting that it requires.
pub(crate) trait Certain<T> {
    /// The value; `why` names the check.
    fn certain(self, why: &str) -> T;
}

impl<T> Certain<T> for Result<T> {
    fn certain(self, why: &str) -> T {
        self.unwrap_or_else(|error| panic!("{why}: {error}"))
    }
}
