//! One replica as a read sees it: what it was asked and what it said.

use crate::time::Instant;
use crate::wire::{Held, Reply, Request as Message, Version};

use super::event::{Cause, Missing};
use super::repair::Repair;

/// One replica of the key.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) node: u32,
    pub(super) asked: Option<Instant>,
    /// Whether an answer to the last question is awaited.
    pub(super) is_open: bool,
    pub(super) is_late: bool,
    pub(super) answer: Option<Known>,
    /// Why and when the last question failed.
    pub(super) failure: Option<(Cause, Instant)>,
    pub(super) repair: Repair,
}

/// What a replica said it knows. Value and version come from the same answer.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) version: Version,
    pub(super) is_exact: bool,
    pub(super) is_dead: bool,
    pub(super) held: Option<Held>,
    pub(super) expires_at_ms: u64,
}

impl Seat {
    /// Returns a replica that was not asked.
    pub(super) fn new(node: u32) -> Self {
        Self {
            node,
            asked: None,
            is_open: false,
            is_late: false,
            answer: None,
            failure: None,
            repair: Repair::default(),
        }
    }

    /// Whether an answer is awaited and not late.
    pub(super) const fn is_waiting(&self) -> bool {
        self.is_open && !self.is_late
    }

    /// Whether the first answer is awaited and not late.
    pub(super) const fn is_prompt(&self) -> bool {
        self.is_waiting() && self.answer.is_none()
    }

    /// Whether there is an answer, or may be one.
    pub(super) const fn has_hope(&self) -> bool {
        self.answer.is_some() || self.is_open
    }

    /// Notes at `now` that there will be no answer to the last question.
    pub(super) fn fail(&mut self, cause: Cause, now: Instant) {
        self.answer = None;
        self.failure = Some((cause, now));
    }

    /// Returns why the replica does not count at `now`; `None` if it was not asked or does.
    /// `is_over` if there is no time left in which it could have answered.
    pub(super) fn missing(&self, now: Instant, is_over: bool) -> Option<Missing> {
        let asked = self.asked?;
        let silent = if is_over || self.is_late { Cause::Timeout } else { Cause::Pending };
        let (cause, at) = match (&self.answer, self.repair.failure()) {
            (None, _) => self.failure.unwrap_or((silent, now)),
            (Some(_), Some(cause)) => (cause, now),
            (Some(_), None) => return None,
        };
        Some(Missing { node: self.node, cause, elapsed: at.saturating_since(asked) })
    }
}

impl Known {
    /// Returns what a reply says of a key; `None` if it says nothing.
    pub(super) fn new(reply: Reply) -> Option<Self> {
        let known = |version, expires_at_ms| Self {
            version,
            is_exact: true,
            is_dead: false,
            held: None,
            expires_at_ms,
        };
        match reply {
            Reply::Held(held) => {
                Some(Self { held: Some(held.clone()), ..known(held.version, held.expires_at_ms) })
            }
            Reply::Gone { version, expires_at_ms, dead } => {
                Some(Self { is_dead: dead, ..known(version, expires_at_ms) })
            }
            Reply::Forgot { floor } => Some(Self { is_exact: false, ..known(floor, u64::MAX) }),
            _ => None,
        }
    }

    /// Whether it is deleted, or expired at `wall_ms`.
    pub(super) fn is_dead_at(&self, wall_ms: u64) -> bool {
        self.is_dead || (self.is_exact && self.expires_at_ms <= wall_ms)
    }

    /// Returns the message that makes a replica know as much.
    pub(super) fn to_message(&self, key: &[u8], wall_ms: u64) -> Message {
        let held = self.held.as_ref().filter(|_| !self.is_dead_at(wall_ms));
        Message::Put {
            key: key.to_vec(),
            version: self.version,
            expires_at_ms: self.expires_at_ms,
            flags: held.map_or(0, |held| held.flags),
            value: held.and_then(|held| held.value.clone()),
        }
    }
}
