//! What nodes and clients say to each other: typed messages, and their bytes.
//!
//! Bytes from outside never panic here and never make anybody allocate more than a stated limit; a
//! message that does not parse is a typed error.

mod batch;
mod command;
mod encode;
mod error;
mod frame;
mod inline;
pub mod limits;
mod message;
mod number;
mod push;
mod reply;
mod request;
mod resp;
mod scan;
mod value;
mod version;

pub use batch::Batch;
pub use command::{Client, Command, Condition, Login};
pub use encode::{Encoder, Protocol};
pub use error::{CommandError, WireError};
pub use frame::{Frame, Words};
pub use message::{DIGEST_VALUE_BYTES_MAX, Held, Reply, Request};
pub use push::Push;
pub use reply::{NO_AUTH, NO_PERM, WRONG_PASS};
pub use request::WIRE_PROTOCOL;
pub use resp::Decoder;
pub use value::Value;
pub use version::Version;
