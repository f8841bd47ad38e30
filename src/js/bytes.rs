//! The door of the response cache's index: slots by bytes. Ids stay in TypeScript.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::http::ByteIndex;
use crate::index::NO_SLOT;
use crate::policy::{BytePolicy, PolicyKind};
use crate::store::Capacity;

use super::Millis;

/// What the module carries of the policies (`BytePolicy`); another name is refused.
const OFFERED: [PolicyKind; 2] = [PolicyKind::Lru, PolicyKind::WTinyLfu];

/// The slots of one index.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ByteSlots {
    index: ByteIndex<Millis, BytePolicy>,
}

#[wasm_bindgen]
impl ByteSlots {
    /// Returns the slots of an index with this policy; nothing if no policy has that name.
    pub fn open(policy: &str, max_bytes: f64, max_entries: u32) -> Option<Self> {
        let kind = PolicyKind::named(policy).filter(|kind| OFFERED.contains(kind))?;
        let entries = max_entries.min(Capacity::UNLIMITED.entries);
        let capacity = Capacity { entries, weight: max_bytes as u64 };
        Some(Self { index: ByteIndex::new(kind, capacity, Millis(0.0)) })
    }

    /// Takes in an entry or gives the one in `held` another weight; returns its slot, or
    /// [`NO_SLOT`] if it may not stay. Victims: [`ByteSlots::victims`].
    pub fn put(&mut self, held: u32, hash: u32, bytes: f64) -> u32 {
        self.index.put(held, hash, bytes as u64).unwrap_or(NO_SLOT)
    }

    /// Returns how many had to go for the last call that may cost victims.
    pub fn victim_count(&self) -> u32 {
        self.index.victims().len() as u32
    }

    /// Returns the slots of those who had to go.
    pub fn victims(&self) -> Box<[u32]> {
        self.index.victims().iter().map(|removal| removal.slot).collect()
    }

    /// Counts a hit.
    pub fn touch(&mut self, slot: u32, bytes: f64) {
        self.index.touch(slot, bytes as u64);
    }

    /// Counts a miss.
    pub fn miss(&mut self, bytes: f64) {
        self.index.miss(bytes as u64);
    }

    /// Frees `slot`.
    pub fn remove(&mut self, slot: u32) {
        self.index.remove(slot);
    }

    /// Frees every slot.
    pub fn clear(&mut self) {
        self.index.clear();
    }

    /// Changes how many bytes may be held.
    pub fn resize(&mut self, bytes: f64) {
        self.index.resize(bytes as u64);
    }

    /// Returns the bytes held.
    pub fn bytes(&self) -> f64 {
        self.index.bytes() as f64
    }

    /// Returns hits, misses, their bytes, evictions, refusals.
    pub fn counts(&self) -> Vec<f64> {
        let counts = self.index.counts();
        let all = [
            counts.hits,
            counts.misses,
            counts.hit_bytes,
            counts.miss_bytes,
            counts.evictions,
            counts.refusals,
        ];
        all.iter().map(|&count| count as f64).collect()
    }
}
