//! A widget for a web page. What it needs is a browser: `wasm-bindgen` asks for functions that only its JavaScript has.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn log(text: &str);
}

#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    log(name);
    format!("Hello, {name}")
}
