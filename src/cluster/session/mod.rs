//! The sessions of a node: the bytes of one connection in, its replies out.
//!
//! A [`Host`] is what all connections of a node share: one [`Replica`](super::Replica), the tokens
//! that open it, and what is to be pushed to whom. A [`Session`] is one connection: it takes the
//! bytes apart, knows who is there and which version of the protocol they speak, and answers. Both
//! do no I/O and read no clock, so that a WebSocket of JavaScript and a TCP socket of the native
//! node are hosts of the same sessions.
//!
//! The transport's side of it:
//! 1. [`Host::open`] a session, [trusted](Trust::Known) if a token was checked on the way;
//! 2. [`Session::receive`] what has arrived, send what that wrote, until all of it is taken;
//! 3. ask [`Host::pop_waiting`] which connections have pushes, and send [`Host::pushes`] there;
//! 4. [`Host::close`] it. Timers are the transport's: nobody here knows how long a peer is silent.
//!
//! # What may be asked when
//!
//! Where the node has tokens, a stranger is answered `HELLO`, `AUTH`, `PING` and `QUIT`, and gets
//! `NOAUTH` for all else. Versioned data commands wait for a `TC.HELLO` of the node's epoch. The
//! standard commands need no epoch: they are for people and tools that talk to one node, and draw
//! their versions from the node's own clock, so that a cluster's clients may read what they wrote.
//!
//! # What a stranger can cost
//!
//! Input: what a decoder holds, a tenth of it before the login. Output: one frame of
//! [`FRAME_BYTES_MAX`](crate::wire::limits::FRAME_BYTES_MAX) and one message that had no room in
//! it; the session takes no more input until the transport comes back. Pushes: 1 MiB, beyond which
//! they are left out, and the gap in their numbers tells the subscriber.

mod access;
mod host;
mod outbox;
mod scope;
mod standard;
mod talk;
mod text;

pub use access::{Token, Trust};
pub use host::{Host, HostConfig, HostStats};
pub use scope::Scope;
pub use talk::{Session, Standing};

#[cfg(test)]
mod tests;
