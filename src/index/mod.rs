//! Where things are: slots with one record each, their weights, and lists of slots; things by
//! number and by name.
//!
//! Nothing here knows keys, values or policies. A *slot* is a `u32` index; everything that other
//! rooms keep about an entry is an array indexed by its slot, so nothing is allocated per entry
//! and nothing holds a pointer.

mod hash;
mod list;
mod named;
mod sequence;
mod slab;
mod weights;

pub use hash::{HashKey, Keyed, KeyedHasher, hash};
pub use list::{Link, Links, List};
pub use named::{Named, sort_few};
pub use sequence::Sequence;
pub use slab::{FREE, Moment, NO_SLOT, Record, Slab};
