//! Promises that wait: for an operation, or for enough nodes.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use crate::cluster::{Cause, Coordinator, Missing, NodeHealth, NodeState, Now, QuorumError};
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
    /// Returns whether as many as `needed` of the nodes are up, and none of those that are has just
    /// started; nothing if that may still come.
    pub(super) fn verdict(
        &self,
        now: Now,
        needed: usize,
        coordinator: &Coordinator,
    ) -> Option<Result<(), QuorumError>> {
        let nodes = coordinator.nodes();
        let is_up = |node: &NodeHealth| node.state == NodeState::Up;
        let up = nodes.iter().filter(|node| is_up(node)).count();
        let is_over = now.instant >= self.until;
        if up >= needed {
            return (is_over || coordinator.warm_at(now).is_none()).then_some(Ok(()));
        }
        let refusals = (0..nodes.len() as u32)
            .filter(|&node| coordinator.why_silent(node) == Cause::Auth)
            .count();
        if !is_over && nodes.len() - refusals >= needed {
            return None;
        }
        let missing = (0..).zip(&nodes).filter(|(_, node)| !is_up(node)).map(|(node, _)| {
            let cause = match coordinator.why_silent(node) {
                Cause::Timeout if !is_over => Cause::Pending,
                cause => cause,
            };
            Missing { node, cause, elapsed: now.instant.saturating_since(self.since) }
        });
        Some(Err(QuorumError {
            is_write: false,
            required: needed as u32,
            received: up as u32,
            causes: missing.collect(),
        }))
    }
}
