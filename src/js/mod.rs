//! The doors to JavaScript: thin, and the only rooms that know `wasm-bindgen`.
//!
//! Six modules are built from them, each with one feature and `bare`, without std. `js-core` is
//! the local caches' door (`LocalCore`): nothing there calls JavaScript. A method changes the
//! slots, leaves what happened in memory that the engine in `src/ts` reads through views, and
//! returns; callbacks run after that, so that one which uses the cache again finds no Rust frame
//! below it.
//!
//! `js-bytes` is beside it for those caches whose keys and values are bytes (`ByteCore`).
//!
//! `js-http` is the response cache's: its rules (`HttpRules`), to which header blocks go as text,
//! and the bytes it holds (`ByteSlots`). Nothing there calls JavaScript either.
//!
//! `js-client` is a cluster's client (`ClientCore`), `js-node` a node (`NodeCore`). Neither calls
//! JavaScript: bytes go in, bytes come out; sockets, timers and Promises are in `src/ts`.
//!
//! `js-unpack` unpacks those two, since their entry carries them packed.

#[cfg(all(feature = "bare", target_arch = "wasm32"))]
mod bare;
#[cfg(feature = "js-http")]
mod bytes;
#[cfg(feature = "js-client")]
mod cluster;
#[cfg(feature = "js-http")]
mod http;
#[cfg(feature = "js-client")]
mod line;
#[cfg(feature = "js-core")]
mod local;
#[cfg(any(feature = "js-core", feature = "js-http"))]
mod millis;
#[cfg(feature = "js-node")]
mod node;
#[cfg(feature = "js-node")]
mod object;
#[cfg(feature = "js-bytes")]
mod pairs;
#[cfg(feature = "js-client")]
mod plan;
#[cfg(feature = "js-client")]
mod told;
#[cfg(feature = "js-unpack")]
mod unpack;

#[cfg(feature = "js-http")]
pub use bytes::ByteSlots;
#[cfg(feature = "js-client")]
pub use cluster::ClientCore;
#[cfg(feature = "js-http")]
pub use http::HttpRules;
#[cfg(feature = "js-core")]
pub use local::LocalCore;
#[cfg(any(feature = "js-core", feature = "js-http"))]
pub use millis::Millis;
#[cfg(feature = "js-node")]
pub use node::NodeCore;
#[cfg(feature = "js-bytes")]
pub use pairs::ByteCore;
#[cfg(feature = "js-unpack")]
pub use unpack::{room, unpack};
