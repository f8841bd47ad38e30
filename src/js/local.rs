//! The door of the local caches: the slots of one cache, for the engine in `src/ts/store.ts`.
//!
//! The engine keeps keys and values; a hit reads the deadline and writes the mark of a record
//! through a view and calls nothing. Everything else is one call, after which the engine reads the
//! *board*, which says where the records are, what was given up, and who would be the next victim.
//! An insert into a full cache takes that victim's slot without a call, too.

use alloc::boxed::Box;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::index::NO_SLOT;
use crate::policy::{PolicyKind, SmallPolicy};
use crate::store::{Capacity, Slots, Stats};

use super::Millis;

/// Hits that the engine may note before it has to call; a slot and a stamp each.
const HIT_LOG: usize = 64;

/// Entries for which room is made at once, as in `src/ts/hash-index.ts`.
const RESERVED_MAX: u32 = 1 << 20;

/// The policies by number, as `src/ts/slot-table.ts` has them.
const KINDS: [PolicyKind; 7] = [
    PolicyKind::Lru,
    PolicyKind::Fifo,
    PolicyKind::Sieve,
    PolicyKind::Lfu,
    PolicyKind::S3Fifo,
    PolicyKind::WTinyLfu,
    PolicyKind::Adaptive,
];
/// The first of those that want to hear of each hit: their marks alone do not say enough.
const FIRST_LOGGED: u32 = 3;

/// Frees the slot at its owner's wish.
const REMOVE: u32 = 0;
/// Frees the slot, whose entry was found dead.
const EXPIRE: u32 = 1;
/// Moves the deadline of the slot's entry to the moment.
const REARM: u32 = 2;
/// Makes one step of the sweep at the moment; answers whether there may be more to free.
const SWEEP: u32 = 3;
/// Frees every slot and the memory of all of them.
const CLEAR: u32 = 4;
/// Gives the marks new numbers; answers the next stamp.
const RENUMBER: u32 = 5;
/// Inserts sweep on their way if the slot is not 0.
const SET_SWEEPING: u32 = 6;
/// Answers how many entries are alive at the moment.
const ALIVE: u32 = 7;
/// Answers how many bytes of memory this cache holds here.
const BYTES: u32 = 8;
/// Sets the counters back to zero.
const RESET_STATS: u32 = 9;
// Any other number only tells the policy of the hits in the log.

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
    /// The weight held (f64).
    weight: f64,
    /// How many entries were evicted by calls (f64).
    evictions: f64,
    /// How many have expired (f64).
    expirations: f64,
    /// The address of the hit log: slot and stamp, a u32 each.
    log: u32,
    /// Of hits in this period the engine need not tell; see [`Settled`](crate::policy::Settled).
    period: u32,
    /// Until the operation with this stamp.
    period_end: u32,
}

/// The slots of one cache.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LocalCore {
    slots: Slots<Millis, SmallPolicy>,
    board: Box<Board>,
    log: Box<[u32]>,
    /// Weights cross as doubles and are kept as whole multiples of `1 / scale`.
    scale: f64,
}

#[wasm_bindgen]
impl LocalCore {
    /// Returns the slots of a cache with a policy by its number, at most `max_entries` entries
    /// (`u32::MAX`: no limit) and `max_weight` (infinite: no limit).
    #[wasm_bindgen(constructor)]
    pub fn new(policy: u32, max_entries: u32, max_weight: f64) -> Self {
        let kind = KINDS[(policy as usize).min(KINDS.len() - 1)];
        let log = if policy >= FIRST_LOGGED { 2 * HIT_LOG } else { 0 };
        let scale = scale_for(max_weight);
        let capacity = Capacity {
            entries: max_entries.min(Capacity::UNLIMITED.entries),
            weight: if max_weight.is_finite() { (max_weight * scale) as u64 } else { u64::MAX },
        };
        let mut slots = Slots::new(kind, capacity);
        // Growing by doubling leaves as much behind, since nothing here is that large again.
        if max_entries <= RESERVED_MAX {
            slots.reserve(max_entries);
        }
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

    /// Gives a slot to an entry of `weight` that dies at `deadline`, and returns it; what that cost
    /// is on the board. [`NO_SLOT`]: the entry is heavier than the cache may be, or too heavy for
    /// how seldom it is asked for, nothing changed. Policies 4 and up want the hash of its key.
    pub fn insert(&mut self, hash: u32, stamp: u32, now: f64, deadline: f64, weight: f64) -> u32 {
        self.begin();
        let weight = self.scaled(weight);
        let (now, deadline) = (Millis(now), Millis(deadline));
        let slot = self.slots.insert_hashed(hash, stamp, now, deadline, weight);
        if !self.slots.removals().is_empty() {
            self.slots.name_candidates();
        }
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

    /// Does what is done seldom, by its number: see the constants. One export for all of it, since
    /// each costs as much as the work it does.
    pub fn act(&mut self, action: u32, slot: u32, moment: f64) -> f64 {
        self.begin();
        let moment = Millis(moment);
        let mut answer = 0;
        match action {
            REMOVE => self.slots.remove(slot),
            EXPIRE => self.slots.expire(slot),
            REARM => self.slots.set_deadline(slot, moment),
            SWEEP => answer = u32::from(self.slots.sweep(moment)),
            CLEAR => self.slots.clear(),
            RENUMBER => answer = self.slots.renumber(),
            SET_SWEEPING => self.slots.set_sweeping(slot != 0),
            ALIVE => answer = self.slots.alive(moment),
            BYTES => answer = self.bytes(),
            RESET_STATS => *self.slots.stats_mut() = Stats::default(),
            _ => {}
        }
        self.post();
        f64::from(answer)
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
        for hit in self.log[..2 * logged].chunks_exact(2) {
            self.slots.touch(hit[0], hit[1]);
        }
    }

    /// Writes where things are now.
    #[inline(never)]
    fn post(&mut self) {
        let removals = self.slots.removals();
        let candidates = self.slots.candidates();
        let stats = self.slots.stats();
        let settled = self.slots.settled();
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
            weight: self.slots.weight() as f64 / self.scale,
            evictions: stats.evictions as f64,
            expirations: stats.expirations as f64,
            log: address(self.log.as_ptr()),
            period: settled.period,
            period_end: settled.until,
        };
    }

    /// Returns how many bytes of memory this cache holds here.
    fn bytes(&self) -> u32 {
        let own = size_of::<Self>() + size_of::<Board>() + size_of_val(&*self.log);
        (own + self.slots.bytes()) as u32
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
