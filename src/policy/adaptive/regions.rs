//! The three lists, and what a setting makes of them.

use crate::index::{Link, NO_SLOT};
use crate::policy::region::Share;
use crate::policy::segments::{Coming, PROBATION, PROTECTED, Segments, WINDOW};

use super::nodes::{Nodes, Uses};
use super::setting::{Mode, Setting};

/// Window, probation and protected entries of the cache or of one shadow.
#[derive(Debug)]
pub(super) struct Regions<L = u32> {
    segments: Segments<L>,
    room: Share,
    window: Share,
    main: Share,
    protected: Share,
    mode: Mode,
    /// Numbers of little worth.
    dice: u32,
}

/// So many slots may change their region after an operation, to make up for a new setting.
const MOVES: u32 = 4;
/// A candidate counted more often than this that loses is admitted all the same ..
const WARM: u32 = 5;
/// .. once in so many times, so that nobody can hold the cache by making its entries famous.
const CHANCE: u32 = 128;

impl<L: Link> Regions<L> {
    /// Returns lists without entries. Allocates nothing.
    pub(super) fn new(room: Share, setting: Setting) -> Self {
        let [window, main, protected] = setting.shares(room);
        Self {
            segments: Segments::new(),
            room,
            window,
            main,
            protected,
            mode: setting.mode,
            dice: 1,
        }
    }

    /// Behaves differently from now on. O(1): the entries move later, a few with each operation.
    pub(super) fn adopt(&mut self, setting: Setting) {
        [self.window, self.main, self.protected] = setting.shares(self.room);
        self.mode = setting.mode;
    }

    /// Makes room for as many slots, and no more than it has to.
    pub(super) fn reserve(&mut self, slots: usize) {
        self.segments.links.reserve(slots);
    }

    /// Returns how many bytes the lists take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.segments.links.bytes()
    }

    /// Returns how many entries are held. O(1).
    pub(super) fn entries(&self) -> u32 {
        self.segments.lists.iter().map(|list| list.entries).sum()
    }

    /// Whether an entry of `weight` more would be too much.
    pub(super) fn is_full_for(&self, weight: u64) -> bool {
        self.room.is_exceeded_by(self.entries() + 1, self.segments.weight().saturating_add(weight))
    }

    /// Makes up its mind where an entry of `weight` will be, whose key is a ghost with these uses.
    /// What makes room must follow, then [`Regions::claim`]. O(1).
    pub(super) fn expect<N: Nodes>(&mut self, nodes: &N, weight: u64, ghost: Option<Uses>) {
        let is_hot = || {
            let back = self.segments.main_back(NO_SLOT);
            let is_after_back = |ghost: Uses| ghost.is_after(nodes.uses(back));
            back != NO_SLOT && self.is_full_for(weight) && ghost.is_some_and(is_after_back)
        };
        let region = match self.mode {
            Mode::Reuse if is_hot() => PROBATION,
            Mode::Lirs | Mode::Frd if self.has_main_room(weight) || is_hot() => PROTECTED,
            _ => WINDOW,
        };
        self.segments.coming = Some(Coming { weight, region });
    }

    /// Takes in the entry in `slot`. O(1).
    pub(super) fn claim<N: Nodes>(&mut self, nodes: &mut N, slot: u32) {
        let region = self.segments.coming.take().map_or(WINDOW, |coming| coming.region);
        self.segments.put(nodes, slot, region);
        self.demote(nodes, region);
        self.balance(nodes);
    }

    /// Moves the entry in `slot`, which was used and had had these uses before. O(1).
    pub(super) fn hit<N: Nodes>(&mut self, nodes: &mut N, slot: u32, before: Uses) {
        let region = nodes.region(slot);
        let to = match self.mode {
            Mode::Lru => WINDOW,
            _ if region != WINDOW => PROTECTED,
            Mode::Lirs | Mode::Frd => {
                let back = self.segments.main_back(NO_SLOT);
                let is_hot = back != NO_SLOT && before.is_after(nodes.uses(back));
                if is_hot || self.has_main_room(nodes.weight(slot)) { PROTECTED } else { WINDOW }
            }
            _ => WINDOW,
        };
        if to == region {
            self.segments.renew(nodes, slot);
        } else {
            self.segments.shift(nodes, slot, to);
            if region == WINDOW {
                self.demote(nodes, to);
            }
        }
        self.balance(nodes);
    }

    /// Notes that the entry in `slot` will weigh `weight`. O(1).
    pub(super) fn reweigh<N: Nodes>(&mut self, nodes: &N, slot: u32, weight: u64) {
        self.segments.reweigh(nodes, slot, weight);
    }

    /// Lets go of `slot`. O(1).
    pub(super) fn release<N: Nodes>(&mut self, nodes: &N, slot: u32) {
        self.segments.release(nodes, slot);
    }

    /// Returns the slot that goes now, `except` not among the candidates; [`NO_SLOT`] if there is
    /// no other. O(1).
    pub(super) fn victim<N: Nodes>(&mut self, nodes: &mut N, except: u32, now: u32) -> u32 {
        let mut moves = 0;
        loop {
            let window = self.segments.lists[WINDOW as usize].back(&self.segments.links, except);
            let main = self.segments.main_back(except);
            if window == NO_SLOT || main == NO_SLOT {
                return if window == NO_SLOT { main } else { window };
            }
            let is_main = match self.mode {
                Mode::Lru => nodes.uses(window).is_after(nodes.uses(main)),
                Mode::Lirs => false,
                Mode::Frd => self.segments.coming.is_some_and(|coming| coming.region == PROTECTED),
                _ => !self.segments.is_window_over(self.window),
            };
            if !is_main && matches!(self.mode, Mode::Frequency | Mode::Reuse) {
                if moves < MOVES && self.has_main_room(nodes.weight(window)) {
                    moves += 1;
                    self.segments.shift(nodes, window, PROBATION);
                    continue;
                }
                if self.is_admitted(nodes, window, except, now) {
                    self.segments.shift(nodes, window, PROBATION);
                    return main;
                }
            }
            return if is_main { main } else { window };
        }
    }

    /// Whether to be asked for `worth` times is worth what would be displaced, at the tick `now`;
    /// [`Segments::is_worth`].
    pub(super) fn is_worth<N: Nodes>(
        &self,
        nodes: &N,
        worth: u32,
        displaced: u64,
        except: u32,
        now: u32,
    ) -> bool {
        let count_of = |slot| nodes.uses(slot).count_at(now);
        self.segments.is_worth(nodes, count_of, worth, displaced, except)
    }

    /// Whether the tail of the window may stay at the cost of that of the main region.
    fn is_admitted<N: Nodes>(&mut self, nodes: &N, window: u32, except: u32, now: u32) -> bool {
        let held = self.segments.weight().saturating_add(self.segments.coming_weight());
        let presses = self.room.is_outweighed_by(held);
        let displaced = if presses { nodes.weight(window) } else { 0 };
        let worth = nodes.uses(window).count_at(now);
        if self.is_worth(nodes, worth, displaced, except, now) {
            return true;
        }
        self.dice = self.dice.wrapping_mul(0x915f_77f5).wrapping_add(1);
        worth > WARM && self.dice >> 16 & (CHANCE - 1) == 0
    }

    /// Moves the main tail to the window, if one that has just come to `region` has made the main
    /// region too large.
    fn demote<N: Nodes>(&mut self, nodes: &mut N, region: u32) {
        let is_lirs = matches!(self.mode, Mode::Lirs | Mode::Frd);
        if is_lirs && region == PROTECTED && self.is_main_over(0, 0) {
            let back = self.segments.main_back(NO_SLOT);
            self.segments.shift(nodes, back, WINDOW);
        }
    }

    /// Moves a few slots, so that the regions come closer to their shares.
    fn balance<N: Nodes>(&mut self, nodes: &mut N) {
        if self.mode == Mode::Lru {
            return;
        }
        for _ in 0..MOVES {
            let window = self.segments.lists[WINDOW as usize].list.back;
            if self.segments.lists[PROTECTED as usize].exceeds(self.protected) {
                let back = self.segments.lists[PROTECTED as usize].list.back;
                self.segments.shift(nodes, back, PROBATION);
            } else if self.is_main_over(0, 0) {
                let back = self.segments.main_back(NO_SLOT);
                self.release(nodes, back);
                nodes.set_region(back, WINDOW);
                self.segments.lists[WINDOW as usize].append(
                    &mut self.segments.links,
                    back,
                    nodes.weight(back),
                );
            } else if self.segments.lists[WINDOW as usize].entries > 1
                && self.segments.lists[WINDOW as usize].exceeds(self.window)
                && self.has_main_room(nodes.weight(window))
            {
                self.segments.shift(nodes, window, PROBATION);
            } else {
                break;
            }
        }
    }

    /// Whether the main region has room for an entry of `weight` more.
    fn has_main_room(&self, weight: u64) -> bool {
        !self.is_main_over(1, weight)
    }

    /// Whether the main region is too large with so much more.
    fn is_main_over(&self, entries: u32, weight: u64) -> bool {
        let [_, probation, protected] = &self.segments.lists;
        let entries = probation.entries + protected.entries + entries;
        let held = probation.weight.wrapping_add(protected.weight);
        self.main.is_exceeded_by(entries, held.saturating_add(weight))
    }

    /// Checks that every slot is in the list of its region, and returns how many there are.
    ///
    /// # Panics
    ///
    /// Panics if one is not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<N: Nodes>(&self, nodes: &N) -> u32 {
        let entries = self.segments.validate(nodes);
        assert!(!self.room.is_exceeded_by(entries, self.segments.weight()), "all have room");
        entries
    }
}
