//! Where things are: slots with one record each, and lists of slots.
//!
//! Nothing here knows keys, values or policies. A *slot* is a `u32` index; everything that other
//! rooms keep about an entry is an array indexed by its slot, so nothing is allocated per entry
//! and nothing holds a pointer.

mod list;
mod slab;

pub use list::{Links, List};
pub use slab::{FREE, Moment, NO_SLOT, Record, Slab};
