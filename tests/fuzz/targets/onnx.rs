//! ONNX models: the reader, what it makes of them, and the writer.
#![no_main]

#[path = "../../support/onnx.rs"]
mod support;

use convscope::onnx::{self, Bindings};
use convscope_fuzz::exercise;
use libfuzzer_sys::fuzz_target;
use support::no_external_data;

fuzz_target!(|bytes: &[u8]| {
    let _ = onnx::inputs(bytes);
    // As a page opens it: sizes that are left open are filled in.
    let _ = onnx::asks(bytes);
    let Ok(imported) = onnx::read_picture(bytes, &mut Bindings::default(), &mut no_external_data) else { return };
    let Ok(network) = imported.network() else { return };
    exercise(&network);
    if let Ok(written) = onnx::write(&network) {
        let again = onnx::read(&written, &Bindings::default(), &mut no_external_data).and_then(|again| again.network());
        again.unwrap_or_else(|error| panic!("what is written is not read again: {error}"));
    }
});
