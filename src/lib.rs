//! One cache for every runtime: a core without I/O, compiled to native code and to WebAssembly.
//!
//! # The rooms
//!
//! A room imports rooms of lower rank only; `tests/tidy.rs` fails when one does not.
//!
//! | rank | room | what lives there |
//! |---|---|---|
//! | 0 | [`index`] | slots, their records and weights, lists of slots |
//! | 1 | [`bytes`] | keys and values as bytes: chunks, pages, and what finds them by key |
//! | 1 | [`time`] | [`Instant`], [`Clock`], [`Timer`] |
//! | 2 | [`policy`] | which slot goes next: LRU, LFU, FIFO, SIEVE, S3-FIFO, W-TinyLFU, adaptive |
//! | 3 | [`store`] | slots with deadlines, weights and reasons; the native [`Cache`] over them |
//! | 4 | [`http`] | what HTTP lets a cache do: RFC 9111 and its neighbours, as pure decisions |
//! | 4 | [`near`] | which copies of what the nodes hold may still be used |
//! | 4 | [`wire`] | what nodes and clients say to each other |
//! | 5 | [`cluster`] | quorum reads and writes over replicas, as a pure state machine |
//! | 6 | `js`, `node`, [`native`] | the WebAssembly door; the server; the platform's clocks |
//!
//! # The walk of one `get`
//!
//! [`Cache::get`] reads the clock once, finds the slot by the key's hash, compares the slot's
//! deadline, tells the policy that the slot was used, and lends the value. A dead entry is removed
//! on the way and is a miss: the sweep frees memory, only the deadline decides freshness.
//!
//! ```
//! use std::time::Duration;
//! use tidecache::{Cache, PolicyKind};
//!
//! let mut cache = Cache::builder()
//!     .max_entries(10_000)
//!     .default_ttl(Duration::from_secs(300))
//!     .policy(PolicyKind::Lru)
//!     .build()?;
//! cache.insert("user:1", "Ada");
//! assert_eq!(cache.get("user:1"), Some(&"Ada"));
//! # Ok::<(), tidecache::ConfigError>(())
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | the system's clock; without it the crate is `no_std` + `alloc` |
//! | `node` | no | the server `tidecache-node` |
//! | `js-*`, `bare` | no | the doors of the npm package; no interface for programs |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod bytes;
pub mod cluster;
pub mod http;
pub mod index;
#[cfg(any(
    feature = "js-core",
    feature = "js-bytes",
    feature = "js-client",
    feature = "js-node",
    feature = "js-http",
    feature = "js-unpack"
))]
pub mod js;
#[cfg(feature = "std")]
pub mod native;
pub mod near;
#[cfg(feature = "node")]
pub mod node;
pub mod policy;
pub mod store;
pub mod time;
pub mod wire;

#[cfg(feature = "std")]
pub use native::{Cache, SystemClock, TickingClock};
pub use policy::PolicyKind;
#[cfg(not(feature = "std"))]
pub use store::Cache;
pub use store::{CacheBuilder, ConfigError, Entry, RemovalReason, Stats, TooHeavy};
pub use time::{Clock, Instant, ManualClock, Timer};

/// The examples of the crate's README, run as tests.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../docs/rust.md")]
struct Readme;
