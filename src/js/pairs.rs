//! The door of bytes mode: the keys and values of one cache, for `src/ts/bytes`.
//!
//! What goes in is written to the *stage*, a piece of memory here whose address the *board* tells,
//! and read by the next call; what comes out is read where it lies, before the next call. The
//! board's words are in the order of `Board`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::bytes::BytePairs;
use crate::index::NO_SLOT;

/// The bytes of the stage where no key or list has needed more.
const STAGE: usize = 1 << 12;
/// The answer that there is no memory; no slot has this number either.
const NO_MEMORY: u32 = NO_SLOT - 1;
/// The tag of no value.
const NOTHING: u32 = 32;

/// What the last call has to tell. Read by `src/ts/bytes/byte-pairs.ts`.
#[derive(Debug, Default)]
#[repr(C)]
struct Board {
    /// The address of the stage.
    stage: u32,
    /// The address of what is to be read or written.
    part: u32,
    /// How many bytes of it lie there together.
    length: u32,
    /// The lengths and the tag of the pair that was looked at.
    key_length: u32,
    value_length: u32,
    tag: u32,
}

/// The pairs of one cache.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ByteCore {
    pairs: BytePairs,
    stage: Vec<u8>,
    board: Box<Board>,
    /// The hash of the key on the stage.
    hash: u64,
}

#[wasm_bindgen]
impl ByteCore {
    /// Returns no pairs, whose keys are hashed under a secret of 128 bits.
    #[wasm_bindgen(constructor)]
    pub fn new(a: u32, b: u32, c: u32, d: u32) -> Self {
        let word = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let stage = alloc::vec![0; STAGE];
        let board = Board { stage: address(&stage), ..Board::default() };
        let pairs = BytePairs::new([word(a, b), word(c, d)]);
        Self { pairs, stage, board: Box::new(board), hash: 0 }
    }

    /// Returns the address of the board.
    pub fn board(&self) -> u32 {
        core::ptr::from_ref(&*self.board) as usize as u32
    }

    /// Gives the stage room for so many bytes; false if there is no memory, and then it stays.
    pub fn resize(&mut self, length: usize) -> bool {
        let mut stage = Vec::new();
        let fits = stage.try_reserve_exact(length).is_ok();
        if fits {
            stage.resize(length, 0);
            self.board.stage = address(&stage);
            self.stage = stage;
        }
        fits
    }

    /// Returns the slot of the key on the stage, [`NO_SLOT`] if there is none; shows its value.
    pub fn find(&mut self, key_length: usize) -> u32 {
        let key = &self.stage[..key_length];
        self.hash = self.pairs.hash(key);
        let Some(slot) = self.pairs.find(self.hash, key) else { return NO_SLOT };
        self.show(slot);
        slot
    }

    /// Shows the value in `slot`. A slot without one, which an owner may ask for whose clock has
    /// used the cache meanwhile, has the tag [`NOTHING`].
    pub fn show(&mut self, slot: u32) {
        if self.pairs.holds(slot) {
            let (key_length, ..) = self.pairs.shape(slot);
            self.look(slot, key_length);
        } else {
            *self.board = Board { stage: self.board.stage, tag: NOTHING, ..Board::default() };
        }
    }

    /// Shows the pair in `slot`, which has one, from its byte `at` on.
    pub fn look(&mut self, slot: u32, at: usize) {
        let (key_length, value_length, tag) = self.pairs.shape(slot);
        let part = self.pairs.part(slot, at);
        *self.board = Board {
            stage: self.board.stage,
            part: address(part),
            length: part.len() as u32,
            key_length: key_length as u32,
            value_length: value_length as u32,
            tag: u32::from(tag),
        };
    }

    /// Makes room for as many pairs as there are words on the stage, each the bytes of a key and
    /// its value; false if there is no memory.
    pub fn reserve(&mut self, count: usize) -> bool {
        let words = self.stage[..4 * count].chunks_exact(4);
        let length =
            |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]) as usize;
        let mut payloads = Vec::new();
        if payloads.try_reserve_exact(count).is_err() {
            return false;
        }
        payloads.extend(words.map(length));
        self.pairs.reserve(&payloads).is_ok()
    }

    /// Makes room for a pair of so many bytes and does as [`ByteCore::find`]; [`NO_MEMORY`] if
    /// there is no memory for it.
    pub fn stage(&mut self, key_length: usize, payload: usize) -> u32 {
        if self.pairs.reserve(&[payload]).is_err() {
            return NO_MEMORY;
        }
        let key = &self.stage[..key_length];
        self.hash = self.pairs.hash(key);
        self.pairs.find(self.hash, key).unwrap_or(NO_SLOT)
    }

    /// Gives `slot` the pair whose key was found or not found last; its value is to be written
    /// where the board says. False if there is no memory.
    pub fn open(&mut self, slot: u32, key_length: usize, value_length: usize, tag: u8) -> bool {
        let key = &self.stage[..key_length];
        let opened = self.pairs.open(slot, self.hash, key, value_length, tag).is_ok();
        if opened {
            self.show(slot);
        }
        opened
    }

    /// The same with the value, which stands on the stage behind the key.
    pub fn put(&mut self, slot: u32, key_length: usize, value_length: usize, tag: u8) -> bool {
        let (key, rest) = self.stage.split_at(key_length);
        let opened = self.pairs.open(slot, self.hash, key, value_length, tag).is_ok();
        if opened {
            self.pairs.write(slot, &rest[..value_length]);
        }
        opened
    }

    /// Forgets the pair in `slot`, if there is one.
    pub fn remove(&mut self, slot: u32) {
        self.pairs.remove(slot);
    }

    /// Forgets all pairs and frees their memory.
    pub fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Returns how many bytes of memory all of this takes.
    pub fn bytes(&self) -> f64 {
        (size_of::<Self>() + size_of::<Board>() + self.stage.len() + self.pairs.bytes()) as f64
    }

    /// Returns what all pairs weigh.
    pub fn weight(&self) -> f64 {
        self.pairs.weight() as f64
    }
}

/// Returns an address in WebAssembly memory.
fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
