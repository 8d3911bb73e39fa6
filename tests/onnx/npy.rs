//! Arrays of NumPy, of the types that the cases have.

use std::path::Path;

use ndarray::ArrayViewD;
use ndarray_npy::ViewNpyExt;

/// An array's shape, its numbers row-major, and its type.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
    pub(crate) dtype: &'static str,
}

fn array<T: Copy>(view: &ArrayViewD<'_, T>, dtype: &'static str, wide: impl Fn(T) -> f64) -> Array {
    Array { shape: view.shape().into(), values: view.iter().map(|&value| wide(value)).collect(), dtype }
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Array {
    let bytes = crate::support::cases::bytes(path);
    if let Ok(view) = ArrayViewD::<f32>::view_npy(&bytes) {
        return array(&view, "float32", f64::from);
    }
    if let Ok(view) = ArrayViewD::<f64>::view_npy(&bytes) {
        return array(&view, "float64", |value| value);
    }
    if let Ok(view) = ArrayViewD::<i64>::view_npy(&bytes) {
        return array(&view, "int64", |value| value as f64);
    }
    if let Ok(view) = ArrayViewD::<i32>::view_npy(&bytes) {
        return array(&view, "int32", f64::from);
    }
    if let Ok(view) = ArrayViewD::<u8>::view_npy(&bytes) {
        return array(&view, "uint8", f64::from);
    }
    let view =
        ArrayViewD::<bool>::view_npy(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    array(&view, "bool", |value| f64::from(u8::from(value)))
}
