//! The reader of ONNX models, a binary of its own without lanes: a page loads it when somebody opens such a file. It gives
//! the same network as a file of ours, which the engine then opens.

use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::json::shown;
use crate::onnx::{self, Bindings, External, Given, Names};

/// The allocator of the other binaries: smaller than the one that Rust brings.
#[cfg(all(target_arch = "wasm32", not(feature = "wasm")))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A model that is being opened, and what was given with it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct OnnxReader {
    beside: Names<Vec<u8>>,
    /// What is said of the model's inputs; once it is read, what it was bound to.
    bindings: Bindings,
}

#[wasm_bindgen]
impl OnnxReader {
    /// A reader that has been given nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        OnnxReader::default()
    }

    /// A file that the model keeps its weights in, by the name that the model has for it.
    pub fn put(&mut self, name: String, bytes: Vec<u8>) {
        self.beside.insert(name, bytes);
    }

    /// A size that the model leaves open.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for what is no size.
    pub fn size(&mut self, name: String, size: f64) -> std::result::Result<(), JsError> {
        if !(1.0..=f64::from(u32::MAX)).contains(&size) || size.trunc() != size {
            let expected = format!("a whole number from 1 to {} as {}", u32::MAX, shown(&name));
            Err(Error::mismatch("open", expected, "another"))?;
        }
        self.bindings.sizes.retain(|(known, _)| *known != name);
        self.bindings.sizes.push((name, size as usize));
        Ok(())
    }

    /// What is known of an input: its shape, and its numbers if it decides shapes or is a weight.
    pub fn input(&mut self, name: String, shape: Vec<usize>, values: Option<Vec<f64>>) {
        self.bindings.inputs.push((name, Given { shape, values }));
    }

    /// What the model asks for, as JSON: `{"sizes": [{"name", "input", "counts", "axis", "size"}], "files": [names]}`: sizes
    /// that it leaves open, with what the file implies or, once it is read, what was taken; and files that it keeps weights in.
    ///
    /// # Errors
    /// Why it cannot be read, in one sentence.
    pub fn asks(&self, model: &[u8]) -> std::result::Result<String, JsError> {
        Ok(onnx::requirements(model)?.to_json(&self.bindings))
    }

    /// The model as a network of ours, in a safetensors file. With `picture`, sizes that are left open and not given are
    /// those of a picture.
    ///
    /// # Errors
    /// Why it cannot be read, in one sentence; also when it asks for a file that was not given.
    pub fn read(&mut self, model: &[u8], picture: bool) -> std::result::Result<Vec<u8>, JsError> {
        let mut beside = |external: &External<'_>| part(&self.beside, external);
        let imported = if picture {
            onnx::read_picture(model, &mut self.bindings, &mut beside)?
        } else {
            onnx::read(model, &self.bindings, &mut beside)?
        };
        Ok(imported.bytes()?)
    }
}

/// The bytes of a tensor that lies in another file.
fn part(files: &Names<Vec<u8>>, external: &External<'_>) -> Result<Vec<u8>> {
    let bytes = files.get(external.location).ok_or_else(|| {
        let expected = format!("the file {} too, which the model keeps weights in", shown(external.location));
        Error::mismatch("open", expected, "the model alone")
    })?;
    let end = external.offset.checked_add(external.length);
    let range = end.and_then(|end| Some(external.offset.try_into().ok()?..end.try_into().ok()?));
    let found = range.and_then(|range: std::ops::Range<usize>| bytes.get(range));
    found.map(<[u8]>::to_vec).ok_or_else(|| {
        let expected = format!("{} bytes from byte {} on", external.length, external.offset);
        Error::mismatch("open", expected, format!("a file of {} bytes", bytes.len()))
    })
}
