//! Import of ONNX models, in a binary of its own without vector instructions: a page loads it when such a file
//! is first imported. A model becomes a safetensors file that carries its graph, which an engine then opens.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::object;
use crate::error::{Error, Result};
use crate::json::shown;
use crate::onnx::{self, Bindings, Counts, External, Given, Names};

/// What a model requires before it can be imported.
#[derive(Serialize)]
struct Requirements {
    /// The sizes that it leaves open.
    sizes: Vec<Size>,
    /// The other files with its weights, as it names them.
    files: Vec<String>,
}

#[derive(Serialize)]
struct Size {
    name: String,
    input: String,
    axis: usize,
    counts: &'static str,
    /// What was given, what the file implies or, after the import, what was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
}

/// A model that is being imported, and what was given with it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct OnnxImporter {
    files: Names<Vec<u8>>,
    /// What was given about the model's inputs; after the import, what they were bound to.
    bindings: Bindings,
}

#[wasm_bindgen]
impl OnnxImporter {
    /// An importer that has been given nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        OnnxImporter::default()
    }

    /// Gives a file with weights of the model, by the name that the model has for it.
    pub fn file(&mut self, name: String, bytes: Vec<u8>) {
        self.files.insert(name, bytes);
    }

    /// Gives a size that the model leaves open.
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

    /// Gives the shape of an input, and its values if it determines shapes or is a weight.
    pub fn input(&mut self, name: String, shape: Vec<usize>, values: Option<Vec<f64>>) {
        self.bindings.inputs.push((name, Given { shape, values }));
    }

    /// What the model requires: `{ sizes: [{ name, input, counts, axis, size }], files: [names] }`.
    ///
    /// # Errors
    /// Why the model cannot be read, in one sentence.
    pub fn requirements(&self, model: &[u8]) -> std::result::Result<JsValue, JsError> {
        let onnx::Asks { sizes, files } = onnx::asks(model)?;
        let given = |name: &str| self.bindings.sizes.iter().find(|(known, _)| known == name);
        let size = |open: onnx::OpenSize| Size {
            size: given(&open.name).map(|&(_, size)| size).or(open.size),
            name: open.name,
            input: open.input,
            axis: open.axis,
            counts: word(open.counts),
        };
        Ok(object::to_js(&Requirements { sizes: sizes.into_iter().map(size).collect(), files }))
    }

    /// The model as a safetensors file that carries its graph. With `picture`, sizes that are left open and not given are
    /// those of a picture.
    ///
    /// # Errors
    /// Why the model cannot be imported, in one sentence; also when it requires a file that was not given.
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

fn word(counts: Counts) -> &'static str {
    match counts {
        Counts::Channels => "channels",
        Counts::Rows => "rows",
        Counts::Columns => "columns",
        Counts::Numbers => "numbers",
        Counts::Else => "",
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
