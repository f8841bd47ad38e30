//! Pages of chunks, densely filled.
//!
//! Invariants, checked by `validate`:
//! - each page belongs to one class or is free;
//! - all pages of a class are full but the last one of its list, which holds at least one chunk.
//!
//! Cost: claiming and releasing are O(1) and copy at most one chunk; nothing is allocated but by
//! [`Pages::reserve`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::classes::{CLASSES, PAGE, chunks_in_page, size_of_class};

/// Where a chunk is: its page and its number there, in 31 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(pub(super) u32);

/// Bits of a place that number the chunk in its page.
const CHUNK_BITS: u32 = 11;
/// One more page has no number.
const PAGES_MAX: usize = 1 << (31 - CHUNK_BITS);

impl Place {
    fn new(page: u32, chunk: u32) -> Self {
        Self(page << CHUNK_BITS | chunk)
    }

    fn page(self) -> usize {
        (self.0 >> CHUNK_BITS) as usize
    }

    fn chunk(self) -> usize {
        (self.0 & ((1 << CHUNK_BITS) - 1)) as usize
    }
}

#[derive(Debug)]
struct Page {
    /// The class it belongs to, while it belongs to one.
    class: usize,
    bytes: Box<[u8]>,
}

#[derive(Debug, Default)]
struct Class {
    /// Its pages; all but the last are full.
    pages: Vec<u32>,
    /// How many chunks of the last page are in use.
    used: u32,
}

/// How many chunks of each class somebody wants.
pub(super) type Wanted = [u32; CLASSES];

/// All pages.
#[derive(Debug)]
pub(super) struct Pages {
    all: Vec<Page>,
    free: Vec<u32>,
    classes: Box<[Class]>,
}

impl Pages {
    /// Returns no pages.
    pub(super) fn new() -> Self {
        let classes = (0..CLASSES).map(|_| Class::default()).collect();
        Self { all: Vec::new(), free: Vec::new(), classes }
    }

    /// Makes sure that a chunk of `class` can be claimed; false if memory does not suffice. O(1).
    pub(super) fn reserve_one(&mut self, class: usize) -> bool {
        let Class { pages, used } = &self.classes[class];
        let has_room = !pages.is_empty() && *used < chunks_in_page(class);
        has_room || self.reserve_pages(class, 1) && self.reserve_free(1)
    }

    /// Makes sure that all of `wanted` can be claimed; false if memory does not suffice, and then
    /// nothing but free pages may have been added.
    pub(super) fn reserve(&mut self, wanted: &Wanted) -> bool {
        let mut sum = 0;
        for (class, &count) in wanted.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let in_page = chunks_in_page(class);
            let Class { pages, used } = &self.classes[class];
            let room = if pages.is_empty() { 0 } else { in_page - used };
            let more = count.saturating_sub(room).div_ceil(in_page) as usize;
            sum += more;
            if !self.reserve_pages(class, more) {
                return false;
            }
        }
        self.reserve_free(sum)
    }

    /// Takes a chunk of `class`, which was reserved. O(1).
    pub(super) fn claim(&mut self, class: usize) -> Place {
        let Class { pages, used } = &mut self.classes[class];
        if pages.is_empty() || *used == chunks_in_page(class) {
            let page = self.free.pop().expect("a page was reserved");
            self.all[page as usize].class = class;
            pages.push(page);
            *used = 0;
        }
        let page = pages[pages.len() - 1];
        *used += 1;
        Place::new(page, *used - 1)
    }

    /// Gives a chunk back; whether another one lies there now, and has to be told. O(1).
    pub(super) fn release(&mut self, place: Place) -> bool {
        let class = self.all[place.page()].class;
        let Class { pages, used } = &mut self.classes[class];
        let page = pages[pages.len() - 1];
        *used -= 1;
        let last = Place::new(page, *used);
        if *used == 0 {
            pages.pop();
            self.free.push(page);
            if !pages.is_empty() {
                *used = chunks_in_page(class);
            }
        }
        if last == place {
            return false;
        }
        self.copy(last, place, size_of_class(class));
        true
    }

    /// Returns the class of the chunk.
    pub(super) fn class(&self, place: Place) -> usize {
        self.all[place.page()].class
    }

    /// Returns the bytes of a chunk.
    pub(super) fn chunk(&self, place: Place) -> &[u8] {
        let Page { class, bytes } = &self.all[place.page()];
        let size = size_of_class(*class);
        &bytes[place.chunk() * size..][..size]
    }

    /// Returns the bytes of a chunk, to be written.
    pub(super) fn chunk_mut(&mut self, place: Place) -> &mut [u8] {
        let Page { class, bytes } = &mut self.all[place.page()];
        let size = size_of_class(*class);
        &mut bytes[place.chunk() * size..][..size]
    }

    /// Returns how many bytes of memory all pages and lists take.
    pub(super) fn bytes(&self) -> usize {
        let lists: usize = self.classes.iter().map(|class| class.pages.capacity()).sum();
        self.all.len() * PAGE
            + self.all.capacity() * size_of::<Page>()
            + (lists + self.free.capacity()) * size_of::<u32>()
            + size_of_val(&*self.classes)
    }

    /// Returns how many pages belong to a class, and how many are free.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.all.len() - self.free.len(), self.free.len())
    }

    /// Makes sure that `class` can be given `more` pages without allocating.
    fn reserve_pages(&mut self, class: usize, more: usize) -> bool {
        self.classes[class].pages.try_reserve(more).is_ok()
    }

    /// Makes sure that `count` pages are free.
    fn reserve_free(&mut self, count: usize) -> bool {
        while self.free.len() < count {
            let Some(page) = self.new_page() else { return false };
            self.free.push(self.all.len() as u32);
            self.all.push(page);
        }
        true
    }

    /// Returns one more page; there is room for it in both lists.
    fn new_page(&mut self) -> Option<Page> {
        let count = self.all.len();
        let mut bytes = Vec::new();
        if count == PAGES_MAX
            || self.all.try_reserve(1).is_err()
            || self.free.try_reserve(count + 1 - self.free.len()).is_err()
            || bytes.try_reserve_exact(PAGE).is_err()
        {
            return None;
        }
        bytes.resize(PAGE, 0);
        Some(Page { class: 0, bytes: bytes.into_boxed_slice() })
    }

    fn copy(&mut self, from: Place, to: Place, size: usize) {
        let (from_page, to_page) = (from.page(), to.page());
        let (start, target) = (from.chunk() * size, to.chunk() * size);
        if from_page == to_page {
            self.all[to_page].bytes.copy_within(start..start + size, target);
            return;
        }
        let middle = from_page.max(to_page);
        let (low, high) = self.all.split_at_mut(middle);
        let (source, page) = if from_page > to_page {
            (&high[0], &mut low[to_page])
        } else {
            (&low[from_page], &mut high[0])
        };
        page.bytes[target..target + size].copy_from_slice(&source.bytes[start..start + size]);
    }

    /// Calls `look` with each chunk in use and its bytes.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn for_each(&self, mut look: impl FnMut(Place, &[u8])) {
        for (class, Class { pages, used }) in self.classes.iter().enumerate() {
            for (at, &page) in pages.iter().enumerate() {
                let count = if at + 1 == pages.len() { *used } else { chunks_in_page(class) };
                for chunk in 0..count {
                    let place = Place::new(page, chunk);
                    look(place, self.chunk(place));
                }
            }
        }
    }

    /// Checks what must always hold.
    ///
    /// # Panics
    ///
    /// Panics if it does not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate(&self) {
        let mut owners = alloc::vec![0; self.all.len()];
        self.free.iter().for_each(|&page| owners[page as usize] += 1);
        for (class, Class { pages, used }) in self.classes.iter().enumerate() {
            assert!(pages.is_empty() || *used > 0, "the last page of a class holds something");
            assert!(*used <= chunks_in_page(class), "no page holds more than it can");
            for &page in pages {
                owners[page as usize] += 1;
                assert_eq!(self.all[page as usize].class, class, "a page knows its class");
            }
        }
        assert!(owners.iter().all(|&count| count == 1), "a page is of one class or free");
    }
}
