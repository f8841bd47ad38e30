//! Records that are lent rather than answered: what the standard commands look at.

use crate::wire::Version;

use super::{Known, Replica};

/// A record that a replica holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Orders it among all writes of the key.
    pub version: Version,
    /// When it dies, in milliseconds since the Unix epoch.
    pub expires_at_ms: u64,
    /// What the codec needs to read the value; 0 is a string of bytes.
    pub flags: u32,
    /// The value.
    pub value: &'a [u8],
}

impl Replica {
    /// Returns the living record of `key`. A use. O(1), allocates nothing.
    pub fn read(&mut self, wall_ms: u64, key: &[u8]) -> Option<Record<'_>> {
        self.settle(wall_ms, key)?;
        record(self.memory.touch(key)?)
    }

    /// Returns the living record of `key`. Not a use. O(1), allocates nothing.
    pub fn peek(&mut self, wall_ms: u64, key: &[u8]) -> Option<Record<'_>> {
        record(self.known(wall_ms, key)?)
    }
}

fn record(known: Known<'_>) -> Option<Record<'_>> {
    let value = known.value?;
    let (version, expires_at_ms, flags) = (known.version, known.expires_at_ms, known.flags);
    Some(Record { version, expires_at_ms, flags, value })
}
