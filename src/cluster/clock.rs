//! A client's clock: corrected wall time, and versions drawn from it.
//!
//! Two things are kept apart. *Corrected time* is a node's wall clock as far as the shortest round
//! trip could tell, of the nodes that agree with the middle one: neither a browser whose own clock
//! is an hour wrong nor a node whose clock is can spoil it alone. *Versions* come
//! from a hybrid logical clock [1] over it: never the same twice, and above all that was observed.
//!
//! Time passes as the larger of what the monotonic and the wall clock say: a monotonic clock may
//! stand still while a laptop sleeps, and a wall clock may be set back. Too far ahead costs a miss
//! or a refused write, and a refusal measures anew; too far behind would show what has expired.
//!
//! [1] S. Kulkarni et al., "Logical Physical Clocks", OPODIS 2014.

use alloc::vec::Vec;
use core::time::Duration;

use crate::index::sort_few;
use crate::time::Instant;
use crate::wire::Version;

/// The present, as the driver's two clocks say it. Read once for each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock, milliseconds since the Unix epoch, however wrong.
    pub wall_ms: u64,
}

impl Now {
    /// Returns how long after `earlier` this is, by the clock that says more.
    pub fn since(self, earlier: Self) -> Duration {
        let by_wall = Duration::from_millis(self.wall_ms.saturating_sub(earlier.wall_ms));
        self.instant.saturating_since(earlier.instant).max(by_wall)
    }
}

/// What one answer said about a node's clock.
#[derive(Debug, Clone, Copy)]
struct Sample {
    taken: Now,
    /// The node's wall clock at `taken`, give or take half the round trip.
    wall_ms: u64,
    round_trip: Duration,
}

impl Sample {
    fn new(taken: Now, wall_ms: u64, round_trip: Duration) -> Self {
        let wall_ms = wall_ms.saturating_add((round_trip / 2).as_millis() as u64);
        Self { taken, wall_ms: wall_ms.min(MS_MAX), round_trip }
    }

    /// Returns what the node's clock says at `now`, if both have gone on alike.
    fn wall_ms_at(&self, now: Now) -> u64 {
        self.wall_ms + now.since(self.taken).as_millis() as u64
    }

    /// Returns how good it is at `now`: half of this is how wrong it may be.
    fn blur(&self, now: Now) -> Duration {
        self.round_trip + now.since(self.taken) / DRIFT_DIVISOR
    }

    /// Whether two clocks that are `drift_ms` apart at most can have said both.
    fn agrees(&self, other: &Self, now: Now, drift_ms: u64) -> bool {
        let blur = (self.blur(now) + other.blur(now)) / 2;
        let apart_ms = self.wall_ms_at(now).abs_diff(other.wall_ms_at(now));
        apart_ms <= drift_ms.saturating_add(blur.as_millis() as u64)
    }
}

/// Corrected time and the versions drawn from it.
#[derive(Debug)]
pub(super) struct Clock {
    /// The best that each node has said.
    samples: Vec<(u32, Sample)>,
    /// What nodes have said that refused a version as too far ahead of their clocks.
    refusals: Vec<(u32, Sample)>,
    /// With fewer samples than that after a reset the middle of them is nobody's.
    samples_min: usize,
    /// The best of those that agree.
    sample: Option<Sample>,
    /// When the nodes were last asked for a better one.
    asked: Option<Now>,
    /// The last version drawn or observed: milliseconds and counter in one number.
    last: u64,
    /// The highest that somebody else is known to have: what is left after a reset.
    observed: u64,
    writer: u64,
    /// Whether a node has said what does not go with it.
    is_doubted: bool,
}

impl Clock {
    /// Returns the clock of `writer`, not yet corrected.
    pub(super) const fn new(writer: u64) -> Self {
        Self {
            samples: Vec::new(),
            refusals: Vec::new(),
            samples_min: 0,
            sample: None,
            asked: None,
            last: 0,
            observed: 0,
            writer,
            is_doubted: false,
        }
    }

    /// Whether a node has told the time.
    pub(super) const fn is_set(&self) -> bool {
        self.sample.is_some()
    }

    /// Whether corrected time is within `drift_ms` / 2 of the node's that told it: half a round
    /// trip is how wrong it may be.
    pub(super) fn is_sharp(&self, drift_ms: u64) -> bool {
        self.sample.is_some_and(|sample| sample.round_trip <= Duration::from_millis(drift_ms))
    }

    /// Whether the nodes are to be asked for the time: what is known is not sharp, or doubted, or
    /// so old that drift may show, or the two clocks have parted since, as they do when one sleeps
    /// or is set. At most once a second, however many requests come before the answer.
    pub(super) fn wants_time(&mut self, now: Now, drift_ms: u64) -> bool {
        let Some(sample) = self.sample else { return false };
        let age = now.since(sample.taken);
        let parted = age.saturating_sub(now.instant.saturating_since(sample.taken.instant));
        let is_young = age <= SAMPLE_AGE_MAX && parted <= Duration::from_millis(drift_ms);
        let is_good = is_young && self.is_sharp(drift_ms) && !self.is_doubted;
        let was_asked = self.asked.is_some_and(|asked| now.since(asked) < ASK_PAUSE);
        if is_good || was_asked {
            return false;
        }
        (self.asked, self.is_doubted) = (Some(now), false);
        true
    }

    /// Takes the wall clock of `node`, heard at `now` after `round_trip`, if it is better than what
    /// that node has said before: the shorter round trip, each second of age counting as a tenth of
    /// a millisecond; or if it refutes that, as it does when a clock was set meanwhile. O(n²) for a
    /// few nodes.
    pub(super) fn measure(
        &mut self,
        now: Now,
        node: u32,
        wall_ms: u64,
        round_trip: Duration,
        drift_ms: u64,
    ) {
        let sample = Sample::new(now, wall_ms, round_trip);
        match self.samples.iter_mut().find(|(of, _)| *of == node) {
            Some((_, known))
                if round_trip <= known.blur(now) || !known.agrees(&sample, now, drift_ms) =>
            {
                *known = sample;
            }
            Some(_) => {}
            None => self.samples.push((node, sample)),
        }
        self.choose(now, drift_ms);
    }

    /// Chooses the best sample among those that agree with the middle one: a node whose clock is
    /// far off would else be believed by all that are near it.
    fn choose(&mut self, now: Now, drift_ms: u64) {
        let mut samples: Vec<Sample> = self.samples.iter().map(|&(_, sample)| sample).collect();
        sort_few(&mut samples, |sample| sample.wall_ms_at(now));
        if samples.len() < self.samples_min {
            // Too far ahead is refused again; too far behind would show what has expired.
            self.sample = samples.last().copied();
            return;
        }
        let Some(&middle) = samples.get(samples.len().saturating_sub(1) / 2) else { return };
        let agreeing = samples.into_iter().filter(|one| one.agrees(&middle, now, drift_ms));
        self.sample = agreeing.min_by_key(|sample| sample.blur(now));
    }

    /// Forgets which node said what, as others have their numbers now; the time stays.
    pub(super) fn forget_nodes(&mut self) {
        self.samples.clear();
        self.refusals.clear();
        self.samples_min = 0;
    }

    /// Notes what `node` says of its clock when it refuses a version as too far ahead of that.
    pub(super) fn refused(&mut self, now: Now, node: u32, wall_ms: u64, round_trip: Duration) {
        self.refusals.retain(|(of, _)| *of != node);
        self.refusals.push((node, Sample::new(now, wall_ms, round_trip)));
    }

    /// Whether `version` is further ahead of corrected time than any node takes whose clock is
    /// right. Whoever has it is not to be believed, and whoever observed it could write no more.
    pub(super) fn is_ahead(&self, now: Now, version: Version, drift_ms: u64) -> bool {
        self.sample.is_some_and(|sample| {
            let blur_ms = sample.blur(now).as_millis() as u64;
            let latest_ms = sample.wall_ms_at(now).saturating_add(blur_ms);
            version.ms() > latest_ms.saturating_add(drift_ms.saturating_mul(2))
        })
    }

    /// Notes that corrected time may be wrong: the next request asks for it again.
    pub(super) fn doubt(&mut self) {
        self.is_doubted = true;
    }

    /// Forgets what was measured and what was drawn: too many of `nodes` nodes have refused a
    /// version as too far ahead of their clocks. What they told with that are the first new
    /// samples; until one more node has told its time the one furthest ahead is believed.
    ///
    /// Versions drawn before may be drawn again, hence by another writer.
    pub(super) fn reset(&mut self, now: Now, nodes: usize, drift_ms: u64) {
        self.samples = core::mem::take(&mut self.refusals);
        self.samples.retain(|(_, sample)| now.since(sample.taken) <= REFUSAL_AGE_MAX);
        self.samples_min = nodes.min(self.samples.len() + 1);
        self.choose(now, drift_ms);
        self.last = self.observed;
        self.writer = self.writer.rotate_left(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    }

    /// Returns corrected time in milliseconds since the Unix epoch; the wall clock's own before the
    /// first sample.
    pub(super) fn wall_ms(&self, now: Now) -> u64 {
        self.sample.map_or(now.wall_ms, |sample| sample.wall_ms_at(now))
    }

    /// Returns a version above all that were drawn or observed. O(1).
    pub(super) fn tick(&mut self, now: Now) -> Version {
        self.last = self.last.saturating_add(1).max(self.wall_ms(now) << 16);
        Version::new(self.last >> 16, self.last as u16, self.writer)
    }

    /// Makes later versions higher than `version`. O(1).
    pub(super) fn observe(&mut self, version: Version) {
        let clock = version.ms() << 16 | u64::from(version.counter());
        self.last = self.last.max(clock);
        self.observed = self.observed.max(clock);
    }
}

/// After this a request asks the nodes for the time again.
const SAMPLE_AGE_MAX: Duration = Duration::from_secs(30);

/// The nodes are not asked for the time more often than this.
const ASK_PAUSE: Duration = Duration::from_secs(1);

/// What was refused longer ago than this has nothing to do with what is refused now.
const REFUSAL_AGE_MAX: Duration = Duration::from_secs(5);

/// A clock that says more than this is no clock: versions have room for 48 bits, and time goes on.
const MS_MAX: u64 = 1 << 47;

/// How a sample ages: two good clocks part by less than 100 µs a second.
const DRIFT_DIVISOR: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64, wall_ms: u64) -> Now {
        Now { instant: Instant::from_nanos(ms * 1_000_000), wall_ms }
    }

    #[test]
    fn the_shortest_round_trip_sets_the_clock() {
        let mut clock = Clock::new(1);
        clock.measure(at(100, 5), 0, 1_000_000, Duration::from_millis(80), 500);
        assert_eq!(clock.wall_ms(at(100, 5)), 1_000_040);
        clock.measure(at(100, 5), 0, 1_000_000, Duration::from_millis(10), 500);
        clock.measure(at(100, 5), 0, 1_000_400, Duration::from_millis(50), 500);
        assert_eq!(clock.wall_ms(at(130, 35)), 1_000_035);
    }

    /// The client's own clock was set a minute ahead: what was heard before is a minute off.
    #[test]
    fn a_blunt_sample_that_refutes_a_sharp_one_takes_its_place() {
        let mut clock = Clock::new(1);
        clock.measure(at(0, 0), 0, 1_000, Duration::from_millis(1), 20);
        let now = at(100, 60_100);
        assert_eq!(clock.wall_ms(now), 61_100);
        clock.measure(now, 0, 1_080, Duration::from_millis(40), 20);
        assert_eq!(clock.wall_ms(now), 1_100);
        clock.measure(now, 0, 1_090, Duration::from_millis(80), 20);
        assert_eq!(clock.wall_ms(now), 1_100, "that one agrees, and is blunter");
    }

    #[test]
    fn time_passes_also_while_the_monotonic_clock_sleeps() {
        let mut clock = Clock::new(1);
        clock.measure(at(0, 0), 0, 1_000, Duration::ZERO, 500);
        assert_eq!(clock.wall_ms(at(10, 60_000)), 61_000);
        assert_eq!(clock.wall_ms(at(10, 0)), 1_010);
    }

    #[test]
    fn a_blunt_or_an_old_sample_asks_for_a_better_one_once_a_second() {
        let mut clock = Clock::new(1);
        assert!(!clock.wants_time(at(0, 0), 500), "the first greetings ask already");
        clock.measure(at(0, 0), 0, 1_000, Duration::from_millis(501), 500);
        assert!(!clock.is_sharp(500) && clock.wants_time(at(0, 0), 500));
        assert!(!clock.wants_time(at(999, 999), 500));
        assert!(clock.wants_time(at(1_000, 1_000), 500));
        clock.measure(at(1_001, 1_001), 0, 2_000, Duration::from_millis(500), 500);
        assert!(clock.is_sharp(500) && !clock.wants_time(at(3_000, 3_000), 500));
        assert!(clock.wants_time(at(31_002, 31_002), 500), "it is old");
    }

    #[test]
    fn a_wall_clock_that_is_set_forward_is_measured_again() {
        let mut clock = Clock::new(1);
        clock.measure(at(0, 0), 0, 1_000, Duration::ZERO, 500);
        assert!(!clock.wants_time(at(10, 510), 500), "drift may do that");
        assert!(!clock.wants_time(at(9_000, 0), 500), "it was set back: the other one counts");
        assert!(clock.wants_time(at(9_000, 9_501), 500));
        clock.measure(at(9_001, 9_502), 0, 10_001, Duration::ZERO, 500);
        assert_eq!(clock.wall_ms(at(9_001, 9_502)), 10_001);
        assert!(!clock.wants_time(at(12_000, 12_501), 500));
    }

    #[test]
    fn of_three_nodes_one_cannot_set_the_clock_alone() {
        for (order, wrong_ms) in [([0, 1, 2], 9_000_000), ([1, 2, 0], 9_000_000), ([2, 0, 1], 5)] {
            let mut clock = Clock::new(1);
            for node in order {
                let (wall_ms, micros) = if node == 0 { (wrong_ms, 1) } else { (1_000_000, 5_000) };
                clock.measure(at(0, 7), node, wall_ms, Duration::from_micros(micros), 500);
            }
            assert_eq!(clock.wall_ms(at(0, 7)), 1_000_002);
            assert!(clock.is_ahead(at(0, 7), Version::new(1_001_008, 0, 1), 500));
            assert!(!clock.is_ahead(at(0, 7), Version::new(1_001_007, 0, 1), 500));
        }
    }

    #[test]
    fn a_node_that_names_any_time_breaks_nothing() {
        let mut clock = Clock::new(1);
        clock.measure(at(0, 0), 0, u64::MAX, Duration::from_secs(1), u64::MAX);
        clock.observe(Version::new(u64::MAX, u16::MAX, u64::MAX));
        assert!(!clock.is_ahead(at(0, 0), Version::new(u64::MAX, 0, 0), u64::MAX));
        assert_eq!(clock.tick(at(1, 1)).ms(), (1 << 48) - 1);
    }

    #[test]
    fn versions_rise_whatever_the_clock_does() {
        let mut clock = Clock::new(7);
        let first = clock.tick(at(0, 1_000));
        let second = clock.tick(at(0, 900));
        assert!(first < second);
        clock.observe(Version::new(5_000, 3, 9));
        assert_eq!(clock.tick(at(0, 1_000)), Version::new(5_000, 4, 7));
    }

    #[test]
    fn of_those_who_refuse_one_cannot_set_the_clock_back_alone() {
        let (now, zero) = (at(0, 9_000_000), Duration::ZERO);
        for order in [[0, 1], [1, 0]] {
            let mut clock = Clock::new(1);
            clock.refused(now, 2, 8_999_000, zero);
            let now = at(6_000, 9_006_000);
            for node in order {
                clock.refused(now, node, if node == 0 { 5 } else { 1_000_000 }, zero);
            }
            clock.reset(now, 3, 500);
            assert_eq!(clock.wall_ms(now), 1_000_000, "the third one was long ago");
            clock.measure(now, 0, 5, zero, 500);
            assert_eq!(clock.wall_ms(now), 1_000_000, "two are no majority");
            clock.measure(now, 2, 1_000_100, zero, 500);
            assert_eq!(clock.wall_ms(now), 1_000_000);
            clock.measure(now, 1, 7, zero, 500);
            assert_eq!(clock.wall_ms(now), 5, "two of three are one");
        }
    }

    #[test]
    fn a_reset_draws_as_another_writer() {
        let mut clock = Clock::new(7);
        let refused = clock.tick(at(0, 9_000_000));
        clock.refused(at(0, 9_000_000), 0, 1_000, Duration::ZERO);
        clock.reset(at(0, 9_000_000), 3, 500);
        let drawn = clock.tick(at(0, 9_000_000));
        assert!(drawn < refused);
        assert_ne!(drawn.writer(), refused.writer());
    }
}
