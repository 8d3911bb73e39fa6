//! Import of ONNX models, in a separate binary without vector instructions: a page loads it when such a file is
//! first imported. A model becomes a safetensors file that includes its graph, which the core or full binary then
//! opens.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::object;
use crate::error::{Error, Result};
use crate::json::shown;
use crate::onnx::{self, Bindings, External, Given, Names};

/// The requirements of a model: what must be provided before it can be imported.
#[derive(Serialize)]
struct Requirements {
    /// The sizes that the model leaves open.
    sizes: Vec<Size>,
    /// The other files with its weights, by the names in the model.
    files: Vec<String>,
}

#[derive(Serialize)]
struct Size {
    name: String,
    input: String,
    axis: usize,
    counts: &'static str,
    /// The size that was provided, that the file implies or, after the import, that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
}

/// A model import, with the files and sizes provided for it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct OnnxImporter {
    files: Names<Vec<u8>>,
    /// The bindings of the model's inputs: those provided and, after the import, those used.
    bindings: Bindings,
}

#[wasm_bindgen]
impl OnnxImporter {
    /// An importer without files or sizes.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        OnnxImporter::default()
    }

    /// Adds a file with weights of the model, by its name in the model.
    pub fn file(&mut self, name: String, bytes: Vec<u8>) {
        self.files.insert(name, bytes);
    }

    /// Sets a size that the model leaves open.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a number that is not a size.
    pub fn size(&mut self, name: String, size: f64) -> std::result::Result<(), JsError> {
        if !(1.0..=f64::from(u32::MAX)).contains(&size) || size.trunc() != size {
            let expected = format!("a whole number from 1 to {} as {}", u32::MAX, shown(&name));
            Err(Error::mismatch("import", expected, crate::error::shown(size as f32)))?;
        }
        self.bindings.sizes.retain(|(known, _)| *known != name);
        self.bindings.sizes.push((name, size as usize));
        Ok(())
    }

    /// Sets the shape of an input, and its values if it determines shapes or is a weight.
    pub fn input(&mut self, name: String, shape: Vec<usize>, values: Option<Vec<f64>>) {
        self.bindings.inputs.push((name, Given { shape, values }));
    }

    /// The requirements of the model: `{ sizes: [{ name, input, counts, axis, size }], files: [names] }`.
    ///
    /// # Errors
    /// Why the model cannot be read, in one sentence.
    pub fn requirements(&self, model: &[u8]) -> std::result::Result<JsValue, JsError> {
        let onnx::Requirements { sizes, files } = onnx::requirements(model)?;
        let given = |name: &str| self.bindings.sizes.iter().find(|(known, _)| known == name);
        let size = |open: onnx::OpenSize| Size {
            size: given(&open.name).map(|&(_, size)| size).or(open.size),
            name: open.name,
            input: open.input,
            axis: open.axis,
            counts: open.counts.name(),
        };
        Ok(object::to_js(&Requirements { sizes: sizes.into_iter().map(size).collect(), files }))
    }

    /// Converts the model to a safetensors file that includes its graph. With `picture`, open sizes that were not
    /// set are those of a picture.
    ///
    /// # Errors
    /// Why the model cannot be imported, in one sentence; also if it requires a file that was not provided.
    pub fn import(&mut self, model: &[u8], picture: bool) -> std::result::Result<Vec<u8>, JsError> {
        let mut file = |external: &External<'_>| part(&self.files, external);
        let imported = if picture {
            onnx::read_picture(model, &mut self.bindings, &mut file)?
        } else {
            onnx::read(model, &self.bindings, &mut file)?
        };
        Ok(imported.bytes()?)
    }
}

/// The bytes of a tensor in another file.
fn part(files: &Names<Vec<u8>>, external: &External<'_>) -> Result<Vec<u8>> {
    let bytes = files.get(external.location).ok_or_else(|| {
        let expected = format!("the file {} too, which has weights of the model", shown(external.location));
        Error::mismatch("import", expected, "the model alone")
    })?;
    let end = external.offset.checked_add(external.length);
    let range = end.and_then(|end| Some(external.offset.try_into().ok()?..end.try_into().ok()?));
    let found = range.and_then(|range: std::ops::Range<usize>| bytes.get(range));
    found.map(<[u8]>::to_vec).ok_or_else(|| {
        let expected = format!("{} bytes from byte {} on", external.length, external.offset);
        Error::mismatch("import", expected, format!("a file of {} bytes", bytes.len()))
    })
}
