//! Which chunks hold the pair of a slot, and what stands in them.
//!
//! A chunk begins with two words: the slot, and the lengths or, in a pair of several pieces, the
//! number of the piece. Key and value follow without a gap.

use alloc::vec::Vec;

use crate::index::{HashKey, hash};

use super::classes::{PIECE_MAX, class_of};
use super::pages::{Pages, Place, Wanted};
use super::spread::{Spread, Spreads};

/// The bytes at the beginning of each chunk that are not the pair's.
pub const PIECE_HEADER: usize = 8;
/// The bytes of a pair that fit one piece.
const PAYLOAD_MAX: usize = PIECE_MAX - PIECE_HEADER;
/// Bits of a length in a chunk.
const LENGTH_BITS: u32 = 13;
/// A slot without a pair.
const NOWHERE: u32 = u32::MAX;
/// In a slot's place: it is the number of a spread pair.
const SPREAD: u32 = 1 << 31;

/// What is known of a pair beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) key_length: usize,
    pub(super) value_length: usize,
    pub(super) tag: u8,
}

impl Shape {
    /// Returns the bytes of key and value.
    pub(super) fn payload(self) -> usize {
        self.key_length + self.value_length
    }

    fn word(self) -> u32 {
        (self.key_length as u32)
            | (self.value_length as u32) << LENGTH_BITS
            | u32::from(self.tag) << (2 * LENGTH_BITS)
    }

    fn of_word(word: u32) -> Self {
        let mask = (1 << LENGTH_BITS) - 1;
        Self {
            key_length: (word & mask) as usize,
            value_length: (word >> LENGTH_BITS & mask) as usize,
            tag: (word >> (2 * LENGTH_BITS)) as u8,
        }
    }
}

/// The chunks of all slots.
#[derive(Debug)]
pub(super) struct Chunks {
    pub(super) pages: Pages,
    /// The place of each slot's pair.
    places: Vec<u32>,
    spreads: Spreads,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self { pages: Pages::new(), places: Vec::new(), spreads: Spreads::default() }
    }

    /// Makes sure that a pair of `payload` bytes can be written in `slot`; false if memory does not
    /// suffice.
    pub(super) fn reserve(&mut self, slot: u32, payload: usize) -> bool {
        let slots = (slot as usize + 1).saturating_sub(self.places.len());
        if self.places.try_reserve(slots).is_err() {
            return false;
        }
        if payload <= PAYLOAD_MAX {
            return self.pages.reserve_one(class_of(PIECE_HEADER + payload));
        }
        self.reserve_all(&[payload])
    }

    /// Makes sure that pairs of these payloads can be written in slots beside those that there are;
    /// false if memory does not suffice.
    pub(super) fn reserve_all(&mut self, payloads: &[usize]) -> bool {
        let mut wanted: Wanted = [0; _];
        let mut spread = 0;
        for &payload in payloads {
            let full = if payload <= PAYLOAD_MAX { 0 } else { (payload - 1) / PAYLOAD_MAX };
            spread += usize::from(full > 0);
            wanted[class_of(PIECE_MAX)] += full as u32;
            wanted[class_of(PIECE_HEADER + payload - full * PAYLOAD_MAX)] += 1;
        }
        self.places.try_reserve(payloads.len()).is_ok()
            && self.spreads.reserve(spread)
            && self.pages.reserve(&wanted)
    }

    /// Whether `slot` has a pair.
    pub(super) fn holds(&self, slot: u32) -> bool {
        self.places.get(slot as usize).is_some_and(|&place| place != NOWHERE)
    }

    /// Gives `slot`, for which there is room, a pair of this shape: the key is written, the value
    /// is not. False if there is no memory for the list of its pieces, and nothing has changed.
    pub(super) fn open(&mut self, slot: u32, hash: u64, key: &[u8], shape: Shape) -> bool {
        let payload = shape.payload();
        let mut pieces = Vec::new();
        let count = payload.div_ceil(PAYLOAD_MAX);
        if count > 1 && pieces.try_reserve_exact(count).is_err() {
            return false;
        }
        if self.holds(slot) {
            if self.overwrite(slot, key, shape) {
                return true;
            }
            self.release(slot);
        } else if slot as usize >= self.places.len() {
            self.places.resize(slot as usize + 1, NOWHERE);
        }
        if count <= 1 {
            let place = self.claim(slot, shape.word(), payload);
            self.places[slot as usize] = place.0;
        } else {
            for number in 0..count {
                let length = (payload - number * PAYLOAD_MAX).min(PAYLOAD_MAX);
                pieces.push(self.claim(slot, number as u32, length).0);
            }
            let Shape { key_length, value_length, tag } = shape;
            let (key_length, value_length) = (key_length as u32, value_length as u32);
            let spread = Spread { key_length, value_length, tag, hash, pieces };
            self.places[slot as usize] = SPREAD | self.spreads.add(spread);
        }
        let mut at = 0;
        while at < key.len() {
            let part = self.part_mut(slot, at);
            let length = part.len().min(key.len() - at);
            part[..length].copy_from_slice(&key[at..at + length]);
            at += length;
        }
        true
    }

    /// Gives `slot` the new shape where it is, if that is of the same class.
    fn overwrite(&mut self, slot: u32, key: &[u8], shape: Shape) -> bool {
        let place = self.places[slot as usize];
        let length = PIECE_HEADER + shape.payload();
        if place & SPREAD != 0 || length > PIECE_MAX {
            return false;
        }
        let fits = self.pages.class(Place(place)) == class_of(length);
        if fits {
            let chunk = self.pages.chunk_mut(Place(place));
            chunk[4..PIECE_HEADER].copy_from_slice(&shape.word().to_le_bytes());
            chunk[PIECE_HEADER..PIECE_HEADER + key.len()].copy_from_slice(key);
        }
        fits
    }

    fn claim(&mut self, slot: u32, word: u32, payload: usize) -> Place {
        let place = self.pages.claim(class_of(PIECE_HEADER + payload));
        let chunk = self.pages.chunk_mut(place);
        chunk[..4].copy_from_slice(&slot.to_le_bytes());
        chunk[4..PIECE_HEADER].copy_from_slice(&word.to_le_bytes());
        place
    }

    /// Gives the chunks of `slot` back.
    pub(super) fn release(&mut self, slot: u32) {
        let place = core::mem::replace(&mut self.places[slot as usize], NOWHERE);
        if place & SPREAD == 0 {
            self.release_place(Place(place));
            return;
        }
        let number = place & !SPREAD;
        // Each one by itself: the next may be the chunk that takes its place.
        while let Some(piece) = self.spreads.of_mut(number).pieces.pop() {
            self.places[slot as usize] = place;
            self.release_place(Place(piece));
        }
        self.places[slot as usize] = NOWHERE;
        self.spreads.take(number);
    }

    fn release_place(&mut self, place: Place) {
        if !self.pages.release(place) {
            return;
        }
        let (slot, word) = header(self.pages.chunk(place));
        let held = &mut self.places[slot as usize];
        if *held & SPREAD == 0 {
            *held = place.0;
        } else {
            self.spreads.of_mut(*held & !SPREAD).pieces[word as usize] = place.0;
        }
    }

    /// Returns the shape of the pair in `slot`, which has one.
    pub(super) fn shape(&self, slot: u32) -> Shape {
        let place = self.places[slot as usize];
        if place & SPREAD == 0 {
            return Shape::of_word(header(self.pages.chunk(Place(place))).1);
        }
        let Spread { key_length, value_length, tag, .. } = self.spreads.of(place & !SPREAD);
        let (key_length, value_length) = (*key_length as usize, *value_length as usize);
        Shape { key_length, value_length, tag: *tag }
    }

    /// Returns the bytes of the pair in `slot` from `at` to the end of the piece they lie in.
    pub(super) fn part(&self, slot: u32, at: usize) -> &[u8] {
        let (place, from, to) = self.locate(slot, at);
        &self.pages.chunk(place)[from..to]
    }

    /// The same, to be written.
    pub(super) fn part_mut(&mut self, slot: u32, at: usize) -> &mut [u8] {
        let (place, from, to) = self.locate(slot, at);
        &mut self.pages.chunk_mut(place)[from..to]
    }

    fn locate(&self, slot: u32, at: usize) -> (Place, usize, usize) {
        let place = self.places[slot as usize];
        let payload = self.shape(slot).payload();
        if place & SPREAD == 0 {
            return (Place(place), PIECE_HEADER + at, PIECE_HEADER + payload);
        }
        let pieces = &self.spreads.of(place & !SPREAD).pieces;
        let number = (at / PAYLOAD_MAX).min(pieces.len() - 1);
        let before = number * PAYLOAD_MAX;
        let end = (payload - before).min(PAYLOAD_MAX);
        (Place(pieces[number]), PIECE_HEADER + at - before, PIECE_HEADER + end)
    }

    /// Returns the hash of the key in `slot` under `key`.
    pub(super) fn hash_of(&self, slot: u32, key: HashKey) -> u64 {
        let place = self.places[slot as usize];
        if place & SPREAD != 0 {
            return self.spreads.of(place & !SPREAD).hash;
        }
        let chunk = self.pages.chunk(Place(place));
        let length = Shape::of_word(header(chunk).1).key_length;
        hash(key, &chunk[PIECE_HEADER..PIECE_HEADER + length])
    }

    /// Whether the key in `slot` is `key`.
    pub(super) fn has_key(&self, slot: u32, key: &[u8]) -> bool {
        if self.shape(slot).key_length != key.len() {
            return false;
        }
        let mut at = 0;
        while at < key.len() {
            let part = self.part(slot, at);
            let length = part.len().min(key.len() - at);
            if part[..length] != key[at..at + length] {
                return false;
            }
            at += length;
        }
        true
    }

    /// Returns how many bytes of memory all of this takes.
    pub(super) fn bytes(&self) -> usize {
        self.pages.bytes() + self.places.capacity() * size_of::<u32>() + self.spreads.bytes()
    }

    /// Returns how many slots there are, those without a pair included.
    pub(super) fn extent(&self) -> u32 {
        self.places.len() as u32
    }

    /// Checks what must always hold; returns the bytes of all chunks in use.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) -> usize {
        self.pages.validate();
        let (mut chunks, mut sum) = (0, 0);
        self.pages.for_each(|place, chunk| {
            let (slot, word) = header(chunk);
            let held = self.places[slot as usize];
            let known = if held & SPREAD == 0 {
                held
            } else {
                self.spreads.of(held & !SPREAD).pieces[word as usize]
            };
            assert_eq!(known, place.0, "slot {slot} and its chunk know each other");
            chunks += 1;
            sum += chunk.len();
        });
        let pieces = |place: &u32| match *place {
            NOWHERE => 0,
            place if place & SPREAD == 0 => 1,
            place => self.spreads.of(place & !SPREAD).pieces.len(),
        };
        assert_eq!(self.places.iter().map(pieces).sum::<usize>(), chunks, "no chunk is left over");
        sum
    }
}

/// Returns the two words at the beginning of a chunk.
fn header(chunk: &[u8]) -> (u32, u32) {
    let word =
        |at: usize| u32::from_le_bytes([chunk[at], chunk[at + 1], chunk[at + 2], chunk[at + 3]]);
    (word(0), word(4))
}
