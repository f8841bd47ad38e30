//! The cluster, seen from a client: quorum reads and writes over replicas that know nothing of each
//! other.
//!
//! No gossip, no leader, no rebalancing: up to about seven fixed nodes, each a memory of versions
//! ([`Replica`]), and in each client a [`Coordinator`] that asks several of them. The one idea: **a
//! miss is always legal, a stale hit is not.** Whenever the replicas' answers leave it open whether
//! something newer was acknowledged, the answer is a miss.
//!
//! Nothing here does I/O or asks for the time: [`Coordinator::handle`] takes what happened,
//! [`Coordinator::poll`] gives what is to be done, [`Coordinator::deadline`] says when to wake it.
//!
//! # What it promises
//!
//! With R + W > N, 2W > N, clocks within half the largest drift of the truth, and node clocks that
//! do not step back over a restart:
//! 1. no hit is older, by version and in real time, than a write that was acknowledged before the
//!    read began;
//! 2. with 2R > N, hits are monotonic across quorum readers;
//! 3. what a put stored that returned before an acknowledged delete began never comes back, and no
//!    hit is later than its deadline and the clocks' error;
//! 4. N − max(R, W) nodes that are down, cut off or silent cause no errors.
//!
//! It is not linearizable, and no lock, counter or compare-and-set can be built on it. A put that
//! is pending or has failed may act, even twice, even over a later write. `tests/sim` proves what
//! is promised against all that a network and its clocks can do; [`Rule`] names each rule that it
//! rests on.

mod clock;
mod config;
mod coordinator;
mod dice;
mod event;
mod exchange;
mod health;
mod hint;
mod lease;
mod node;
mod operation;
mod placement;
mod read;
mod repair;
mod replica;
mod rules;
mod seat;
pub mod session;
mod stats;
mod tally;
mod timers;
mod touch;
mod write;

pub use crate::index::HashKey;
pub use clock::Now;
pub use config::{Config, ConfigError, NODES_MAX, NodeConfig, Quorum, ReadRepair};
pub use coordinator::Coordinator;
pub use event::{
    Action, Cause, Consistency, Error, Hit, Input, Missing, Outcome, Output, QuorumError, Request,
    Ticket, Why,
};
pub use health::{NodeHealth, NodeState};
pub use placement::Placement;
pub use replica::{Know, Record, Replica, ReplicaConfig};
#[doc(hidden)]
pub use rules::{Rule, Rules};
pub use stats::Stats;
