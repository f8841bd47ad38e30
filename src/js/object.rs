//! Plain objects of JavaScript, field by field: what goes in as options and comes out as figures.
//!
//! Not by `serde-wasm-bindgen`: it needs std, whose texts and number formats a module would carry.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Returns a field; nothing if `value` has none, whatever it is.
#[inline(never)]
pub(super) fn field(value: &JsValue, name: &str) -> JsValue {
    if !value.is_object() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Returns a number; `None` if the field is none.
#[inline(never)]
pub(super) fn number(value: &JsValue, name: &str) -> Option<f64> {
    field(value, name).as_f64()
}

/// Returns a text; `None` if the field is none.
#[inline(never)]
pub(super) fn text(value: &JsValue, name: &str) -> Option<String> {
    field(value, name).as_string()
}

/// Returns an array's members, each as `read` has it; `None` if the field is no array, or has a
/// member of which `read` makes nothing.
pub(super) fn list<T>(
    value: &JsValue,
    name: &str,
    read: impl FnMut(JsValue) -> Option<T>,
) -> Option<Vec<T>> {
    field(value, name).dyn_into::<Array>().ok()?.iter().map(read).collect()
}

/// Writes a field of an object that was just made.
#[inline(never)]
pub(super) fn set(object: &Object, name: &str, value: &JsValue) {
    // Nothing of it is frozen, so it does not fail.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// Returns an object of numbers.
pub(super) fn of_numbers(fields: &[(&str, f64)]) -> JsValue {
    let object = Object::new();
    for (name, number) in fields {
        set(&object, name, &JsValue::from_f64(*number));
    }
    object.into()
}
