//! ONNX files and their external data.

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

/// The bytes of a model file.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    files::read(path, onnx::MAX_FILE_BYTES)
}

/// Reads a model with its external data. Sizes that it leaves open are set to those of a picture, with a note on stderr.
pub(super) fn open_picture(path: &Path, bytes: &[u8]) -> Result<Imported> {
    let folder = folder(path);
    let mut bindings = Bindings::default();
    let read = onnx::read_picture(bytes, &mut bindings, &mut |external| read_external(&folder, external));
    let imported = read.at(|| path.display())?;
    if !bindings.sizes.is_empty() {
        let sizes: Vec<String> =
            bindings.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
        eprintln!("convscope: {} leaves sizes open; using {}", path.display(), sizes.join(", "));
    }
    Ok(imported)
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// Reads a model with its external data.
pub(super) fn open(path: &Path, bytes: &[u8], bindings: &Bindings) -> Result<Imported> {
    let folder = folder(path);
    onnx::read(bytes, bindings, &mut |external| read_external(&folder, external)).at(|| path.display())
}

/// Reads part of a file in the model's folder. The importer refuses names outside of the folder; links out of it are
/// refused here.
fn read_external(folder: &Path, external: &External<'_>) -> Result<Vec<u8>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let find = || -> std::io::Result<_> {
        let path = folder.join(external.location).canonicalize()?;
        let inside = path.starts_with(folder.canonicalize()?) && fs::metadata(&path)?.is_file();
        Ok(if inside { Ok(path) } else { Err(path) })
    };
    let path = find().map_err(|error| io_error(&error))?.map_err(|path| {
        Error::mismatch("open", "a file in the model's folder", format!("a link to {}", path.display()))
    })?;
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
        let expected = format!("{} bytes from byte {}", external.length, external.offset);
        Error::mismatch("open", expected, format!("a file of {length} bytes"))
    })
}
