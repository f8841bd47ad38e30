//! The doors to JavaScript: thin, and the only rooms that know `wasm-bindgen`.
//!
//! Three modules are built from them, each with one feature. `js-core` is the local caches' door
//! (`LocalCore`): nothing there calls JavaScript. A method changes the slots, leaves what happened
//! in memory that the engine in `src/ts` reads through views, and returns; callbacks run after
//! that, so that one which uses the cache again finds no Rust frame below it.
//!
//! `js-http` is the response cache's: its rules (`HttpRules`), to which header blocks go as text,
//! and the bytes it holds (`ByteSlots`). Nothing there calls JavaScript either.
//!
//! `js-cluster` is the cluster's: a client (`ClusterClient`) and a node (`NodeCore`). The client
//! does call JavaScript, since sockets are there, but never while anything is borrowed: whoever is
//! called may use the client again.

#[cfg(feature = "js-http")]
mod bytes;
#[cfg(feature = "js-cluster")]
mod clock;
#[cfg(feature = "js-cluster")]
mod cluster;
#[cfg(feature = "js-cluster")]
mod convert;
#[cfg(feature = "js-cluster")]
mod driver;
#[cfg(feature = "js-cluster")]
mod error;
#[cfg(feature = "js-http")]
mod http;
#[cfg(feature = "js-cluster")]
mod links;
#[cfg(feature = "js-core")]
mod local;
mod millis;
#[cfg(feature = "js-cluster")]
mod node;
#[cfg(feature = "js-cluster")]
mod timer;
#[cfg(feature = "js-cluster")]
mod transport;
#[cfg(feature = "js-cluster")]
mod types;
#[cfg(feature = "js-cluster")]
mod waiting;

#[cfg(feature = "js-http")]
pub use bytes::ByteSlots;
#[cfg(feature = "js-cluster")]
pub use cluster::ClusterClient;
#[cfg(feature = "js-http")]
pub use http::HttpRules;
#[cfg(feature = "js-core")]
pub use local::LocalCore;
pub use millis::Millis;
#[cfg(feature = "js-cluster")]
pub use node::NodeCore;
#[cfg(feature = "js-cluster")]
pub use types::{ClientOptions, Lease, Links, OnDrop, Token};
