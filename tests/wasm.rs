//! The engine inside real browsers: once per variant (`make test-wasm`).
#![cfg(target_family = "wasm")]

#[path = "agreement.rs"]
mod agreement;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// An environment's `RUSTFLAGS` would replace the checked-in flags in silence; this is where it shows.
#[wasm_bindgen_test]
fn the_variant_that_was_asked_for_is_live() {
    let expected = option_env!("CONVSCOPE_VARIANT").unwrap_or("simd128");
    assert_eq!(convscope::wasm::network::variant(), expected);
}
