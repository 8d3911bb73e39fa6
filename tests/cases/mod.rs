//! Where recorded cases are, and how they are read.

#![allow(dead_code)] // Each test takes what it needs of this module.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The folder `kind` of recorded cases; `None`, said aloud, when `CONVSCOPE_CASES` is unset.
///
/// # Panics
/// When the variable is set and the folder is not there.
pub(crate) fn folder(kind: &str) -> Option<PathBuf> {
    let Some(root) = env::var_os("CONVSCOPE_CASES") else {
        println!("{kind}: skipped, CONVSCOPE_CASES is not set (0 run)");
        return None;
    };
    let folder = Path::new(&root).join(kind);
    assert!(folder.is_dir(), "CONVSCOPE_CASES is set, but {} is missing", folder.display());
    Some(folder)
}

/// The bytes of a case's file.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of JSON.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
