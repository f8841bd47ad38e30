//! The doors to JavaScript: thin, and the only rooms that know `wasm-bindgen`.
//!
//! Nothing here calls JavaScript. A method changes the slots, leaves what happened in memory that
//! the engine in `src/ts` reads through views, and returns; callbacks run after that, so that one
//! which uses the cache again finds no Rust frame below it.

mod local;
mod millis;

pub use local::LocalCore;
pub use millis::Millis;
