//! Pairs that are too large for one chunk: which pieces they are spread over.

use alloc::vec::Vec;

/// A pair in several pieces.
#[derive(Debug, Default)]
pub(super) struct Spread {
    pub(super) key_length: u32,
    pub(super) value_length: u32,
    pub(super) tag: u8,
    /// The hash of its key, which need not lie in one piece.
    pub(super) hash: u64,
    /// The places of the pieces, in order.
    pub(super) pieces: Vec<u32>,
}

/// All pairs in several pieces, by number.
#[derive(Debug, Default)]
pub(super) struct Spreads {
    all: Vec<Spread>,
    free: Vec<u32>,
    /// How many places all lists of pieces have room for.
    pieces: usize,
}

impl Spreads {
    /// Makes sure that `count` more can be added; false if memory does not suffice.
    pub(super) fn reserve(&mut self, count: usize) -> bool {
        let more = count.saturating_sub(self.free.len());
        let bound = self.all.len() + more;
        self.all.try_reserve(more).is_ok()
            && self.free.try_reserve(bound - self.free.len().min(bound)).is_ok()
    }

    /// Adds one, for which there is room, and returns its number.
    pub(super) fn add(&mut self, spread: Spread) -> u32 {
        self.pieces += spread.pieces.capacity();
        if let Some(number) = self.free.pop() {
            self.all[number as usize] = spread;
            return number;
        }
        self.all.push(spread);
        self.all.len() as u32 - 1
    }

    /// Takes one out.
    pub(super) fn take(&mut self, number: u32) -> Spread {
        self.free.push(number);
        let spread = core::mem::take(&mut self.all[number as usize]);
        self.pieces -= spread.pieces.capacity();
        spread
    }

    /// Returns one of them.
    pub(super) fn of(&self, number: u32) -> &Spread {
        &self.all[number as usize]
    }

    /// Returns one of them, to be written.
    pub(super) fn of_mut(&mut self, number: u32) -> &mut Spread {
        &mut self.all[number as usize]
    }

    /// Returns how many bytes of memory the lists take.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<Spread>()
            + (self.free.capacity() + self.pieces) * size_of::<u32>()
    }
}
