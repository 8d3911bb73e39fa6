//! ONNX files, with what they keep beside them.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{files, io_error};
use crate::error::{Error, Place, Result};
use crate::onnx::{self, Bindings, External, Imported};

/// Whether a MODEL argument names an ONNX file.
pub(super) fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// The bytes of a model's file.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    files::read(path, onnx::MAX_FILE_BYTES)
}

/// Reads a model and what lies beside it, one that leaves sizes open as one of pictures; which sizes were taken is said on
/// stderr.
pub(super) fn open_picture(path: &Path, bytes: &[u8]) -> Result<Imported> {
    let folder = folder(path);
    let mut taken = Bindings::default();
    let read = onnx::read_picture(bytes, &mut taken, &mut |external| beside(&folder, external));
    let imported = read.at(|| path.display())?;
    if !taken.sizes.is_empty() {
        let taken: Vec<String> = taken.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
        eprintln!("convscope: {} leaves sizes open; taken: {}", path.display(), taken.join(", "));
    }
    Ok(imported)
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// Reads a model and what lies beside it.
pub(super) fn open(path: &Path, bytes: &[u8], bindings: &Bindings) -> Result<Imported> {
    let folder = folder(path);
    onnx::read(bytes, bindings, &mut |external| beside(&folder, external)).at(|| path.display())
}

/// A part of a file in the model's folder. The reader has refused names that lead out of it; a link that does is refused
/// here.
fn beside(folder: &Path, external: &External<'_>) -> Result<Vec<u8>> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let find = || -> std::io::Result<_> {
        let path = here.join(external.location).canonicalize()?;
        let inside = path.starts_with(here.canonicalize()?) && fs::metadata(&path)?.is_file();
        Ok(inside.then_some(path))
    };
    let path = find().map_err(|error| io_error(&error))?;
    let path =
        path.ok_or_else(|| Error::mismatch("open", "a file in the model's folder", "one elsewhere"))?;
    let read = || -> std::io::Result<_> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        if external.offset.checked_add(external.length).is_none_or(|end| end > length) {
            return Ok(Err(length));
        }
        file.seek(SeekFrom::Start(external.offset))?;
        let mut bytes = Vec::with_capacity(external.length as usize);
        file.take(external.length).read_to_end(&mut bytes)?;
        Ok(Ok(bytes))
    };
    read().map_err(|error| io_error(&error))?.map_err(|length| {
        let expected = format!("{} bytes from byte {} on", external.length, external.offset);
        Error::mismatch("open", expected, format!("a file of {length} bytes"))
    })
}
