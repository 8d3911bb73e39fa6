//! Files: reads are bounded, writes are atomic.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::io_error;
use crate::error::{Error, Place, Result};

/// Reads a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    read_bounded(path, limit).at(|| path.display())
}

fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| io_error(&error))?;
    let mut bytes = Vec::new();
    // One byte above the limit distinguishes a file that is too long from one that just fits; a pipe has no known length.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| io_error(&error))?;
    if bytes.len() as u64 > limit {
        return Err(Box::new(Error::TooLarge {
            what: "the file".into(),
            limit: format!("{limit} bytes"),
            found: format!("more than {limit} bytes"),
        }));
    }
    Ok(bytes)
}

/// Writes a temporary file and renames it, so that no reader sees an incomplete file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| io_error(&error))
        .at(|| path.display())
}

/// A tensor's name as a file name: letters, digits, `.`, `-` and `_` are kept, all others become `_`.
pub(super) fn safe_name(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let safe: String = name.chars().take(120).map(kept).collect();
    if safe.starts_with('.') || safe.is_empty() { format!("_{safe}") } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_names_cannot_leave_their_folder() {
        assert_eq!(safe_name("c1-relu.2"), "c1-relu.2");
        assert_eq!(safe_name("../../etc/passwd"), "_.._.._etc_passwd");
        assert_eq!(safe_name(""), "_");
        assert_eq!(safe_name("a/b:c\0"), "a_b_c_");
    }
}
