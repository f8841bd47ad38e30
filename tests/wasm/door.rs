//! The engine's side of the door, and a twin that says what the door should answer.

mod twin;
mod view;

use tidecache::js::LocalCore;

pub(crate) use twin::Twin;
pub(crate) use view::memory_bytes;

use view::{read_double, read_word, write_word};

pub(crate) const LRU: u32 = 0;
pub(crate) const LFU: u32 = 3;
pub(crate) const FIFO: u32 = 1;
pub(crate) const SIEVE: u32 = 2;
pub(crate) const NO_SLOT: u32 = u32::MAX;
pub(crate) const UNLIMITED: u32 = u32::MAX;
/// No deadline, or no limit.
pub(crate) const NEVER: f64 = f64::INFINITY;
/// The reasons on the board.
pub(crate) const EVICTED: u32 = 0;
pub(crate) const EXPIRED: u32 = 1;

/// Stamps stay below this, and a full log is drained, as in `src/ts/slot-table.ts`.
const STAMP_LIMIT: u32 = 1 << 30;
pub(crate) const HIT_LOG: u32 = 64;
const RECORD_BYTES: u32 = 16;

/// The slots of one cache, used as the engine uses them.
pub(crate) struct Door {
    pub(crate) core: LocalCore,
    /// The number of the next use or write.
    pub(crate) stamp: u32,
    policy: u32,
}

impl Door {
    pub(crate) fn new(policy: u32, max_entries: u32, max_weight: f64) -> Self {
        Self { core: LocalCore::new(policy, max_entries, max_weight), stamp: 0, policy }
    }

    pub(crate) fn insert(&mut self, now: f64, deadline: f64, weight: f64) -> u32 {
        let stamp = self.next_stamp();
        self.core.insert(0, stamp, now, deadline, weight)
    }

    pub(crate) fn replace(&mut self, slot: u32, now: f64, deadline: f64, weight: f64) -> bool {
        let stamp = self.next_stamp();
        self.core.replace(slot, stamp, now, deadline, weight)
    }

    /// Notes a hit without a call, as the policy wants it.
    pub(crate) fn hit(&mut self, slot: u32) {
        match self.policy {
            LRU | SIEVE => {
                let stamp = self.next_stamp();
                write_word(self.record(slot) + 8, stamp);
            }
            LFU => {
                let (logged, stamp) = (self.logged(), self.next_stamp());
                let log = read_word(self.core.board() + 80);
                write_word(log + 8 * logged, slot);
                write_word(log + 8 * logged + 4, stamp);
                write_word(self.core.board() + 12, logged + 1);
                if logged + 1 == HIT_LOG {
                    self.core.act(10, 0, 0.0);
                }
            }
            _ => {}
        }
    }

    /// Gives the slot of the next victim to a new entry without a call, if that can be: SIEVE.
    pub(crate) fn take_over(&mut self) -> Option<u32> {
        let [named, left] = [20, 24].map(|word| read_word(self.core.board() + word));
        for left in (0..left).rev() {
            write_word(self.core.board() + 24, left);
            let slot = read_word(named + 4 * left);
            if self.mark(slot) == 0 {
                write_word(self.core.board() + 32, read_word(self.core.board() + 32) + 1);
                return Some(slot);
            }
            write_word(self.record(slot) + 8, 0);
            write_word(named + 4 * left, !slot);
        }
        None
    }

    /// Frees the slot at its owner's wish.
    pub(crate) fn remove(&mut self, slot: u32) {
        self.core.act(0, slot, 0.0);
    }

    /// Frees the slot, whose entry was found dead.
    pub(crate) fn expire(&mut self, slot: u32) {
        self.core.act(1, slot, 0.0);
    }

    pub(crate) fn rearm(&mut self, slot: u32, deadline: f64) {
        self.core.act(2, slot, deadline);
    }

    /// Makes one step of the sweep; whether there may be more to free.
    pub(crate) fn sweep(&mut self, now: f64) -> bool {
        self.core.act(3, 0, now) != 0.0
    }

    pub(crate) fn clear(&mut self) {
        self.core.act(4, 0, 0.0);
        self.stamp = 0;
    }

    pub(crate) fn renumber(&mut self) -> u32 {
        self.core.act(5, 0, 0.0) as u32
    }

    pub(crate) fn set_sweeping(&mut self, sweeping: bool) {
        self.core.act(6, u32::from(sweeping), 0.0);
    }

    pub(crate) fn alive(&mut self, now: f64) -> u32 {
        self.core.act(7, 0, now) as u32
    }

    pub(crate) fn bytes(&mut self) -> u32 {
        self.core.act(8, 0, 0.0) as u32
    }

    pub(crate) fn reset_stats(&mut self) {
        self.core.act(9, 0, 0.0);
    }

    pub(crate) fn held(&self) -> u32 {
        read_word(self.core.board() + 16)
    }

    pub(crate) fn next_deadline(&self) -> f64 {
        read_double(self.core.board() + 40)
    }

    pub(crate) fn weight(&self) -> f64 {
        read_double(self.core.board() + 56)
    }

    pub(crate) fn evictions(&self) -> u32 {
        read_double(self.core.board() + 64) as u32
    }

    pub(crate) fn expirations(&self) -> u32 {
        read_double(self.core.board() + 72) as u32
    }

    pub(crate) fn deadline(&self, slot: u32) -> f64 {
        read_double(self.record(slot))
    }

    pub(crate) fn mark(&self, slot: u32) -> u32 {
        read_word(self.record(slot) + 8)
    }

    /// Returns what the last call gave up: slots and reasons.
    pub(crate) fn removals(&self) -> Vec<(u32, u32)> {
        let [at, removed] = [4, 8].map(|word| read_word(self.core.board() + word));
        let pairs = (0..removed).map(|n| at + 8 * n);
        pairs.map(|pair| (read_word(pair), read_word(pair + 4))).collect()
    }

    /// Returns how many hits the log holds.
    pub(crate) fn logged(&self) -> u32 {
        read_word(self.core.board() + 12)
    }

    fn record(&self, slot: u32) -> u32 {
        read_word(self.core.board()) + RECORD_BYTES * slot
    }

    fn next_stamp(&mut self) -> u32 {
        if self.stamp >= STAMP_LIMIT {
            self.stamp = self.renumber();
        }
        self.stamp += 1;
        self.stamp - 1
    }
}
