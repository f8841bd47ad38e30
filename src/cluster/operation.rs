//! One operation from its request to the last answer.
//!
//! It tells its outcome as soon as it can, and stays until every message is answered or its time is
//! over: repairs are still under way then, and a write learns who missed it.

use alloc::vec::Vec;

use crate::near::Ticket;
use crate::time::Instant;
use crate::wire::{Reply, Request as Message};

use super::clock::Now;
use super::event::{Action, Cause, Outcome, Why};
use super::exchange::{Current, Exchange, To};
use super::hint::Hint;
use super::lease::{Load, Release};
use super::read::Read;
use super::touch::Touch;
use super::write::Write;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// The application's name for it; `None` for our own.
    pub(super) request: Option<u64>,
    pub(super) current: Current,
    pub(super) task: Task,
    /// When it began, as the near cache counts.
    pub(super) ticket: Ticket,
    /// Whether it waits for the first node to tell the time.
    pub(super) is_parked: bool,
    /// Whether its outcome is told.
    pub(super) is_told: bool,
    /// Whether it was a write and has succeeded.
    pub(super) is_written: bool,
    /// When it wants to be woken.
    pub(super) wake_at: Instant,
}

/// What an operation does.
#[derive(Debug)]
pub(super) enum Task {
    Read(Read),
    Write(Write),
    Touch(Touch),
    Load(Load),
    /// Gives a lease back.
    Release(Release),
    /// Greets a node.
    Hello(u32),
    /// Brings a node what it missed.
    Hints(Delivery),
}

/// Hints on their way to a node.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) node: u32,
    /// `None` once the node has it.
    pub(super) hints: Vec<Option<Hint>>,
    /// Whether the node does not take one of them yet, its clock being behind or too much under
    /// way: they are brought again after a while, and not as fast as it says so.
    pub(super) waits: bool,
}

/// What happened to an operation.
#[derive(Debug)]
pub(super) enum Event {
    Start,
    Answer(To, Result<Reply, Cause>),
    Wake,
}

impl Operation {
    /// Whether its time is over by either clock.
    pub(super) fn is_over(&self, now: Now) -> bool {
        now.since(self.current.started) >= self.current.timeout
    }

    /// Returns when its time is over by the monotonic clock.
    pub(super) fn deadline(&self) -> Instant {
        self.current.started.instant + self.current.timeout
    }
}

impl Task {
    /// Handles one event; `Some` once, with the outcome.
    pub(super) fn handle(&mut self, exchange: &mut Exchange, event: Event) -> Option<Outcome> {
        match event {
            Event::Start => self.start(exchange),
            Event::Answer(to, result) => match self {
                Self::Read(read) => read.answer(exchange, to, result),
                Self::Write(write) => write.answer(exchange, to, &result),
                Self::Touch(touch) => touch.answer(exchange, to, result),
                Self::Load(load) => load.answer(exchange, to, result),
                Self::Release(_) | Self::Hello(_) => None,
                Self::Hints(delivery) => {
                    match result {
                        Ok(Reply::Clock { .. }) | Err(Cause::Busy | Cause::Auth) => {
                            delivery.waits = true;
                        }
                        // What a node refuses it would refuse again.
                        Ok(_) | Err(Cause::Refused) => delivery.hints[to.seat as usize] = None,
                        Err(_) => {}
                    }
                    None
                }
            },
            Event::Wake => match self {
                Self::Read(read) => read.wake(exchange),
                Self::Write(write) => write.wake(exchange),
                Self::Touch(touch) => touch.wake(exchange),
                Self::Load(load) => load.wake(exchange),
                Self::Release(_) | Self::Hello(_) | Self::Hints(_) => None,
            },
        }
    }

    fn start(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        match self {
            Self::Read(read) => read.start(exchange),
            Self::Write(write) => write.start(exchange),
            Self::Touch(touch) => touch.start(exchange),
            Self::Load(load) => load.start(exchange),
            Self::Release(release) => Some(release.start(exchange)),
            Self::Hello(node) => {
                let pushes = exchange.config.near > 0;
                let message = Message::Hello { epoch: exchange.config.epoch, pushes };
                // A link that is lost by now is greeted when it is back.
                let _ = exchange.send(*node, To { seat: 0, tag: 0 }, Why::Hello, message);
                None
            }
            Self::Hints(Delivery { node, hints, waits }) => {
                for (seat, hint) in (0..).zip(hints) {
                    let Some(Hint { missed, .. }) = hint else { continue };
                    let message = missed.to_message();
                    // What cannot be sent has no answer when this ends, and is kept.
                    let sent = exchange.send(*node, To { seat, tag: 0 }, Why::Hint, message);
                    *waits |= sent == Err(Cause::Busy);
                    if sent == Err(Cause::Refused) {
                        *hint = None;
                    }
                }
                None
            }
        }
    }

    /// Returns the key of an operation that may end in a hit.
    pub(super) fn key(&self) -> Option<&[u8]> {
        match self {
            Self::Read(read) => Some(&read.key),
            Self::Load(load) => Some(&load.key),
            Self::Write(_)
            | Self::Touch(_)
            | Self::Release(_)
            | Self::Hello(_)
            | Self::Hints(_) => None,
        }
    }

    /// Returns what an application asked for, to be begun anew; `None` for what is our own.
    pub(super) fn into_action(self) -> Option<Action> {
        match self {
            Self::Read(read) => Some(read.into_action()),
            Self::Write(write) => Some(write.into_action()),
            Self::Touch(touch) => Some(touch.into_action()),
            Self::Load(load) => Some(Action::Load { key: load.key }),
            Self::Release(release) => Some(release.into_action()),
            Self::Hello(_) | Self::Hints(_) => None,
        }
    }

    /// Returns when to look at the time again, before the deadline.
    pub(super) fn next_wake(&self, exchange: &Exchange) -> Option<Instant> {
        match self {
            Self::Read(read) => read.next_wake(exchange),
            Self::Write(write) => write.next_wake(exchange),
            Self::Touch(touch) => touch.next_wake(exchange),
            Self::Load(load) => load.next_wake(exchange),
            Self::Hints(delivery) if delivery.waits => Some(exchange.part(1)),
            Self::Release(_) | Self::Hello(_) | Self::Hints(_) => None,
        }
    }

    /// Returns the outcome of an operation whose time is over before it had one.
    pub(super) fn expire(&mut self, exchange: &mut Exchange) -> Option<Outcome> {
        match self {
            Self::Read(read) => Some(read.expire(exchange)),
            Self::Write(write) => Some(write.expire(exchange)),
            Self::Touch(touch) => Some(touch.expire(exchange)),
            Self::Load(load) => Some(load.expire(exchange)),
            Self::Release(_) => Some(Outcome::Released),
            Self::Hello(_) | Self::Hints(_) => None,
        }
    }

    /// Does what is left when the operation ends; `is_written` if it was a write that succeeded.
    pub(super) fn close(self, exchange: &mut Exchange, is_written: bool) {
        match self {
            Self::Write(write) if is_written => write.leave_hints(exchange),
            Self::Hints(Delivery { node, hints, .. }) => {
                let undelivered = hints.into_iter().flatten();
                undelivered.for_each(|hint| exchange.keep_hint(node, hint));
            }
            _ => {}
        }
    }
}
