//! What is between clients and nodes: links with generations, and messages that take their time.

use tidecache::cluster::Why;
use tidecache::wire::{Push, Reply, Request};

/// Something that happens at a moment. Nodes have the world's numbers here, not those by which a
/// client's configuration knows them.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A message arrives at a node.
    ToNode { link: Link, id: u64, why: Why, request: Request },
    /// An answer arrives at a client.
    ToClient { link: Link, id: u64, reply: Reply },
    /// A push arrives at a client.
    Push { link: Link, push: Push },
    /// A client's timer.
    Wake { client: u32 },
    /// A link is up or down.
    Linked { link: Link, is_up: bool },
    /// A link's send buffer is full, or is not any more.
    Full { link: Link, is_full: bool },
    /// A client makes a request.
    Act { client: u32 },
    /// Faults are drawn for the next moment.
    Faults,
    /// A node starts, empty.
    Start { node: u32 },
    /// A node of a crash loop crashes again.
    Crash { node: u32 },
    /// A partition ends.
    Heal { link: usize },
    /// A link that was closed is opened again.
    Reopen { client: u32, node: u32 },
    /// What was loaded is there.
    Loaded { client: u32, load: usize },
    /// The epoch is raised: on every node first, then on the clients.
    RaiseEpoch,
    /// A client takes the epoch that the nodes have.
    Reconfigure { client: u32 },
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
    /// Messages that a paused node has not taken.
    pub(crate) backlog: u32,
    /// Whether the node tells this client of every write.
    pub(crate) is_subscribed: bool,
    /// The number of the last push.
    pub(crate) pushes: u64,
    /// When the last push arrives: the next one does not overtake it.
    pub(crate) push_at: u64,
}

impl Wire {
    /// Begins another connection.
    pub(crate) fn renew(&mut self, is_up: bool) {
        self.generation += 1;
        self.is_up = is_up;
        self.backlog = 0;
        self.is_subscribed = false;
        self.pushes = 0;
    }
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
        let ms = (now / MS) as i64;
        let drift = (ms * self.ppm) / 1_000_000;
        (EPOCH_MS as i64 + ms + drift + self.offset_ms) as u64
    }
}

/// When simulated time begins.
pub(crate) const EPOCH_MS: u64 = 1_700_000_000_000;

/// A millisecond of true time.
pub(crate) const MS: u64 = 1_000_000;
