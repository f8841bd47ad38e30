//! The door of the local caches: the slots of one cache, for the engine in `src/ts/store.ts`.
//!
//! The engine keeps keys and values; a hit reads the deadline and writes the mark of a record
//! through a view and calls nothing. Everything else is one call, after which the engine reads the
//! *board*, which says where the records are, what was given up, and who would be the next victim.
//! An insert into a full cache takes that victim's slot without a call, too.

use alloc::boxed::Box;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::index::NO_SLOT;
use crate::policy::{ClassicPolicy, PolicyKind};
use crate::store::{Capacity, Slots};

use super::Millis;

/// Hits that the engine may note before it has to call [`LocalCore::drain`].
const HIT_LOG: usize = 1024;

/// Where things are, written after every call that may move them. Read by `src/ts/store.ts`, which
/// knows the order of the words.
#[derive(Debug, Default)]
#[repr(C)]
struct Board {
    /// The address of the first record: 16 bytes each, the deadline (f64, ms) and the mark (u32).
    records: u32,
    /// The address of the removals: slot and reason, a u32 each.
    removals: u32,
    /// How many removals the last call made; forgotten by the next one.
    removed: u32,
    /// How many hits the log holds; written by the engine.
    logged: u32,
    /// How many entries are held.
    held: u32,
    /// The address of the candidates: slots, the next victim last, a u32 each.
    candidates: u32,
    /// How many candidates are left; lowered by the engine.
    left: u32,
    /// A slot whose mark is above this is no candidate any more.
    cut: u32,
    /// How many candidates the engine has evicted by itself; written by the engine.
    evicted: u32,
    /// Nothing is dead before this moment (f64, ms).
    next_deadline: f64,
    /// A deadline not before this one (f64, ms) may be written without a call.
    deadline_floor: f64,
}

/// The slots of one cache.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LocalCore {
    slots: Slots<Millis, ClassicPolicy>,
    board: Box<Board>,
    log: Box<[u32]>,
    /// Weights cross as doubles and are kept as whole multiples of `1 / scale`.
    scale: f64,
}

#[wasm_bindgen]
impl LocalCore {
    /// Returns the slots of a cache with policy 0 (LRU), 1 (LFU) or 2 (FIFO), at most `max_entries`
    /// entries (`u32::MAX`: no limit) and `max_weight` (infinite: no limit).
    #[wasm_bindgen(constructor)]
    pub fn new(policy: u32, max_entries: u32, max_weight: f64) -> Self {
        let kind = match policy {
            0 => PolicyKind::Lru,
            1 => PolicyKind::Lfu,
            _ => PolicyKind::Fifo,
        };
        let log = if kind == PolicyKind::Lfu { HIT_LOG } else { 0 };
        let scale = scale_for(max_weight);
        let capacity = Capacity {
            entries: max_entries.min(Capacity::UNLIMITED.entries),
            weight: if max_weight.is_finite() { (max_weight * scale) as u64 } else { u64::MAX },
        };
        let slots = Slots::new(kind, capacity);
        let mut core = Self {
            slots,
            board: Box::default(),
            log: alloc::vec![0; log].into_boxed_slice(),
            scale,
        };
        core.post();
        core
    }

    /// Returns the address of the board.
    pub fn board(&self) -> u32 {
        address(core::ptr::from_ref(&*self.board))
    }

    /// Returns the address of the hit log.
    pub fn log(&self) -> u32 {
        address(self.log.as_ptr())
    }

    /// Gives a slot to an entry of `weight` that dies at `deadline`, and returns it; what that cost
    /// is on the board. [`NO_SLOT`]: the entry is heavier than the cache may be, nothing changed.
    pub fn insert(&mut self, stamp: u32, now: f64, deadline: f64, weight: f64) -> u32 {
        self.begin();
        let weight = self.scaled(weight);
        let slot = self.slots.insert(stamp, Millis(now), Millis(deadline), weight);
        self.post();
        slot.unwrap_or(NO_SLOT)
    }

    /// Gives the entry in `slot` another deadline and weight; false if it is too heavy and gone.
    pub fn replace(&mut self, slot: u32, stamp: u32, now: f64, deadline: f64, weight: f64) -> bool {
        self.begin();
        let weight = self.scaled(weight);
        let kept = self.slots.replace(slot, stamp, Millis(now), Millis(deadline), weight);
        self.post();
        kept
    }

    /// Moves the deadline of the entry in `slot`.
    pub fn rearm(&mut self, slot: u32, deadline: f64) {
        self.begin();
        self.slots.set_deadline(slot, Millis(deadline));
        self.post();
    }

    /// Frees `slot` at its owner's wish.
    pub fn remove(&mut self, slot: u32) {
        self.begin();
        self.slots.remove(slot);
        self.post();
    }

    /// Frees `slot`, whose entry was found dead.
    pub fn expire(&mut self, slot: u32) {
        self.begin();
        self.slots.expire(slot);
        self.post();
    }

    /// Makes one step of the sweep; returns whether there may be more to free.
    pub fn sweep(&mut self, now: f64) -> bool {
        self.begin();
        let more = self.slots.sweep(Millis(now));
        self.post();
        more
    }

    /// Frees every slot and the memory of all of them.
    pub fn clear(&mut self) {
        self.begin();
        self.slots.clear();
        self.post();
    }

    /// Tells the policy of the hits in the log. Called when the log is full.
    pub fn drain(&mut self) {
        self.begin();
    }

    /// Gives the marks new numbers and returns the next stamp.
    pub fn renumber(&mut self) -> u32 {
        self.begin();
        let next = self.slots.renumber();
        self.post();
        next
    }

    /// Whether inserts sweep on their way.
    pub fn set_sweeping(&mut self, sweeping: bool) {
        self.slots.set_sweeping(sweeping);
    }

    /// Returns how many entries are alive.
    pub fn alive(&self, now: f64) -> u32 {
        self.slots.alive(Millis(now))
    }

    /// Returns how many entries are held.
    pub fn held(&self) -> u32 {
        self.slots.held()
    }

    /// Returns a moment not later than the first deadline held.
    pub fn next_deadline(&self) -> f64 {
        self.slots.next_deadline().0
    }

    /// Returns the weight held.
    pub fn weight(&self) -> f64 {
        self.slots.weight() as f64 / self.scale
    }

    /// Returns how many entries were evicted.
    pub fn evictions(&self) -> f64 {
        self.slots.stats().evictions as f64 + f64::from(self.board.evicted)
    }

    /// Returns how many entries have expired.
    pub fn expirations(&self) -> f64 {
        self.slots.stats().expirations as f64
    }

    /// Returns how many bytes of memory this cache holds here.
    pub fn bytes(&self) -> f64 {
        let own = size_of::<Self>() + size_of::<Board>() + size_of_val(&*self.log);
        (own + self.slots.bytes()) as f64
    }

    /// Sets the counters back to zero.
    pub fn reset_stats(&mut self) {
        self.begin();
        *self.slots.stats_mut() = crate::store::Stats::default();
    }
}

impl LocalCore {
    /// Begins a call: what the last one reported has been read, and what the engine did by itself
    /// since then comes first.
    #[inline(never)] // Once for all the methods: size.
    fn begin(&mut self) {
        self.slots.forget_removals();
        let evicted = core::mem::take(&mut self.board.evicted);
        self.slots.note_evicted(evicted, self.board.left);
        let logged = core::mem::take(&mut self.board.logged) as usize;
        for &slot in &self.log[..logged] {
            self.slots.touch(slot, 0);
        }
    }

    /// Writes where things are now.
    #[inline(never)]
    fn post(&mut self) {
        let removals = self.slots.removals();
        let candidates = self.slots.candidates();
        *self.board = Board {
            records: address(self.slots.slab().as_ptr()),
            removals: address(removals.as_ptr()),
            removed: removals.len() as u32,
            logged: 0,
            held: self.slots.held(),
            candidates: address(candidates.slots.as_ptr()),
            left: candidates.slots.len() as u32,
            cut: candidates.cut,
            evicted: 0,
            next_deadline: self.slots.next_deadline().0,
            deadline_floor: self.slots.deadline_floor().0,
        };
    }

    fn scaled(&self, weight: f64) -> u64 {
        (weight * self.scale) as u64
    }
}

/// Returns an address in wasm memory.
fn address<T>(pointer: *const T) -> u32 {
    pointer as usize as u32
}

/// Returns the power of two that makes `max_weight` fill 53 bits: sums of multiples of its inverse
/// are exact, whole numbers stay whole, and a fraction loses less than `max_weight` / 2⁵².
fn scale_for(max_weight: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    const FULL: f64 = 4_503_599_627_370_496.0;
    if !max_weight.is_finite() {
        return f64::from(1_u32 << 10);
    }
    let power_below = f64::from_bits(max_weight.to_bits() & EXPONENT);
    (FULL / power_below).min(f64::MAX)
}
