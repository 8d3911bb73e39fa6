//! Panics of the core binary. The full one has a stack trace too; that, and closures for callbacks that `web-sys` adds,
//! would be a kilobyte here.

use wasm_bindgen::prelude::*;

/// Shows panics in the console, with their message.
#[wasm_bindgen(start)]
pub(super) fn start() {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console, js_name = error)]
        fn show_error(text: &str);
    }
    std::panic::set_hook(Box::new(|panic| show_error(&panic.to_string())));
}
