//! Doubly linked lists of slots, linked by index: a slot is in at most one list at a time.
//!
//! The links of all lists live in one array indexed by slot, 8 bytes a slot or, where there are
//! few, 4; so moving a slot between lists allocates nothing. Every operation is O(1).

use alloc::vec::Vec;

use super::NO_SLOT;

/// The links of every slot: `[towards the front, towards the back]`.
#[derive(Debug, Default)]
pub struct Links<L = u32> {
    links: Vec<[L; 2]>,
}

/// A slot as it is written in links.
pub trait Link: Copy {
    /// Returns `slot` or [`NO_SLOT`] as a link.
    fn to(slot: u32) -> Self;

    /// Returns the slot that the link leads to.
    fn slot(self) -> u32;
}

impl Link for u32 {
    fn to(slot: u32) -> Self {
        slot
    }

    fn slot(self) -> u32 {
        self
    }
}

/// For slots below 65,535.
impl Link for u16 {
    fn to(slot: u32) -> Self {
        slot as Self
    }

    fn slot(self) -> u32 {
        if self == Self::MAX { NO_SLOT } else { u32::from(self) }
    }
}

/// One list: its two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The slot that was pushed last, or [`NO_SLOT`].
    pub front: u32,
    /// The slot that was pushed first, or [`NO_SLOT`].
    pub back: u32,
}

impl List {
    /// Returns a list without slots.
    pub const fn new() -> Self {
        Self { front: NO_SLOT, back: NO_SLOT }
    }

    /// Whether the list has no slots. O(1).
    pub const fn is_empty(self) -> bool {
        self.front == NO_SLOT
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Link> Links<L> {
    /// Returns links for no slots; allocates nothing.
    pub const fn new() -> Self {
        Self { links: Vec::new() }
    }

    /// Returns how many bytes the links take, room for more included. O(1).
    pub fn bytes(&self) -> usize {
        self.links.capacity() * size_of::<[L; 2]>()
    }

    /// Makes room for as many slots, and no more than it has to.
    pub fn reserve(&mut self, slots: usize) {
        self.links.reserve_exact(slots.saturating_sub(self.links.len()));
    }

    /// Returns the next slot towards the front, or [`NO_SLOT`]. O(1).
    pub fn towards_front(&self, slot: u32) -> u32 {
        self.links[slot as usize][0].slot()
    }

    /// Puts `slot`, which is in no list, at the front of `list`. O(1), amortised for new slots.
    pub fn push_front(&mut self, list: &mut List, slot: u32) {
        if slot as usize >= self.links.len() {
            self.links.resize(slot as usize + 1, [L::to(NO_SLOT); 2]);
        }
        self.links[slot as usize] = [L::to(NO_SLOT), L::to(list.front)];
        if list.front == NO_SLOT {
            list.back = slot;
        } else {
            self.links[list.front as usize][0] = L::to(slot);
        }
        list.front = slot;
    }

    /// Puts `slot`, which is in no list but has been in one, at the back of `list`. O(1).
    pub fn push_back(&mut self, list: &mut List, slot: u32) {
        self.links[slot as usize] = [L::to(list.back), L::to(NO_SLOT)];
        if list.back == NO_SLOT {
            list.front = slot;
        } else {
            self.links[list.back as usize][1] = L::to(slot);
        }
        list.back = slot;
    }

    /// Takes `slot` out of `list`, which holds it. O(1).
    pub fn unlink(&mut self, list: &mut List, slot: u32) {
        let [front, back] = self.links[slot as usize];
        let (front, back) = (front.slot(), back.slot());
        if front == NO_SLOT {
            debug_assert_eq!(list.front, slot, "the slot is in this list");
            list.front = back;
        } else {
            self.links[front as usize][1] = L::to(back);
        }
        if back == NO_SLOT {
            debug_assert_eq!(list.back, slot, "the slot is in this list");
            list.back = front;
        } else {
            self.links[back as usize][0] = L::to(front);
        }
    }

    /// Returns the slots of `list`, the one pushed first leading.
    ///
    /// # Panics
    ///
    /// Panics if its links and its ends disagree.
    #[cfg(any(test, debug_assertions))]
    pub fn slots(&self, list: List) -> Vec<u32> {
        let mut slots = Vec::new();
        let (mut before, mut at) = (NO_SLOT, list.back);
        while at != NO_SLOT {
            let [front, back] = self.links[at as usize].map(L::slot);
            assert_eq!(back, before, "slot {at} links back to the one before it");
            assert!(slots.len() < self.links.len(), "the list has a loop");
            slots.push(at);
            (before, at) = (at, front);
        }
        assert_eq!(list.front, before, "the front is the end of the list");
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_leaves_from_either_end_and_from_the_middle() {
        let mut links = Links::<u32>::new();
        let mut list = List::new();
        for slot in 0..4 {
            links.push_front(&mut list, slot);
        }
        links.unlink(&mut list, 1);
        assert_eq!(links.slots(list), [0, 2, 3]);
        assert_eq!(links.towards_front(0), 2);
        links.unlink(&mut list, 0);
        links.unlink(&mut list, 3);
        assert_eq!(links.slots(list), [2]);
        links.unlink(&mut list, 2);
        assert!(list.is_empty());
    }
    #[test]
    fn short_links_know_the_ends_and_the_back() {
        let mut links = Links::<u16>::new();
        let mut list = List::new();
        links.push_front(&mut list, 65_534);
        links.push_front(&mut list, 0);
        assert_eq!(links.slots(list), [65_534, 0]);
        links.unlink(&mut list, 0);
        links.push_back(&mut list, 0);
        assert_eq!(links.slots(list), [0, 65_534]);
        links.unlink(&mut list, 65_534);
        links.unlink(&mut list, 0);
        links.push_front(&mut list, 1);
        links.unlink(&mut list, 1);
        links.push_back(&mut list, 1);
        assert_eq!(links.slots(list), [1]);
    }
}
