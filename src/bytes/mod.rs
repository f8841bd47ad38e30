//! Keys and values as bytes, in memory of our own: what a cache holds that no collector shall see.
//!
//! Each pair lies in a *chunk*, and chunks of one size, a *class*, lie densely in *pages*: whoever
//! leaves is replaced by the last of its class. So at most one page of a class is not full, a page
//! that becomes empty may serve any other class at once, and what is lost is bounded at any moment,
//! whatever came and went before.
//!
//! Nothing here knows deadlines, policies or JavaScript. A pair is known by the slot its owner gave
//! it, and by its key.

mod chunks;
mod classes;
mod pages;
mod pairs;
mod spread;

pub use chunks::PIECE_HEADER;
pub use classes::{CLASSES, PAGE, PIECE_MAX};
pub use pairs::{BytePairs, NoRoom};
