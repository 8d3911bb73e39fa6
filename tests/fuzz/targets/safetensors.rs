//! safetensors, with and without a network in their metadata.
#![no_main]

use convscope::formats::{network, safetensors};
use convscope_fuzz::exercise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = safetensors::read(bytes) {
        for tensor in file.tensors.values() {
            assert!(tensor.to_row_major().len() == tensor.shape().elements().expect("a tensor that exists"));
        }
    }
    if let Ok((network, _)) = network::read(bytes) {
        exercise(&network);
    }
});
