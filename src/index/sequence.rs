//! Things with rising numbers, in the order of their numbers.
//!
//! What a `BTreeMap<u64, T>` does for numbers that are mostly handed out one after the other, with
//! a fifth of its code in a WebAssembly module. New things go to the end, or in between where their
//! number belongs. Whatever is removed elsewhere leaves a hole, and when holes are the most of it
//! the rest closes up. Numbers are found by bisection.
//!
//! The order knows nothing of the things but where they are, so that its code is there once for all
//! kinds of things, and nothing that is large ever moves.
//!
//! Cost: O(log n) to find, O(1) amortised to add at the end and to remove, O(n) to add in between;
//! room for as many things as there ever were at a time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;

/// Things in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Sequence<T> {
    order: Order,
    /// The things, by their places.
    items: Vec<Option<T>>,
}

/// The places of things by their numbers.
#[derive(Debug, Clone, Default)]
struct Order {
    places: VecDeque<(u64, u32)>,
    free: Vec<u32>,
    held: usize,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self { order: Order::default(), items: Vec::new() }
    }
}

impl<T> Sequence<T> {
    /// Returns how many things there are. O(1).
    pub const fn len(&self) -> usize {
        self.order.held
    }

    /// Whether there is nothing. O(1).
    pub const fn is_empty(&self) -> bool {
        self.order.held == 0
    }

    /// Adds a thing. O(1) amortised if its number is above all that are there, else O(n).
    ///
    /// # Panics
    /// If there is a thing with that number.
    pub fn push(&mut self, number: u64, item: T) {
        let place = self.order.add(number, self.items.len());
        match self.items.get_mut(place as usize) {
            Some(free) => *free = Some(item),
            None => self.items.push(Some(item)),
        }
    }

    /// Returns the thing with `number`. O(log n).
    pub fn get(&self, number: u64) -> Option<&T> {
        self.items[self.order.place(number)?].as_ref()
    }

    /// Returns the thing with `number`. O(log n).
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.items[self.order.place(number)?].as_mut()
    }

    /// Removes the thing with `number`. O(log n) amortised.
    pub fn remove(&mut self, number: u64) -> Option<T> {
        let place = self.order.remove(number)?;
        self.items[place].take()
    }

    /// Returns the thing with the least number. O(1).
    pub fn first(&self) -> Option<(u64, &T)> {
        self.iter().next()
    }

    /// Removes the thing with the least number. O(1) amortised.
    pub fn pop_first(&mut self) -> Option<(u64, T)> {
        let (number, _) = self.first()?;
        Some((number, self.remove(number)?))
    }

    /// Iterates in the order of the numbers. O(n).
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.numbers(0..u64::MAX).filter_map(|number| Some((number, self.get(number)?)))
    }

    /// Returns the numbers of `range` that are there, in their order. O(log n) and what is
    /// returned.
    pub fn numbers(&self, range: Range<u64>) -> impl Iterator<Item = u64> {
        let places = self.order.places.iter().skip(self.order.first_at(range.start));
        let inside = places.take_while(move |(number, _)| *number < range.end);
        inside.filter(|(_, place)| *place != HOLE).map(|(number, _)| *number)
    }

    /// Hands out each thing, in the order of the numbers. O(n).
    pub fn for_each_mut(&mut self, mut visit: impl FnMut(u64, &mut T)) {
        for &(number, place) in &self.order.places {
            if let Some(Some(item)) = self.items.get_mut(place as usize) {
                visit(number, item);
            }
        }
    }

    /// Removes everything. O(n).
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Removes everything and returns it, in the order of the numbers. O(n).
    pub fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        let Self { order, mut items } = core::mem::take(self);
        order.places.into_iter().filter_map(move |(number, place)| {
            Some((number, items.get_mut(place as usize)?.take()?))
        })
    }
}

impl Order {
    /// Returns the place of a new thing, `room` of which there are.
    ///
    /// # Panics
    /// If there is a thing with that number.
    fn add(&mut self, number: u64, room: usize) -> u32 {
        let place = self.free.pop().unwrap_or(room as u32);
        self.held += 1;
        if self.places.back().is_none_or(|&(last, _)| last < number) {
            self.places.push_back((number, place));
            return place;
        }
        let at = self.first_at(number);
        match self.places.get_mut(at) {
            Some(hole) if hole.0 == number => {
                assert!(hole.1 == HOLE, "a number names one thing");
                hole.1 = place;
            }
            _ => self.places.insert(at, (number, place)),
        }
        place
    }

    fn place(&self, number: u64) -> Option<usize> {
        let &(at, place) = self.places.get(self.first_at(number))?;
        (at == number && place != HOLE).then_some(place as usize)
    }

    /// Returns how many numbers are below `number`.
    fn first_at(&self, number: u64) -> usize {
        self.places.partition_point(|&(at, _)| at < number)
    }

    fn remove(&mut self, number: u64) -> Option<usize> {
        let at = self.first_at(number);
        let entry = self.places.get_mut(at).filter(|entry| entry.0 == number)?;
        let place = core::mem::replace(&mut entry.1, HOLE);
        if place == HOLE {
            return None;
        }
        self.free.push(place);
        self.held -= 1;
        self.close_up();
        Some(place as usize)
    }

    /// Takes holes away from the front, and all of them once they are the most.
    fn close_up(&mut self) {
        while self.places.front().is_some_and(|(_, place)| *place == HOLE) {
            self.places.pop_front();
        }
        if self.places.len() > 2 * self.held + HOLES_MIN {
            self.places.retain(|(_, place)| *place != HOLE);
        }
    }
}

/// The place of what was removed.
const HOLE: u32 = u32::MAX;

/// So many holes are not worth closing up.
const HOLES_MIN: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::collections::btree_map::Entry;
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
            match draw(9) {
                8 => {
                    let number = draw(number + 1);
                    if let Entry::Vacant(vacant) = theirs.entry(number) {
                        ours.push(number, number * 3);
                        vacant.insert(number * 3);
                    }
                }
                0..4 => {
                    let number = number + 1;
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
            assert!(ours.order.places.len() <= 2 * ours.len() + HOLES_MIN);
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
        sequence.push(9, 5);
        sequence.push(3, 4);
        sequence.push(5, 6);
        assert_eq!(sequence.numbers(3..9).collect::<Vec<_>>(), [3, 5, 7]);
        assert_eq!((sequence.len(), sequence.get(5), sequence.is_empty()), (5, Some(&6), false));
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
        assert!(sequence.order.places.len() <= 2 + HOLES_MIN);
    }
}
