//! The door of a cluster's client: events in, and what is to be done out.
//!
//! Nothing here calls JavaScript. Sockets, ports, timers and Promises belong to the driver in
//! `src/ts/cluster/client-driver.ts`: it says what has happened and what time it is, does what
//! comes back, and takes the frames for each node when the turn of its event loop is over.
//!
//! Every turn is answered by what became of requests ([`Told`]), then by its end: whether the link
//! that was heard is to be given up (1) and its node is proven (2), when the driver is to come
//! back, how long an operation may take at most, and how many bytes wait for each node.

use alloc::vec::Vec;
use core::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::cluster::{
    Action, Config, Consistency, Coordinator, Input, Now, Output, Request, Ticket, Why,
};
use crate::time::Instant;
use crate::wire::{self, Version};

use super::line::{Asked, Ear, Heard, Kind, Line, Status};
use super::plan;
use super::told::{DROP, END, NANOS_PER_MS, Told};

/// A client of a cluster, without links.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ClientCore {
    coordinator: Coordinator,
    lines: Vec<Line>,
    /// What a node that pushes is greeted with.
    epoch: u64,
    is_near: bool,
}

#[wasm_bindgen]
impl ClientCore {
    /// Returns a client of what `numbers` and `names` say (`plan.rs`); nothing if they promise
    /// nothing.
    pub fn open(numbers: &[f64], names: &[u8]) -> Option<Self> {
        let config = plan::read(numbers, names);
        let (lines, epoch, is_near) = (lines_of(&config), config.epoch, config.near > 0);
        Some(Self { coordinator: Coordinator::new(config).ok()?, lines, epoch, is_near })
    }

    /// Changes to other nodes of a higher epoch; whoever calls it has closed every link, and opens
    /// others. Empty if that promises nothing; then nothing has changed.
    pub fn reconfigure(
        &mut self,
        instant_ms: f64,
        wall_ms: f64,
        numbers: &[f64],
        names: &[u8],
    ) -> Vec<u8> {
        let (now, config) = (now(instant_ms, wall_ms), plan::read(numbers, names));
        let (lines, epoch, is_near) = (lines_of(&config), config.epoch, config.near > 0);
        if self.coordinator.reconfigure(now, config).is_err() {
            return Vec::new();
        }
        (self.lines, self.epoch, self.is_near) = (lines, epoch, is_near);
        self.turn(now, Heard::default())
    }

    /// Begins a request: 0 to 2 read from one replica, a quorum or all, 3 stores, 4 deletes, 5
    /// touches, 6 clears a namespace, 7 loads, 8 fills and 9 releases what was loaded, whose
    /// version stands before the key.
    #[expect(clippy::too_many_arguments, reason = "numbers cost nothing at a door, objects do")]
    pub fn ask(
        &mut self,
        instant_ms: f64,
        wall_ms: f64,
        kind: u32,
        id: f64,
        timeout_ms: f64,
        ttl_ms: f64,
        flags: u32,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> Vec<u8> {
        let now = now(instant_ms, wall_ms);
        let ttl = millis(ttl_ms);
        let action = match kind {
            0 => Action::Get { key, consistency: Consistency::One },
            1 => Action::Get { key, consistency: Consistency::Quorum },
            2 => Action::Get { key, consistency: Consistency::All },
            3 => Action::Put { key, value, flags, ttl },
            4 => Action::Delete { key },
            5 => Action::Touch { key, ttl },
            6 => Action::Clear { namespace: key },
            7 => Action::Load { key },
            8 => Action::Fill { ticket: ticket(&key), value, flags, ttl },
            _ => Action::Release { key: ticket(&key).key },
        };
        let request = Request { id: id as u64, timeout: millis(timeout_ms), action };
        self.coordinator.handle(now, Input::Request(request));
        self.turn(now, Heard::default())
    }

    /// Takes what has happened to the link of `node`: 0 nothing but time, 1 it is up (`number` 1:
    /// each frame has its own answer; 2: and pushes beside them), 2 it is lost or could not be had,
    /// 3 the node does not take the token, 4 its buffer is full (`number` 1) or no longer, 5 bytes
    /// came in order, 6 bytes came beside the answers, 7 what came of the frame `number` is of
    /// `status`.
    #[expect(clippy::too_many_arguments, reason = "numbers cost nothing at a door, objects do")]
    pub fn tell(
        &mut self,
        instant_ms: f64,
        wall_ms: f64,
        kind: u32,
        node: u32,
        number: u32,
        status: u32,
        bytes: &[u8],
    ) -> Vec<u8> {
        let now = now(instant_ms, wall_ms);
        let Self { coordinator, lines, epoch, is_near } = self;
        let mut heard = Heard::default();
        if let Some(line) = lines.get_mut(node as usize) {
            let mut ear = Ear { node, now, coordinator };
            match kind {
                1 => {
                    let pushes = *is_near && number == 2;
                    let greeting = wire::Request::Hello { epoch: *epoch, pushes };
                    line.connect(Kind::of(number), (number > 0).then_some(greeting));
                    coordinator.handle(now, Input::Up { node });
                }
                2 => {
                    *line = Line::new();
                    coordinator.handle(now, Input::Down { node });
                }
                3 => coordinator.handle(now, Input::Stranger { node }),
                4 => coordinator.handle(now, Input::Congested { node, is_full: number == 1 }),
                5 => heard = line.receive(&mut ear, bytes),
                6 => ear.pushes(bytes),
                7 => heard = line.take_answer(&mut ear, number, Status::of(status), bytes),
                _ => coordinator.handle(now, Input::Wake),
            }
        }
        self.turn(now, heard)
    }

    /// Returns the next frame for `node`; empty if there is none.
    pub fn take(&mut self, node: u32) -> Vec<u8> {
        self.lines.get_mut(node as usize).and_then(Line::take_frame).unwrap_or_default()
    }

    /// Whether the near cache's copy of `key` may be used now.
    #[wasm_bindgen(js_name = nearHas)]
    pub fn near_has(&self, instant_ms: f64, wall_ms: f64, key: &[u8]) -> bool {
        self.coordinator.near_has(now(instant_ms, wall_ms), key)
    }

    /// Returns when all nodes that are up will take every write; then of each its state, why it is
    /// silent, and its round trip in milliseconds.
    pub fn health(&self, instant_ms: f64, wall_ms: f64) -> Vec<f64> {
        let warm_at = self.coordinator.warm_at(now(instant_ms, wall_ms));
        let mut health = Vec::new();
        health.push(warm_at.map_or(0.0, to_ms));
        for (node, seen) in (0..).zip(self.coordinator.nodes()) {
            let silent = self.coordinator.why_silent(node);
            let round_trip = to_ms(Instant::from_nanos(seen.round_trip.as_nanos() as u64));
            health.extend([f64::from(seen.state as u8), f64::from(silent as u8), round_trip]);
        }
        health
    }

    /// Returns the counters, exact to 2⁵³, in the order of `Stats`.
    pub fn stats(&self) -> Vec<f64> {
        let stats = self.coordinator.stats();
        let counts = [
            stats.reads,
            stats.widened,
            stats.repairs,
            stats.blocking_repairs,
            stats.failovers,
            stats.hedges,
            stats.hints,
            stats.second_rounds,
            stats.busy,
        ];
        counts.iter().map(|&count| count as f64).collect()
    }
}

impl ClientCore {
    /// Takes out everything that the coordinator wants done, and returns what is to be told.
    fn turn(&mut self, now: Now, heard: Heard) -> Vec<u8> {
        let mut told = Told::default();
        while let Some(output) = self.coordinator.poll() {
            match output {
                Output::Send { node, id, why, message } => {
                    let asked = Asked { id, is_hello: why == Why::Hello };
                    let line = self.lines.get_mut(node as usize);
                    if line.is_none_or(|line| line.add(asked, &message).is_err()) {
                        self.coordinator.handle(now, Input::Failed { node, id });
                    }
                }
                Output::Done { id, outcome } => {
                    let is_pushed_to =
                        |node: u32| self.lines.get(node as usize).is_some_and(Line::is_pushed_to);
                    told.outcome(id, &outcome, is_pushed_to);
                }
                Output::Drop { key } => {
                    told.byte(DROP);
                    told.bytes(&key);
                }
            }
        }
        told.byte(END);
        told.byte(u8::from(heard.is_over()) | u8::from(heard.is_proven) << 1);
        told.number(self.coordinator.deadline().map_or(f64::INFINITY, to_ms));
        told.span(self.coordinator.longest());
        for line in &self.lines {
            told.word(line.pending_bytes() as u32);
        }
        told.finish()
    }
}

fn lines_of(config: &Config) -> Vec<Line> {
    config.nodes.iter().map(|_| Line::new()).collect()
}

/// Returns the present. A platform that says NaN or less than nothing says zero: casts of doubles
/// saturate.
fn now(instant_ms: f64, wall_ms: f64) -> Now {
    let instant = Instant::from_nanos((instant_ms * NANOS_PER_MS) as u64);
    Now { instant, wall_ms: wall_ms as u64 }
}

fn to_ms(at: Instant) -> f64 {
    at.as_nanos() as f64 / NANOS_PER_MS
}

/// Returns a span of JavaScript's: what is not a number or negative is nothing, what is infinite is
/// longer than any node allows.
fn millis(ms: f64) -> Duration {
    Duration::from_millis(ms as u64)
}

/// Returns the right to load that stands in `bytes`: its version, then its key.
fn ticket(bytes: &[u8]) -> Ticket {
    let (version, key) = bytes.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Ticket { key: key.to_vec(), version: Version::from_bytes(*version) }
}
