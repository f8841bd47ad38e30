//! Promises that wait: for an operation, or for enough nodes.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use crate::cluster::{Coordinator, Missing, NodeHealth, NodeState, QuorumError};
use crate::time::Instant;

use super::convert::{Answer, Wants};
use super::error::Failure;

/// A Promise and what it is to be resolved with.
pub(super) struct Waiting {
    pub(super) wants: Wants,
    resolve: Function,
    reject: Function,
}

/// Somebody who waits for enough nodes.
pub(super) struct Connecting {
    pub(super) waiting: Waiting,
    pub(super) since: Instant,
    pub(super) until: Instant,
}

impl Waiting {
    /// Returns a Promise and what settles it; calls JavaScript.
    pub(super) fn new(wants: Wants) -> (Promise, Option<Self>) {
        let mut waiting = None;
        let promise = Promise::new(&mut |resolve, reject| {
            waiting = Some(Self { wants, resolve, reject });
        });
        (promise, waiting)
    }

    /// Settles the Promise; calls JavaScript.
    pub(super) fn settle(self, result: Result<Answer, Failure>) {
        let (function, value) = match result {
            Ok(answer) => (self.resolve, answer.to_js()),
            Err(failure) => (self.reject, failure.to_js()),
        };
        // The functions of a Promise do not throw.
        let _ = function.call1(&JsValue::UNDEFINED, &value);
    }
}

impl Connecting {
    /// Returns whether as many as `needed` of the nodes are up; nothing if that may still come.
    pub(super) fn verdict(
        &self,
        now: Instant,
        needed: usize,
        coordinator: &Coordinator,
    ) -> Option<Result<(), QuorumError>> {
        let nodes = coordinator.nodes();
        let is_up = |node: &NodeHealth| node.state == NodeState::Up;
        let up = nodes.iter().filter(|node| is_up(node)).count();
        if up >= needed {
            return Some(Ok(()));
        }
        let missing = (0..).zip(&nodes).filter(|(_, node)| !is_up(node)).map(|(node, _)| {
            let cause = coordinator.why_silent(node);
            Missing { node, cause, elapsed: now.saturating_since(self.since) }
        });
        (now >= self.until).then(|| {
            Err(QuorumError {
                is_write: false,
                required: needed as u32,
                received: up as u32,
                causes: missing.collect(),
            })
        })
    }
}
