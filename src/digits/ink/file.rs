//! Ink files: one drawing per line, as JSON.
//!
//! ```json
//! {"label":"8","writer":12,"strokes":[[[66,14],[66,11]],[[3,4]]]}
//! ```
//!
//! `label` and `writer` are optional; other members and blank lines are ignored.

use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};

use super::{Drawing, Point};
use crate::error::{Error, Place, Result};

/// The longest line in bytes: 200,000 points as a browser writes them.
pub const MAX_LINE: usize = 8 << 20;

/// The largest file for [`read`] in bytes: it holds the file and its drawings in memory.
pub const MAX_FILE: usize = 256 << 20;

/// One line of an ink file: a drawing, its label, and its writer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// The class that the writer meant, e.g. `8`.
    pub label: Option<String>,
    /// The number of the writer.
    pub writer: Option<u32>,
    /// The strokes.
    pub drawing: Drawing,
}

/// The JSON form of an entry.
#[derive(Serialize, Deserialize)]
struct Line<S> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    writer: Option<u32>,
    strokes: S,
}

/// Reads all entries of an ink file.
///
/// # Errors
/// As [`Entries`]; [`Error::TooLarge`] above [`MAX_FILE`].
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>> {
    if bytes.len() > MAX_FILE {
        return Err(Box::new(Error::TooLarge {
            what: "an ink file".into(),
            limit: format!("{MAX_FILE} bytes"),
            found: format!("{} bytes", bytes.len()),
        }));
    }
    Entries::new(bytes).collect()
}

/// Writes entries as the text of an ink file.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut text = String::new();
    for entry in entries {
        let line = Line { label: entry.label.clone(), writer: entry.writer, strokes: &entry.drawing.strokes };
        text += &serde_json::to_string(&line).expect("strings and numbers are always JSON");
        text.push('\n');
    }
    text
}

/// Reads an ink file line by line, one drawing in memory at a time.
///
/// An item is an error with the number of its line: [`Error::Malformed`] for a line that is not JSON of this form,
/// [`Error::TooLarge`] above [`MAX_LINE`] or [`MAX_POINTS`](super::MAX_POINTS), [`Error::Mismatch`] for a coordinate
/// that is NaN or infinite, [`Error::Io`] when the source fails. Iteration ends after an error.
#[derive(Debug)]
pub struct Entries<R> {
    source: R,
    line: usize,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Entries<R> {
    /// The entries of `source`.
    pub fn new(source: R) -> Self {
        Entries { source, line: 0, buffer: Vec::new(), ended: false }
    }

    /// The entry of the next line that is not blank; `None` at the end.
    fn next_entry(&mut self) -> Result<Option<Entry>> {
        loop {
            self.line += 1;
            self.buffer.clear();
            // One byte above the limit distinguishes a line that is too long from one that just fits.
            self.source
                .by_ref()
                .take(MAX_LINE as u64 + 1)
                .read_until(b'\n', &mut self.buffer)
                .map_err(|error| Box::new(Error::Io { reason: error.to_string() }))?;
            if self.buffer.is_empty() {
                return Ok(None);
            }
            if self.buffer.len() > MAX_LINE {
                return Err(Box::new(Error::TooLarge {
                    what: "a drawing".into(),
                    limit: format!("{MAX_LINE} bytes"),
                    found: format!("a line of more than {MAX_LINE}"),
                }));
            }
            if !self.buffer.trim_ascii().is_empty() {
                return parse(&self.buffer).map(Some);
            }
        }
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let entry = self.next_entry();
        let entry = entry.at(|| format!("line {}", self.line)).transpose();
        self.ended = !matches!(entry, Some(Ok(_)));
        entry
    }
}

fn parse(line: &[u8]) -> Result<Entry> {
    let line: Line<Vec<Vec<Point>>> = serde_json::from_slice(line).map_err(|error| {
        Error::malformed(
            "ink",
            r#"{"label": "8", "strokes": [[[x, y], …], …]} on one line (`label` is optional)"#,
            error,
        )
    })?;
    let drawing = Drawing { strokes: line.strokes };
    drawing.check()?;
    Ok(Entry { label: line.label, writer: line.writer, drawing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_entries_read_back_the_same() {
        let entries = vec![
            Entry {
                label: Some("8".into()),
                writer: Some(12),
                drawing: Drawing {
                    strokes: vec![vec![[66.0, 14.5], [0.1, -3e-8]], vec![], vec![[3.0, 4.0]]],
                },
            },
            Entry::default(),
        ];
        assert_eq!(read(write(&entries).as_bytes()), Ok(entries));
    }

    #[test]
    fn label_and_writer_are_optional_and_blank_lines_ignored() {
        let text = "\n{\"strokes\":[[[1,2]]],\"device\":\"pen\"}\r\n\n{\"writer\":3,\"strokes\":[]}";
        let entries = read(text.as_bytes()).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].label, None);
        assert_eq!(entries[1].writer, Some(3));
    }

    #[test]
    fn an_error_names_its_line() {
        for bad in [
            "nonsense",
            "{}",
            "[1,2]",
            r#"{"strokes":[[[1]]]}"#,
            r#"{"strokes":[[[1,2,3]]]}"#,
            r#"{"strokes":[[[1,null]]]}"#,
            r#"{"strokes":[[[1e39,0]]]}"#,
            r#"{"strokes":[[[1,2]]]} {}"#,
            r#"{"label":"8","strokes":[[[1,2]"#,
            "\u{0}\u{1}",
        ] {
            let text = format!("{{\"strokes\":[]}}\n\n{bad}\n{{\"strokes\":[]}}\n");
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("line 3: "), "{bad}: {error}");
            assert_eq!(Entries::new(text.as_bytes()).count(), 2, "{bad}");
        }
    }

    #[test]
    fn long_lines_and_many_points_are_refused() {
        let endless =
            Entries::new(std::io::BufReader::new(std::io::repeat(b'['))).next().unwrap().unwrap_err();
        assert!(endless.to_string().contains("too large"), "{endless}");
        let points = vec!["[1,2]"; super::super::MAX_POINTS + 1].join(",");
        let error = read(format!("{{\"strokes\":[[{points}]]}}").as_bytes()).unwrap_err();
        assert!(error.to_string().contains("200001 points"), "{error}");
    }
}
