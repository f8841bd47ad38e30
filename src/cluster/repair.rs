//! The repair of one replica by one read.
//!
//! `Applied` and `Superseded` both say that the replica knows the version exactly, or a higher one.
//! `Forgot` does not: its floor may have nothing to do with this key.

use core::time::Duration;

use crate::time::Instant;
use crate::wire::{Reply, Version};

use super::event::Cause;

/// Where the repair of one replica stands.
#[derive(Debug, Default)]
pub(super) struct Repair {
    version: Version,
    tag: u8,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    None,
    Sent(Instant),
    Knows,
    Refused,
    Failed(Cause),
}

impl Repair {
    /// Returns the tag of the next repair: an answer to an older one says nothing of this one.
    pub(super) const fn next_tag(&self) -> u8 {
        self.tag + 1
    }

    /// Notes that `version` was sent at a moment, or could not be.
    pub(super) fn sent(&mut self, at: Result<Instant, Cause>, version: Version, tag: u8) {
        self.version = version;
        self.tag = tag;
        self.state = at.map_or_else(State::Failed, State::Sent);
    }

    /// Notes the answer to the repair of `tag`.
    pub(super) fn answer(&mut self, tag: u8, result: &Result<Reply, Cause>) {
        if tag != self.tag {
            return;
        }
        self.state = match *result {
            Ok(Reply::Applied | Reply::Removed | Reply::Superseded { .. }) => State::Knows,
            Ok(_) => State::Refused,
            Err(cause) => State::Failed(cause),
        };
    }

    /// Gives up waiting for a repair that was sent too long ago.
    pub(super) fn give_up(&mut self, now: Instant, patience: Duration) {
        if self.sent_at().is_some_and(|at| now >= at + patience) {
            self.state = State::Failed(Cause::Timeout);
        }
    }

    /// Returns when the repair was sent whose answer is awaited.
    pub(super) const fn sent_at(&self) -> Option<Instant> {
        match self.state {
            State::Sent(at) => Some(at),
            _ => None,
        }
    }

    /// Whether nothing as new as `version` was sent.
    pub(super) fn is_before(&self, version: Version) -> bool {
        self.state == State::None || self.version < version
    }

    /// Whether the replica has said that it knows `version`.
    pub(super) fn knows(&self, version: Version) -> bool {
        self.state == State::Knows && self.version >= version
    }

    /// Returns why the replica could not be reached.
    pub(super) const fn failure(&self) -> Option<Cause> {
        match self.state {
            State::Failed(cause) => Some(cause),
            _ => None,
        }
    }
}
