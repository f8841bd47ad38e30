//! Which slot goes next.
//!
//! A policy sees slots and their marks; never keys, values, deadlines or clocks. It is told when a
//! slot is taken, used and given back, and names a [victim](Policy::victim) when room is needed.
//! It does not evict: its owner does, and then tells it by [`Policy::on_release`].
//!
//! Each `on_*` call carries the *stamp* of the operation, a number that grows by one with every
//! operation of the cache. LRU writes it into the slot's mark and does nothing else on a hit, which
//! is why the JavaScript door can do the same with one store and no call.

mod fifo;
mod lfu;
mod lru;
mod oldest;

use crate::index::{Moment, Slab};

pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lru::Lru;
pub(crate) use oldest::sort_by_mark;

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
}

/// What an owner of slots tells its policy, and asks of it.
///
/// The stamps of one slab are distinct and below [`STAMP_LIMIT`].
pub trait Policy<T: Moment> {
    /// A new entry has taken `slot`; the slab has written `stamp` as its mark.
    fn on_claim(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32);

    /// The entry in `slot` was used.
    fn on_hit(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32);

    /// The entry in `slot` was given a new value.
    fn on_replace(&mut self, slots: &mut Slab<T>, slot: u32, stamp: u32);

    /// The entry in `slot` is about to leave.
    fn on_release(&mut self, slots: &mut Slab<T>, slot: u32);

    /// Returns the slot that goes next, `except` not among the candidates. `None` if there is no
    /// other. `stamp` is that of the operation that needs the room. Amortised O(1).
    fn victim(&mut self, slots: &Slab<T>, except: u32, stamp: u32) -> Option<u32>;

    /// Every mark was renumbered in the same order: what was derived from marks is to be
    /// forgotten.
    fn on_renumber(&mut self);

    /// Every slot is gone.
    fn on_clear(&mut self);
}

/// The next victims of a policy that finds them in batches, for an owner that takes them by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Candidates<'a> {
    /// The slots, the next victim last.
    pub slots: &'a [u32],
    /// A slot whose mark is above this has been used, freed or taken since, and is no candidate.
    pub cut: u32,
}

/// Stamps stay below this, so that they fit a small integer of every JavaScript engine; the owner
/// renumbers before one would reach it.
pub const STAMP_LIMIT: u32 = 1 << 30;

/// One of the policies, chosen at construction.
#[derive(Debug)]
pub(crate) enum AnyPolicy {
    Lru(Lru),
    Lfu(Lfu),
    Fifo(Fifo),
}

impl AnyPolicy {
    pub(crate) fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Lru => Self::Lru(Lru::default()),
            PolicyKind::Lfu => Self::Lfu(Lfu::default()),
            PolicyKind::Fifo => Self::Fifo(Fifo::default()),
        }
    }

    /// Calls `act` with the policy behind the name.
    pub(crate) fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R {
        match self {
            Self::Lru(policy) => act(policy),
            Self::Lfu(policy) => act(policy),
            Self::Fifo(policy) => act(policy),
        }
    }

    /// Returns the next victims; none for a policy that keeps no queue of them. O(1).
    pub(crate) fn candidates(&self) -> Candidates<'_> {
        match self {
            Self::Lru(policy) => policy.oldest.candidates(),
            Self::Fifo(policy) => policy.oldest.candidates(),
            Self::Lfu(_) => Candidates::default(),
        }
    }

    /// Forgets all candidates but the first `left`. O(1).
    pub(crate) fn leave_candidates(&mut self, left: u32) {
        match self {
            Self::Lru(policy) => policy.oldest.leave(left),
            Self::Fifo(policy) => policy.oldest.leave(left),
            Self::Lfu(_) => {}
        }
    }

    /// Returns how many bytes the policy takes beside the records. O(1).
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Lru(policy) => policy.bytes(),
            Self::Lfu(policy) => policy.bytes(),
            Self::Fifo(policy) => policy.bytes(),
        }
    }

    /// Checks what the policy must always find as it left it.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(crate) fn validate<T: Moment>(&self, slots: &Slab<T>) {
        match self {
            Self::Lru(policy) => policy.validate(slots),
            Self::Lfu(policy) => policy.validate(slots),
            Self::Fifo(policy) => policy.validate(slots),
        }
    }
}
