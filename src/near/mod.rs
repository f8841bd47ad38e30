//! The near cache: which copies of what the nodes hold may still be used.
//!
//! The copies themselves live outside, where they cost no decoding; here is what has to be known of
//! each: its version, the node that it came from, and since when. A node *pushes* what is written
//! to it, and numbers its pushes. Four things end a copy:
//! 1. a push, or a write or clear of our own, with a version above the copy's;
//! 2. a gap in the numbers of its node, or a link to it that was lost: pushes are missing;
//! 3. [`Near::new`]'s `life`, since a node that is cut off pushes nothing and says nothing;
//! 4. its record's deadline, or too many younger copies.
//!
//! An answer that is under way while its key is written is as old as a copy, so a read takes a
//! [`Ticket`] when it is sent, and what has happened since voids the fill:
//! 1. the read asks a node, which answers with version 1;
//! 2. version 2 is written, and its push overtakes the answer: there is no copy to drop yet;
//! 3. the answer comes. Were it kept, version 1 would be used until its life is over.
//!
//! What voids is remembered by key and version, so that a read of the new version is kept at once
//! and one of a replica that has missed the write is not. That memory is bounded; what falls out of
//! it voids every fill whose ticket is older.
//!
//! A copy is eventual: it may trail an acknowledged write by `life` and the time that its read
//! took.
//!
//! 100 bytes a copy beside its key, and as much for what voids. Each operation costs O(log n); what
//! flushes a node or clears costs O(copies).

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::index::{HashKey, Named};
use crate::time::Instant;

mod lot;
#[cfg(test)]
mod tests;

use lot::{Item, Lot};

/// What is known of the copies, by versions of the type `V`.
#[derive(Debug)]
pub struct Near<V> {
    entries_max: usize,
    life: Duration,
    namespace_of: fn(&[u8]) -> &[u8],
    copies: Lot<V>,
    /// Keys that were written, up to which version.
    voids: Lot<V>,
    /// Namespaces that were cleared, with when and up to which version.
    clears: Named<(u64, V)>,
    nodes: Vec<Node>,
    /// Counts everything that happened.
    stamp: u64,
    /// Fills of tickets before this are void: nobody remembers what happened until then.
    forgotten: u64,
    dropped: VecDeque<Arc<[u8]>>,
    heeds_voids: bool,
    heeds_gaps: bool,
}

/// When a read was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

/// A copy that could be kept.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a, V> {
    /// Of which key.
    pub key: &'a [u8],
    /// Its version.
    pub version: V,
    /// When its record dies, in milliseconds of the wall clock.
    pub expires_at_ms: u64,
    /// Which node it came from.
    pub node: u32,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The number of its next push.
    next_seq: u64,
    /// When its pushes were last known to be incomplete.
    broken: u64,
}

impl<V: Copy + Ord> Near<V> {
    /// Returns a near cache for copies from `nodes` nodes, at most `entries_max` of them, each used
    /// for `life` at most. With room for none it does nothing.
    ///
    /// `hash_key` is nobody else's, so that nobody can choose keys that collide. `namespace_of`
    /// returns of a key what a clear names.
    pub fn new(
        nodes: usize,
        entries_max: u32,
        life: Duration,
        hash_key: HashKey,
        namespace_of: fn(&[u8]) -> &[u8],
    ) -> Self {
        Self {
            entries_max: entries_max as usize,
            life,
            namespace_of,
            copies: Lot::new(hash_key),
            voids: Lot::new(hash_key),
            clears: Named::default(),
            nodes: alloc::vec![Node { next_seq: SEQ_FIRST, broken: 0 }; nodes],
            stamp: 0,
            forgotten: 0,
            dropped: VecDeque::new(),
            heeds_voids: true,
            heeds_gaps: true,
        }
    }

    /// Makes this what the simulator's mutants are: a near cache that is wrong.
    #[doc(hidden)]
    pub fn leave_out(&mut self, voids: bool, gaps: bool) {
        self.heeds_voids = !voids;
        self.heeds_gaps = !gaps;
    }

    /// Returns the ticket of a read that is sent now. O(1).
    pub const fn ticket(&self) -> Ticket {
        Ticket(self.stamp)
    }

    /// Returns the version of the copy of `key` that may be used at `now`, if there is one. O(1).
    pub fn version(&self, now: Instant, wall_ms: u64, key: &[u8]) -> Option<V> {
        let copy = self.copies.get(key)?;
        let is_young = now.saturating_since(copy.at) < self.life;
        (is_young && wall_ms < copy.expires_at_ms).then_some(copy.version)
    }

    /// Keeps what a read has found, and returns whether its copy may be kept: nothing that has
    /// happened since the read was sent may be newer. What is to be let go of for it has to be told
    /// before.
    pub fn fill(&mut self, now: Instant, ticket: Ticket, found: Found<'_, V>) -> bool {
        if self.entries_max == 0 || self.is_void(ticket, &found) {
            return false;
        }
        let Found { key, version, expires_at_ms, node } = found;
        if self.copies.get(key).is_some_and(|copy| copy.version > version) {
            return false;
        }
        let former = self.copies.remove(key);
        // Whoever has read the newer one may not keep it: the older one goes in any case.
        if let Some(copy) = former.as_ref().filter(|copy| copy.version < version) {
            self.dropped.push_back(Arc::clone(&copy.key));
        }
        let key = former.map_or_else(|| key.into(), |copy| copy.key);
        let seat = self.next_stamp();
        self.copies.push(seat, Item { key, version, node, expires_at_ms, at: now });
        self.advance(now);
        while self.copies.len() > self.entries_max {
            self.drop_oldest();
        }
        true
    }

    /// Takes note of a write of `key` by ourselves: no node pushes it to us.
    pub fn write(&mut self, now: Instant, key: &[u8], version: V) {
        if self.entries_max > 0 {
            self.invalidate(now, key, version);
        }
    }

    /// Takes note of a clear by ourselves.
    pub fn clear(&mut self, now: Instant, namespace: &[u8], version: V) {
        self.advance(now);
        if self.entries_max == 0 {
            return;
        }
        let stamp = self.next_stamp();
        let former = self.clears.get(namespace).map_or(version, |&(_, former)| former);
        self.clears.insert(namespace, (stamp, version.max(former)));
        if self.clears.len() > CLEARS_MAX {
            self.forget_oldest_clear();
        }
        let is_in = |key: &[u8]| namespace.is_empty() || (self.namespace_of)(key) == namespace;
        let is_old = |copy: &&Item<V>| is_in(&copy.key) && copy.version <= version;
        let old = self.copies.iter().filter(is_old);
        let old: Vec<_> = old.map(|copy| Arc::clone(&copy.key)).collect();
        for key in old {
            self.drop_copy(&key);
        }
    }

    /// Takes note of a node's push of a write.
    pub fn pushed_write(&mut self, now: Instant, node: u32, seq: u64, key: &[u8], version: V) {
        self.count(node, seq);
        self.write(now, key, version);
    }

    /// Takes note of a node's push of a clear.
    pub fn pushed_clear(
        &mut self,
        now: Instant,
        node: u32,
        seq: u64,
        namespace: &[u8],
        version: V,
    ) {
        self.count(node, seq);
        self.clear(now, namespace, version);
    }

    /// Takes note that the link to `node` is a new one or is lost: its copies go, and its pushes
    /// are numbered from the start. O(copies).
    pub fn relink(&mut self, node: u32) {
        if let Some(peer) = self.nodes.get_mut(node as usize) {
            peer.next_seq = SEQ_FIRST;
            self.flush_node(node);
        }
    }

    /// Returns the next copy that is to be let go of.
    pub fn pop_dropped(&mut self) -> Option<Arc<[u8]>> {
        self.dropped.pop_front()
    }

    /// Lets go of every copy and voids every fill under way. O(copies).
    pub fn flush(&mut self) {
        while self.copies.len() > 0 {
            self.drop_oldest();
        }
        self.forgotten = self.next_stamp();
    }

    /// Returns how many copies and how many keys that void there are. O(1).
    pub fn counts(&self) -> (usize, usize) {
        (self.copies.len(), self.voids.len())
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub fn validate(&self) {
        assert!(self.copies.len() <= self.entries_max && self.voids.len() <= self.voids_max());
        assert!(self.clears.len() <= CLEARS_MAX);
        self.copies.validate();
        self.voids.validate();
    }

    fn is_void(&self, ticket: Ticket, found: &Found<'_, V>) -> bool {
        let broken = self.nodes.get(found.node as usize).map_or(u64::MAX, |node| node.broken);
        if broken > ticket.0 || self.forgotten > ticket.0 {
            return true;
        }
        let voids = self.voids.get(found.key).is_some_and(|void| void.version > found.version);
        let is_cleared = |namespace: &[u8]| {
            self.clears.get(namespace).is_some_and(|(_, version)| *version >= found.version)
        };
        let is_cleared = is_cleared(&[]) || is_cleared((self.namespace_of)(found.key));
        self.heeds_voids && (voids || is_cleared)
    }

    /// Drops the copy of `key` if it is older than `version`, and voids fills that are.
    fn invalidate(&mut self, now: Instant, key: &[u8], version: V) {
        self.advance(now);
        if self.copies.get(key).is_some_and(|copy| copy.version < version) {
            self.drop_copy(key);
        }
        let (key, version) = match self.voids.remove(key) {
            Some(void) => (void.key, version.max(void.version)),
            None => (key.into(), version),
        };
        let seat = self.next_stamp();
        self.voids.push(seat, Item { key, version, node: 0, expires_at_ms: 0, at: now });
        while self.voids.len() > self.voids_max() {
            self.forget_oldest_void();
        }
    }

    /// Compares a push's number with the one that is due.
    fn count(&mut self, node: u32, seq: u64) {
        let Some(peer) = self.nodes.get_mut(node as usize) else { return };
        let has_gap = seq > peer.next_seq;
        // One that comes late or twice has been counted.
        peer.next_seq = peer.next_seq.max(seq.saturating_add(1));
        if has_gap && self.heeds_gaps {
            self.flush_node(node);
        }
    }

    fn flush_node(&mut self, node: u32) {
        let stamp = self.next_stamp();
        self.nodes[node as usize].broken = stamp;
        let its = self.copies.iter().filter(|copy| copy.node == node);
        let its: Vec<_> = its.map(|copy| Arc::clone(&copy.key)).collect();
        for key in its {
            self.drop_copy(&key);
        }
    }

    /// Lets go of what is older than a life. Amortised over what was added, O(1).
    fn advance(&mut self, now: Instant) {
        let life = self.life;
        let is_old = |item: &Item<V>| now.saturating_since(item.at) >= life;
        while self.copies.oldest().is_some_and(is_old) {
            self.drop_oldest();
        }
        while self.voids.oldest().is_some_and(is_old) {
            self.forget_oldest_void();
        }
    }

    fn drop_copy(&mut self, key: &[u8]) {
        if let Some(copy) = self.copies.remove(key) {
            self.dropped.push_back(copy.key);
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, copy)) = self.copies.pop_oldest() {
            self.dropped.push_back(copy.key);
        }
    }

    fn forget_oldest_void(&mut self) {
        if let Some((seat, _)) = self.voids.pop_oldest() {
            self.forgotten = self.forgotten.max(seat);
        }
    }

    fn forget_oldest_clear(&mut self) {
        let oldest = self.clears.iter().min_by_key(|(_, (stamp, _))| *stamp);
        if let Some((namespace, &(stamp, _))) = oldest {
            let namespace = namespace.to_vec();
            self.clears.remove(&namespace);
            self.forgotten = self.forgotten.max(stamp);
        }
    }

    const fn voids_max(&self) -> usize {
        if self.entries_max < VOIDS_MIN { VOIDS_MIN } else { self.entries_max }
    }

    const fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }
}

/// The number of a connection's first push.
const SEQ_FIRST: u64 = 1;

/// As many keys that were written are remembered even if there is room for fewer copies.
const VOIDS_MIN: usize = 64;

/// Namespaces that were cleared, as many as are remembered.
const CLEARS_MAX: usize = 64;
