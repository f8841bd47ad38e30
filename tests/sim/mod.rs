//! The simulator: coordinators, replicas and a network in virtual time, from one seed.
//!
//! Nothing in here reads a clock or draws a number that does not come from the seed, so a seed is a
//! whole run: `world` moves time and messages, `plan` draws from the seed what goes wrong, `life`
//! makes requests and faults happen, `history` checks everything that the cluster promises,
//! `mutants` aims at each rule and `cost` measures what the rules cost.
//! `tests/sim.rs` runs thousands of seeds; `tests/cluster.rs` tells short stories by hand.
// Each of the two programs uses a part of it.
#![allow(dead_code)]
// Milliseconds and millionths are far from 2⁶³.
#![allow(clippy::cast_possible_wrap)]

pub(crate) mod cost;
pub(crate) mod dice;
pub(crate) mod history;
pub(crate) mod life;
pub(crate) mod mutants;
pub(crate) mod network;
pub(crate) mod plan;
pub(crate) mod world;
