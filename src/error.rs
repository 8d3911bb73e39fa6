//! The one error type: what was done, what was expected, what was found, and where.

use std::fmt::{self, Display};

use thiserror::Error;

/// A result whose failure is an [`enum@Error`]. It lies in a box, for every `?` moves it: several KiB of the wasm binary
/// would do nothing but move errors.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// What went wrong. Its `Display` is one clear sentence for the person who gave the input.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// Values that do not fit an operation: a shape, a count, a setting.
    #[error("{operation}: expected {expected}, found {found}")]
    Mismatch {
        /// The operation that was asked for, in the field's words: `conv`, `graph`, `train`.
        operation: &'static str,
        /// What it can take.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// Bytes that are not what their format promises.
    #[error("not a readable {format} file: expected {expected}, found {found}")]
    Malformed {
        /// The format the bytes were read as.
        format: &'static str,
        /// What the format asks for at this place.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// More than a stated limit, noticed before memory is taken.
    #[error("{what} is too large: {found} where at most {limit} is read")]
    TooLarge {
        /// The thing that is too large.
        what: String,
        /// The most that is accepted, with its unit.
        limit: String,
        /// The size found, with its unit.
        found: String,
    },
    /// More memory than the machine has.
    #[error("there is no memory left for {bytes} bytes more")]
    Memory {
        /// What was asked for.
        bytes: u64,
    },
    /// A name that nothing has.
    #[error("there is no {what} `{name}`; known: {known}")]
    Unknown {
        /// The kind of thing looked for.
        what: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Something that only the full engine, built with the feature `lab`, can do.
    #[error("{what} needs the full engine")]
    Beyond {
        /// The thing that was asked for.
        what: &'static str,
    },
    /// A file that the system would not read or write.
    #[error("{reason}")]
    Io {
        /// The system's own words.
        reason: String,
    },
    /// Training that left the finite numbers; the last good weights are kept.
    #[error("training diverged at step {step}: the loss became {loss}; try a smaller learning rate")]
    Diverged {
        /// The optimizer's step, from 1.
        step: u64,
        /// The loss at that step.
        loss: String,
    },
    /// Training that was asked to stop.
    #[error("stopped; the weights so far are in {weights}; continue with --resume {checkpoint}")]
    Stopped {
        /// The file with the weights so far.
        weights: String,
        /// The checkpoint.
        checkpoint: String,
    },
    /// Another error, with the place where it arose: a file, a tensor, a node, a line.
    #[error("{place}: {source}")]
    At {
        /// The place, as the user would name it.
        place: String,
        /// What went wrong there.
        source: Box<Error>,
    },
}

impl Error {
    /// An [`Error::Mismatch`] from anything that can be shown.
    pub fn mismatch(operation: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        in_words(|| Error::mismatch_of(operation, &expected, &found))
    }

    /// An [`Error::Mismatch`] that the lean engine has words for too: of what is drawn or run, where no other engine is
    /// asked.
    pub fn refusal(operation: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        Error::mismatch_of(operation, &expected, &found)
    }

    /// Not made anew for every kind of thing that can be shown: there are hundreds of refusals.
    #[cold]
    #[inline(never)]
    fn mismatch_of(operation: &'static str, expected: &dyn Display, found: &dyn Display) -> Box<Self> {
        Box::new(Error::Mismatch { operation, expected: expected.to_string(), found: found.to_string() })
    }

    /// An [`Error::Malformed`] from anything that can be shown.
    pub fn malformed(format: &'static str, expected: impl Display, found: impl Display) -> Box<Self> {
        in_words(|| Error::malformed_of(format, &expected, &found))
    }

    #[cold]
    #[inline(never)]
    fn malformed_of(format: &'static str, expected: &dyn Display, found: &dyn Display) -> Box<Self> {
        Box::new(Error::Malformed { format, expected: expected.to_string(), found: found.to_string() })
    }

    /// An [`Error::TooLarge`] from anything that can be shown.
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

    /// Whether the full engine might do what this one could not ([`Error::Beyond`]).
    pub fn is_beyond(&self) -> bool {
        match self {
            Error::At { source, .. } => source.is_beyond(),
            error => matches!(error, Error::Beyond { .. }),
        }
    }

    /// The same error, with the place where it arose put before it.
    #[must_use]
    pub fn at(self: Box<Self>, place: impl Display) -> Box<Self> {
        if WORDS { self.at_place(&place) } else { self }
    }

    #[cold]
    #[inline(never)]
    fn at_place(self: Box<Self>, place: &dyn Display) -> Box<Self> {
        Box::new(Error::At { place: place.to_string(), source: self })
    }
}

/// Whether this engine says what is wrong with a file. The lean one only notices it: its loader then asks the full one,
/// which has the words. They are a tenth of a binary.
const WORDS: bool = cfg!(feature = "full");

/// An error in words, where this engine has them.
#[inline(always)]
fn in_words(error: impl FnOnce() -> Box<Error>) -> Box<Error> {
    if WORDS { error() } else { wordless() }
}

#[cold]
#[inline(never)]
fn wordless() -> Box<Error> {
    Error::beyond("saying what is wrong")
}

/// A number for a sentence, with three decimals. The standard library's way prints every digit, and would bring the
/// tables for it (25 KB) into the wasm binary.
pub fn shown(number: f32) -> impl Display {
    fmt::from_fn(move |to| {
        let size = number.abs();
        let sign = if number < 0.0 { "−" } else { "" };
        if number.is_nan() {
            to.write_str("NaN")
        } else if size.is_infinite() {
            write!(to, "{sign}infinity")
        } else {
            // From 10⁹ on with a power of ten.
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

/// A list for a sentence: `[1, 2]`. The standard library's way can also lay it out over lines and escape what is in it,
/// which is 8 KB of a binary.
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

/// Puts a place before the error of a result.
pub trait Place<T> {
    /// On failure, the error [`at`](Error::at) the place that `place` gives.
    ///
    /// # Errors
    /// The error of `self`, with its place.
    fn at<P: Display>(self, place: impl FnOnce() -> P) -> Result<T>;
}

impl<T> Place<T> for Result<T> {
    fn at<P: Display>(self, place: impl FnOnce() -> P) -> Result<T> {
        self.map_err(|error| if WORDS { error.at(place()) } else { error })
    }
}

/// Takes what an earlier check has made certain. Unlike `expect` it shows the sentence of the error, so that the binary
/// needs no `Debug` of it, with the escaping and indenting that this brings.
pub(crate) trait Certain<T> {
    /// The value; `why` says which check it was.
    fn certain(self, why: &str) -> T;
}

impl<T> Certain<T> for Result<T> {
    fn certain(self, why: &str) -> T {
        self.unwrap_or_else(|error| panic!("{why}: {error}"))
    }
}
