//! Floors: what is left of keys that were forgotten, and of namespaces that were cleared.
//!
//! A cell is shared by many keys, so its floor is higher than most of them need: a key that was
//! never written may be refused for it. That costs a second round, never a stale hit.

use alloc::vec;
use alloc::vec::Vec;

use crate::index::Named;
use crate::index::{HashKey, hash};
use crate::wire::Version;

/// The floors of one node: 16 bytes a cell, a cell for four entries.
#[derive(Debug)]
pub(super) struct Floors {
    hash_key: HashKey,
    cells: Vec<Version>,
    /// The floor of every key.
    all: Version,
    /// Namespaces that were cleared, at most [`NAMESPACES_MAX`].
    namespaces: Named<Version>,
}

impl Floors {
    /// Returns the floors of a node of so many entries, all at zero.
    pub(super) fn new(entries: u32, hash_key: HashKey) -> Self {
        let cells = vec![Version::ZERO; entries as usize / 4 + 1];
        Self { hash_key, cells, all: Version::ZERO, namespaces: Named::default() }
    }

    /// Returns the floor of `key`. O(log namespaces).
    pub(super) fn of(&self, key: &[u8]) -> Version {
        self.cells[self.cell(key)].max(self.cleared(namespace_of(key)))
    }

    /// Returns up to which version `namespace` was cleared.
    pub(super) fn cleared(&self, namespace: &[u8]) -> Version {
        let own = self.namespaces.get(namespace).copied().unwrap_or(Version::ZERO);
        own.max(self.all)
    }

    /// Raises the floor of the cell that `key` is in.
    pub(super) fn raise_cell(&mut self, key: &[u8], floor: Version) {
        let cell = self.cell(key);
        self.cells[cell] = self.cells[cell].max(floor);
    }

    /// Raises the floor of every key.
    pub(super) fn raise_all(&mut self, floor: Version) {
        self.all = self.all.max(floor);
        let all = self.all;
        self.namespaces.retain(|own| *own > all);
    }

    /// Raises the floor of `namespace`; of everything if that is empty or one too many.
    pub(super) fn raise(&mut self, namespace: &[u8], floor: Version) {
        if let Some(own) = self.namespaces.get_mut(namespace) {
            *own = floor.max(*own);
        } else if namespace.is_empty() || self.namespaces.len() >= NAMESPACES_MAX {
            self.raise_all(floor);
        } else if floor > self.all {
            self.namespaces.insert(namespace, floor);
        }
    }

    fn cell(&self, key: &[u8]) -> usize {
        (hash(self.hash_key, key) % self.cells.len() as u64) as usize
    }
}

/// Returns what stands before the first `:`, nothing if there is none.
pub(in crate::cluster) fn namespace_of(key: &[u8]) -> &[u8] {
    let end = key.iter().position(|&byte| byte == b':').unwrap_or(0);
    &key[..end]
}

/// Namespaces with a floor of their own; one more raises the floor of all keys.
pub(super) const NAMESPACES_MAX: usize = 1024;
