//! A quorum read.
//!
//! R replicas are asked, the fastest for the value, the others for a digest. Then, after every
//! answer, the whole of what is known is judged anew:
//! 1. No value among the answers, or a dead version above every value: a miss, at once.
//! 2. c is the newest value. An answer is *intact* if what its replica knows is not above c. With
//!    fewer than R of these some acknowledged write above c may hide behind a floor: the others
//!    are asked too, and if that does not help it is a miss. A miss is always legal.
//! 3. c is returned when N − R + 1 replicas know it exactly, so that every later read meets one of
//!    them and does not go back. Those that do not are repaired; only as many as are missing are
//!    waited for. Where 2R ≤ N that would cost more replicas than the read itself, so reads may go
//!    back there.
//!
//! A link that fails, or a quarter of the deadline without an answer, sends to the next replica at
//! once. That is *failover*, and free: were it paid from the hedges' budget, a silent node would
//! fail reads as soon as the budget is empty.

use alloc::vec::Vec;

use crate::index::sort_few;
use crate::time::Instant;
use crate::wire::{Held, Reply, Request as Message, Version};

use super::config::ReadRepair;
use super::event::{Action, Cause, Consistency, Error, Hit, Outcome, QuorumError, Why};
use super::exchange::{Exchange, To};
use super::rules::Rule;
use super::seat::{Known, Seat};

/// One read of one key.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) key: Vec<u8>,
    pub(super) seats: Vec<Seat>,
    /// R of this read.
    needed: usize,
    /// How many have to know what is returned; 0 to wait for none.
    knowers: usize,
    is_widened: bool,
    has_hedged: bool,
    repair: ReadRepair,
    how: Consistency,
    is_done: bool,
}

impl Read {
    /// Returns the read of `key`; it has asked nobody.
    pub(super) fn new(
        exchange: &Exchange,
        replicas: Vec<u32>,
        key: Vec<u8>,
        how: Consistency,
    ) -> Self {
        let config = &exchange.config;
        let total = replicas.len();
        let needed = match how {
            Consistency::One => 1,
            Consistency::Quorum => config.quorum.read as usize,
            Consistency::All => total,
        };
        // All N replicas are more than R, but the next read may ask only R: as many have to know.
        let read = config.quorum.read as usize;
        let goes_back = how == Consistency::One || 2 * read <= total;
        let waits = config.read_repair == ReadRepair::Blocking && !goes_back;
        let knowers = if waits && config.rules.holds(Rule::Knowers) { total - read + 1 } else { 0 };
        let mut order = replicas;
        exchange.order(&mut order);
        Self {
            key,
            seats: order.into_iter().map(Seat::new).collect(),
            needed,
            knowers,
            is_widened: false,
            has_hedged: false,
            repair: if how == Consistency::One { ReadRepair::Off } else { config.read_repair },
            how,
            is_done: false,
        }
    }

    /// Returns what the application asked for.
    pub(super) fn into_action(self) -> Action {
        Action::Get { key: self.key, consistency: self.how }
    }

    /// Asks the first replicas.
    pub(super) fn start(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        exchange.budget.pay_in();
        exchange.stats.reads += 1;
        for seat in 0..self.needed {
            self.ask(exchange, seat, Why::Read);
        }
        self.judge(exchange)
    }

    /// Takes an answer.
    pub(super) fn answer(
        &mut self,
        exchange: &mut Exchange,
        to: To,
        result: Result<Reply, Cause>,
    ) -> Option<Outcome> {
        let now = exchange.now.instant;
        let seat = &mut self.seats[to.seat as usize];
        if to.tag == TAG_READ {
            seat.is_open = false;
            match result.map(Known::new) {
                // Its clock is or was wrong: nothing was acknowledged that high.
                Ok(Some(known)) if exchange.is_ahead(known.version) => seat.fail(Cause::Clock, now),
                // A later answer replaces an earlier one.
                Ok(Some(known)) => {
                    seat.answer = Some(known);
                    seat.failure = None;
                }
                Ok(None) => seat.fail(Cause::Refused, now),
                Err(cause) => seat.fail(cause, now),
            }
        } else {
            seat.repair.answer(to.tag, &result);
        }
        if self.is_done { None } else { self.judge(exchange) }
    }

    /// Looks at the time: who is late, and whether to ask somebody else.
    pub(super) fn wake(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        if self.is_done {
            return None;
        }
        let patience = exchange.current.timeout / PATIENCE_DIVISOR;
        let now = exchange.now.instant;
        for seat in &mut self.seats {
            if seat.is_waiting() && seat.asked.is_some_and(|at| now >= at + patience) {
                seat.is_late = true;
                exchange.blame(seat.node);
                // It answered a digest and keeps its value to itself: others may have it too.
                if seat.answer.is_some() {
                    seat.fail(Cause::Timeout, now);
                }
            }
            seat.repair.give_up(now, patience);
        }
        self.hedge(exchange);
        self.judge(exchange)
    }

    /// Returns when to look at the time again.
    pub(super) fn next_wake(&self, exchange: &Exchange) -> Option<Instant> {
        if self.is_done {
            return None;
        }
        let patience = exchange.current.timeout / PATIENCE_DIVISOR;
        let waiting = self.seats.iter().filter(|seat| seat.is_waiting());
        let late = waiting.clone().filter_map(|seat| Some(seat.asked? + patience));
        let repairs = self.seats.iter().filter_map(|seat| Some(seat.repair.sent_at()? + patience));
        let can_hedge = exchange.config.hedge && !self.has_hedged && self.has_idle();
        let hedges = waiting
            .filter(|seat| can_hedge && seat.is_prompt())
            .filter_map(|seat| Some(seat.asked? + exchange.late_after(seat.node)));
        late.chain(repairs).chain(hedges).min()
    }

    /// Returns the failure of a read whose time is over.
    pub(super) fn expire(&mut self, exchange: &Exchange) -> Outcome {
        self.is_done = true;
        // Until a node has told the time nobody is asked.
        for seat in self.seats.iter_mut().filter(|_| exchange.current.sent == 0) {
            seat.asked.get_or_insert(exchange.current.started.instant);
            seat.fail(exchange.why_missing(seat.node), exchange.now.instant);
        }
        self.failure(exchange)
    }

    /// Judges all that is known; `Some` once it is enough.
    fn judge(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        let outcome = self.verdict(exchange)?;
        self.is_done = true;
        if self.repair != ReadRepair::Off {
            self.repair_all(exchange);
        }
        Some(outcome)
    }

    fn verdict(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        if !self.has_quorum(exchange) {
            let hopeful = self.seats.iter().filter(|seat| seat.has_hope()).count();
            return (hopeful < self.needed).then(|| self.failure(exchange));
        }
        let wall_ms = exchange.wall_ms();
        let Some(best) = self.newest(wall_ms) else { return Some(Outcome::Miss) };
        let best_version = self.version(best);
        let answers = || self.seats.iter().filter_map(|seat| seat.answer.as_ref());
        if answers().any(|known| known.is_dead_at(wall_ms) && known.version > best_version) {
            return Some(Outcome::Miss);
        }
        if answers().filter(|known| known.version <= best_version).count() < self.needed {
            return self.widen(exchange);
        }
        if !self.has_value(best) {
            // Only its digest is here. The answer to this question replaces the digest.
            if !self.seats[best].is_open {
                self.send(exchange, best, Why::Read, false);
            }
            return if self.has_value(best) || self.seats[best].is_open {
                None
            } else {
                self.verdict(exchange)
            };
        }
        if self.knowers > 0 && !self.is_known(exchange, best) {
            return self.short_of_knowers(exchange);
        }
        self.hit(best)
    }

    /// Whether R replicas have answered; asks the next ones if those that were asked may not.
    fn has_quorum(&mut self, exchange: &mut Exchange) -> bool {
        let count = |seats: &[Seat], is: fn(&Seat) -> bool| seats.iter().filter(|s| is(s)).count();
        let answered = count(&self.seats, |seat| seat.answer.is_some());
        while answered + count(&self.seats, Seat::is_prompt) < self.needed {
            let may = exchange.config.rules.holds(Rule::FailoverFree) || exchange.budget.take();
            let Some(idle) = self.idle().filter(|_| may) else { break };
            exchange.stats.failovers += 1;
            self.ask(exchange, idle, Why::Failover);
        }
        answered >= self.needed
    }

    /// Asks all replicas; a miss if they have been asked.
    fn widen(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        if !self.is_widened {
            self.is_widened = true;
            exchange.stats.widened += 1;
            while let Some(idle) = self.idle() {
                self.ask(exchange, idle, Why::Read);
            }
        }
        let is_waiting = self.seats.iter().any(Seat::is_waiting);
        (!is_waiting).then_some(Outcome::Miss)
    }

    /// Whether enough replicas know the value exactly; repairs them as far as they do not.
    fn is_known(&mut self, exchange: &mut Exchange, best: usize) -> bool {
        let version = self.version(best);
        let knows = |seat: &Seat| {
            let is_newer = |known: &Known| known.is_exact && known.version >= version;
            seat.repair.knows(version) || seat.answer.as_ref().is_some_and(is_newer)
        };
        let count = self.seats.iter().filter(|seat| knows(seat)).count();
        if count >= self.knowers {
            return true;
        }
        let missing = self.knowers - count;
        let mut sent = self.seats.iter().filter(|seat| seat.repair.sent_at().is_some()).count();
        // Those that answered first: they are the ones that trail and are there.
        let mut order: Vec<usize> = (0..self.seats.len()).collect();
        sort_few(&mut order, |&seat| (self.seats[seat].answer.is_none(), self.seats[seat].is_late));
        for seat in order {
            let is_new = self.seats[seat].repair.is_before(version);
            if sent < missing && is_new && !knows(&self.seats[seat]) {
                self.repair(exchange, seat, best);
                exchange.stats.blocking_repairs += 1;
                sent += usize::from(self.seats[seat].repair.sent_at().is_some());
            }
        }
        false
    }

    /// Without enough knowers nothing is returned: an error if a replica failed, else a miss.
    fn short_of_knowers(&self, exchange: &Exchange) -> Option<Outcome> {
        if self.seats.iter().any(|seat| seat.repair.sent_at().is_some()) {
            return None;
        }
        let has_failed = self.seats.iter().any(|seat| seat.repair.failure().is_some());
        Some(if has_failed { self.failure(exchange) } else { Outcome::Miss })
    }

    /// Sends what the read found to every replica that answered with less; waits for none.
    fn repair_all(&mut self, exchange: &mut Exchange) {
        let wall_ms = exchange.wall_ms();
        let can_send = |&seat: &usize| {
            let known = self.seats[seat].answer.as_ref();
            // An evicted value cannot be sent on; a dead version can.
            known.is_some_and(|known| known.is_dead_at(wall_ms)) || self.has_value(seat)
        };
        let newest = (0..self.seats.len()).filter(can_send).max_by_key(|&at| self.version(at));
        let Some(newest) = newest else { return };
        let version = self.version(newest);
        for seat in 0..self.seats.len() {
            let trails = |known: &Known| known.version < version;
            let trails = self.seats[seat].answer.as_ref().is_some_and(trails);
            if trails && self.seats[seat].repair.is_before(version) {
                self.repair(exchange, seat, newest);
            }
        }
    }

    /// Sends the record of seat `from` to the replica of seat `to`.
    fn repair(&mut self, exchange: &mut Exchange, to: usize, from: usize) {
        let Some(known) = self.seats[from].answer.as_ref() else { return };
        let (message, version) = (known.to_message(&self.key, exchange.wall_ms()), known.version);
        let tag = self.seats[to].repair.next_tag();
        let address = To { seat: to as u32, tag };
        let sent = exchange.send(self.seats[to].node, address, Why::Repair, message);
        exchange.stats.repairs += 1;
        let at = exchange.now.instant;
        self.seats[to].repair.sent(sent.map(|()| at), version, tag);
    }

    /// Asks one more replica when one is slower than it mostly is and the budget allows it.
    fn hedge(&mut self, exchange: &mut Exchange) {
        if self.has_hedged || !exchange.config.hedge {
            return;
        }
        let asked =
            |seat: &&Seat| seat.asked.filter(|_| seat.is_prompt()).map(|at| (seat.node, at));
        let is_slow = |&(node, at): &(u32, Instant)| exchange.is_slow(node, at);
        if self.seats.iter().filter_map(|seat| asked(&seat)).filter(is_slow).count() == 0 {
            return;
        }
        let Some(idle) = self.idle() else { return };
        self.has_hedged = true;
        if exchange.budget.take() {
            exchange.stats.hedges += 1;
            self.ask(exchange, idle, Why::Hedge);
        }
    }

    fn ask(&mut self, exchange: &mut Exchange, seat: usize, why: Why) {
        let digest = seat != 0 && why == Why::Read;
        self.send(exchange, seat, why, digest);
    }

    fn send(&mut self, exchange: &mut Exchange, seat: usize, why: Why, digest: bool) {
        let message = Message::Get { key: self.key.clone(), digest };
        let to = To { seat: seat as u32, tag: TAG_READ };
        let result = exchange.send(self.seats[seat].node, to, why, message);
        let asked = &mut self.seats[seat];
        asked.asked = Some(exchange.now.instant);
        asked.is_late = false;
        asked.is_open = result.is_ok();
        if let Err(cause) = result {
            asked.fail(cause, exchange.now.instant);
        }
    }

    /// Returns a replica that was not asked, the best one first.
    fn idle(&self) -> Option<usize> {
        self.seats.iter().position(|seat| seat.asked.is_none())
    }

    fn has_idle(&self) -> bool {
        self.idle().is_some()
    }

    /// Returns the seat of the newest living value, one with the value at hand before others.
    fn newest(&self, wall_ms: u64) -> Option<usize> {
        let lives = |at: &usize| {
            let known = self.seats[*at].answer.as_ref();
            known.is_some_and(|known| known.held.is_some() && !known.is_dead_at(wall_ms))
        };
        let living = (0..self.seats.len()).filter(lives);
        living.max_by_key(|&at| (self.version(at), self.has_value(at)))
    }

    fn version(&self, seat: usize) -> Version {
        self.seats[seat].answer.as_ref().map_or(Version::ZERO, |known| known.version)
    }

    fn has_value(&self, seat: usize) -> bool {
        let held = self.seats[seat].answer.as_ref().and_then(|known| known.held.as_ref());
        held.is_some_and(|held| held.value.is_some())
    }

    fn hit(&self, seat: usize) -> Option<Outcome> {
        let held = self.seats[seat].answer.as_ref()?.held.as_ref()?;
        let Held { version, expires_at_ms, flags, .. } = *held;
        let (value, node) = (held.value.clone()?, self.seats[seat].node);
        let hit = Hit { version, expires_at_ms, flags, value, node, may_keep: false };
        Some(Outcome::Hit(hit))
    }

    fn failure(&self, exchange: &Exchange) -> Outcome {
        let now = exchange.now.instant;
        let asked = self.seats.iter().filter(|seat| seat.asked.is_some()).count();
        let missing = |seat: &Seat| seat.missing(now, exchange.is_past(1));
        let causes: Vec<_> = self.seats.iter().filter_map(missing).collect();
        Outcome::Failed(Error::Quorum(QuorumError {
            is_write: false,
            required: self.needed as u32,
            received: (asked - causes.len()) as u32,
            causes,
        }))
    }
}

/// The tag of a question; repairs have others.
const TAG_READ: u8 = 0;

/// A replica that has not answered after this part of the deadline is late.
const PATIENCE_DIVISOR: u32 = 4;
