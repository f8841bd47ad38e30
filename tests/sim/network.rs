//! What is between clients and nodes: links with generations, and messages that take their time.

use tidecache::cluster::Why;
use tidecache::wire::{Reply, Request};

/// Something that happens at a moment.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A message arrives at a node.
    ToNode { link: Link, id: u64, why: Why, request: Request },
    /// An answer arrives at a client.
    ToClient { link: Link, id: u64, reply: Reply },
    /// A client's timer.
    Wake { client: u32 },
    /// A link is up or down.
    Linked { link: Link, is_up: bool },
    /// A client makes a request.
    Act { client: u32 },
    /// Faults are drawn for the next moment.
    Faults,
    /// A node starts, empty.
    Start { node: u32 },
    /// A partition ends.
    Heal { link: usize },
    /// What was loaded is there.
    Loaded { client: u32, load: usize },
}

/// One connection of a client to a node; a new one has another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) client: u32,
    pub(crate) node: u32,
    pub(crate) generation: u32,
}

/// The state of the links between one client and one node.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wire {
    pub(crate) generation: u32,
    pub(crate) is_up: bool,
    /// Messages to the node are lost.
    pub(crate) cuts_requests: bool,
    /// Answers are lost.
    pub(crate) cuts_replies: bool,
}

/// A wall clock: wrong by an offset and by so many millionths.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wall {
    pub(crate) offset_ms: i64,
    pub(crate) ppm: i64,
}

impl Wall {
    /// Returns what it shows at `now` nanoseconds of true time.
    pub(crate) const fn at(self, now: u64) -> u64 {
        let ms = (now / 1_000_000) as i64;
        let drift = (ms * self.ppm) / 1_000_000;
        (EPOCH_MS as i64 + ms + drift + self.offset_ms) as u64
    }
}

/// When simulated time begins.
pub(crate) const EPOCH_MS: u64 = 1_700_000_000_000;

/// A millisecond of true time.
pub(crate) const MS: u64 = 1_000_000;
