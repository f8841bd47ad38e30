//! What a coordinator asks of a replica, and what it hears.

use alloc::vec::Vec;

use super::Version;

/// What is asked of one node. Times are milliseconds since the Unix epoch, corrected to the node's
/// clock by whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Says who is there and in which epoch; answered by [`Reply::Hello`].
    Hello {
        /// The configuration that the asker knows.
        epoch: u64,
        /// Whether the asker keeps copies and wants to hear of each write, as a [`Push`].
        ///
        /// [`Push`]: super::Push
        pushes: bool,
    },
    /// Reads what the node knows of a key; with `digest` without the value, unless that is short
    /// ([`DIGEST_VALUE_BYTES_MAX`]).
    Get {
        /// The key.
        key: Vec<u8>,
        /// Whether the version is enough.
        digest: bool,
    },
    /// Writes a record: a plain write, a hint, a repair, all by one rule. Answered by
    /// [`Reply::Applied`] or, of a delete that ended a living record, [`Reply::Removed`].
    Put {
        /// The key.
        key: Vec<u8>,
        /// Orders this write among all of the key.
        version: Version,
        /// When the record dies.
        expires_at_ms: u64,
        /// What the codec needs to read the value.
        flags: u32,
        /// The value; `None` is a delete.
        value: Option<Vec<u8>>,
    },
    /// Gives a record of exactly this version a later end; answered by [`Reply::Applied`] if it is
    /// held, else by what is known: gone, superseded or forgot.
    Touch {
        /// The key.
        key: Vec<u8>,
        /// The version that is to live on.
        version: Version,
        /// When the record dies.
        expires_at_ms: u64,
    },
    /// Raises the floor of a namespace. Answered by [`Reply::Applied`], or by [`Reply::Superseded`]
    /// if it is raised and the node has seen a version above it.
    Clear {
        /// What stands before the first `:` of the keys; empty for all keys.
        namespace: Vec<u8>,
        /// Records at or below it are forgotten.
        version: Version,
    },
    /// Asks to be the one that loads a key.
    Lease {
        /// The key.
        key: Vec<u8>,
        /// Who asks.
        holder: u64,
        /// How long the lease is to last.
        ttl_ms: u64,
    },
}

/// The longest value that comes with the answer to a digest: it costs less than asking again.
pub const DIGEST_VALUE_BYTES_MAX: usize = 4096;

/// A record as a replica holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Orders it among all writes of the key.
    pub version: Version,
    /// When it dies.
    pub expires_at_ms: u64,
    /// What the codec needs to read the value.
    pub flags: u32,
    /// The value; `None` in the answer to a digest if it is long.
    pub value: Option<Vec<u8>>,
}

/// What one node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Who it is and what it allows.
    Hello {
        /// The configuration that the node is in.
        epoch: u64,
        /// The node's clock.
        wall_ms: u64,
        /// The longest life it gives a record.
        max_ttl_ms: u64,
        /// The longest an operation may take.
        max_op_ms: u64,
        /// How far ahead of its clock a version may be.
        max_drift_ms: u64,
        /// What the clock has to pass before the node takes every new version: it may have
        /// forgotten what it acknowledged before its start.
        floor_ms: u64,
    },
    /// It holds a record.
    Held(Held),
    /// It knows the version and holds no value: evicted, or dead (deleted or expired).
    Gone {
        /// The last version it knew.
        version: Version,
        /// When that record died or would have.
        expires_at_ms: u64,
        /// Whether it is dead, not only evicted.
        dead: bool,
    },
    /// It knows nothing above this floor of the key's cell.
    Forgot {
        /// No version at or below it is known not to have been written.
        floor: Version,
    },
    /// The write is applied, or was already.
    Applied,
    /// The delete is applied, and there was a living record to remove.
    Removed,
    /// A newer version is known exactly.
    Superseded {
        /// That version.
        version: Version,
    },
    /// The version is too far ahead of the node's clock; nothing changed.
    Clock {
        /// The node's clock.
        wall_ms: u64,
    },
    /// The lease is granted.
    Granted,
    /// Somebody else holds the lease.
    Denied {
        /// When that lease ends at the latest.
        until_ms: u64,
    },
    /// It has too much to do; nothing changed.
    Busy,
    /// It is in another epoch; nothing changed.
    Epoch {
        /// The configuration that the node is in.
        epoch: u64,
    },
    /// It refuses: a limit, a right, a command it does not know; nothing changed.
    Refused {
        /// Why, in a word and a sentence.
        reason: Vec<u8>,
    },
}
