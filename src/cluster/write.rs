//! A quorum write, in at most two rounds.
//!
//! Round one sends a fresh version to all replicas and is done at W `Applied`. `Superseded` is no
//! ack here: the newer version may be of a write that was acknowledged long before this one began,
//! by a client whose clock is ahead. A reader would then see the older write after the newer.
//!
//! Round two observes the answers of N − W + 1 replicas, which meet every acknowledged write, and
//! draws a version above all of them. Now `Superseded` can only be a concurrent write, and is an
//! ack. It begins when round one can no longer succeed, or at a third of the deadline.
//!
//! `Forgot` is never an ack: a floor is no knowledge of this key. Nor is it observed while W can be
//! reached without that node: after a restart floors are ahead of the clock by the largest drift,
//! and whoever draws a version above one makes others wait for theirs.
//!
//! A fill has one round with the version of its ticket: what cannot be stored so is not stored. A
//! clear is a write to all nodes instead of a key's replicas; its record is a namespace's floor.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::index::sort_few;
use crate::time::Instant;
use crate::wire::{Reply, Version};

use super::event::{Action, Cause, Error, Missing, Outcome, QuorumError, Ticket, Why};
use super::exchange::{Exchange, To};
use super::hint::{Missed, Record};
use super::rules::Rule;
use super::tally::Tally;

/// One write.
#[derive(Debug)]
pub(super) struct Write {
    subject: Subject,
    version: Version,
    seats: Vec<Seat>,
    /// As many acks are needed.
    needed: usize,
    /// As many answers meet every acknowledged write.
    meeting: usize,
    round: u8,
    rounds_max: u8,
    /// Whether the clock was set anew and round one begun again.
    has_restarted: bool,
    /// Whether a replica that applied it held a living record.
    removed: bool,
    pub(super) is_done: bool,
}

/// What is written.
#[derive(Debug)]
pub(super) enum Subject {
    /// A value or, without one, a delete.
    Record { key: Vec<u8>, value: Option<Vec<u8>>, flags: u32, ttl: Duration },
    /// The floor of a namespace.
    Floor { namespace: Vec<u8> },
}

/// One replica.
#[derive(Debug)]
struct Seat {
    node: u32,
    state: State,
    /// When that was known.
    at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No answer yet.
    Waiting,
    /// Its clock has to reach the version; sent again then.
    Early(Instant),
    Applied,
    Superseded(Version),
    Forgot(Version),
    Failed(Cause),
}

impl Write {
    /// Returns a write to `replicas`; it has sent nothing.
    pub(super) fn new(exchange: &Exchange, replicas: Vec<u32>, subject: Subject) -> Self {
        let total = replicas.len();
        let quorum = exchange.config.quorum;
        let write = quorum.write as usize;
        let missing = (quorum.replicas - quorum.write) as usize;
        let is_floor = matches!(subject, Subject::Floor { .. });
        let reaches_all = is_floor && exchange.config.rules.holds(Rule::ClearAllNodes);
        let seat = |node| Seat { node, state: State::Waiting, at: exchange.now.instant };
        Self {
            subject,
            version: Version::ZERO,
            seats: replicas.into_iter().map(seat).collect(),
            needed: if reaches_all { total - missing } else { write },
            meeting: total - write + 1,
            round: 1,
            rounds_max: 2,
            has_restarted: false,
            removed: false,
            is_done: false,
        }
    }

    /// Makes this a fill: one round, with `version`.
    pub(super) fn into_fill(mut self, version: Version) -> Self {
        self.version = version;
        self.rounds_max = 1;
        self
    }

    /// Returns what the application asked for.
    pub(super) fn into_action(self) -> Action {
        let is_fill = self.rounds_max == 1;
        match self.subject {
            Subject::Floor { namespace } => Action::Clear { namespace },
            Subject::Record { key, value: None, .. } => Action::Delete { key },
            Subject::Record { key, value: Some(value), flags, ttl } if is_fill => {
                Action::Fill { ticket: Ticket { key, version: self.version }, value, flags, ttl }
            }
            Subject::Record { key, value: Some(value), flags, ttl } => {
                Action::Put { key, value, flags, ttl }
            }
        }
    }

    /// Sends the first round.
    pub(super) fn start(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        if self.rounds_max == 1 && !exchange.config.rules.holds(Rule::FillBeforeLoad) {
            self.version = exchange.tick();
        }
        if self.rounds_max == 2 {
            self.version = exchange.tick();
        }
        self.send_all(exchange);
        self.judge(exchange)
    }

    /// Takes an answer; one to an earlier round says nothing of this one.
    pub(super) fn answer(
        &mut self,
        exchange: &mut Exchange,
        to: To,
        result: &Result<Reply, Cause>,
    ) -> Option<Outcome> {
        // A later round finds removed what an earlier one has removed.
        self.removed |= matches!(result, Ok(Reply::Removed));
        if to.tag != self.tag() {
            return None;
        }
        let seat = to.seat as usize;
        self.seats[seat].at = exchange.now.instant;
        self.seats[seat].state = match *result {
            Ok(Reply::Applied | Reply::Removed) => State::Applied,
            // Its clock is or was wrong: no write was acknowledged that high.
            Ok(Reply::Superseded { version } | Reply::Forgot { floor: version })
                if exchange.is_ahead(version) =>
            {
                State::Failed(Cause::Clock)
            }
            Ok(Reply::Superseded { version }) => State::Superseded(version),
            Ok(Reply::Forgot { floor }) => State::Forgot(floor),
            Ok(Reply::Clock { wall_ms }) => self.early(exchange, wall_ms),
            Ok(_) => State::Failed(Cause::Refused),
            Err(cause) => State::Failed(cause),
        };
        if self.is_done {
            return None;
        }
        if let (Ok(Reply::Clock { .. }), State::Failed(_)) = (result, self.seats[seat].state) {
            self.restart(exchange);
        }
        self.judge(exchange)
    }

    /// Looks at the time: sends again what was early, and begins round two at a third.
    pub(super) fn wake(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        for seat in 0..self.seats.len() {
            if let State::Early(at) = self.seats[seat].state
                && at <= exchange.now.instant
            {
                self.send(exchange, seat);
            }
        }
        if self.is_done { None } else { self.judge(exchange) }
    }

    /// Returns when to look at the time again.
    pub(super) fn next_wake(&self, exchange: &Exchange) -> Option<Instant> {
        let (third, now) = (exchange.part(PATIENCE_DIVISOR), exchange.now.instant);
        let third = (!self.is_done && self.round < self.rounds_max && third > now).then_some(third);
        let early = |seat: &Seat| match seat.state {
            State::Early(at) => Some(at),
            _ => None,
        };
        self.seats.iter().filter_map(early).chain(third).min()
    }

    /// Returns the failure of a write whose time is over.
    pub(super) fn expire(&mut self, exchange: &Exchange) -> Outcome {
        self.is_done = true;
        self.failure(exchange)
    }

    /// Keeps a write that succeeded for the replicas that missed it.
    pub(super) fn leave_hints(&self, exchange: &mut Exchange) {
        let missed = Arc::new(self.record());
        for seat in &self.seats {
            if matches!(seat.state, State::Waiting | State::Early(_) | State::Failed(_)) {
                exchange.hint(seat.node, &missed);
            }
        }
    }

    fn judge(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let outcome = self.verdict(exchange)?;
        self.is_done = true;
        Some(outcome)
    }

    fn verdict(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let rules = exchange.config.rules;
        let counts_superseded = self.round == 2 || !rules.holds(Rule::SupersededNoAck);
        let mut tally = Tally::default();
        for seat in &self.seats {
            tally.record(seat.state);
        }
        let forgot_acks = if rules.holds(Rule::ForgotNoAck) { 0 } else { tally.forgot };
        let superseded_acks = if counts_superseded { tally.superseded } else { 0 };
        let acks = tally.applied + superseded_acks + forgot_acks;
        if acks >= self.needed {
            let (version, rounds, removed) = (self.version, self.round, self.removed);
            return Some(Outcome::Stored { version, rounds, removed });
        }
        let is_reachable = acks + tally.open >= self.needed;
        if self.round == self.rounds_max {
            return match (is_reachable, self.rounds_max) {
                (true, _) => None,
                // What refused a fill is newer, or may be.
                (false, 1) if tally.superseded + tally.forgot > 0 => Some(Outcome::NotStored),
                (false, _) => Some(self.failure(exchange)),
            };
        }
        let is_late = exchange.is_past(PATIENCE_DIVISOR);
        if is_reachable && !is_late {
            return None;
        }
        self.second_round(exchange, tally, is_late)
    }

    /// Begins round two if enough answers meet every acknowledged write.
    fn second_round(
        &mut self,
        exchange: &mut Exchange,
        tally: Tally,
        is_late: bool,
    ) -> Option<Outcome> {
        let exact = tally.applied + tally.superseded;
        let open = if is_late { 0 } else { tally.open };
        // Floors are observed only as far as there are no acks or no meeting without them. Who has
        // not answered may have the highest: no ack is expected of it, once floors are needed.
        let needs_floors = exact + open < self.needed;
        let for_acks = self.needed.saturating_sub(exact);
        let for_meeting = self.meeting.saturating_sub(exact);
        let floors = if needs_floors { for_acks.max(for_meeting) } else { 0 };
        if exact + floors.min(tally.forgot) < self.meeting || floors > tally.forgot {
            let may_come = tally.open > 0;
            return (!may_come).then(|| self.failure(exchange));
        }
        let mut observed: Vec<Version> = self.seats.iter().filter_map(Seat::floor).collect();
        sort_few(&mut observed, |&version| version);
        observed.truncate(floors);
        for version in observed {
            exchange.clock.observe(version);
        }
        exchange.stats.second_rounds += 1;
        self.round = 2;
        self.version = exchange.tick();
        self.send_all(exchange);
        self.verdict(exchange)
    }

    /// Returns what to do with a replica whose clock is behind the version: wait for it, if there
    /// is so much time.
    fn early(&self, exchange: &Exchange, wall_ms: u64) -> State {
        let latest_ms = wall_ms.saturating_add(exchange.limits.drift_ms);
        let ahead_ms = self.version.ms().saturating_sub(latest_ms);
        let at = exchange.now.instant + Duration::from_millis(ahead_ms + 1);
        if at < exchange.part(1) { State::Early(at) } else { State::Failed(Cause::Clock) }
    }

    /// Sets the clock anew by those who refuse and begins round one again, once, if it is not the
    /// clocks of a few nodes that are wrong: the others make a quorum without them. What replicas
    /// have applied stays: a write may act twice.
    fn restart(&mut self, exchange: &mut Exchange) {
        let is_refusal = |seat: &&Seat| seat.state == State::Failed(Cause::Clock);
        let refusals = self.seats.iter().filter(is_refusal).count();
        if refusals + self.needed <= self.seats.len() {
            return;
        }
        exchange.reset_clock();
        if self.has_restarted || self.rounds_max == 1 {
            return;
        }
        let version = exchange.tick();
        if version < self.version {
            self.has_restarted = true;
            self.round = 1;
            self.version = version;
            self.send_all(exchange);
        }
    }

    fn send_all(&mut self, exchange: &mut Exchange) {
        let now = exchange.now.instant;
        match &self.subject {
            Subject::Record { key, .. } => exchange.near.write(now, key, self.version),
            Subject::Floor { namespace } => exchange.near.clear(now, namespace, self.version),
        }
        for seat in 0..self.seats.len() {
            self.send(exchange, seat);
        }
    }

    fn send(&mut self, exchange: &mut Exchange, seat: usize) {
        let to = To { seat: seat as u32, tag: self.tag() };
        let message = self.record().to_message();
        let result = exchange.send(self.seats[seat].node, to, Why::Write, message);
        self.seats[seat].state = result.map_or_else(State::Failed, |()| State::Waiting);
    }

    /// Returns the record or the floor of this round.
    fn record(&self) -> Missed {
        let version = self.version;
        match &self.subject {
            Subject::Floor { namespace } => Missed::Floor { namespace: namespace.clone(), version },
            Subject::Record { key, value, flags, ttl } => Missed::Record(Record {
                key: key.clone(),
                version,
                expires_at_ms: version.ms() + ttl.as_millis() as u64,
                flags: *flags,
                value: value.clone(),
            }),
        }
    }

    /// Returns the number of this round, counting a beginning anew.
    const fn tag(&self) -> u8 {
        self.round + if self.has_restarted { 2 } else { 0 }
    }

    fn failure(&self, exchange: &Exchange) -> Outcome {
        let is_ack = |state| {
            state == State::Applied || (self.round == 2 && matches!(state, State::Superseded(_)))
        };
        let received = self.seats.iter().filter(|seat| is_ack(seat.state)).count() as u32;
        let failed = self.seats.iter().filter(|seat| !is_ack(seat.state));
        let (begun, now) = (exchange.current.started.instant, exchange.now.instant);
        let missing = |seat: &Seat| {
            let at = if seat.state == State::Waiting { now } else { seat.at };
            let elapsed = at.saturating_since(begun);
            Missing { node: seat.node, cause: seat.cause(exchange), elapsed }
        };
        let causes = failed.map(missing).collect();
        let required = self.needed as u32;
        Outcome::Failed(Error::Quorum(QuorumError { is_write: true, required, received, causes }))
    }
}

impl Seat {
    const fn floor(&self) -> Option<Version> {
        match self.state {
            State::Forgot(floor) => Some(floor),
            _ => None,
        }
    }

    fn cause(&self, exchange: &Exchange) -> Cause {
        match self.state {
            State::Failed(cause) => cause,
            State::Early(_) => Cause::Clock,
            State::Superseded(_) | State::Forgot(_) => Cause::Conflict,
            State::Waiting | State::Applied => exchange.why_missing(self.node),
        }
    }
}

/// Round two begins after this part of the deadline at the latest.
const PATIENCE_DIVISOR: u32 = 3;
