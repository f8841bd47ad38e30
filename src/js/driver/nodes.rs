//! What the driver tells of its nodes, and when it looks again.

use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use crate::cluster::{Error, NodeState, Now};
use crate::js::convert::Answer;
use crate::js::error::Failure;
use crate::js::waiting::Connecting;

use super::{Effects, State};

impl State {
    /// Returns how the nodes are, in their order.
    pub(super) fn node_states(&self) -> Vec<NodeState> {
        self.coordinator.nodes().iter().map(|node| node.state).collect()
    }

    /// Tells who watches the nodes what has changed.
    pub(super) fn look_at_nodes(&mut self, effects: &mut Effects) {
        if let Some(mut watch) = self.watch.take() {
            effects.news = watch.look(&self.ids, self.node_states());
            self.watch = Some(watch);
        }
    }

    /// Tells those who wait for enough nodes that these are there, or that there is no time left.
    pub(super) fn settle_connecting(&mut self, now: Now, effects: &mut Effects) {
        if self.connecting.is_empty() {
            return;
        }
        for connecting in mem::take(&mut self.connecting) {
            let Some(verdict) = connecting.verdict(now, self.needed, &self.coordinator) else {
                self.connecting.push(connecting);
                continue;
            };
            let failure = |error| Failure::new(Error::Quorum(error), &self.ids);
            let result = verdict.map(|()| Answer::Nothing).map_err(failure);
            effects.settled.push((connecting.waiting, result));
        }
    }

    /// Has the timer ring when there is something to do, and not when there is nothing.
    pub(super) fn set_alarm(&mut self, now: Now, effects: &mut Effects) {
        let warm_at = self.coordinator.warm_at(now);
        let until = |connecting: &Connecting| {
            warm_at.map_or(connecting.until, |at| at.min(connecting.until))
        };
        let connecting = self.connecting.iter().map(until);
        let is_full = self.lines.iter().any(|line| line.is_full);
        // No socket says when its buffer is empty again.
        let look = is_full.then(|| now.instant + LOOK_AT_BUFFERS);
        match self.coordinator.deadline().into_iter().chain(connecting).chain(look).min() {
            Some(at) if self.alarm.is_by(at) => {}
            Some(at) => effects.wakes_at = Some(at),
            None => effects.old_timer = self.alarm.replace(None),
        }
    }
}

/// How often full buffers are looked at.
const LOOK_AT_BUFFERS: Duration = Duration::from_millis(10);
