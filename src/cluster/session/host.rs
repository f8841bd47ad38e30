//! What the connections of a node share.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::{fmt, mem};

use super::access::{Token, Tokens, Trust};
use super::outbox::{News, Outbox};
use super::talk::Session;
use crate::cluster::clock::{Clock, Now};
use crate::cluster::replica::{Know, Record, Replica, ReplicaConfig};
use crate::index::Sequence;
use crate::time::Instant;
use crate::wire::{Protocol, Reply, Request, Version};

/// What a node is told once. Its `Debug` shows no token.
#[derive(Clone)]
pub struct HostConfig {
    /// What it remembers, and for how long.
    pub replica: ReplicaConfig,
    /// What tools call it.
    pub id: Vec<u8>,
    /// Makes the versions of its standard commands unique: 64 random bits, drawn for each process.
    pub writer: u64,
    /// What opens it, none of them empty; nothing opens it to everybody.
    pub tokens: Vec<Token>,
    /// Connections it has at most.
    pub sessions_max: usize,
}

/// What a node has counted since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostStats {
    /// Connections that are open.
    pub sessions: u64,
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that were turned away because there were too many.
    pub turned_away: u64,
    /// Commands that were answered, refused ones too.
    pub commands: u64,
    /// Logins with a wrong token.
    pub wrong_logins: u64,
    /// Reads that found a record.
    pub hits: u64,
    /// Reads that found none.
    pub misses: u64,
    /// Pushes that were queued.
    pub pushes: u64,
    /// Pushes that were left out because the subscriber did not read.
    pub skipped: u64,
}

/// One connection as the others see it.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// What it calls itself; empty for nothing.
    pub(super) name: Vec<u8>,
    pub(super) opened_ms: u64,
    /// Where its pushes wait, once it has asked for them.
    outbox: Option<Outbox>,
    is_waiting: bool,
}

/// One node: a replica, and what its connections share.
#[derive(Debug)]
pub struct Host {
    config: HostConfig,
    tokens: Tokens,
    replica: Replica,
    clock: Clock,
    peers: Sequence<Peer>,
    subscribers: usize,
    /// Who has pushes and has not been [popped](Self::pop_waiting) since they came.
    waiting: VecDeque<u64>,
    stats: HostStats,
    started_ms: u64,
}

impl Host {
    /// Returns a node that starts empty at `wall_ms`, milliseconds since the Unix epoch.
    ///
    /// In its first millisecond it refuses its own standard writes, whose versions would have to be
    /// above its floors and not too far ahead of its clock. Where no earlier node of this place can
    /// have answered in the present one, give the millisecond before.
    ///
    /// # Panics
    ///
    /// Panics if one of the tokens is empty.
    pub fn new(mut config: HostConfig, wall_ms: u64) -> Self {
        Self {
            tokens: Tokens::new(mem::take(&mut config.tokens)),
            replica: Replica::new(config.replica.clone(), wall_ms),
            clock: Clock::new(config.writer),
            peers: Sequence::default(),
            subscribers: 0,
            waiting: VecDeque::new(),
            stats: HostStats::default(),
            started_ms: wall_ms,
            config,
        }
    }

    /// Returns the session of a new connection, which starts with this version of the protocol;
    /// `None` if there are too many. To be [closed](Self::close).
    pub fn open(&mut self, wall_ms: u64, trust: Trust, protocol: Protocol) -> Option<Session> {
        if self.peers.len() >= self.config.sessions_max {
            self.stats.turned_away += 1;
            return None;
        }
        self.stats.opened += 1;
        let id = self.stats.opened;
        self.peers.push(id, Peer { opened_ms: wall_ms, ..Peer::default() });
        let trust = if self.tokens.is_empty() { Trust::Known } else { trust };
        Some(Session::new(id, trust, protocol))
    }

    /// Forgets a connection.
    pub fn close(&mut self, session: &Session) {
        let peer = self.peers.remove(session.id());
        self.subscribers -= usize::from(peer.is_some_and(|peer| peer.outbox.is_some()));
        self.waiting.retain(|&id| id != session.id());
    }

    /// Takes another epoch: an empty start, which ends all sessions. Versions go on rising.
    pub fn restart(&mut self, wall_ms: u64, epoch: u64) {
        self.config.replica.epoch = epoch;
        self.replica = Replica::new(self.config.replica.clone(), wall_ms);
        self.peers.clear();
        self.waiting.clear();
        self.subscribers = 0;
        self.started_ms = wall_ms;
    }

    /// Whether `token` opens the node, compared in constant time; always if it has no tokens. One
    /// that does not is counted, unless it is empty.
    ///
    /// For tokens that open everything for good; where some do not, [ask](Self::trust).
    pub fn permits(&mut self, token: &[u8]) -> bool {
        self.trust(0, token).is_admitted()
    }

    /// Returns how far who shows `token` is trusted at `wall_ms`, compared in constant time. A
    /// wrong one is counted, unless it is empty.
    pub fn trust(&mut self, wall_ms: u64, token: &[u8]) -> Trust {
        let trust = self.tokens.trust(wall_ms, token);
        self.stats.wrong_logins += u64::from(!trust.is_admitted() && !token.is_empty());
        trust
    }

    /// Returns the next session that has pushes to send, each once.
    pub fn pop_waiting(&mut self) -> Option<u64> {
        let id = self.waiting.pop_front()?;
        if let Some(peer) = self.peers.get_mut(id) {
            peer.is_waiting = false;
        }
        Some(id)
    }

    /// Returns what is to be pushed to a session, as one frame of whole messages; empty for
    /// nothing. A transport that still has much to send asks later: what waits is bounded.
    pub fn pushes(&mut self, session: &Session) -> Vec<u8> {
        let outbox = self.peers.get_mut(session.id()).and_then(|peer| peer.outbox.as_mut());
        outbox.map(Outbox::take).unwrap_or_default()
    }

    /// Returns what was counted.
    pub fn stats(&self) -> HostStats {
        HostStats { sessions: self.peers.len() as u64, ..self.stats }
    }

    /// Returns how many keys are held, and how many it knows that have no value. O(1).
    pub fn counts(&self) -> (usize, usize) {
        self.replica.counts()
    }

    /// Returns what the replica was told.
    pub const fn replica_config(&self) -> &ReplicaConfig {
        &self.config.replica
    }

    /// Returns what tools call it.
    pub fn id(&self) -> &[u8] {
        &self.config.id
    }

    pub(super) const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub(super) const fn stats_mut(&mut self) -> &mut HostStats {
        &mut self.stats
    }

    pub(super) const fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// Whether the session has not been ended by another epoch.
    pub(super) fn knows(&self, session: u64) -> bool {
        self.peers.get(session).is_some()
    }

    /// Returns the connections, by their numbers.
    pub(super) fn peers(&self) -> impl Iterator<Item = (u64, &Peer)> {
        self.peers.iter()
    }

    pub(super) fn peer_mut(&mut self, session: u64) -> Option<&mut Peer> {
        self.peers.get_mut(session)
    }

    /// Pushes every write from now on to a session, as far as it may read; none with `None`.
    pub(super) fn subscribe(&mut self, session: u64, trust: Option<Trust>) {
        let Some(peer) = self.peers.get_mut(session) else { return };
        if trust.is_some() == peer.outbox.is_some() {
            return;
        }
        self.subscribers -= usize::from(peer.outbox.is_some());
        peer.outbox = trust.map(|trust| {
            self.subscribers += 1;
            Outbox::of(self.tokens.scope(trust).clone())
        });
    }

    /// Answers a versioned request of the session `from`, and tells the others of it.
    pub(super) fn handle(&mut self, from: u64, wall_ms: u64, request: Request) -> Reply {
        let news = if self.subscribers == 0 { None } else { news_of(&request) };
        let is_get = matches!(request, Request::Get { .. });
        let reply = self.replica.handle(wall_ms, request);
        if is_get {
            self.count_read(matches!(reply, Reply::Held(_)));
        }
        let is_applied = match &news {
            Some(News::Write { .. }) => matches!(reply, Reply::Applied | Reply::Removed),
            // A floor is raised even if something above it has been seen.
            Some(News::Clear { .. }) => {
                matches!(reply, Reply::Applied | Reply::Superseded { .. })
            }
            None => false,
        };
        if let Some(news) = news.filter(|_| is_applied) {
            self.publish(from, &news);
        }
        reply
    }

    /// Returns the living record of `key`: a read, which is counted.
    pub(super) fn read(&mut self, wall_ms: u64, key: &[u8]) -> Option<Record<'_>> {
        let Self { replica, stats, .. } = self;
        let record = replica.read(wall_ms, key);
        stats.hits += u64::from(record.is_some());
        stats.misses += u64::from(record.is_none());
        record
    }

    /// Returns the living record of `key`: neither counted nor a use.
    pub(super) fn peek(&mut self, wall_ms: u64, key: &[u8]) -> Option<Record<'_>> {
        self.replica.peek(wall_ms, key)
    }

    /// Returns a version of the node's own that is above all that it knows of `key`.
    pub(super) fn tick(&mut self, wall_ms: u64, key: &[u8]) -> Version {
        let (Know::Exact(known) | Know::Floor(known)) = self.replica.know(wall_ms, key);
        self.tick_above(wall_ms, known)
    }

    /// Returns a version of the node's own that is above all that was ever written here.
    pub(super) fn tick_above_all(&mut self, wall_ms: u64) -> Version {
        self.tick_above(wall_ms, self.replica.newest())
    }

    fn tick_above(&mut self, wall_ms: u64, known: Version) -> Version {
        self.clock.observe(known);
        self.clock.tick(Now { instant: Instant::from_nanos(0), wall_ms })
    }

    fn count_read(&mut self, is_hit: bool) {
        self.stats.hits += u64::from(is_hit);
        self.stats.misses += u64::from(!is_hit);
    }

    /// Queues a push for every subscriber but the one who wrote. O(connections).
    fn publish(&mut self, from: u64, news: &News) {
        let Self { peers, waiting, stats, .. } = self;
        peers.for_each_mut(|id, peer| {
            let outbox = peer.outbox.as_mut().filter(|outbox| id != from && outbox.wants(news));
            let Some(outbox) = outbox else { return };
            if outbox.is_empty() && !peer.is_waiting {
                peer.is_waiting = true;
                waiting.push_back(id);
            }
            if outbox.add(news) {
                stats.pushes += 1;
            } else {
                stats.skipped += 1;
            }
        });
    }
}

/// Returns what the others have to hear if this request is applied. A touch is no news: who has a
/// copy only drops it earlier than needed.
fn news_of(request: &Request) -> Option<News> {
    match request {
        Request::Put { key, version, .. } => {
            Some(News::Write { key: key.clone(), version: *version })
        }
        Request::Clear { namespace, version } => {
            Some(News::Clear { namespace: namespace.clone(), version: *version })
        }
        _ => None,
    }
}

impl fmt::Debug for HostConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HostConfig")
            .field("replica", &self.replica)
            .field("id", &self.id)
            .field("tokens", &self.tokens.len())
            .field("sessions_max", &self.sessions_max)
            .finish_non_exhaustive()
    }
}
