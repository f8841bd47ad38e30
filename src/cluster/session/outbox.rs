//! Pushes that wait for one subscriber.

use alloc::vec::Vec;
use core::mem;

use super::scope::Scope;
use crate::wire::{Encoder, Protocol, Push, Version};

/// What is pushed: which key or namespace was written, and with what version.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// A key was written or deleted.
    Write { key: Vec<u8>, version: Version },
    /// A namespace was cleared.
    Clear { namespace: Vec<u8>, version: Version },
}

/// The pushes of one subscriber: numbered from 1, whether or not they had room.
#[derive(Debug)]
pub(super) struct Outbox {
    /// Whose keys it hears of.
    scope: Scope,
    bytes: Vec<u8>,
    seq: u64,
    /// Whether the last one had none.
    has_gap: bool,
}

impl Outbox {
    /// Returns that of a subscriber of this scope.
    pub(super) const fn of(scope: Scope) -> Self {
        Self { scope, bytes: Vec::new(), seq: 0, has_gap: false }
    }

    /// Whether the subscriber may hear this: a key of its own, or any clear, which names no key.
    pub(super) fn wants(&self, news: &News) -> bool {
        match news {
            News::Write { key, .. } => self.scope.has(key),
            News::Clear { .. } => true,
        }
    }

    /// Numbers one push and keeps it if there is room; whether there was.
    pub(super) fn add(&mut self, news: &News) -> bool {
        self.has_gap = self.bytes.len() >= UNSENT_BYTES_MAX;
        if self.has_gap {
            self.seq += 1;
        } else {
            self.push(news);
        }
        !self.has_gap
    }

    fn push(&mut self, news: &News) {
        self.seq += 1;
        let seq = self.seq;
        let push = match news.clone() {
            News::Write { key, version } => Push::Invalidate { key, version, seq },
            News::Clear { namespace, version } => Push::Clear { namespace, version, seq },
        };
        push.encode(&mut Encoder::new(&mut self.bytes, Protocol::Resp3));
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns all that waits: whole messages, not more than fit one frame. Where the last ones are
    /// left out, one that says nothing but its number ends it: the next write, which would show the
    /// gap, may come much later.
    pub(super) fn take(&mut self) -> Vec<u8> {
        if mem::take(&mut self.has_gap) {
            self.push(&News::Write { key: Vec::new(), version: Version::ZERO });
        }
        mem::take(&mut self.bytes)
    }
}

/// Where this many bytes wait for a subscriber, further pushes are left out.
pub(super) const UNSENT_BYTES_MAX: usize = 1 << 20;
