//! Why a Promise of the door is rejected: plain objects, of which `src/ts` makes its errors.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

use crate::cluster::{Cause, Error, Missing, QuorumError};

use super::convert::to_ms;
use super::object;

/// A failure as JavaScript sees it.
#[derive(Debug)]
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
#[derive(Debug)]
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
        let kind = match self {
            Self::Quorum { .. } => "quorum",
            Self::Ttl { .. } => "ttl",
            Self::Timeout { .. } => "timeout",
            Self::Closed => "closed",
            Self::TooLarge { .. } => "tooLarge",
        };
        let failure = Object::new();
        let set_number = |name, number| object::set(&failure, name, &JsValue::from_f64(number));
        object::set(&failure, "kind", &JsValue::from_str(kind));
        match self {
            Self::Quorum { is_write, required, received, causes } => {
                object::set(&failure, "isWrite", &JsValue::from_bool(*is_write));
                set_number("required", f64::from(*required));
                set_number("received", f64::from(*received));
                let causes: Array = causes.iter().map(NodeCause::to_js).collect();
                object::set(&failure, "causes", &causes);
            }
            Self::Ttl { max_ttl_ms } => set_number("maxTtlMs", *max_ttl_ms),
            Self::Timeout { max_op_ms } => set_number("maxOpMs", *max_op_ms),
            Self::TooLarge { limit } => set_number("limit", f64::from(*limit)),
            Self::Closed => {}
        }
        failure.into()
    }
}

impl NodeCause {
    fn to_js(&self) -> Object {
        let cause = Object::new();
        object::set(&cause, "node", &JsValue::from_str(&self.node));
        object::set(&cause, "state", &JsValue::from_str(self.state));
        object::set(&cause, "ms", &JsValue::from_f64(self.ms));
        cause
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
