//! The three lists of `adaptive` under one setting, searched from end to end.

use std::collections::HashMap;

/// How often and when last a key was asked for.
pub(crate) type Uses = HashMap<u16, (u32, u32)>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    Lru,
    Frequency,
    Reuse,
    Lirs,
    Frd,
}

use Mode::{Frd, Frequency, Lirs, Lru, Reuse};

pub(crate) const SETTINGS: [(Mode, u64); 8] = [
    (Reuse, 3),
    (Lru, 100),
    (Lirs, 1),
    (Reuse, 20),
    (Reuse, 1),
    (Frd, 20),
    (Reuse, 50),
    (Frequency, 1),
];

const WINDOW: usize = 0;
const PROBATION: usize = 1;
const PROTECTED: usize = 2;

/// So many entries and so much weight, if any.
type Share = (u64, Option<u64>);

/// Window, probation, protected; the one to go next leading.
pub(crate) struct Lists {
    regions: [Vec<u16>; 3],
    weights: HashMap<u16, u64>,
    room: Share,
    pub(crate) setting: usize,
    coming: Option<(u64, usize)>,
    dice: u32,
}

/// Returns what is left of a count after a fade every 2,048 ticks.
pub(crate) fn faded((count, last): (u32, u32), now: u32) -> u32 {
    (last / 2_048..now / 2_048).fold(count, |count, _| count / 2)
}

impl Lists {
    pub(crate) fn new(room: Share, setting: usize) -> Self {
        let (regions, weights) = ([vec![], vec![], vec![]], HashMap::new());
        Self { regions, weights, room, setting, coming: None, dice: 1 }
    }

    pub(crate) fn holds(&self, key: u16) -> bool {
        self.weights.contains_key(&key)
    }

    pub(crate) fn weight(&self) -> u64 {
        self.weights.values().sum()
    }

    pub(crate) fn entries(&self) -> u32 {
        self.weights.len() as u32
    }

    pub(crate) fn weigh(&mut self, key: u16, weight: u64) {
        self.weights.insert(key, weight);
    }

    pub(crate) fn is_full_for(&self, weight: u64) -> bool {
        exceeds((self.weights.len() as u64 + 1, self.weight() + weight), self.room)
    }

    pub(crate) fn is_too_full(&self) -> bool {
        exceeds((self.weights.len() as u64, self.weight()), self.room)
    }

    pub(crate) fn expect(&mut self, uses: &Uses, weight: u64, ghost: Option<(u32, u32)>) {
        let tail = self.main(None).first().copied();
        let is_hot = self.is_full_for(weight)
            && ghost.zip(tail).is_some_and(|(ghost, tail)| ghost.1 > uses[&tail].1);
        let region = match self.mode() {
            Reuse if is_hot => PROBATION,
            Lirs | Frd if is_hot || self.has_main_room(weight) => PROTECTED,
            _ => WINDOW,
        };
        self.coming = Some((weight, region));
    }

    pub(crate) fn claim(&mut self, key: u16) {
        let (weight, region) = self.coming.take().expect("it was expected");
        self.weights.insert(key, weight);
        self.regions[region].push(key);
        self.demote(region);
        self.balance();
    }

    pub(crate) fn hit(&mut self, uses: &Uses, key: u16, before: (u32, u32)) {
        let region = self.region(key);
        let to = match self.mode() {
            Lru => WINDOW,
            _ if region != WINDOW => PROTECTED,
            Lirs | Frd => {
                let tail = self.main(None).first().copied();
                let is_hot = tail.is_some_and(|tail| before.1 > uses[&tail].1);
                if is_hot || self.has_main_room(self.weights[&key]) { PROTECTED } else { WINDOW }
            }
            _ => WINDOW,
        };
        self.shift(key, to);
        if region == WINDOW {
            self.demote(to);
        }
        self.balance();
    }

    pub(crate) fn remove(&mut self, key: u16) {
        self.regions.iter_mut().for_each(|list| list.retain(|&held| held != key));
        self.weights.remove(&key).expect("it was held");
    }

    /// Removes and returns who goes.
    pub(crate) fn evict(&mut self, uses: &Uses, except: Option<u16>, now: u32) -> u16 {
        let victim = self.victim(uses, except, now);
        self.remove(victim);
        victim
    }

    fn victim(&mut self, uses: &Uses, except: Option<u16>, now: u32) -> u16 {
        for moves in 0.. {
            let window = self.regions[WINDOW].iter().copied().find(|&key| Some(key) != except);
            let (window, main) = match (window, self.main(except).first().copied()) {
                (Some(window), Some(main)) => (window, main),
                (window, main) => return window.or(main).expect("another is held"),
            };
            return match self.mode() {
                Lru if uses[&window].1 > uses[&main].1 => main,
                Frd if self.coming.is_some_and(|(_, region)| region == PROTECTED) => main,
                Lru | Lirs | Frd => window,
                Reuse | Frequency if !self.is_window_over() => main,
                _ if moves < 4 && self.has_main_room(self.weights[&window]) => {
                    self.shift(window, PROBATION);
                    continue;
                }
                _ if self.is_admitted(uses, window, except, now) => {
                    self.shift(window, PROBATION);
                    main
                }
                _ => window,
            };
        }
        unreachable!()
    }

    fn is_admitted(&mut self, uses: &Uses, key: u16, except: Option<u16>, now: u32) -> bool {
        let coming = self.coming.map_or(0, |(weight, _)| weight);
        let presses = self.room.1.is_some_and(|limit| self.weight() + coming > limit);
        let displaced = if presses { self.weights[&key] } else { 0 };
        let count = faded(uses[&key], now);
        if self.is_worth(uses, count, displaced, except, now) {
            return true;
        }
        self.dice = self.dice.wrapping_mul(0x915f_77f5).wrapping_add(1);
        count > 5 && (self.dice / 65_536).is_multiple_of(128)
    }

    pub(crate) fn is_worth(
        &self,
        uses: &Uses,
        count: u32,
        displaced: u64,
        except: Option<u16>,
        now: u32,
    ) -> bool {
        let (mut lost, mut weight) = (0, 0);
        for other in self.main(except).into_iter().take(64) {
            lost += faded(uses[&other], now);
            weight += self.weights[&other];
            if weight >= displaced {
                break;
            }
        }
        count > lost
    }

    fn demote(&mut self, region: usize) {
        if matches!(self.mode(), Lirs | Frd) && region == PROTECTED && self.is_main_over() {
            let tail = self.main(None)[0];
            self.shift(tail, WINDOW);
        }
    }

    fn balance(&mut self) {
        for _ in 0..if self.mode() == Lru { 0 } else { 4 } {
            let [window, _, protected] = self.shares();
            if exceeds(self.sum(&[PROTECTED]), protected) {
                let tail = self.regions[PROTECTED][0];
                self.shift(tail, PROBATION);
            } else if self.is_main_over() {
                let tail = self.main(None)[0];
                self.shift(tail, WINDOW);
                self.regions[WINDOW].rotate_right(1);
            } else if self.regions[WINDOW].len() > 1
                && exceeds(self.sum(&[WINDOW]), window)
                && self.has_main_room(self.weights[&self.regions[WINDOW][0]])
            {
                let tail = self.regions[WINDOW][0];
                self.shift(tail, PROBATION);
            }
        }
    }

    fn mode(&self) -> Mode {
        SETTINGS[self.setting].0
    }

    fn region(&self, key: u16) -> usize {
        self.regions.iter().position(|list| list.contains(&key)).expect("it is listed")
    }

    fn shift(&mut self, key: u16, region: usize) {
        self.regions.iter_mut().for_each(|list| list.retain(|&held| held != key));
        self.regions[region].push(key);
    }

    /// Returns who would go from the main region, in order.
    fn main(&self, except: Option<u16>) -> Vec<u16> {
        let main = self.regions[PROBATION].iter().chain(&self.regions[PROTECTED]).copied();
        main.filter(|&key| Some(key) != except).collect()
    }

    /// Returns the shares of the window, the main region and the protected part of that.
    fn shares(&self) -> [Share; 3] {
        let (entries, weight) = self.room;
        let percent = SETTINGS[self.setting].1;
        let part = |of: u64, percent: u64| of * percent / 100;
        let window = (part(entries, percent).max(1), weight.map(|limit| part(limit, percent)));
        let main_weight = weight.zip(window.1).map(|(limit, window)| limit - window);
        let main = (entries.saturating_sub(window.0), main_weight);
        let percent = if matches!(self.mode(), Reuse | Frequency) { 80 } else { 100 };
        [window, main, (part(main.0, percent), main.1.map(|limit| part(limit, percent)))]
    }

    fn sum(&self, regions: &[usize]) -> (u64, u64) {
        let keys = regions.iter().flat_map(|&region| &self.regions[region]);
        keys.fold((0, 0), |(entries, weight), key| (entries + 1, weight + self.weights[key]))
    }

    fn is_window_over(&self) -> bool {
        let (entries, weight) = self.sum(&[WINDOW]);
        let coming = self.coming.filter(|&(_, region)| region == WINDOW);
        let more = coming.map_or((0, 0), |(weight, _)| (1, weight));
        exceeds((entries + more.0, weight + more.1), self.shares()[0])
    }

    fn is_main_over(&self) -> bool {
        exceeds(self.sum(&[PROBATION, PROTECTED]), self.shares()[1])
    }

    fn has_main_room(&self, more: u64) -> bool {
        let (entries, weight) = self.sum(&[PROBATION, PROTECTED]);
        !exceeds((entries + 1, weight + more), self.shares()[1])
    }
}

fn exceeds((entries, weight): (u64, u64), share: Share) -> bool {
    entries > share.0 || share.1.is_some_and(|limit| weight > limit)
}
