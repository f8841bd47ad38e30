//! What goes into a coordinator and what comes out.

use alloc::vec::Vec;
use core::time::Duration;

use crate::wire::{Push, Reply, Request as Message, Version};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The application wants something.
    Request(Request),
    /// A node has answered the message `id`.
    Reply {
        /// Who.
        node: u32,
        /// Which message.
        id: u64,
        /// What.
        reply: Reply,
    },
    /// The message `id` will not be answered: the transport failed for it alone.
    Failed {
        /// By whom.
        node: u32,
        /// Which message.
        id: u64,
    },
    /// A node says, without being asked, what was written: for the near cache.
    Push {
        /// Who.
        node: u32,
        /// What.
        push: Push,
    },
    /// There is a link to a node. The coordinator greets it before it asks for anything else.
    ///
    /// Until the first [`Up`](Self::Up) or [`Down`](Self::Down) a link is taken to be on its way
    /// up: what is sent waits for it.
    Up {
        /// To which.
        node: u32,
    },
    /// The link is lost, with everything under way on it, or could not be had.
    Down {
        /// To which.
        node: u32,
    },
    /// A node does not take who wants a link, which could not be had: [`Down`](Self::Down) follows.
    Stranger {
        /// Which.
        node: u32,
    },
    /// The link's send buffer has passed its limit, or is below it again.
    Congested {
        /// Which link.
        node: u32,
        /// Whether it is above the limit.
        is_full: bool,
    },
    /// The deadline has come.
    Wake,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Send {
        /// To whom.
        node: u32,
        /// What its answer is to be called.
        id: u64,
        /// What it is for.
        why: Why,
        /// The message.
        message: Message,
    },
    /// Tell the application.
    Done {
        /// Which request.
        id: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// Let go of the near cache's copy of a key.
    Drop {
        /// Which.
        key: Vec<u8>,
    },
}

/// What a message is for; a transport may send the impatient ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// To greet a node, measure its clock, or see whether it is back.
    Hello,
    /// A read.
    Read,
    /// A read that another replica is slow to answer.
    Failover,
    /// A read that another replica mostly answers sooner; from the budget.
    Hedge,
    /// A write, a touch or a clear.
    Write,
    /// A replica that trails what a read returns.
    Repair,
    /// A replica that missed a write.
    Hint,
    /// A lease.
    Lease,
}

/// What an application wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What the outcome is to be called.
    pub id: u64,
    /// How long it may take; at most the nodes' `max_op`.
    pub timeout: Duration,
    /// What.
    pub action: Action,
}

/// What can be done with a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Reads a key.
    Get {
        /// The key.
        key: Vec<u8>,
        /// How many replicas have to agree.
        consistency: Consistency,
    },
    /// Stores a value.
    Put {
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
        /// What the codec needs to read it.
        flags: u32,
        /// How long it lives; at most the nodes' `max_ttl`.
        ttl: Duration,
    },
    /// Removes a key: a write of a dead version.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
    /// Gives the record that a quorum holds a later end.
    Touch {
        /// The key.
        key: Vec<u8>,
        /// How long it lives from now on, cut to `max_ttl` after it was written.
        ttl: Duration,
    },
    /// Removes every key of a namespace.
    Clear {
        /// What stands before the first `:` of the keys; empty for all keys.
        namespace: Vec<u8>,
    },
    /// Reads a key, or says who is to load it.
    Load {
        /// The key.
        key: Vec<u8>,
    },
    /// Gives the right to load a key back, whatever came of the load: the next one need not wait
    /// until it ends by itself. Nodes that do not hear of it go on; a write is not needed before.
    Release {
        /// The key.
        key: Vec<u8>,
    },
    /// Stores what was loaded.
    Fill {
        /// What [`Outcome::Load`] gave.
        ticket: Ticket,
        /// The value.
        value: Vec<u8>,
        /// What the codec needs to read it.
        flags: u32,
        /// How long it lives.
        ttl: Duration,
    },
}

/// How many replicas a read asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consistency {
    /// One: fast, and eventual.
    One,
    /// R.
    #[default]
    Quorum,
    /// All N.
    All,
}

/// The right to load a key: its version was drawn before the load, so that whatever is written
/// meanwhile wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The key.
    pub key: Vec<u8>,
    /// The version of what is loaded.
    pub version: Version,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The value.
    Hit(Hit),
    /// There is none, or none that could be vouched for.
    Miss,
    /// It is written.
    Stored {
        /// As this version.
        version: Version,
        /// In so many rounds.
        rounds: u8,
        /// Whether it was a delete and a replica that acknowledged it held a living record.
        removed: bool,
    },
    /// What was loaded is older than something else, or may be.
    NotStored,
    /// Whether there was a record and W replicas have moved its end.
    Touched(bool),
    /// Nobody has it: load it, fill with this ticket, and release the key.
    Load(Ticket),
    /// The right to load is on its way back.
    Released,
    /// It could not be done.
    Failed(Error),
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its version.
    pub version: Version,
    /// When it dies, by the corrected clock.
    pub expires_at_ms: u64,
    /// What the codec needs to read it.
    pub flags: u32,
    /// The value.
    pub value: Vec<u8>,
    /// Which node it came from.
    pub node: u32,
    /// Whether the near cache may keep a copy until [`Output::Drop`] names its key; to be asked
    /// for by [`Coordinator::near_has`](super::Coordinator::near_has) at each use.
    pub may_keep: bool,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Too few replicas answered. A read has changed nothing; a write may have, and may yet.
    Quorum(QuorumError),
    /// The time to live is longer than enough nodes allow; nothing was sent.
    TtlTooLong {
        /// What they do.
        longest: Duration,
    },
    /// The timeout is longer than enough nodes allow; nothing was sent.
    TimeoutTooLong {
        /// What they do.
        longest: Duration,
    },
}

/// Too few replicas answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumError {
    /// Whether it was a write, whose effect is unknown.
    pub is_write: bool,
    /// How many were needed.
    pub required: u32,
    /// How many there were.
    pub received: u32,
    /// Why, of each node that was asked and did not count; once for each.
    pub causes: Vec<Missing>,
}

/// A node that did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Which one.
    pub node: u32,
    /// Why not.
    pub cause: Cause,
    /// How long after it was asked that was known.
    pub elapsed: Duration,
}

/// Why a node did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It had not answered when there was no time left.
    Timeout,
    /// It had not answered yet when so many others had failed that nobody waited for it.
    Pending,
    /// There is no link, or it was lost.
    Down,
    /// Too much is under way on its link, or it says that it has too much to do.
    Busy,
    /// It is in another epoch.
    Epoch,
    /// It does not know who asks, or does not allow it.
    Auth,
    /// It refuses: a limit, or a command it does not know.
    Refused,
    /// Its clock is too far behind the version.
    Clock,
    /// It knows a newer version, or may have known one and forgot.
    Conflict,
}
