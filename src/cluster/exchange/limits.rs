//! What the nodes allow: each for itself, and together.
//!
//! One node alone sets no limit for a call: what counts is what as many nodes share as any quorum
//! needs, whichever the key. A node that allows less is asked for nothing that is longer, and has
//! refused it then.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cluster::config::Config;
use crate::cluster::event::{Cause, Output, Why};
use crate::cluster::node::Allowed;
use crate::index::sort_few;
use crate::wire::Request as Message;

use super::Exchange;

/// What a call may ask for.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Limits {
    /// The longest life of a record.
    pub(in crate::cluster) ttl: Duration,
    /// The longest read.
    pub(in crate::cluster) read: Duration,
    /// The longest write.
    pub(in crate::cluster) write: Duration,
    /// How far two clocks may be apart.
    pub(in crate::cluster) drift_ms: u64,
}

impl Limits {
    /// Returns what holds until a node says what it allows.
    pub(super) const fn of(config: &Config) -> Self {
        let Config { max_ttl: ttl, max_op, .. } = *config;
        Self { ttl, read: max_op, write: max_op, drift_ms: DRIFT_MS }
    }
}

impl Exchange {
    /// Takes what a node allows, and sends what has waited for that.
    pub(super) fn take_limits(&mut self, node: u32, allowed: Allowed) {
        let state = &mut self.nodes[node as usize];
        state.allowed = Some(allowed);
        for (id, output) in state.queue.drain(..) {
            let is_long =
                matches!(&output, Output::Send { message, .. } if allowed.is_too_long(message));
            if is_long {
                self.refused.push((node, id, Cause::Refused));
                continue;
            }
            if let Some(pending) = self.pending.get_mut(id) {
                pending.sent = self.now;
            }
            self.outputs.push_back(output);
        }
        self.share_limits();
    }

    /// Whether `node` takes a message of the operation that has the word.
    pub(super) fn is_allowed(&self, node: u32, why: Why, message: &Message) -> bool {
        let Some(allowed) = self.nodes[node as usize].allowed else { return true };
        // Greetings and hints are our own, and as short as they can be.
        let is_ours = matches!(why, Why::Hello | Why::Hint);
        (is_ours || self.current.timeout <= allowed.op) && !allowed.is_too_long(message)
    }

    /// Works out what calls may ask for. O(n log n) for a few nodes.
    pub(super) fn share_limits(&mut self) {
        let quorum = self.config.quorum;
        let ttls = self.told(self.config.max_ttl, |allowed| allowed.ttl);
        let ops = self.told(self.config.max_op, |allowed| allowed.op);
        // Of any N nodes so many allow at least that.
        let shared = |sorted: &[Duration], needed| sorted[(quorum.replicas - needed) as usize];
        let mut drifts: Vec<u64> =
            self.nodes.iter().filter_map(|node| Some(node.allowed?.drift_ms)).collect();
        sort_few(&mut drifts, |&drift_ms| drift_ms);
        self.limits = Limits {
            ttl: shared(&ttls, quorum.write),
            read: shared(&ops, quorum.read),
            write: shared(&ops, quorum.write),
            drift_ms: drifts.get(drifts.len().saturating_sub(1) / 2).copied().unwrap_or(DRIFT_MS),
        };
    }

    /// Returns what every node has told, the least first; `unsaid` of those that have not.
    fn told(&self, unsaid: Duration, of: fn(Allowed) -> Duration) -> Vec<Duration> {
        let mut told: Vec<Duration> =
            self.nodes.iter().map(|node| node.allowed.map_or(unsaid, of)).collect();
        sort_few(&mut told, |&span| span);
        told
    }
}

/// The largest drift until a node says what it is.
const DRIFT_MS: u64 = 500;
