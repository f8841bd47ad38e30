//! What a coordinator does that nobody has asked for: timers, probes, greetings, hints.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cluster::operation::{Delivery, Event, Task};

use super::Coordinator;

impl Coordinator {
    /// Does what is due: timers, probes, greetings, hints.
    pub(super) fn keep_house(&mut self) {
        let now = self.exchange.now.instant;
        while let Some((node, id, cause)) = self.exchange.take_refused() {
            self.settle(node, id, Err(cause));
        }
        while let Some((at, id)) = self.timers.first()
            && at <= now
        {
            self.timers.pop();
            if self.operations.get(id).is_some_and(|operation| operation.wake_at == at) {
                self.run(id, Event::Wake);
            }
        }
        while let Some(node) = self.exchange.take_probe() {
            self.greet(node);
        }
        if self.exchange.take_wants_time() {
            for node in self.exchange.linked() {
                self.greet(node);
            }
        }
        if !self.parked.is_empty() && self.exchange.is_hopeless() {
            for id in core::mem::take(&mut self.parked) {
                self.run(id, Event::Wake);
            }
        }
        if self.exchange.clock.is_set() {
            for id in core::mem::take(&mut self.parked) {
                if let Some(operation) = self.operations.get_mut(id) {
                    operation.is_parked = false;
                    self.run(id, Event::Start);
                }
            }
        }
        for node in 0..self.exchange.config.nodes.len() as u32 {
            self.deliver_hints(node);
        }
        self.exchange.tell_drops();
        let operations = &self.operations;
        let wakes = |id| operations.get(id).map(|operation| operation.wake_at);
        self.timers.forget(operations.len(), |at, id| wakes(id) != Some(at));
    }

    /// Greets a node, again if it does not answer: a link may be silent.
    pub(super) fn greet(&mut self, node: u32) {
        let patience = self.exchange.greeting_patience(node);
        self.spawn(None, patience, Task::Hello(node));
    }

    /// Brings a node that is back a few of the writes it missed.
    fn deliver_hints(&mut self, node: u32) {
        let is_ready = self.exchange.hints(node) > 0 && self.exchange.is_up(node);
        if !is_ready || self.delivering & 1 << node != 0 {
            return;
        }
        self.delivering |= 1 << node;
        let mut hints = Vec::new();
        while hints.len() < HINTS_AT_ONCE {
            let Some(hint) = self.exchange.take_hint(node) else { break };
            hints.push(Some(hint));
        }
        self.spawn(None, HINTS_TIMEOUT, Task::Hints(Delivery { node, hints, waits: false }));
    }
}

/// After this hints without an answer are brought again.
const HINTS_TIMEOUT: Duration = Duration::from_secs(1);

/// As many hints are under way to a node.
const HINTS_AT_ONCE: usize = 16;
