//! One key that a node knows: 48 bytes, and one piece of memory for key and value.

use alloc::boxed::Box;
use core::mem;

use crate::index::NO_SLOT;
use crate::wire::Version;

/// What is kept of a key.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) version: Version,
    pub(super) expires_at_ms: u64,
    /// The key, and behind it the flags and the value while that is here.
    bytes: Box<[u8]>,
    /// The slot of a held key; of a gone one the lower half of its seat's number; of none the next
    /// place in the array that is free.
    pub(super) place: u32,
    /// The length of the key, and its state in the lowest bits.
    shape: u32,
}

/// Here.
pub(super) const HELD: u32 = 0;
/// Nowhere: evicted.
pub(super) const EVICTED: u32 = 1;
/// Nowhere: deleted or expired.
pub(super) const DEAD: u32 = 2;
/// There is no key either.
const FREE: u32 = 3;
/// What an entry weighs beside its key and value.
pub(super) const ENTRY_BYTES: u64 = 64;

impl Kept {
    /// Returns `key`, of which nothing is known yet.
    pub(super) fn new(key: &[u8]) -> Self {
        let shape = (key.len() as u32) << 2 | FREE;
        let (version, bytes) = (Version::ZERO, key.into());
        Self { version, expires_at_ms: 0, bytes, place: NO_SLOT, shape }
    }

    fn key_length(&self) -> usize {
        (self.shape >> 2) as usize
    }

    /// Returns the key.
    pub(super) fn key(&self) -> &[u8] {
        &self.bytes[..self.key_length()]
    }

    /// Returns one of the four states.
    pub(super) fn state(&self) -> u32 {
        self.shape & 3
    }

    /// Whether there is no key.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn is_free(&self) -> bool {
        self.state() == FREE
    }

    /// Changes state and place.
    pub(super) fn set_state(&mut self, state: u32, place: u32) {
        (self.shape, self.place) = (self.shape & !3 | state, place);
    }

    /// Returns flags and value, if they are here.
    pub(super) fn value(&self) -> Option<(u32, &[u8])> {
        let (flags, value) = self.bytes[self.key_length()..].split_first_chunk()?;
        Some((u32::from_le_bytes(*flags), value))
    }

    /// Holds `value` from now on, in `slot`.
    pub(super) fn hold(&mut self, slot: u32, flags: u32, value: &[u8]) {
        self.set_state(HELD, slot);
        let (start, flags) = (self.key_length(), flags.to_le_bytes());
        let end = start + flags.len();
        if self.bytes.len() == end + value.len() {
            self.bytes[start..end].copy_from_slice(&flags);
            self.bytes[end..].copy_from_slice(value);
        } else {
            self.bytes = [self.key(), &flags, value].concat().into_boxed_slice();
        }
    }

    /// Lets go of the value.
    pub(super) fn drop_value(&mut self) {
        if self.bytes.len() > self.key_length() {
            self.bytes = self.key().into();
        }
    }

    /// What the key weighs while it is gone.
    pub(super) fn gone_weight(&self) -> u64 {
        self.key_length() as u64 + ENTRY_BYTES
    }

    /// Returns the key, and leaves a place whose next free one is `free`.
    pub(super) fn release(&mut self, free: u32) -> Box<[u8]> {
        self.drop_value();
        (self.shape, self.place) = (FREE, free);
        mem::take(&mut self.bytes)
    }
}
