//! What a coordinator knows of a node: its link, its health, what it missed.

use alloc::vec::Vec;
use core::time::Duration;

use crate::wire::Request as Message;

use super::event::{Cause, Output};
use super::health::Health;
use super::hint::Hints;

/// What the exchange knows of a node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) is_full: bool,
    pub(super) in_flight: usize,
    /// Greetings since the last one that was answered.
    pub(super) greetings: u32,
    /// What it has told to allow.
    pub(super) allowed: Option<Allowed>,
    pub(super) health: Health,
    pub(super) hints: Hints,
    /// Messages that wait for the greeting's answer.
    pub(super) queue: Vec<(u64, Output)>,
}

/// What a node has told with its greeting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    /// The longest life of a record.
    pub(super) ttl: Duration,
    /// The longest operation.
    pub(super) op: Duration,
    /// How far two clocks may be apart.
    pub(super) drift_ms: u64,
    /// What its clock has to pass before it takes every new version.
    pub(super) floor_ms: u64,
}

impl Allowed {
    /// Whether a record of this message would live longer than the node allows.
    pub(super) fn is_too_long(&self, message: &Message) -> bool {
        match message {
            Message::Put { version, expires_at_ms, .. }
            | Message::Touch { version, expires_at_ms, .. } => {
                u128::from(expires_at_ms.saturating_sub(version.ms())) > self.ttl.as_millis()
            }
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Not yet known to be up or down; what is sent waits.
    Opening,
    /// There is none; why not.
    Down(Cause),
    /// Greeted; what is sent waits for the answer.
    Greeted,
    Up,
    /// It refuses the greeting, being in another epoch or not knowing who asks.
    Refused(Cause),
}

impl Link {
    /// Whether a greeting can be sent.
    pub(super) const fn is_there(self) -> bool {
        matches!(self, Self::Greeted | Self::Up | Self::Refused(_))
    }
}

impl Node {
    /// Returns a node whose link is on its way up.
    pub(super) fn new() -> Self {
        Self {
            link: Link::Opening,
            is_full: false,
            in_flight: 0,
            greetings: 0,
            allowed: None,
            health: Health::new(),
            hints: Hints::default(),
            queue: Vec::new(),
        }
    }

    /// Returns by what a read orders its replicas: the fast ones first, the broken ones last.
    pub(super) fn order(&self) -> (bool, bool, bool, u32) {
        let (is_open, mean_us) = self.health.order();
        let is_unreachable = matches!(self.link, Link::Down(_) | Link::Refused(_));
        (is_unreachable, is_open, self.link != Link::Up, mean_us)
    }

    /// Drops the message `id`, if it still waits for the greeting's answer.
    pub(super) fn unqueue(&mut self, id: u64) {
        self.queue.retain(|(of, _)| *of != id);
    }
}
