//! Things with rising numbers, in the order of their numbers.
//!
//! What a `BTreeMap<u64, T>` does for numbers that are handed out one after the other, with a fifth
//! of its code in a WebAssembly module. New things go to the end. Whatever is removed elsewhere
//! leaves a hole, and when holes are the most of it the rest closes up. Numbers are found by
//! bisection, so nothing moves for the sake of a number.
//!
//! Cost: O(log n) to find, O(1) amortised to add and remove; room for at most twice as many things
//! as are there, and a few.

use alloc::collections::VecDeque;

/// Things in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Sequence<T> {
    items: VecDeque<(u64, Option<T>)>,
    held: usize,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), held: 0 }
    }
}

impl<T> Sequence<T> {
    /// Returns how many things there are. O(1).
    pub const fn len(&self) -> usize {
        self.held
    }

    /// Whether there is nothing. O(1).
    pub const fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Adds a thing at the end. O(1) amortised.
    ///
    /// # Panics
    /// If its number is not above all that are there.
    pub fn push(&mut self, number: u64, item: T) {
        let is_above = self.items.back().is_none_or(|&(last, _)| last < number);
        assert!(is_above, "numbers rise");
        self.items.push_back((number, Some(item)));
        self.held += 1;
    }

    /// Returns the thing with `number`. O(log n).
    pub fn get(&self, number: u64) -> Option<&T> {
        self.items[self.find(number)?].1.as_ref()
    }

    /// Returns the thing with `number`. O(log n).
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let at = self.find(number)?;
        self.items[at].1.as_mut()
    }

    /// Removes the thing with `number`. O(log n) amortised.
    pub fn remove(&mut self, number: u64) -> Option<T> {
        let at = self.find(number)?;
        let item = self.items[at].1.take()?;
        self.held -= 1;
        self.close_up();
        Some(item)
    }

    /// Returns the thing with the least number. O(1).
    pub fn first(&self) -> Option<(u64, &T)> {
        // The front is never a hole.
        let (number, item) = self.items.front()?;
        Some((*number, item.as_ref()?))
    }

    /// Removes the thing with the least number. O(1) amortised.
    pub fn pop_first(&mut self) -> Option<(u64, T)> {
        let (number, item) = self.items.pop_front()?;
        self.held -= 1;
        self.close_up();
        Some((number, item?))
    }

    /// Iterates in the order of the numbers. O(n).
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.items.iter().filter_map(|(number, item)| Some((*number, item.as_ref()?)))
    }

    /// Iterates in the order of the numbers. O(n).
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        self.items.iter_mut().filter_map(|(number, item)| Some((*number, item.as_mut()?)))
    }

    /// Removes everything. O(n).
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Removes everything and returns it, in the order of the numbers. O(n).
    pub fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        let Self { items, .. } = core::mem::take(self);
        items.into_iter().filter_map(|(number, item)| Some((number, item?)))
    }

    fn find(&self, number: u64) -> Option<usize> {
        self.items.binary_search_by_key(&number, |&(at, _)| at).ok()
    }

    /// Takes holes away from the front, and all of them once they are the most.
    fn close_up(&mut self) {
        while self.items.front().is_some_and(|(_, item)| item.is_none()) {
            self.items.pop_front();
        }
        if self.items.len() > 2 * self.held + HOLES_MIN {
            self.items.retain(|(_, item)| item.is_some());
        }
    }
}

/// So many holes are not worth closing up.
const HOLES_MIN: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use super::*;

    /// As a `BTreeMap` does, whatever is done to it.
    #[test]
    fn it_is_a_map_in_the_order_of_its_numbers() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut draw = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let (mut ours, mut theirs) = (Sequence::default(), BTreeMap::new());
        for number in 0..20_000_u64 {
            match draw(8) {
                0..4 => {
                    ours.push(number, number * 3);
                    theirs.insert(number, number * 3);
                }
                4 => assert_eq!(ours.pop_first(), theirs.pop_first()),
                5 => {
                    let number = draw(number + 1);
                    assert_eq!(ours.get(number), theirs.get(&number));
                    assert_eq!(ours.get_mut(number), theirs.get_mut(&number));
                }
                _ => {
                    let number = draw(number + 1);
                    assert_eq!(ours.remove(number), theirs.remove(&number));
                }
            }
            assert_eq!(ours.len(), theirs.len());
            assert_eq!(ours.first(), theirs.first_key_value().map(|(&key, item)| (key, item)));
            assert!(ours.items.len() <= 2 * ours.len() + HOLES_MIN);
        }
        let ours: Vec<_> = ours.drain().collect();
        assert_eq!(ours, theirs.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn members_are_found_by_their_numbers() {
        let mut sequence = Sequence::default();
        for number in [2, 3, 7] {
            sequence.push(number, number * 10);
        }
        assert_eq!((sequence.get(3), sequence.get(4)), (Some(&30), None));
        assert_eq!((sequence.remove(3), sequence.remove(3)), (Some(30), None));
        if let Some(member) = sequence.get_mut(7) {
            *member += 1;
        }
        assert_eq!(sequence.iter().collect::<Vec<_>>(), [(2, &20), (7, &71)]);
        sequence.iter_mut().for_each(|(_, member)| *member = 0);
        sequence.push(9, 5);
        let is_empty = sequence.is_empty();
        assert_eq!((sequence.len(), sequence.get(2), is_empty), (3, Some(&0), false));
        sequence.clear();
        assert!(sequence.is_empty());
    }

    /// One that stays while others come and go does not make it grow.
    #[test]
    fn it_does_not_grow_behind_the_oldest() {
        let mut sequence = Sequence::default();
        sequence.push(0, ());
        for number in 1..10_000 {
            sequence.push(number, ());
            sequence.remove(number);
        }
        assert_eq!(sequence.len(), 1);
        assert!(sequence.items.len() <= 2 + HOLES_MIN);
    }
}
