//! The simulator: coordinators, replicas and a network in virtual time, from one seed.
//!
//! Nothing in here reads a clock or draws a number that does not come from the seed, so a seed is a
//! whole run. `world` moves time, `transport` messages and `nodes` nodes; `bytes` carries messages
//! over the real wire. `plan` draws from the seed what goes wrong, `life` makes requests and faults
//! happen, `peace` ends them. `history` checks everything that the cluster promises, with `memory`
//! for the replicas and `near` for the copies. `mutants` aims at each rule and `cost` measures what
//! the rules cost.
//! `tests/sim.rs` runs thousands of seeds; `tests/cluster.rs` tells short stories by hand.
// Each of the two programs uses a part of it.
#![allow(dead_code)]
// What can go wrong is there or not.
#![allow(clippy::struct_excessive_bools)]
// Milliseconds and millionths are far from 2⁶³.
#![allow(clippy::cast_possible_wrap)]

pub(crate) mod bytes;
pub(crate) mod cost;
pub(crate) mod dice;
pub(crate) mod history;
pub(crate) mod life;
pub(crate) mod memory;
pub(crate) mod mutants;
pub(crate) mod near;
pub(crate) mod network;
pub(crate) mod nodes;
pub(crate) mod peace;
pub(crate) mod plan;
pub(crate) mod transport;
pub(crate) mod world;
