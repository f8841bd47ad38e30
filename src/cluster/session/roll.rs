//! Things by a number that only rises.

use alloc::vec::Vec;

/// A sorted list: newcomers have the highest number, so that they go to its end. Finding is
/// O(log n), removing O(n) in moved memory, and the code for it is a tenth of a tree's.
#[derive(Debug)]
pub struct Roll<T> {
    members: Vec<(u64, T)>,
}

impl<T> Roll<T> {
    /// Returns an empty roll.
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// Returns how many there are. O(1).
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none. O(1).
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds a member whose number is higher than all others.
    pub fn push(&mut self, number: u64, member: T) {
        debug_assert!(self.members.last().is_none_or(|(last, _)| *last < number));
        self.members.push((number, member));
    }

    /// Returns the member of that number.
    pub fn get(&self, number: u64) -> Option<&T> {
        self.find(number).map(|at| &self.members[at].1)
    }

    /// Returns the member of that number.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.find(number).map(|at| &mut self.members[at].1)
    }

    /// Removes the member of that number.
    pub fn remove(&mut self, number: u64) -> Option<T> {
        self.find(number).map(|at| self.members.remove(at).1)
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.members.clear();
    }

    /// Returns the members, by their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.members.iter().map(|(number, member)| (*number, member))
    }

    /// Returns the members, by their numbers.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        self.members.iter_mut().map(|(number, member)| (*number, member))
    }

    fn find(&self, number: u64) -> Option<usize> {
        self.members.binary_search_by_key(&number, |(number, _)| *number).ok()
    }
}

impl<T> Default for Roll<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_their_numbers() {
        let mut roll = Roll::new();
        for number in [2, 3, 7] {
            roll.push(number, number * 10);
        }
        assert_eq!((roll.get(3), roll.get(4)), (Some(&30), None));
        assert_eq!((roll.remove(3), roll.remove(3)), (Some(30), None));
        if let Some(member) = roll.get_mut(7) {
            *member += 1;
        }
        assert_eq!(roll.iter().collect::<Vec<_>>(), [(2, &20), (7, &71)]);
        roll.iter_mut().for_each(|(_, member)| *member = 0);
        roll.push(9, 5);
        assert_eq!((roll.len(), roll.get(2), roll.is_empty()), (3, Some(&0), false));
        roll.clear();
        assert!(roll.is_empty());
    }
}
