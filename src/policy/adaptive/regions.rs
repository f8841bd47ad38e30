//! The three lists, and what a setting makes of them.

use crate::index::{Link, Links, NO_SLOT};
use crate::policy::region::{Region, Share};

use super::nodes::{Nodes, Uses};
use super::setting::{Mode, Setting};

/// Window, probation and protected entries of the cache or of one shadow.
#[derive(Debug)]
pub(super) struct Regions<L = u32> {
    links: Links<L>,
    /// [`WINDOW`], [`PROBATION`], [`PROTECTED`]; the last two are the *main* region. Its tail is
    /// that of probation, or else of the protected.
    lists: [Region; 3],
    room: Share,
    window: Share,
    main: Share,
    protected: Share,
    mode: Mode,
    /// The entry that is about to come.
    coming: Option<Coming>,
    /// Numbers of little worth.
    dice: u32,
}

/// What is known of an entry for which room is being made.
#[derive(Debug, Clone, Copy)]
struct Coming {
    weight: u64,
    /// Where it will be.
    region: u32,
}

/// Where the newest are.
const WINDOW: u32 = 0;
/// The end of the main region.
const PROBATION: u32 = 1;
/// The rest of it.
const PROTECTED: u32 = 2;

/// So many slots may be looked at to find out what an admission would displace.
const LOOK_AT_MOST: u32 = 64;
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
            links: Links::new(),
            lists: [Region::default(); 3],
            room,
            window,
            main,
            protected,
            mode: setting.mode,
            coming: None,
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
        self.links.reserve(slots);
    }

    /// Returns how many bytes the lists take. O(1).
    pub(super) fn bytes(&self) -> usize {
        self.links.bytes()
    }

    /// Returns how many entries are held. O(1).
    pub(super) fn entries(&self) -> u32 {
        self.lists.iter().map(|list| list.entries).sum()
    }

    /// Whether an entry of `weight` more would be too much.
    pub(super) fn is_full_for(&self, weight: u64) -> bool {
        self.room.is_exceeded_by(self.entries() + 1, self.weight() + u128::from(weight))
    }

    /// Makes up its mind where an entry of `weight` will be, whose key is a ghost with these uses.
    /// What makes room must follow, then [`Regions::claim`]. O(1).
    pub(super) fn expect<N: Nodes>(&mut self, nodes: &N, weight: u64, ghost: Option<Uses>) {
        let is_hot = || {
            let back = self.main_back(NO_SLOT);
            let is_after_back = |ghost: Uses| ghost.is_after(nodes.uses(back));
            back != NO_SLOT && self.is_full_for(weight) && ghost.is_some_and(is_after_back)
        };
        let region = match self.mode {
            Mode::Reuse if is_hot() => PROBATION,
            Mode::Lirs | Mode::Frd if self.has_main_room(weight) || is_hot() => PROTECTED,
            _ => WINDOW,
        };
        self.coming = Some(Coming { weight, region });
    }

    /// Takes in the entry in `slot`. O(1).
    pub(super) fn claim<N: Nodes>(&mut self, nodes: &mut N, slot: u32) {
        let region = self.coming.take().map_or(WINDOW, |coming| coming.region);
        self.put(nodes, slot, region);
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
                let back = self.main_back(NO_SLOT);
                let is_hot = back != NO_SLOT && before.is_after(nodes.uses(back));
                if is_hot || self.has_main_room(nodes.weight(slot)) { PROTECTED } else { WINDOW }
            }
            _ => WINDOW,
        };
        if to == region {
            self.lists[region as usize].renew(&mut self.links, slot);
        } else {
            self.shift(nodes, slot, to);
            if region == WINDOW {
                self.demote(nodes, to);
            }
        }
        self.balance(nodes);
    }

    /// Notes that the entry in `slot` will weigh `weight`. O(1).
    pub(super) fn reweigh<N: Nodes>(&mut self, nodes: &N, slot: u32, weight: u64) {
        self.lists[nodes.region(slot) as usize].reweigh(nodes.weight(slot), weight);
    }

    /// Lets go of `slot`. O(1).
    pub(super) fn release<N: Nodes>(&mut self, nodes: &N, slot: u32) {
        let list = &mut self.lists[nodes.region(slot) as usize];
        list.take(&mut self.links, slot, nodes.weight(slot));
    }

    /// Returns the slot that goes now, `except` not among the candidates; [`NO_SLOT`] if there is
    /// no other. O(1).
    pub(super) fn victim<N: Nodes>(&mut self, nodes: &mut N, except: u32, now: u32) -> u32 {
        let mut moves = 0;
        loop {
            let window = self.lists[WINDOW as usize].back(&self.links, except);
            let main = self.main_back(except);
            if window == NO_SLOT || main == NO_SLOT {
                return if window == NO_SLOT { main } else { window };
            }
            let is_main = match self.mode {
                Mode::Lru => nodes.uses(window).is_after(nodes.uses(main)),
                Mode::Lirs => false,
                Mode::Frd => self.coming.is_some_and(|coming| coming.region == PROTECTED),
                _ => !self.is_window_over(),
            };
            if !is_main && matches!(self.mode, Mode::Frequency | Mode::Reuse) {
                if moves < MOVES && self.has_main_room(nodes.weight(window)) {
                    moves += 1;
                    self.shift(nodes, window, PROBATION);
                    continue;
                }
                if self.is_admitted(nodes, window, except, now) {
                    self.shift(nodes, window, PROBATION);
                    return main;
                }
            }
            return if is_main { main } else { window };
        }
    }

    /// Whether to be asked for `worth` times is more than the last of the main region were
    /// together, as many as weigh `displaced` and at least one.
    ///
    /// At most [`LOOK_AT_MOST`] are looked at; if they are not enough, the others count for
    /// nothing.
    pub(super) fn is_worth<N: Nodes>(
        &self,
        nodes: &N,
        worth: u32,
        displaced: u128,
        except: u32,
        now: u32,
    ) -> bool {
        let (mut lost, mut weight, mut at) = (0, 0, self.main_back(except));
        for _ in 0..LOOK_AT_MOST {
            if at == NO_SLOT {
                break;
            }
            lost += nodes.uses(at).count_at(now);
            weight += u128::from(nodes.weight(at));
            if lost >= worth || weight >= displaced {
                break;
            }
            at = self.main_before(nodes, at, except);
        }
        worth > lost
    }

    /// Whether the tail of the window may stay at the cost of that of the main region.
    fn is_admitted<N: Nodes>(&mut self, nodes: &N, window: u32, except: u32, now: u32) -> bool {
        let coming = self.coming.map_or(0, |coming| u128::from(coming.weight));
        let presses = self.room.is_outweighed_by(self.weight() + coming);
        let displaced = if presses { u128::from(nodes.weight(window)) } else { 0 };
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
            let back = self.main_back(NO_SLOT);
            self.shift(nodes, back, WINDOW);
        }
    }

    /// Moves a few slots, so that the regions come closer to their shares.
    fn balance<N: Nodes>(&mut self, nodes: &mut N) {
        if self.mode == Mode::Lru {
            return;
        }
        for _ in 0..MOVES {
            let window = self.lists[WINDOW as usize].list.back;
            if self.lists[PROTECTED as usize].exceeds(self.protected) {
                let back = self.lists[PROTECTED as usize].list.back;
                self.shift(nodes, back, PROBATION);
            } else if self.is_main_over(0, 0) {
                let back = self.main_back(NO_SLOT);
                self.release(nodes, back);
                nodes.set_region(back, WINDOW);
                self.lists[WINDOW as usize].append(&mut self.links, back, nodes.weight(back));
            } else if self.lists[WINDOW as usize].entries > 1
                && self.lists[WINDOW as usize].exceeds(self.window)
                && self.has_main_room(nodes.weight(window))
            {
                self.shift(nodes, window, PROBATION);
            } else {
                break;
            }
        }
    }

    /// Whether the window and what is about to enter it are more than its share.
    fn is_window_over(&self) -> bool {
        let window = &self.lists[WINDOW as usize];
        let coming = self.coming.filter(|coming| coming.region == WINDOW);
        let entries = window.entries + u32::from(coming.is_some());
        let weight = window.weight + coming.map_or(0, |coming| u128::from(coming.weight));
        self.window.is_exceeded_by(entries, weight)
    }

    /// Whether the main region has room for an entry of `weight` more.
    fn has_main_room(&self, weight: u64) -> bool {
        !self.is_main_over(1, u128::from(weight))
    }

    /// Whether the main region is too large with so much more.
    fn is_main_over(&self, entries: u32, weight: u128) -> bool {
        let [_, probation, protected] = &self.lists;
        let entries = probation.entries + protected.entries + entries;
        self.main.is_exceeded_by(entries, probation.weight + protected.weight + weight)
    }

    /// Returns what all entries weigh.
    fn weight(&self) -> u128 {
        self.lists.iter().map(|list| list.weight).sum()
    }

    /// Returns the slot at the end of the main region, other than `except`, or [`NO_SLOT`].
    fn main_back(&self, except: u32) -> u32 {
        match self.lists[PROBATION as usize].back(&self.links, except) {
            NO_SLOT => self.lists[PROTECTED as usize].back(&self.links, except),
            slot => slot,
        }
    }

    /// Returns the slot of the main region that goes after `slot`.
    fn main_before<N: Nodes>(&self, nodes: &N, slot: u32, except: u32) -> u32 {
        let mut next = self.links.towards_front(slot);
        if next == except && next != NO_SLOT {
            next = self.links.towards_front(next);
        }
        if next == NO_SLOT && nodes.region(slot) == PROBATION {
            next = self.lists[PROTECTED as usize].back(&self.links, except);
        }
        next
    }

    /// Moves `slot` to the front of another region.
    fn shift<N: Nodes>(&mut self, nodes: &mut N, slot: u32, region: u32) {
        self.release(nodes, slot);
        self.put(nodes, slot, region);
    }

    /// Puts `slot`, which is in no region, at the front of one.
    fn put<N: Nodes>(&mut self, nodes: &mut N, slot: u32, region: u32) {
        nodes.set_region(slot, region);
        self.lists[region as usize].push(&mut self.links, slot, nodes.weight(slot));
    }

    /// Checks that every slot is in the list of its region, and returns how many there are.
    ///
    /// # Panics
    ///
    /// Panics if one is not.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn validate<N: Nodes>(&self, nodes: &N) -> u32 {
        for (region, list) in (0..).zip(&self.lists) {
            let held = list.validate(&self.links, |slot| nodes.weight(slot));
            assert!(held.iter().all(|&slot| nodes.region(slot) == region), "a list by its region");
        }
        assert!(!self.room.is_exceeded_by(self.entries(), self.weight()), "all have room");
        self.entries()
    }
}
