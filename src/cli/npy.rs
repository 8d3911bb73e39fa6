//! NumPy's files, as `f32`.

use std::io::Cursor;
use std::path::Path;

use ndarray::ArrayViewD;
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt, WriteNpyExt};

use super::files;
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::tensor::{Shape, Tensor};

/// The largest file that is read.
const MAX_BYTES: u64 = 1 << 30;

/// A tensor's shape and its numbers in the spoken order.
#[derive(Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) shape: Shape,
    pub(super) values: Vec<f32>,
}

/// Reads numbers of any type that a network can take, as f32.
pub(super) fn read(path: &Path) -> Result<Numbers> {
    parse(&files::read(path, MAX_BYTES)?).at(|| path.display())
}

/// The file is viewed where it lies: a header that lies about its size takes no memory.
fn parse(bytes: &[u8]) -> Result<Numbers> {
    let found = view::<f32>(bytes, |value| value)?;
    let found = found.map_or_else(|| view::<f64>(bytes, |value| value as f32), |found| Ok(Some(found)))?;
    let found = found.map_or_else(|| view::<i64>(bytes, |value| value as f32), |found| Ok(Some(found)))?;
    let found = found.map_or_else(|| view::<i32>(bytes, |value| value as f32), |found| Ok(Some(found)))?;
    let found = found.map_or_else(|| view::<u8>(bytes, f32::from), |found| Ok(Some(found)))?;
    let found = found.map_or_else(|| view::<i8>(bytes, f32::from), |found| Ok(Some(found)))?;
    let found =
        found.map_or_else(|| view::<bool>(bytes, |value| f32::from(u8::from(value))), |f| Ok(Some(f)))?;
    found.ok_or_else(|| {
        Error::malformed("npy", "float32, float64, int64, int32, int8, uint8 or bool", "another type")
    })
}

/// The array as numbers of type `T`, if they are that.
fn view<T: Copy + ViewElement>(bytes: &[u8], narrow: fn(T) -> f32) -> Result<Option<Numbers>> {
    match ArrayViewD::<T>::view_npy(bytes) {
        Ok(array) => {
            let values = array.iter().map(|&value| narrow(value)).collect();
            Ok(Some(Numbers { shape: Shape::new(array.shape()), values }))
        }
        Err(ViewNpyError::WrongDescriptor(_)) => Ok(None),
        Err(error) => Err(Error::malformed("npy", "a whole array", error)),
    }
}

/// Writes a tensor, row-major over its shape, in the type that its numbers are declared to be.
pub(super) fn write(path: &Path, tensor: &Tensor, element: Element) -> Result<()> {
    let mut bytes = Cursor::new(Vec::new());
    let array = tensor.view().as_standard_layout().into_owned();
    let written = match element {
        Element::Float32 => array.write_npy(&mut bytes),
        Element::Float64 => array.mapv(f64::from).write_npy(&mut bytes),
        Element::Int8 => array.mapv(|value| value as i8).write_npy(&mut bytes),
        Element::Int32 => array.mapv(|value| value as i32).write_npy(&mut bytes),
        Element::Int64 => array.mapv(|value| value as i64).write_npy(&mut bytes),
        Element::Uint8 => array.mapv(|value| value as u8).write_npy(&mut bytes),
        Element::Bool => array.mapv(|value| value != 0.0).write_npy(&mut bytes),
    };
    written.map_err(|error| Box::new(Error::Io { reason: error.to_string() }))?;
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
        write(&path, &tensor, Element::Float32).unwrap();
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
