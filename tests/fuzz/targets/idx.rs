//! IDX: the MNIST files.
#![no_main]

use convscope::formats::idx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let labels = idx::labels(bytes);
    if let Ok(images) = idx::images(bytes) {
        assert!(images.iter().count() == images.count);
        let labels = labels.unwrap_or_else(|_| vec![0; images.count]);
        let _ = idx::pair(images, labels);
    }
});
