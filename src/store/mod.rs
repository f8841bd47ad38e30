//! Entries that live for a time, in a limited room.
//!
//! [`Slots`] is the one core: which slots are in use, until when, how heavy, who goes next and why.
//! It knows neither keys nor values. Two thin shells put them beside it: the native [`Cache`] here,
//! and the JavaScript engine behind the door in `js`. Time to live, capacity, removal reasons and
//! statistics are written once, in `Slots`.

mod builder;
mod cache;
mod config;
mod entry;
mod expiry;
mod iter;
mod look;
mod pairs;
mod refused;
mod removal;
mod slots;
mod stats;

pub use builder::CacheBuilder;
pub use cache::Cache;
pub use config::{Capacity, ConfigError};
pub use entry::Entry;
pub use expiry::SWEEP_SLOTS;
pub use iter::{Iter, Keys};
pub use refused::TooHeavy;
pub use removal::{Removal, RemovalReason};
pub use slots::Slots;
pub use stats::Stats;
