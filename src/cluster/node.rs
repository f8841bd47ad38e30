//! What a coordinator knows of a node: its link, its health, what it missed.

use alloc::vec::Vec;

use super::event::Output;
use super::health::Health;
use super::hint::Hints;

/// What the exchange knows of a node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) is_full: bool,
    pub(super) in_flight: usize,
    pub(super) health: Health,
    pub(super) hints: Hints,
    /// Messages that wait for the greeting's answer.
    pub(super) queue: Vec<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// Greeted; what is sent waits for the answer.
    Greeted,
    Up,
    /// It is in another epoch.
    Refused,
}

impl Node {
    /// Returns a node without a link.
    pub(super) fn new() -> Self {
        Self {
            link: Link::Down,
            is_full: false,
            in_flight: 0,
            health: Health::new(),
            hints: Hints::default(),
            queue: Vec::new(),
        }
    }

    /// Whether messages can be sent, or kept until the greeting is answered.
    pub(super) fn is_reachable(&self) -> bool {
        matches!(self.link, Link::Up | Link::Greeted)
    }

    /// Returns by what a read orders its replicas: the fast ones first, the broken ones last.
    pub(super) fn order(&self) -> (bool, bool, u32) {
        let (is_open, mean_us) = self.health.order();
        (!self.is_reachable(), is_open, mean_us)
    }

    /// Drops the message `id`, if it still waits for the greeting's answer.
    pub(super) fn unqueue(&mut self, id: u64) {
        let is_it = |output: &Output| matches!(output, Output::Send { id: of, .. } if *of == id);
        self.queue.retain(|output| !is_it(output));
    }
}
