//! NumPy's npy files (NEP 1).

use std::io::Cursor;

use ndarray::{ArrayViewD, IxDyn};
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt, WriteNpyExt};

use crate::error::{Error, Result};
use crate::graph::Element;
use crate::tensor::{Shape, Tensor};

/// The largest file in bytes.
pub const MAX_BYTES: u64 = 1 << 30;

/// The contents of a file. Every type that a network can take fits f64.
#[derive(Debug, PartialEq)]
pub struct Array {
    /// The shape, NCHW for images.
    pub shape: Shape,
    /// The type of the elements in the file.
    pub element: Element,
    /// The elements, row-major over the shape.
    pub values: Vec<f64>,
}

/// Reads an array of bool, uint8, int8, int32, int64, float32 or float64. The bytes are viewed in place, so that a header
/// with a false size allocates nothing.
///
/// # Errors
/// [`Error::Malformed`] for bytes that are not an npy file, are truncated, or have another element type.
pub fn read(bytes: &[u8]) -> Result<Array> {
    let readers: [fn(&[u8]) -> Viewed; 7] = [
        |bytes| view::<f32>(bytes, Element::Float32, f64::from),
        |bytes| view::<f64>(bytes, Element::Float64, |value| value),
        |bytes| view::<i64>(bytes, Element::Int64, |value| value as f64),
        |bytes| view::<i32>(bytes, Element::Int32, f64::from),
        |bytes| view::<u8>(bytes, Element::Uint8, f64::from),
        |bytes| view::<i8>(bytes, Element::Int8, f64::from),
        |bytes| view::<bool>(bytes, Element::Bool, |value| u8::from(value).into()),
    ];
    let mut found = String::new();
    for reader in readers {
        match reader(bytes) {
            Ok(array) => return Ok(array),
            Err(ViewNpyError::WrongDescriptor(descriptor)) => found = format!("the type {descriptor}"),
            Err(error) => return Err(Error::malformed("npy", "a complete array", error)),
        }
    }
    Err(Error::malformed("npy", "float32, float64, int64, int32, int8, uint8 or bool", found))
}

type Viewed = std::result::Result<Array, ViewNpyError>;

/// Views the bytes as an array with elements of type `T`.
fn view<T: Copy + ViewElement>(bytes: &[u8], element: Element, widen: fn(T) -> f64) -> Viewed {
    let array = ArrayViewD::<T>::view_npy(bytes)?;
    let values = array.iter().map(|&value| widen(value)).collect();
    Ok(Array { shape: Shape::new(array.shape()), element, values })
}

/// Writes a tensor, row-major over its shape, with elements of the given type.
///
/// # Errors
/// [`Error::Io`] when the encoder fails.
pub fn write(tensor: &Tensor, element: Element) -> Result<Vec<u8>> {
    let values = tensor.to_row_major();
    let array = ArrayViewD::from_shape(IxDyn(tensor.shape().axes()), &values)
        .expect("a tensor has as many values as its shape");
    let mut bytes = Cursor::new(Vec::new());
    match element {
        Element::Float32 => array.write_npy(&mut bytes),
        Element::Float64 => array.mapv(f64::from).write_npy(&mut bytes),
        Element::Int8 => array.mapv(|value| value as i8).write_npy(&mut bytes),
        Element::Int32 => array.mapv(|value| value as i32).write_npy(&mut bytes),
        Element::Int64 => array.mapv(|value| value as i64).write_npy(&mut bytes),
        Element::Uint8 => array.mapv(|value| value as u8).write_npy(&mut bytes),
        Element::Bool => array.mapv(|value| value != 0.0).write_npy(&mut bytes),
    }
    .map_err(|error| Box::new(Error::Io { reason: error.to_string() }))?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_tensor_reads_back_in_nchw_order() {
        let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let tensor = Tensor::from_row_major([1, 3, 2, 2], &values).unwrap();
        for element in [Element::Float32, Element::Float64, Element::Int64, Element::Int32, Element::Uint8] {
            let array = read(&write(&tensor, element).unwrap()).unwrap();
            let values = values.iter().map(|&value| value.into()).collect();
            assert_eq!(array, Array { shape: Shape::from([1, 3, 2, 2]), element, values });
        }
    }

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{header:<117}\n").bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn false_sizes_and_other_types_are_refused() {
        let vast = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4), }";
        assert!(read(&file(vast, &[0; 16])).unwrap_err().to_string().contains("not a readable npy"));
        let complex = "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }";
        let refusal = read(&file(complex, &[0; 16])).unwrap_err().to_string();
        assert!(refusal.contains("float32") && refusal.contains("<c8"), "{refusal}");
        assert!(read(b"").is_err());
    }
}
