//! Memory as JavaScript sees it: through typed arrays, made anew each time because they are lost
//! when memory grows. No pointer is followed here.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = WebAssembly)]
    type Memory;
    #[wasm_bindgen(method, getter)]
    fn buffer(this: &Memory) -> ArrayBuffer;

    type ArrayBuffer;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &ArrayBuffer) -> f64;

    type DataView;
    #[wasm_bindgen(constructor)]
    fn new(buffer: &ArrayBuffer) -> DataView;
    #[wasm_bindgen(method, js_name = getUint32)]
    fn get_uint32(this: &DataView, address: u32, little_endian: bool) -> u32;
    #[wasm_bindgen(method, js_name = setUint32)]
    fn set_uint32(this: &DataView, address: u32, word: u32, little_endian: bool);
    #[wasm_bindgen(method, js_name = getFloat64)]
    fn get_float64(this: &DataView, address: u32, little_endian: bool) -> f64;
}

pub(crate) fn read_word(address: u32) -> u32 {
    view().get_uint32(address, true)
}

pub(crate) fn write_word(address: u32, word: u32) {
    view().set_uint32(address, word, true);
}

pub(crate) fn read_double(address: u32) -> f64 {
    view().get_float64(address, true)
}

/// Returns how large memory is.
pub(crate) fn memory_bytes() -> f64 {
    memory().byte_length()
}

fn view() -> DataView {
    DataView::new(&memory())
}

fn memory() -> ArrayBuffer {
    let memory: JsValue = wasm_bindgen::memory();
    memory.unchecked_into::<Memory>().buffer()
}
