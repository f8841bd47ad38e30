//! A few things by name.
//!
//! A sorted list: names are found by bisection, and to add or remove one moves those behind it.
//! For up to some thousand names that is as quick as a tree, and a tenth of its code.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Things by their names, which are bytes.
#[derive(Debug, Clone)]
pub struct Named<T> {
    items: Vec<(Box<[u8]>, T)>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Named<T> {
    /// Returns how many names there are. O(1).
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no name. O(1).
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the thing called `name`. O(log n).
    pub fn get(&self, name: &[u8]) -> Option<&T> {
        Some(&self.items[self.find(name).ok()?].1)
    }

    /// Returns the thing called `name`. O(log n).
    pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut T> {
        let at = self.find(name).ok()?;
        Some(&mut self.items[at].1)
    }

    /// Calls a thing `name` and returns what was called so before. O(n).
    pub fn insert(&mut self, name: &[u8], item: T) -> Option<T> {
        match self.find(name) {
            Ok(at) => Some(core::mem::replace(&mut self.items[at].1, item)),
            Err(at) => {
                self.items.insert(at, (name.into(), item));
                None
            }
        }
    }

    /// Removes the thing called `name`. O(n).
    pub fn remove(&mut self, name: &[u8]) -> Option<T> {
        let at = self.find(name).ok()?;
        Some(self.items.remove(at).1)
    }

    /// Keeps what `is_wanted`. O(n).
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&T) -> bool) {
        self.items.retain(|(_, item)| is_wanted(item));
    }

    /// Iterates in the order of the names. O(n).
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &T)> {
        self.items.iter().map(|(name, item)| (&name[..], item))
    }

    fn find(&self, name: &[u8]) -> Result<usize, usize> {
        self.items.binary_search_by(|(at, _)| at[..].cmp(name))
    }
}

/// Sorts a few things by a key, equal ones in the order in which they were. O(n²): for as many as
/// there are nodes.
pub fn sort_few<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && key(&items[at - 1]) > key(&items[at]) {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn it_is_a_map_in_the_order_of_its_names() {
        let mut random = 0x1234_5678_9abc_def1_u64;
        let mut draw = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let (mut ours, mut theirs) = (Named::default(), BTreeMap::<Vec<u8>, u64>::new());
        for round in 0..5_000 {
            let name: Vec<u8> = (0..draw(3)).map(|_| draw(6) as u8).collect();
            match draw(4) {
                0 | 1 => assert_eq!(ours.insert(&name, round), theirs.insert(name, round)),
                2 => assert_eq!(ours.remove(&name), theirs.remove(&name)),
                _ => {
                    assert_eq!(ours.get(&name), theirs.get(&name));
                    assert_eq!(ours.get_mut(&name), theirs.get_mut(&name));
                }
            }
            assert_eq!(ours.len(), theirs.len());
        }
        ours.retain(|round| round % 2 == 0);
        theirs.retain(|_, round| *round % 2 == 0);
        let theirs = theirs.iter().map(|(name, round)| (&name[..], round));
        assert_eq!(ours.iter().collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
    }

    #[test]
    fn few_are_sorted_as_by_a_stable_sort() {
        let mut random = 7_u32;
        for len in 0..40 {
            let mut ours: Vec<(u32, usize)> = (0..len)
                .map(|at| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (random >> 28, at)
                })
                .collect();
            let mut theirs = ours.clone();
            theirs.sort_by_key(|one| one.0);
            sort_few(&mut ours, |one| one.0);
            assert_eq!(ours, theirs);
        }
    }
}
