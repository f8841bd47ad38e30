//! Leases: who loads a key that nobody has.
//!
//! A lease is a courtesy, not a lock: two loads are harmless, so a node that restarts or a list
//! that is full grants at once.

use crate::index::Named;
use crate::wire::Reply;

/// The leases that one node has granted.
#[derive(Debug, Default)]
pub(super) struct Leases {
    granted: Named<Lease>,
}

#[derive(Debug)]
struct Lease {
    holder: u64,
    until_ms: u64,
}

impl Leases {
    /// Grants the lease on `key` to `holder` until `until_ms`, unless another one has it. A holder
    /// that asks for an end that has come gives its lease back. O(n).
    pub(super) fn ask(&mut self, key: &[u8], holder: u64, now_ms: u64, until_ms: u64) -> Reply {
        let lease = self.granted.get(key).filter(|lease| lease.until_ms > now_ms);
        if let Some(lease) = lease.filter(|lease| lease.holder != holder) {
            return Reply::Denied { until_ms: lease.until_ms };
        }
        if until_ms <= now_ms {
            self.granted.remove(key);
            return Reply::Granted;
        }
        if self.granted.len() >= LEASES_MAX {
            self.granted.retain(|lease| lease.until_ms > now_ms);
        }
        if self.granted.len() < LEASES_MAX {
            self.granted.insert(key, Lease { holder, until_ms });
        }
        Reply::Granted
    }
}

/// Leases that a node remembers; with more, everybody may load.
const LEASES_MAX: usize = 1024;
