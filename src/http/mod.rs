//! HTTP caching as pure decisions: RFC 9111, and what goes with it.
//!
//! Header blocks come in as [text](fields), moments as milliseconds since 1970; decisions go out.
//! Nothing here keeps state but the [`ByteIndex`], asks for the time, or does I/O. Whatever a
//! stranger sends is read or ignored, never a panic; what is unclear makes a response staler.
//!
//! | file | section |
//! |---|---|
//! | [`storable`] | RFC 9111 3: which responses may be stored |
//! | `authorization` | RFC 9111 3.5 |
//! | [`update`] | RFC 9111 3.1, 3.2: which lines are stored, and their updates |
//! | [`partial`] | RFC 9111 3.3, 3.4: what is cut off, and joining parts |
//! | [`plan`] | RFC 9111 4: what to do with a stored response |
//! | [`serve`] | RFC 9111 4, 5.1: the lines to serve it with |
//! | [`vary`] | RFC 9111 4.1 |
//! | `freshness` | RFC 9111 4.2.1, 4.2.2 |
//! | [`age`] | RFC 9111 4.2.3, 5.1 |
//! | `stale` | RFC 9111 4.2.4, RFC 5861 |
//! | [`validation`] | RFC 9111 4.3.1, 4.3.4 |
//! | [`head`] | RFC 9111 4.3.5 |
//! | [`invalidation`] | RFC 9111 4.4 |
//! | `directive`, [`delta`] | RFC 9111 5.2, 1.2.2 |
//! | `targeted`, `structured` | RFC 9213, RFC 8941 |
//! | [`conditional`], `tag` | RFC 9110 13, 8.8.3 |
//! | [`range`] | RFC 9110 14 |
//! | [`date`], [`fields`], `known`, `list` | RFC 9110 5 |
//! | [`status`] | RFC 9211 |

pub mod age;
mod authorization;
pub mod conditional;
pub mod date;
pub mod delta;
mod directive;
pub mod fields;
mod freshness;
pub mod head;
mod index;
pub mod invalidation;
mod kept;
mod known;
mod list;
mod number;
mod options;
pub mod partial;
pub mod plan;
pub mod range;
mod reason;
mod request;
mod response;
pub mod serve;
mod stale;
pub mod status;
pub mod storable;
mod structured;
mod tag;
mod targeted;
pub mod update;
pub mod validation;
pub mod vary;

pub use age::Times;
pub use index::{ByteCounts, ByteIndex};
pub use kept::Kept;
pub use options::Options;
pub use plan::{Plan, Stored, Verdict};
pub use reason::Reason;
