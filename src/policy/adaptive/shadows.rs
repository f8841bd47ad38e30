//! Small caches without values, one for each setting, that see some of the keys.
//!
//! A key is seen by all shadows or by none, as its hash decides: one in R of them, and each shadow
//! holds one in R of as many entries as the cache. So all of them share one *directory* of keys
//! with their uses; a key that no shadow holds is a ghost for all of them, one of three
//! times as many as a shadow has entries. Nothing is weighed: a shadow is as many entries as the
//! cache holds, by the rate.
//!
//! 48 bytes a key. There are at most eleven for each entry of a shadow; with one in 128 keys seen
//! and as many different ones as there can be, that is four bytes for each entry of the cache.

use alloc::vec;
use alloc::vec::Vec;

use crate::index::{Link, Links, NO_SLOT};
use crate::policy::region::{Region, Share};
use crate::policy::segments::Places;

use super::nodes::{Nodes, Uses};
use super::regions::Regions;
use super::setting::SETTINGS;

/// The shadows and the keys they know.
#[derive(Debug)]
pub(super) struct Shadows {
    keys: Vec<Key>,
    /// The first key of each bucket.
    heads: Vec<u16>,
    /// The first of the keys that are known to nobody.
    free: u32,
    /// Keys that no shadow holds, in the order in which the last one gave them up.
    ghosts: Region,
    ghost_links: Links<u16>,
    /// One for each setting.
    caches: Vec<Regions<u16>>,
    /// How many entries each shadow holds.
    entries: u32,
}

/// A key by its hash.
#[derive(Debug, Clone, Copy)]
struct Key {
    hash: u32,
    /// Its uses, as in the mark of a slot.
    mark: u32,
    /// The next key of the bucket, or the next free one.
    next: u16,
    /// Two bits for each shadow: its region there.
    regions: u16,
}

/// The region of a key that is not in a shadow.
const ABSENT: u32 = 3;
/// The regions of a key that is in none of them.
const NOWHERE: u16 = u16::MAX;
/// Keys for each entry of a shadow that are remembered although no shadow holds them.
const GHOSTS: u32 = 3;

/// The keys as one shadow sees them.
struct View<'a> {
    keys: &'a mut [Key],
    shift: u32,
}

impl View<'_> {
    fn is_absent(&self, slot: u32) -> bool {
        self.region(slot) == ABSENT
    }
}

impl Places for View<'_> {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn region(&self, slot: u32) -> u32 {
        u32::from(self.keys[slot as usize].regions >> self.shift) & ABSENT
    }

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn set_region(&mut self, slot: u32, region: u32) {
        let regions = &mut self.keys[slot as usize].regions;
        *regions = *regions & !((ABSENT as u16) << self.shift) | (region as u16) << self.shift;
    }

    fn weight(&self, _: u32) -> u64 {
        0
    }
}

impl Nodes for View<'_> {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn uses(&self, slot: u32) -> Uses {
        Uses::of(self.keys[slot as usize].mark)
    }
}

impl Shadows {
    /// Returns shadows of `entries` each.
    pub(super) fn new(entries: u32) -> Self {
        let room = Share { entries, weight: u64::MAX };
        Self {
            keys: Vec::new(),
            heads: vec![u16::to(NO_SLOT); (entries as usize * 2).next_power_of_two()],
            free: NO_SLOT,
            ghosts: Region::default(),
            ghost_links: Links::new(),
            caches: SETTINGS.iter().map(|&setting| Regions::new(room, setting)).collect(),
            entries,
        }
    }

    /// Returns how many entries each shadow may hold.
    pub(super) const fn entries(&self) -> u32 {
        self.entries
    }

    /// Returns how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Key>()
            + self.heads.capacity() * size_of::<u16>()
            + self.ghost_links.bytes()
            + self.caches.iter().map(Regions::bytes).sum::<usize>()
    }

    /// Shows a request for the key with `hash` at the tick `now` to each shadow, and returns a bit
    /// for each in which it was a hit. O(1).
    pub(super) fn request(&mut self, hash: u32, now: u32) -> u32 {
        let (slot, before) = self.known(hash, now);
        let mut hits = 0;
        for (which, shadow) in (0..).zip(&mut self.caches) {
            let mut view = View { keys: &mut self.keys, shift: which * 2 };
            if let Some(before) = before.filter(|_| !view.is_absent(slot)) {
                shadow.hit(&mut view, slot, before);
                hits |= 1 << which;
                continue;
            }
            shadow.expect(&view, 0, before);
            while shadow.is_full_for(0) {
                let victim = shadow.victim(&mut view, NO_SLOT, now);
                if victim == NO_SLOT {
                    break;
                }
                shadow.release(&view, victim);
                view.set_region(victim, ABSENT);
                if view.keys[victim as usize].regions == NOWHERE {
                    self.ghosts.push(&mut self.ghost_links, victim, 0);
                }
            }
            shadow.claim(&mut view, slot);
        }
        while self.ghosts.entries > self.entries * GHOSTS {
            self.forget();
        }
        hits
    }

    /// Notes a use of the key with `hash`; returns its place, and its uses before if it was known.
    fn known(&mut self, hash: u32, now: u32) -> (u32, Option<Uses>) {
        let bucket = hash as usize & (self.heads.len() - 1);
        let mut at = self.heads[bucket].slot();
        while at != NO_SLOT {
            let key = &mut self.keys[at as usize];
            if key.hash == hash {
                let before = Uses::of(key.mark);
                key.mark = before.and_one(now).mark();
                if key.regions == NOWHERE {
                    self.ghosts.take(&mut self.ghost_links, at, 0);
                }
                return (at, Some(before));
            }
            at = key.next.slot();
        }
        let mark = Uses { count: 1, last: now }.mark();
        let key = Key { hash, mark, next: self.heads[bucket], regions: NOWHERE };
        let slot = if self.free == NO_SLOT { self.grow(key) } else { self.free };
        let next = core::mem::replace(&mut self.keys[slot as usize], key).next;
        if slot == self.free {
            self.free = next.slot();
        }
        self.heads[bucket] = u16::to(slot);
        (slot, None)
    }

    /// Adds a key and returns its place. Amortised O(1), with little room to spare.
    fn grow(&mut self, key: Key) -> u32 {
        if self.keys.len() == self.keys.capacity() {
            let more = self.entries as usize / 2 + 1;
            self.keys.reserve_exact(more);
            let slots = self.keys.len() + more;
            self.ghost_links.reserve(slots);
            self.caches.iter_mut().for_each(|shadow| shadow.reserve(slots));
        }
        self.keys.push(key);
        self.keys.len() as u32 - 1
    }

    /// Forgets the key that is a ghost for the longest time.
    fn forget(&mut self) {
        let ghost = self.ghosts.list.back;
        self.ghosts.take(&mut self.ghost_links, ghost, 0);
        let Key { hash, next, .. } = self.keys[ghost as usize];
        let bucket = hash as usize & (self.heads.len() - 1);
        let mut at = self.heads[bucket].slot();
        if at == ghost {
            self.heads[bucket] = next;
        } else {
            while self.keys[at as usize].next.slot() != ghost {
                at = self.keys[at as usize].next.slot();
            }
            self.keys[at as usize].next = next;
        }
        self.keys[ghost as usize].next = u16::to(core::mem::replace(&mut self.free, ghost));
    }

    /// Checks that every key is in the lists of the shadows that hold it, or a ghost, or free.
    ///
    /// # Panics
    ///
    /// Panics if one is not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        let held = self.keys.iter().filter(|key| key.regions != NOWHERE).count();
        let ghosts = self.ghosts.validate(&self.ghost_links, |_| 0).len();
        let (mut free, mut at) = (0, self.free);
        while at != NO_SLOT {
            (free, at) = (free + 1, self.keys[at as usize].next.slot());
        }
        assert_eq!(held + ghosts + free, self.keys.len(), "a key is held, a ghost or free");
        let mut keys = self.keys.clone();
        for (which, shadow) in (0..).zip(&self.caches) {
            let view = View { keys: &mut keys, shift: which * 2 };
            assert!(shadow.validate(&view) <= self.entries, "a shadow has its size");
        }
    }
}
