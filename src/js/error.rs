//! Why a Promise of the door is rejected: plain objects, of which `src/ts` makes its errors.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::cluster::{Cause, Error, Missing, QuorumError};

/// A failure as JavaScript sees it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Failure {
    /// Too few nodes answered.
    Quorum { is_write: bool, required: u32, received: u32, causes: Vec<NodeCause> },
    /// The time to live is longer than the nodes allow.
    Ttl { max_ttl_ms: f64 },
    /// The timeout is longer than the nodes allow.
    Timeout { max_op_ms: f64 },
    /// The client is closed.
    Closed,
    /// A key or a value has more bytes than a node takes.
    TooLarge { limit: u32 },
}

/// Why one node did not count.
#[derive(Debug, Serialize)]
pub(super) struct NodeCause {
    pub(super) node: String,
    pub(super) state: &'static str,
    pub(super) ms: f64,
}

impl Failure {
    /// Returns what became of a request that the coordinator of the nodes `ids` could not do.
    pub(super) fn new(error: Error, ids: &[String]) -> Self {
        match error {
            Error::Quorum(error) => Self::quorum(error, ids),
            Error::TtlTooLong { longest } => Self::Ttl { max_ttl_ms: to_ms(longest) },
            Error::TimeoutTooLong { longest } => Self::Timeout { max_op_ms: to_ms(longest) },
        }
    }

    fn quorum(error: QuorumError, ids: &[String]) -> Self {
        let QuorumError { is_write, required, received, causes } = error;
        let cause = |missing: &Missing| NodeCause {
            node: ids.get(missing.node as usize).cloned().unwrap_or_default(),
            state: name_of(missing.cause),
            ms: to_ms(missing.elapsed),
        };
        Self::Quorum { is_write, required, received, causes: causes.iter().map(cause).collect() }
    }

    /// Returns the plain object.
    pub(super) fn to_js(&self) -> JsValue {
        // Strings and doubles only: there is nothing that could not be written.
        serde_wasm_bindgen::to_value(self).unwrap_or(JsValue::UNDEFINED)
    }
}

/// Returns the word for a cause. A replica that knows something newer refuses; without a link the
/// circuit is open.
const fn name_of(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout => "timeout",
        Cause::Pending => "pending",
        Cause::Down => "open",
        Cause::Busy => "busy",
        Cause::Epoch => "epoch",
        Cause::Auth => "auth",
        Cause::Clock => "clock",
        Cause::Refused | Cause::Conflict => "refused",
    }
}

fn to_ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
