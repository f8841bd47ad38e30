//! Messages on their way: lost, late, doubled, broken, held up, or there.

use tidecache::cluster::{Input, Why};
use tidecache::wire::{Push, Reply, Request as Message};

use super::bytes;
use super::history::History;
use super::network::{Event, Link, MS};
use super::world::World;

impl World {
    /// Sends a message of a client to a node.
    pub(crate) fn send(&mut self, client: u32, node: u32, id: u64, why: Why, request: Message) {
        self.note(&[3, u64::from(client), u64::from(node), id]);
        *self.sent.entry(name_of(why)).or_default() += 1;
        let wire = *self.wire(client, node);
        let link = Link { client, node, generation: wire.generation };
        if wire.cuts_requests || !wire.is_up || self.is_lost() {
            return;
        }
        self.hold_up(link);
        if self.is_faulty && self.dice.chance(self.plan.faults.duplicate_ppm) {
            let (delay, request) = (self.delay(), request.clone());
            self.schedule(delay, Event::ToNode { link, id, why, request });
        }
        let delay = self.delay();
        self.schedule(delay, Event::ToNode { link, id, why, request });
    }

    /// Fills the buffer of a link to a paused node.
    fn hold_up(&mut self, link: Link) {
        let until = self.nodes[link.node as usize].paused_until;
        if !self.plan.faults.has_full_buffers || until <= self.now {
            return;
        }
        let wire = self.wire(link.client, link.node);
        wire.backlog += 1;
        if wire.backlog == BACKLOG_MAX {
            self.schedule(0, Event::Full { link, is_full: true });
            self.schedule(until - self.now, Event::Full { link, is_full: false });
        }
    }

    /// A link's buffer is full, or is not any more.
    pub(crate) fn filled(&mut self, link: Link, is_full: bool) {
        let wire = self.wire(link.client, link.node);
        if wire.generation == link.generation {
            wire.backlog = 0;
            self.history.count_one(if is_full { "full buffers" } else { "buffers drained" });
            self.feed_of(link.client, link.node, |node| Input::Congested { node, is_full });
        }
    }

    /// A message is at a node.
    pub(crate) fn at_node(&mut self, link: Link, id: u64, why: Why, mut request: Message) {
        let node = link.node as usize;
        let until = self.nodes[node].paused_until;
        if until > self.now {
            self.schedule(until - self.now, Event::ToNode { link, id, why, request });
            return;
        }
        if self.nodes[node].replica.is_none() || !self.is_current(link) {
            return;
        }
        if self.plan.has_bytes {
            let breaks = self.is_broken().then_some(&mut self.dice);
            let Some(arrived) = bytes::request(&request, breaks) else {
                return self.close(link);
            };
            request = arrived;
        }
        let wall_ms = self.wall_of(link.node);
        let (evicts, rejects) = (self.plan.faults.evict_ppm, self.plan.faults.reject_ppm);
        let (evicts, rejects) = (self.dice.chance(evicts), self.dice.chance(rejects));
        let Some(replica) = self.nodes[node].replica.as_mut() else { return };
        if let (true, true, Some(key)) = (self.is_faulty, evicts, key_of(&request)) {
            replica.evict(key);
        }
        if self.is_faulty && rejects {
            replica.reject_next();
        }
        let before = History::before(replica, wall_ms, &request);
        let reply = replica.handle_as(wall_ms, request.clone(), why == Why::Repair);
        self.history.after(link.node, replica, wall_ms, &request, &reply, before);
        #[cfg(debug_assertions)]
        if self.plan.validates {
            replica.validate();
        }
        let newest = replica.newest();
        self.nodes[node].newest = self.nodes[node].newest.max(newest);
        self.note(&[4, u64::from(link.node), id, kind_of(&reply)]);
        if let (Message::Hello { pushes: true, .. }, Reply::Hello { .. }) = (&request, &reply) {
            self.wire(link.client, link.node).is_subscribed = true;
        }
        self.push_to_others(link, &request, &reply);
        if self.wire(link.client, link.node).cuts_replies || self.is_lost() {
            return;
        }
        let delay = self.delay();
        self.schedule(delay, Event::ToClient { link, id, reply });
    }

    /// Tells every client of a write but the one that wrote it.
    fn push_to_others(&mut self, writer: Link, request: &Message, reply: &Reply) {
        let is_applied = matches!(reply, Reply::Applied | Reply::Removed);
        let is_cleared = is_applied || matches!(reply, Reply::Superseded { .. });
        for client in (0..self.plan.clients).filter(|&client| client != writer.client) {
            let wire = self.wire(client, writer.node);
            let seq = wire.pushes + 1;
            let push = match request {
                Message::Put { key, version, .. } if is_applied => {
                    Push::Invalidate { key: key.clone(), version: *version, seq }
                }
                Message::Clear { namespace, version } if is_cleared => {
                    Push::Clear { namespace: namespace.clone(), version: *version, seq }
                }
                _ => return,
            };
            if !wire.is_subscribed {
                continue;
            }
            wire.pushes = seq;
            let (wire, node) = (*wire, writer.node);
            if wire.cuts_replies || !wire.is_up || self.is_lost() {
                continue;
            }
            // Pushes of one connection do not overtake each other.
            let at = (self.now + self.delay()).max(wire.push_at);
            self.wire(client, node).push_at = at;
            let link = Link { client, node, generation: wire.generation };
            self.schedule(at - self.now, Event::Push { link, push });
        }
    }

    /// An answer is at a client.
    pub(crate) fn at_client(&mut self, link: Link, id: u64, mut reply: Reply) {
        let until = self.clients[link.client as usize].paused_until;
        if until > self.now {
            self.schedule(until - self.now, Event::ToClient { link, id, reply });
            return;
        }
        if !self.is_current(link) {
            return;
        }
        if self.plan.has_bytes {
            let breaks = self.is_broken().then_some(&mut self.dice);
            let Some(arrived) = bytes::reply(&reply, breaks) else { return self.close(link) };
            reply = arrived;
        }
        self.feed_of(link.client, link.node, |node| Input::Reply { node, id, reply });
    }

    /// A push is at a client.
    pub(crate) fn push_at_client(&mut self, link: Link, mut push: Push) {
        let until = self.clients[link.client as usize].paused_until;
        if until > self.now {
            self.schedule(until - self.now, Event::Push { link, push });
            return;
        }
        if !self.is_current(link) {
            return;
        }
        if self.plan.has_bytes {
            let breaks = self.is_broken().then_some(&mut self.dice);
            let Some(arrived) = bytes::push(&push, breaks) else { return self.close(link) };
            push = arrived;
        }
        self.note(&[6, u64::from(link.client), u64::from(link.node)]);
        self.clients[link.client as usize].shelf.pushed(link.node, &push);
        self.feed_of(link.client, link.node, |node| Input::Push { node, push });
    }

    /// Closes a link on which something was broken; it is opened again after a while.
    fn close(&mut self, link: Link) {
        self.history.count_one("links closed");
        let Link { client, node, .. } = link;
        self.wire(client, node).renew(false);
        let link = Link { generation: self.wire(client, node).generation, ..link };
        self.schedule(0, Event::Linked { link, is_up: false });
        let pause = self.dice.between(5, 200);
        self.schedule(pause * MS, Event::Reopen { client, node });
    }

    fn is_current(&mut self, link: Link) -> bool {
        self.wire(link.client, link.node).generation == link.generation
    }

    fn is_lost(&mut self) -> bool {
        self.is_faulty && self.dice.chance(self.plan.faults.drop_ppm)
    }

    fn is_broken(&mut self) -> bool {
        self.is_faulty && self.dice.chance(self.plan.faults.corrupt_ppm)
    }

    fn delay(&mut self) -> u64 {
        let us = 50 + self.dice.below(self.plan.faults.delay_us_max);
        let is_late = self.is_faulty && self.dice.chance(self.plan.faults.tail_ppm);
        us * 1_000 * if is_late { self.dice.between(2, 100) } else { 1 }
    }
}

/// Returns the key that a message is about.
pub(crate) fn key_of(request: &Message) -> Option<&[u8]> {
    match request {
        Message::Get { key, .. } | Message::Put { key, .. } | Message::Touch { key, .. } => {
            Some(key)
        }
        _ => None,
    }
}

fn name_of(why: Why) -> &'static str {
    match why {
        Why::Hello => "hello",
        Why::Read => "read",
        Why::Failover => "failover",
        Why::Hedge => "hedge",
        Why::Write => "write",
        Why::Repair => "repair",
        Why::Hint => "hint",
        Why::Lease => "lease",
    }
}

fn kind_of(reply: &Reply) -> u64 {
    match reply {
        Reply::Held(_) => 1,
        Reply::Gone { .. } => 2,
        Reply::Forgot { .. } => 3,
        Reply::Applied => 4,
        Reply::Superseded { .. } => 5,
        Reply::Clock { .. } => 6,
        Reply::Removed => 7,
        _ => 8,
    }
}

/// As many messages to a paused node fill the buffer of their link.
const BACKLOG_MAX: u32 = 6;
