//! ONNX files, with what they keep beside them.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::{files, io_error};
use crate::error::{Error, Place, Result};
use crate::formats::onnx::{self, Bindings, External, Imported};

/// Whether a MODEL argument names an ONNX file.
pub(super) fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// The bytes of a model's file.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    files::read(path, onnx::MAX_FILE_BYTES)
}

/// Reads a model and what lies beside it.
pub(super) fn open(path: &Path, bytes: &[u8], bindings: &Bindings) -> Result<Imported> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    onnx::read(bytes, bindings, &mut |external| beside(&folder, external)).at(|| path.display())
}

/// A part of a file in the model's folder. The reader has refused names that lead out of it; a link that does is refused
/// here.
fn beside(folder: &Path, external: &External<'_>) -> Result<Vec<u8>> {
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let path = here.join(external.location).canonicalize()?;
        if !path.starts_with(here.canonicalize()?) || !fs::metadata(&path)?.is_file() {
            return Ok(None);
        }
        let mut file = File::open(path)?;
        let end = external.offset.checked_add(external.length);
        if end.is_none_or(|end| end > file.metadata().map_or(0, |data| data.len())) {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(external.offset))?;
        let mut bytes = Vec::with_capacity(external.length as usize);
        file.take(external.length).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    read().map_err(|error| io_error(&error))?.ok_or_else(|| {
        let expected =
            format!("{} bytes from byte {} on, in the model's folder", external.length, external.offset);
        Error::mismatch("open", expected, "fewer, or a file elsewhere")
    })
}
