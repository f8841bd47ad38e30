//! When to look for dead entries: a sweep in bounded steps and an honest next deadline.
//!
//! Nothing is kept in order of deadlines; an insert pays one comparison. A *pass* walks over all
//! slots, [`SWEEP_SLOTS`] at a step, frees the dead and notes the earliest deadline of the others.
//! `earliest` is never later than the first deadline held, so nobody has to look before it, and an
//! idle host can sleep until then:
//! 1. Between passes a new deadline lowers it, and nothing raises it.
//! 2. During a pass every deadline that is seen or written also lowers `seen`.
//! 3. At the end of a pass each slot was either seen in it or written since it was seen, so `seen`
//!    is not later than the first deadline held, and becomes `earliest`.
//!
//! The rejected alternative is a timer wheel: exact, but 8 bytes and a link to write for each
//! insert. A pass over a million slots is 16 MB read in order, in 245 steps.

use crate::index::Moment;

/// Slots that one step of a sweep looks at.
pub const SWEEP_SLOTS: u32 = 4096;

/// Where the sweep is and what it knows.
#[derive(Debug)]
pub(super) struct Expiry<T> {
    /// Never later than the first deadline held.
    earliest: T,
    /// The first deadline that this pass has seen, or that was written since it began.
    seen: T,
    /// The next slot of this pass; 0 before a pass.
    cursor: u32,
    /// When the last step was made.
    stepped: Option<T>,
}

impl<T: Moment> Expiry<T> {
    /// Returns the state of slots without entries.
    pub(super) const fn new() -> Self {
        Self { earliest: T::NEVER, seen: T::NEVER, cursor: 0, stepped: None }
    }

    /// Returns a moment not later than the first deadline held.
    pub(super) const fn earliest(&self) -> T {
        self.earliest
    }

    /// Notes that an entry got `deadline`. O(1).
    pub(super) fn note(&mut self, deadline: T) {
        self.earliest = lesser(self.earliest, deadline);
        self.seen = lesser(self.seen, deadline);
    }

    /// Returns a moment such that a deadline not before it need not be noted. O(1).
    pub(super) fn floor(&self) -> T {
        if self.seen < self.earliest { self.earliest } else { self.seen }
    }

    /// Whether something may be dead at `now`.
    pub(super) fn is_due(&self, now: T) -> bool {
        self.earliest <= now
    }

    /// Whether something may be dead and the clock has moved by a tick since the last step. The
    /// tick bounds what sweeping may cost a busy cache whose clock moves with every reading.
    pub(super) fn wants_step(&self, now: T) -> bool {
        self.is_due(now) && self.stepped.is_none_or(|stepped| now.is_tick_after(stepped))
    }

    /// Begins a step at `now` and returns its slots, out of `extent`.
    pub(super) fn step(&mut self, now: T, extent: u32) -> core::ops::Range<u32> {
        self.stepped = Some(now);
        if self.cursor == 0 {
            self.seen = T::NEVER;
        }
        let start = self.cursor.min(extent);
        self.cursor = extent.min(start.saturating_add(SWEEP_SLOTS));
        start..self.cursor
    }

    /// Ends a step that found `survivor` as the first deadline of the living. A pass that has
    /// reached `extent` is over: what it has seen is the earliest deadline from now on.
    pub(super) fn finish_step(&mut self, survivor: T, extent: u32) {
        self.seen = lesser(self.seen, survivor);
        if self.cursor >= extent {
            self.cursor = 0;
            self.earliest = self.seen;
        }
    }
}

fn lesser<T: Moment>(a: T, b: T) -> T {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use crate::time::Instant;

    use super::*;

    /// Slots of which the sweep knows only what it is told: `None` is free.
    fn pass_with_writes(seed: &mut u64) {
        let mut draw = |below: u64| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*seed >> 33) % below
        };
        let mut expiry = Expiry::new();
        let extent = SWEEP_SLOTS * 2 + draw(u64::from(SWEEP_SLOTS)) as u32;
        let mut deadlines = vec![None; extent as usize];
        let mut now = 0;
        for _ in 0..40 {
            now += draw(300);
            for _ in 0..draw(100) {
                let deadline = Instant::from_nanos(now + 1 + draw(1_000));
                deadlines[draw(u64::from(extent)) as usize] = Some(deadline);
                expiry.note(deadline);
            }
            let now = Instant::from_nanos(now);
            let mut survivor = Instant::NEVER;
            for slot in expiry.step(now, extent) {
                let held = &mut deadlines[slot as usize];
                *held = held.filter(|&deadline| deadline > now);
                survivor = survivor.min(held.unwrap_or(Instant::NEVER));
            }
            expiry.finish_step(survivor, extent);
            let first = deadlines.iter().flatten().min().copied();
            assert!(expiry.earliest() <= first.unwrap_or(Instant::NEVER));
        }
    }

    #[test]
    fn the_earliest_is_never_later_than_any_deadline_whatever_is_written_during_a_pass() {
        let mut seed = 1;
        for _ in 0..50 {
            pass_with_writes(&mut seed);
        }
    }

    #[test]
    fn a_step_on_the_way_waits_for_a_tick_of_the_clock() {
        let at = |micros: u64| Instant::from_nanos(micros * 1_000);
        let mut expiry = Expiry::new();
        assert!(!expiry.wants_step(at(1)), "nothing can be dead");
        expiry.note(at(1));
        assert!(expiry.wants_step(at(1)));
        expiry.step(at(1), SWEEP_SLOTS * 2);
        assert!(!expiry.wants_step(at(1_000)), "the pass goes on a millisecond later");
        assert!(expiry.wants_step(at(1_001)));
    }
}
