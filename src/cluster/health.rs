//! How a node is doing: how long it takes, and whether it is worth asking first.
//!
//! A breaker that is open only orders its node last. It never makes a quorum fail: when the others
//! are not enough, the node is asked all the same.
//!
//! [1] M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
//! [2] J. Dean, L. A. Barroso, "The Tail at Scale", CACM 2013.

use core::time::Duration;

use crate::time::Instant;

use super::dice::Dice;

/// How a node is doing, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeHealth {
    /// Whether it can be asked.
    pub state: NodeState,
    /// How long it takes to answer, smoothed over the last answers; zero before the first.
    pub round_trip: Duration,
}

/// Whether a node can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// It answers.
    Up,
    /// It is being greeted, or has not answered several times in a row: asked last.
    Suspect,
    /// There is no link, or it refuses to talk.
    Down,
}

/// What is known of one node's answers.
#[derive(Debug)]
pub(super) struct Health {
    /// The last round trips, in microseconds; 0 where there were not so many yet.
    round_trips: [u32; SAMPLES],
    next: usize,
    mean_us: u32,
    /// When it has answered last.
    heard: Option<Instant>,
    failures: u32,
    /// How often the breaker opened since the last answer.
    openings: u32,
    /// When the open breaker asks for a probe.
    probe_at: Option<Instant>,
    is_probing: bool,
}

impl Health {
    /// Returns the health of a node that was never asked.
    pub(super) const fn new() -> Self {
        Self {
            round_trips: [0; SAMPLES],
            next: 0,
            mean_us: 0,
            heard: None,
            failures: 0,
            openings: 0,
            probe_at: None,
            is_probing: false,
        }
    }

    /// Notes an answer at `now` after `round_trip`; closes the breaker.
    pub(super) fn answered(&mut self, now: Instant, round_trip: Duration) {
        let us = u32::try_from(round_trip.as_micros()).unwrap_or(u32::MAX).max(1);
        self.round_trips[self.next] = us;
        self.next = (self.next + 1) % SAMPLES;
        // Who is asked last hears little but greetings: what it was long ago must not stay so.
        let was_heard = self.heard.replace(now);
        let is_old = was_heard.is_none_or(|heard| now.saturating_since(heard) >= MEAN_AGE_MAX);
        let mean = if is_old { us } else { self.mean_us };
        self.mean_us = mean - mean / 8 + us / 8;
        self.failures = 0;
        self.openings = 0;
        self.probe_at = None;
        self.is_probing = false;
    }

    /// Notes a message without an answer; the fifth in a row opens the breaker.
    pub(super) fn failed(&mut self, now: Instant, dice: &mut Dice) {
        self.failures += 1;
        if self.failures < FAILURES_MAX || (self.is_open() && !self.is_probing) {
            return;
        }
        let longest = BACKOFF_MS_MAX.min(BACKOFF_MS_MIN << self.openings.min(16));
        self.openings += 1;
        self.is_probing = false;
        self.probe_at = Some(now + Duration::from_millis(1 + dice.below(longest)));
    }

    /// Whether the node is to be asked last.
    pub(super) const fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// Returns when the open breaker asks for a probe; `None` while one is under way.
    pub(super) fn probe_at(&self) -> Option<Instant> {
        self.probe_at.filter(|_| !self.is_probing)
    }

    /// Notes that a probe is sent: its failure opens the breaker for longer.
    pub(super) const fn probing(&mut self) {
        self.is_probing = true;
    }

    /// Returns the smoothed round trip.
    pub(super) const fn round_trip(&self) -> Duration {
        Duration::from_micros(self.mean_us as u64)
    }

    /// Returns by what a read orders its replicas: the fast ones first, the broken ones last.
    ///
    /// Those within a factor of two, or below a millisecond, are alike, and stay in the order of
    /// their key's placement: then the same R replicas see all reads of a key, so that they agree
    /// on what to evict, and the others' room goes to the keys that they come first for.
    pub(super) const fn order(&self) -> (bool, u32) {
        (self.is_open(), (self.mean_us | ALIKE_US).ilog2())
    }

    /// Notes that an answer takes `waited` at least.
    pub(super) fn late(&mut self, waited: Duration) {
        let us = u32::try_from(waited.as_micros()).unwrap_or(u32::MAX);
        self.mean_us = self.mean_us.max(us);
    }

    /// Returns after how long an answer is later than 95 of 100 were. Five milliseconds at least:
    /// below that a second message costs more than it saves.
    pub(super) fn late_after(&self) -> Duration {
        // Of twenty samples that is the second greatest.
        let (mut greatest, mut second) = (0, 0);
        for &sample in &self.round_trips {
            // Before there are samples nothing can be told late but by the deadline.
            if sample == 0 {
                return Duration::MAX;
            }
            second = second.max(sample.min(greatest));
            greatest = greatest.max(sample);
        }
        Duration::from_micros(u64::from(second)).max(LATE_MIN)
    }
}

/// A bucket of tokens for hedges: each read pays in a twentieth, each hedge takes a whole one.
#[derive(Debug, Default)]
pub(super) struct Budget {
    twentieths: u32,
}

impl Budget {
    /// Notes a read that was sent.
    pub(super) fn pay_in(&mut self) {
        self.twentieths = (self.twentieths + 1).min(20 * TOKENS_MAX);
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let has_token = self.twentieths >= 20;
        if has_token {
            self.twentieths -= 20;
        }
        has_token
    }
}

const SAMPLES: usize = 20;
const FAILURES_MAX: u32 = 5;
/// Means below this are alike: what differs is noise.
const ALIKE_US: u32 = 1_023;
/// A mean of answers that were all longer ago says nothing any more.
const MEAN_AGE_MAX: Duration = Duration::from_secs(10);
const BACKOFF_MS_MIN: u64 = 50;
const BACKOFF_MS_MAX: u64 = 5_000;
const LATE_MIN: Duration = Duration::from_millis(5);
const TOKENS_MAX: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_open_the_breaker_and_one_answer_closes_it() {
        let (mut health, mut dice) = (Health::new(), Dice::new(1));
        for _ in 0..4 {
            health.failed(Instant::ORIGIN, &mut dice);
        }
        assert!(!health.is_open());
        health.failed(Instant::ORIGIN, &mut dice);
        assert!(health.is_open());
        health.answered(Instant::ORIGIN, Duration::from_millis(1));
        assert!(!health.is_open());
    }

    /// Full jitter: each pause is a random part of twice the one before, from 50 ms up to 5 s.
    #[test]
    fn a_probe_that_fails_opens_the_breaker_for_longer_up_to_five_seconds() {
        let mut longest = [0; 12];
        for seed in 0..300 {
            let (mut health, mut dice) = (Health::new(), Dice::new(seed));
            (0..4).for_each(|_| health.failed(Instant::ORIGIN, &mut dice));
            for longest in &mut longest {
                health.failed(Instant::ORIGIN, &mut dice);
                let at = health.probe_at().expect("it is open");
                *longest = at.saturating_since(Instant::ORIGIN).as_millis().max(*longest);
                health.failed(Instant::ORIGIN, &mut dice);
                assert_eq!(health.probe_at(), Some(at), "only a probe opens it for longer");
                health.probing();
                assert_eq!(health.probe_at(), None, "one probe at a time");
            }
        }
        let bounds = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000, 5_000];
        for (longest, bound) in longest.into_iter().zip(bounds) {
            assert!((bound * 9 / 10..=bound).contains(&longest), "{longest} of {bound} ms");
        }
    }

    #[test]
    fn hedges_are_a_twentieth_of_the_reads() {
        let mut budget = Budget::default();
        let mut hedges = 0;
        for _ in 0..1_000 {
            budget.pay_in();
            hedges += u32::from(budget.take());
        }
        assert_eq!(hedges, 50);
    }
}
