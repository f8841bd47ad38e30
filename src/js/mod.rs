//! The doors to JavaScript: thin, and the only rooms that know `wasm-bindgen`.
//!
//! Two modules are built from them, each with one feature. `js-core` is the local caches' door
//! (`LocalCore`): nothing there calls JavaScript. A method changes the slots, leaves what happened
//! in memory that the engine in `src/ts` reads through views, and returns; callbacks run after
//! that, so that one which uses the cache again finds no Rust frame below it.
//!
//! `js-cluster` is the cluster's: a client (`ClusterClient`) and a node (`NodeCore`). The client
//! does call JavaScript, since sockets are there, but never while anything is borrowed: whoever is
//! called may use the client again.

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
#[cfg(all(
    feature = "js-core",
    not(any(feature = "std", feature = "js-cluster")),
    target_arch = "wasm32"
))]
mod lean;
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

#[cfg(feature = "js-cluster")]
pub use cluster::ClusterClient;
#[cfg(feature = "js-core")]
pub use local::LocalCore;
pub use millis::Millis;
#[cfg(feature = "js-cluster")]
pub use node::NodeCore;
#[cfg(feature = "js-cluster")]
pub use types::{ClientOptions, Lease, Links, OnDrop, Token};
