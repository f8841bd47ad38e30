//! The native server: the sessions of one node behind TCP, TLS, `WebSockets` and HTTP.
//!
//! What a node knows and answers is [`cluster::session`](crate::cluster::session); here are its
//! sockets. [`Config`] is read from flags, the environment and a file, [`run`] listens until it is
//! told to stop.
//!
//! # One thread
//!
//! All of a node runs on one thread: its connections are tasks of a single-threaded runtime, its
//! replica a plain value that they borrow in turn, never across an await. So there is no lock on
//! any path, no two commands are ever between each other's lines, and what belongs to the node
//! rather than to a key (its floors, namespaces, epoch, leases and the order of pushes) needs no
//! agreement between cores. docs/decisions.md says what was measured, and why it is not sharded.
//!
//! # What a connection costs
//!
//! Bytes are read into one buffer that all connections share and answered in the same turn, so that
//! an idle connection holds no buffer. What it may hold is stated in `link.rs`, and whoever reads
//! nothing is given up.

mod auth;
mod config;
mod flags;
mod http;
mod hub;
mod link;
mod listener;
mod log;
mod metrics;
mod server;
mod signals;
mod tcp;
mod tls;
mod websocket;

pub use config::{Config, ConfigError};
pub use flags::{Asked, HELP, parse};
pub use log::Level;
pub use server::{Fault, check, run};
