//! The panic hook of the core binary. The full binary also prints a stack trace; that, and the callback closures
//! that `web-sys` adds, would take a kilobyte here.

use wasm_bindgen::prelude::*;

/// Prints panics to the console, with their message.
#[wasm_bindgen(start)]
pub(super) fn start() {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console, js_name = error)]
        fn show_error(text: &str);
    }
    std::panic::set_hook(Box::new(|panic| show_error(&panic.to_string())));
}
