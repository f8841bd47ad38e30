//! The door of the response cache's index: slots by bytes. Ids stay in TypeScript.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::http::ByteIndex;
use crate::index::NO_SLOT;
use crate::policy::{PolicyKind, SmallPolicy};
use crate::store::Capacity;

use super::Millis;

// What is done: see `ByteSlots::act`.

/// Counts a hit of the slot, of so many bytes.
const TOUCH: u32 = 0;
/// Counts a miss of so many bytes.
const MISS: u32 = 1;
/// Frees the slot.
const REMOVE: u32 = 2;
/// Frees every slot.
const CLEAR: u32 = 3;
/// Changes how many bytes may be held.
const RESIZE: u32 = 4;
/// Returns the bytes held.
const BYTES: u32 = 5;
/// Returns the victim of the last `put` or `RESIZE` with this number, or [`NO_SLOT`].
const VICTIM: u32 = 6;
/// Returns hits, misses, their bytes, evictions or refusals, by number.
const COUNT: u32 = 7;

/// The slots of one index.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ByteSlots {
    index: ByteIndex<Millis, SmallPolicy>,
}

#[wasm_bindgen]
impl ByteSlots {
    /// Returns the slots of an index with a policy by its number in [`PolicyKind::ALL`].
    #[wasm_bindgen(constructor)]
    pub fn new(policy: u32, max_bytes: f64, max_entries: u32) -> Self {
        let kind = PolicyKind::ALL[(policy as usize).min(PolicyKind::ALL.len() - 1)];
        let entries = max_entries.min(Capacity::UNLIMITED.entries);
        let capacity = Capacity { entries, weight: max_bytes as u64 };
        Self { index: ByteIndex::new(kind, capacity, Millis(0.0)) }
    }

    /// Takes in an entry or gives the one in `held` another weight; returns its slot, or
    /// [`NO_SLOT`] if it may not stay. Victims: `VICTIM`.
    pub fn put(&mut self, held: u32, hash: u32, bytes: f64) -> u32 {
        self.index.put(held, hash, bytes as u64).unwrap_or(NO_SLOT)
    }

    /// Does what is done besides, by its number: see the constants.
    pub fn act(&mut self, action: u32, slot: u32, bytes: f64) -> f64 {
        let weight = bytes as u64;
        match action {
            TOUCH => self.index.touch(slot, weight),
            MISS => self.index.miss(weight),
            REMOVE => self.index.remove(slot),
            CLEAR => self.index.clear(),
            RESIZE => self.index.resize(weight),
            BYTES => return self.index.bytes() as f64,
            VICTIM => {
                let victim = self.index.victims().get(slot as usize);
                return f64::from(victim.map_or(NO_SLOT, |removal| removal.slot));
            }
            COUNT => return self.count(slot) as f64,
            _ => {}
        }
        0.0
    }
}

impl ByteSlots {
    fn count(&self, number: u32) -> u64 {
        let counts = self.index.counts();
        let all = [
            counts.hits,
            counts.misses,
            counts.hit_bytes,
            counts.miss_bytes,
            counts.evictions,
            counts.refusals,
        ];
        all.get(number as usize).copied().unwrap_or_default()
    }
}
