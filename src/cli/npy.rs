//! NumPy's files, as `f32`.

use std::io::Cursor;
use std::path::Path;

use ndarray::ArrayViewD;
use ndarray_npy::{ViewNpyError, ViewNpyExt, WriteNpyExt};

use super::files;
use crate::error::{Error, Place, Result};
use crate::tensor::{Shape, Tensor};

/// The largest file that is read.
const MAX_BYTES: u64 = 1 << 30;

/// A tensor's shape and its numbers in the spoken order.
#[derive(Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) shape: Shape,
    pub(super) values: Vec<f32>,
}

/// Reads f32, or f64 rounded to it.
pub(super) fn read(path: &Path) -> Result<Numbers> {
    parse(&files::read(path, MAX_BYTES)?).at(|| path.display())
}

/// The file is viewed where it lies: a header that lies about its size takes no memory.
fn parse(bytes: &[u8]) -> Result<Numbers> {
    let (shape, values) = match ArrayViewD::<f32>::view_npy(bytes) {
        Ok(array) => (Shape::new(array.shape()), array.iter().copied().collect()),
        Err(ViewNpyError::WrongDescriptor(_)) => {
            let array = ArrayViewD::<f64>::view_npy(bytes).map_err(|error| unreadable(&error))?;
            (Shape::new(array.shape()), array.iter().map(|&value| value as f32).collect())
        }
        Err(error) => return Err(unreadable(&error)),
    };
    Ok(Numbers { shape, values })
}

fn unreadable(error: &ViewNpyError) -> Error {
    Error::malformed("npy", "a whole array of float32 or float64", error)
}

/// Writes a tensor, row-major over its shape.
pub(super) fn write(path: &Path, tensor: &Tensor) -> Result<()> {
    let mut bytes = Cursor::new(Vec::new());
    let array = tensor.view().as_standard_layout().into_owned();
    array.write_npy(&mut bytes).map_err(|error| Error::Io { reason: error.to_string() })?;
    files::write(path, bytes.get_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_tensor_is_read_in_the_spoken_order() {
        let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let tensor = Tensor::from_row_major([1, 3, 2, 2], &values).unwrap();
        let path = std::env::temp_dir().join(format!("convscope-npy-{}.npy", std::process::id()));
        write(&path, &tensor).unwrap();
        let numbers = read(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(numbers, Ok(Numbers { shape: Shape::from([1, 3, 2, 2]), values }));
    }

    #[test]
    fn a_header_that_lies_is_refused() {
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4), }";
        bytes.extend(format!("{header:<117}\n").bytes());
        bytes.extend([0; 16]);
        assert!(parse(&bytes).unwrap_err().to_string().contains("not a readable npy"));
        assert!(parse(b"").is_err());
    }
}
