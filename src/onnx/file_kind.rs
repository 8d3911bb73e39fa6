//! Recognizes files of other kinds that users open as ONNX, and advises what to do.

use super::wire::malformed;
use crate::error::{Error, Result};

/// The number of bytes examined.
const HEAD: usize = 512;

/// Refuses a file that is recognized as another kind.
///
/// # Errors
/// [`Error::Malformed`] with the kind of file and advice.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    match recognize(bytes) {
        Some((kind, advice)) => Err(refusal(kind, advice)),
        None => Ok(()),
    }
}

fn refusal(kind: &str, advice: &str) -> Box<Error> {
    malformed("an ONNX model", format_args!("{kind}; {advice}"))
}

/// The kind of file and advice; `None` for a file that may be ONNX.
fn recognize(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let contains = |what: &[u8]| head.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what));
    let starts = |what: &[u8]| head.starts_with(what);
    let text = head.trim_ascii_start();
    Some(if bytes.is_empty() {
        ("an empty file", "download or export it again")
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        if contains(b"data.pkl") || contains(b"/version") || contains(b"archive/") {
            ("a PyTorch zip (.pt)", "export it with torch.onnx.export")
        } else if contains(b"config.json") || contains(b"model.weights.h5") {
            ("a Keras zip (.keras)", "convert it with tf2onnx")
        } else {
            ("a zip archive", "unpack it, or, if it is a .pt or .keras file, export it as ONNX")
        }
    } else if starts(b"\x1f\x8b") {
        ("gzip data", "unpack it with gunzip first")
    } else if starts(b"version https://git-lfs") {
        ("a Git LFS pointer instead of the file", "fetch the file with git lfs pull")
    } else if starts(b"\x89HDF\r\n") {
        ("a Keras HDF5 file (.h5)", "convert it with tf2onnx")
    } else if head.get(4..8) == Some(b"TFL3") {
        ("a TensorFlow Lite model", "convert it with tf2onnx --tflite")
    } else if head.get(4..8) == Some(b"ORTM") {
        ("a model in onnxruntime's format (.ort)", "use the .onnx file that it was made from")
    } else if head.get(8..10) == Some(b"{\"") || head.get(8..9) == Some(b"{") && contains(b"data_offsets") {
        ("a safetensors file", "rename it to .safetensors")
    } else if text.starts_with(b"<") {
        ("a web page (HTML)", "download the ONNX file instead of the page about it")
    } else if text.starts_with(b"{") {
        if contains(b"modelTopology") || contains(b"layers-model") || contains(b"graph-model") {
            ("a TensorFlow.js model", "export the original as ONNX")
        } else {
            ("JSON text", "choose the ONNX file")
        }
    } else if starts(b"\x80\x02") || starts(b"\x80\x03") || starts(b"\x80\x04") || starts(b"\x80\x05") {
        ("a Python pickle, which is not supported", "export the network with torch.onnx.export")
    } else if starts(b"\x93NUMPY") {
        ("a NumPy array", "choose the ONNX file")
    } else if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") {
        ("a picture", "choose the ONNX file")
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_recognized_by_their_first_bytes() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"PK\x03\x04....archive/data.pkl", "PyTorch"),
            (b"PK\x03\x04....", "zip"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
            (b"\x89HDF\r\n\x1a\n", "Keras"),
            (b"\x1c\0\0\0TFL3", "Lite"),
            (b"\x40\0\0\0\0\0\0\0{\"a\":", "safetensors"),
            (b"\n <!doctype html>", "HTML"),
            (b"{\"modelTopology\": {}}", "TensorFlow.js"),
            (b"\x80\x02}q\0.", "pickle"),
        ] {
            let message = check(bytes).unwrap_err().to_string();
            assert!(message.contains(word) && message.contains("ONNX"), "{message}");
        }
        assert!(check(b"\x08\x07\x3a\x00").is_ok());
    }
}
