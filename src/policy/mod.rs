//! Which slot goes next.
//!
//! A policy sees slots, their marks, weights and the hashes of their keys; never keys, values,
//! deadlines or clocks. It is told when a slot is taken, used and given back, and names a
//! [victim](Policy::victim) when room is needed. It does not evict: its owner does, and then tells
//! it by [`Policy::on_release`]. Some policies look at a [newcomer](Policy::admit) before it gets a
//! slot, and know keys that left (*ghosts*) by their hash.
//!
//! # What a hit does
//!
//! Each `on_*` call carries the *stamp* of the operation, a number that grows by one with every
//! operation of the cache. LRU writes it into the slot's mark and does nothing else on a hit, which
//! is why the JavaScript door can do the same with one store and no call. SIEVE and S3-FIFO keep
//! what a hit says in the mark as well: a bit, or a count up to three. LFU, W-TinyLFU and
//! `adaptive` do more: an owner that will not call at each hit keeps a log of slots and tells it in
//! their order before it tells anything else, and the policy does the same as if it had been told
//! at once.
//!
//! # What they cost
//!
//! | policy | bytes an entry beside its record | over LRU |
//! |---|---|---|
//! | LRU, FIFO | 4 | 0 |
//! | SIEVE | 8 | 4 |
//! | LFU | 12, and 24 a frequency | 8 |
//! | W-TinyLFU | 19 (sketch 11) | 15 |
//! | S3-FIFO | 19 (ghosts 11) | 15 |
//! | `adaptive` | 19 to 20 (ghosts 10, shadows 1 to 2), more below 16,384 | 15 to 16 |
//!
//! At the limit of entries; arrays that still grow have room to spare.

mod adaptive;
mod any;
mod fifo;
mod ghost;
mod lfu;
mod lru;
mod oldest;
mod region;
mod s3fifo;
mod segments;
mod sieve;
mod sketch;
mod tinylfu;

use crate::index::{Moment, Slab};

pub use adaptive::Adaptive;
pub use any::{AnyPolicy, Policies, SmallPolicy};
pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lru::Lru;
pub(crate) use oldest::sort_by_mark;
pub use region::Share;
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;
pub use tinylfu::WTinyLfu;

/// The policies by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PolicyKind {
    /// The least recently used entry goes. A new value for a held key is a use.
    #[default]
    Lru,
    /// The least often used entry goes, among equals the least recently used. Frequencies are
    /// exact while an entry stays, and do not age.
    Lfu,
    /// The entry that came first goes. Neither uses nor new values move it.
    Fifo,
    /// SIEVE: first in, first out, but what was used since the hand last passed it is spared.
    Sieve,
    /// S3-FIFO: what is used once goes soon; what comes back, or was used twice, stays long.
    S3Fifo,
    /// W-TinyLFU: what leaves a small LRU window stays only if its key is asked for more often than
    /// that of whoever would have to go for it. May refuse entries heavier than an eighth of the
    /// weight limit.
    WTinyLfu,
    /// Whichever of eight settings, from LRU to LIRS, would have had the most hits lately. May
    /// refuse entries heavier than an eighth of the weight limit.
    Adaptive,
}

impl PolicyKind {
    /// Every policy, the exact ones first.
    pub const ALL: [Self; 7] = [
        Self::Lru,
        Self::Lfu,
        Self::Fifo,
        Self::Sieve,
        Self::S3Fifo,
        Self::WTinyLfu,
        Self::Adaptive,
    ];

    /// Returns the name that options and command lines know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::Lfu => "lfu",
            Self::Fifo => "fifo",
            Self::Sieve => "sieve",
            Self::S3Fifo => "s3-fifo",
            Self::WTinyLfu => "w-tinylfu",
            Self::Adaptive => "adaptive",
        }
    }

    /// Returns the policy called `name`, `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the policy knows keys by hash, and remembers them after they have left.
    pub const fn knows_hashes(self) -> bool {
        matches!(self, Self::S3Fifo | Self::WTinyLfu | Self::Adaptive)
    }
}

/// What a policy is told of an entry before it has a slot.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer {
    /// The hash of its key. Who may choose keys must not be able to choose their hashes: give each
    /// cache a seed of its own.
    pub hash: u32,
    /// What it weighs.
    pub weight: u64,
    /// The stamp of the operation.
    pub stamp: u32,
}

/// What an owner of slots tells its policy, and asks of it.
///
/// The stamps of one slab are distinct and below [`STAMP_LIMIT`].
pub trait Policy<T: Moment> {
    /// A new entry is about to come. Returns whether it may; if so, room is made by
    /// [`Policy::victim`] as long as there is none, then [`Policy::on_claim`] follows.
    fn admit(&mut self, _slots: &Slab<T>, _newcomer: Newcomer) -> bool {
        true
    }

    /// A new entry has taken `slot`; the slab has written `stamp` as its mark.
    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32);

    /// The entry in `slot` was used.
    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32);

    /// The entry in `slot` was given a new value, with which it will weigh `weight`; the slab still
    /// has the old weight.
    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32, weight: u64);

    /// The entry in `slot` is about to leave.
    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32);

    /// Returns the slot that goes now, `except` not among the candidates. `None` if there is no
    /// other. `stamp` is that of the operation that needs the room. The owner evicts it and calls
    /// [`Policy::on_release`] before anything else. Amortised O(1).
    fn victim(&mut self, slots: &mut Slab<T>, except: u32, stamp: u32) -> Option<u32>;

    /// Stamps begin anew, and marks that are stamps were renumbered in the same order: what was
    /// derived from either is to be forgotten.
    fn on_renumber(&mut self);

    /// Whether marks are stamps, which an owner has to renumber. O(1).
    fn keeps_stamps(&self) -> bool {
        false
    }

    /// Returns the next victims; none for a policy that keeps no queue of them. O(1).
    fn candidates(&self) -> Candidates<'_> {
        Candidates::default()
    }

    /// Names candidates, if the policy does so only when it is asked. Bounded work.
    fn name_candidates(&mut self) {}

    /// Forgets all candidates but the first `left`: the owner has come past the others. Amortised
    /// O(1).
    fn leave_candidates(&mut self, _left: u32) {}

    /// Returns which hits an owner need not tell of. O(1).
    fn settled(&self) -> Settled {
        Settled { period: u32::MAX, until: u32::MAX }
    }

    /// Returns how many keys are remembered of entries that left. O(1).
    fn ghosts(&self) -> u32 {
        0
    }

    /// Returns how often the key with `hash` was asked for lately, 0 if it is not counted. O(1).
    fn frequency(&self, _hash: u32) -> u32 {
        0
    }

    /// Returns how many bytes the policy takes beside the records. O(1).
    fn bytes(&self) -> usize;

    /// Checks what the policy must always find as it left it.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    fn validate(&self, slots: &Slab<T>);
}

/// The next victims of a policy that finds them in batches, for an owner that takes them by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Candidates<'a> {
    /// The slots, the next victim last.
    pub slots: &'a [u32],
    /// A slot whose mark is above this has been used, freed or taken since, and is no candidate.
    /// For SIEVE the owner gives it a mark of 0 instead, and writes its complement into the list.
    pub cut: u32,
}

/// Hits that change nothing but the time: those of an entry whose mark has [`Settled::BITS`] and
/// [`Settled::period`] above [`Settled::SHIFT`], while stamps are below [`Settled::until`].
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    /// What such marks have in their upper bits; `u32::MAX`: no mark does.
    pub period: u32,
    /// The first stamp for which this is to be asked again.
    pub until: u32,
}

impl Settled {
    /// Bits that such marks have.
    pub const BITS: u32 = 3 << 4;
    /// How far a mark is shifted to see the period.
    pub const SHIFT: u32 = 13;
}

/// Stamps stay below this, so that they fit a small integer of every JavaScript engine; the owner
/// renumbers before one would reach it.
pub const STAMP_LIMIT: u32 = 1 << 30;
