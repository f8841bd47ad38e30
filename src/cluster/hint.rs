//! Hints: writes and clears that a node missed, kept for it by the coordinator that made them.
//!
//! A hint is a courtesy. It never counts as an ack, it is bounded, it dies with its record or after
//! an hour, and it is applied by the same rule as every write: it never lengthens a life.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::wire::{Request as Message, Version};

/// What is on its way to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missed {
    /// A write of a key.
    Record(Record),
    /// A clear of a namespace: to raise a floor twice is to raise it once.
    Floor { namespace: Vec<u8>, version: Version },
}

/// A record on its way to a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: Vec<u8>,
    pub(super) version: Version,
    pub(super) expires_at_ms: u64,
    pub(super) flags: u32,
    /// `None` for a dead version.
    pub(super) value: Option<Vec<u8>>,
}

impl Missed {
    /// Returns the message that asks a node to apply this.
    pub(super) fn to_message(&self) -> Message {
        match self.clone() {
            Self::Record(Record { key, version, expires_at_ms, flags, value }) => {
                Message::Put { key, version, expires_at_ms, flags, value }
            }
            Self::Floor { namespace, version } => Message::Clear { namespace, version },
        }
    }

    /// Returns when it is of no use any more; a delete and a clear have no end of their own.
    fn end_ms(&self) -> u64 {
        match self {
            Self::Record(record) if record.value.is_some() => record.expires_at_ms,
            _ => u64::MAX,
        }
    }

    fn bytes(&self) -> usize {
        let own = match self {
            Self::Record(record) => record.key.len() + record.value.as_ref().map_or(0, Vec::len),
            Self::Floor { namespace, .. } => namespace.len(),
        };
        own + RECORD_BYTES
    }
}

/// What one node missed.
#[derive(Debug, Default)]
pub(super) struct Hints {
    queue: VecDeque<Hint>,
    bytes: usize,
}

/// What was missed and until when it is worth sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    pub(super) missed: Arc<Missed>,
    until_ms: u64,
}

impl Hints {
    /// Keeps what was `missed` at `wall_ms`; the oldest make room. O(1) amortised.
    pub(super) fn push(&mut self, wall_ms: u64, missed: Arc<Missed>) {
        let until_ms = missed.end_ms().min(wall_ms + AGE_MS_MAX);
        self.keep(Hint { missed, until_ms });
    }

    /// Keeps a hint that could not be delivered, for as long as before.
    pub(super) fn keep(&mut self, hint: Hint) {
        self.bytes += hint.missed.bytes();
        self.queue.push_back(hint);
        while self.queue.len() > HINTS_MAX || self.bytes > HINT_BYTES_MAX {
            self.pop();
        }
    }

    /// Returns the oldest hint that is still worth sending at `wall_ms`, and forgets it.
    pub(super) fn take(&mut self, wall_ms: u64) -> Option<Hint> {
        while let Some(hint) = self.pop() {
            if hint.until_ms > wall_ms {
                return Some(hint);
            }
        }
        None
    }

    /// Returns how many are kept. O(1).
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    fn pop(&mut self) -> Option<Hint> {
        let hint = self.queue.pop_front()?;
        self.bytes -= hint.missed.bytes();
        Some(hint)
    }
}

const HINTS_MAX: usize = 1_000;
const HINT_BYTES_MAX: usize = 1 << 20;
const AGE_MS_MAX: u64 = 3_600_000;

/// What a record weighs beside its key and value, on every platform the same.
const RECORD_BYTES: usize = 96;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn record(expires_at_ms: u64, bytes: usize) -> Arc<Missed> {
        let (key, version, value) = (vec![], Version::new(1, 0, 1), Some(vec![0; bytes]));
        Arc::new(Missed::Record(Record { key, version, expires_at_ms, flags: 0, value }))
    }

    #[test]
    fn hints_are_bounded_by_number_bytes_and_age() {
        let mut hints = Hints::default();
        for _ in 0..2_000 {
            hints.push(0, record(5, 10));
        }
        assert_eq!(hints.len(), HINTS_MAX);
        assert_eq!(hints.take(5), None, "they die with their records");
        for _ in 0..4 {
            hints.push(0, record(u64::MAX, HINT_BYTES_MAX / 3));
        }
        assert_eq!(hints.len(), 2);
        assert_eq!(hints.take(AGE_MS_MAX), None, "and after an hour");
    }
}
