//! The driver: the one place that handles and drains the coordinator.
//!
//! Everything that happens ends in [`Driver::turn`]: the coordinator takes it, then all that it
//! wants done is taken out, and only then, with nothing borrowed, is JavaScript called. Whoever is
//! called may use the client again, or close it.
//!
//! What is to be sent waits for a microtask, so that all operations that are begun in one turn of
//! the event loop share a frame to each node.
//!
//! A Promise is settled by taking it out of [`State::waiting`], hence once; it is taken out by its
//! outcome, which the coordinator tells by its deadline whatever the links do, or by closing.

mod nodes;

use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::mem;
use core::time::Duration;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::cluster::{Action, ConfigError, Coordinator, Input, Now, Outcome, Output, Request, Why};
use crate::index::Sequence;
use crate::time::Instant;
use crate::wire;

use super::clock;
use super::convert::{self, Answer, Options, Wants};
use super::error::Failure;
use super::timer::{self, Alarm, Timeout};
use super::transport::{Asked, Line, Spec};
use super::waiting::{Connecting, Waiting};
use super::watch::{News, Watch, tell};

/// A client's coordinator and its links.
pub(super) struct Driver {
    pub(super) me: Weak<Self>,
    token: JsValue,
    on_drop: Function,
    pub(super) state: RefCell<State>,
}

/// What a driver borrows while it calls nobody.
pub(super) struct State {
    pub(super) coordinator: Coordinator,
    pub(super) ids: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// What the links are made of.
    pub(super) specs: Vec<Spec>,
    /// Promises by the numbers of their requests, which rise.
    waiting: Sequence<Waiting>,
    connecting: Vec<Connecting>,
    watch: Option<Watch>,
    /// How many nodes have to be up before any quorum can be had.
    needed: usize,
    pub(super) timeout: Duration,
    /// The longest that any operation may take so far.
    longest: Duration,
    pub(super) next_request: u64,
    pub(super) next_generation: u32,
    /// What a node that pushes is greeted with.
    greeting: wire::Request,
    alarm: Alarm,
    pub(super) is_flushing: bool,
    pub(super) is_started: bool,
    is_closed: bool,
}

/// What is to be done when nothing is borrowed any more.
#[derive(Default)]
struct Effects {
    settled: Vec<(Waiting, Result<Answer, Failure>)>,
    dropped: Vec<Vec<u8>>,
    news: Vec<News>,
    flushes: bool,
    wakes_at: Option<Instant>,
    old_timer: Option<Timeout>,
}

impl Driver {
    /// Returns a driver that has opened no link.
    ///
    /// # Errors
    /// Why the quorums would promise nothing.
    pub(super) fn new(
        options: &Options,
        specs: Vec<Spec>,
        token: JsValue,
        on_drop: Function,
        random: [u64; 2],
    ) -> Result<Rc<Self>, ConfigError> {
        let config = options.config(random);
        let state = State {
            ids: options.ids(),
            lines: (0..specs.len() as u32).map(Line::new).collect(),
            specs,
            waiting: Sequence::default(),
            connecting: Vec::new(),
            watch: None,
            needed: options.needed(),
            timeout: options.timeout(),
            longest: options.timeout(),
            next_request: 1,
            next_generation: 1,
            greeting: wire::Request::Hello { epoch: config.epoch, pushes: config.near > 0 },
            alarm: Alarm::default(),
            is_flushing: false,
            is_started: false,
            is_closed: false,
            coordinator: Coordinator::new(config)?,
        };
        let state = RefCell::new(state);
        Ok(Rc::new_cyclic(|me| Self { me: me.clone(), token, on_drop, state }))
    }

    /// Begins an operation and returns the Promise of what it `wants`.
    pub(super) fn begin(&self, action: Action, timeout: Duration, wants: Wants) -> Promise {
        self.start();
        self.promise(wants, |state, now, waiting| {
            let id = state.next_request;
            state.next_request += 1;
            state.waiting.push(id, waiting);
            state.longest = state.longest.max(timeout.min(state.coordinator.longest()));
            state.coordinator.handle(now, Input::Request(Request { id, timeout, action }));
        })
    }

    /// Opens the links and returns a Promise that enough nodes answer.
    pub(super) fn connect(&self) -> Promise {
        self.start();
        self.promise(Wants::Nothing, |state, now, waiting| {
            let (since, until) = (now.instant, now.instant + state.timeout);
            state.connecting.push(Connecting { waiting, since, until });
        })
    }

    /// Returns a Promise that `act` keeps, or one that is rejected because this is closed.
    fn promise(&self, wants: Wants, act: impl FnOnce(&mut State, Now, Waiting)) -> Promise {
        let (promise, mut waiting) = Waiting::new(wants);
        self.run(|state, now| {
            if let Some(waiting) = waiting.take() {
                act(state, now, waiting);
            }
        });
        if let Some(waiting) = waiting {
            waiting.settle(Err(Failure::Closed));
        }
        promise
    }

    /// Changes to other nodes of a higher epoch: every link is closed, and those of `specs` are
    /// opened. What is under way begins anew. In the same epoch the nodes get the links of `specs`.
    ///
    /// # Errors
    /// Why the configuration promises nothing; nothing has changed.
    pub(super) fn reconfigure(
        &self,
        options: &Options,
        specs: Vec<Spec>,
        random: [u64; 2],
    ) -> Result<(), ConfigError> {
        let config = options.config(random);
        let greeting = wire::Request::Hello { epoch: config.epoch, pushes: config.near > 0 };
        if self.state.borrow().greeting == greeting {
            self.relink(&options.ids(), specs);
            return Ok(());
        }
        let mut old = Vec::new();
        let result = self.run(|state, now| {
            state.coordinator.reconfigure(now, config)?;
            state.ids = options.ids();
            if let Some(watch) = &mut state.watch {
                watch.forget();
            }
            let lines = (0..specs.len() as u32).map(Line::new).collect();
            old = mem::replace(&mut state.lines, lines);
            (state.specs, state.needed) = (specs, options.needed());
            state.timeout = options.timeout();
            state.longest = state.longest.max(state.timeout);
            state.greeting = greeting;
            Ok(())
        });
        drop(old);
        let result = result.unwrap_or(Ok(()));
        if result.is_ok() && mem::take(&mut self.state.borrow_mut().is_started) {
            self.start();
        }
        result
    }

    /// Rejects what is under way, closes the links and stops the timer; for good.
    pub(super) fn close(&self) {
        let mut state = self.state.borrow_mut();
        state.is_closed = true;
        let lines = mem::take(&mut state.lines);
        let waiting = state.waiting.drain().map(|(_, waiting)| waiting);
        let connecting = mem::take(&mut state.connecting).into_iter().map(|it| it.waiting);
        let waiting: Vec<Waiting> = waiting.chain(connecting).collect();
        let timer = state.alarm.replace(None);
        drop(state);
        drop((lines, timer));
        for waiting in waiting {
            waiting.settle(Err(Failure::Closed));
        }
    }

    /// Has `tell` called with a node's id and state whenever that changes from now on.
    pub(super) fn watch(&self, tell: Function) {
        self.run(|state, _| state.watch = Some(Watch::new(tell, state.node_states())));
    }

    /// Opens the links, the first time.
    fn start(&self) {
        let specs = {
            let state = &mut *self.state.borrow_mut();
            if state.is_started || state.is_closed {
                return;
            }
            state.is_started = true;
            state.specs.clone()
        };
        for (node, spec) in (0..).zip(specs) {
            self.open(node, spec);
        }
    }

    /// The timer rings.
    pub(super) fn ring(&self) {
        let timer = self.state.borrow_mut().alarm.replace(None);
        drop(timer);
        self.look_at_buffers();
        self.run(|state, now| state.coordinator.handle(now, Input::Wake));
    }

    /// Returns after how many milliseconds nobody waits for an answer any more.
    pub(super) fn longest_ms(&self) -> u32 {
        let longest = self.state.borrow().longest;
        convert::to_ms(longest).min(f64::from(i32::MAX)) as u32
    }

    /// Returns the token, or the function that gives it.
    pub(super) fn token(&self) -> JsValue {
        self.token.clone()
    }

    /// Whether the near cache's copy of `key` may be used now.
    pub(super) fn near_has(&self, key: &[u8]) -> bool {
        let now = clock::now();
        self.state.borrow().coordinator.near_has(now, key)
    }

    /// Returns the nodes and how they are doing.
    pub(super) fn nodes(&self) -> JsValue {
        let (ids, nodes) = {
            let state = self.state.borrow();
            (state.ids.clone(), state.coordinator.nodes())
        };
        convert::health_to_js(&ids, &nodes)
    }

    /// Returns the counters.
    pub(super) fn stats(&self) -> JsValue {
        let stats = self.state.borrow().coordinator.stats();
        convert::stats_to_js(stats)
    }

    /// Does something to the state, takes out all that is to be done, and does it. `None` if this
    /// is closed.
    pub(super) fn run<R>(&self, act: impl FnOnce(&mut State, Now) -> R) -> Option<R> {
        let now = clock::now();
        let mut effects = Effects::default();
        let result = {
            let state = &mut *self.state.borrow_mut();
            if state.is_closed {
                return None;
            }
            let result = act(state, now);
            state.drain(now, &mut effects);
            result
        };
        self.play(now, effects);
        Some(result)
    }

    fn play(&self, now: Now, effects: Effects) {
        let Effects { settled, dropped, news, flushes, wakes_at, old_timer } = effects;
        drop(old_timer);
        if let Some(at) = wakes_at {
            let timer = timer::start(now.instant, at, self.me.clone());
            let former = self.state.borrow_mut().alarm.replace(Some(timer));
            drop(former);
        }
        if flushes {
            let me = self.me.clone();
            spawn_local(async move {
                if let Some(driver) = me.upgrade() {
                    driver.flush();
                }
            });
        }
        for key in dropped {
            // What the application's function throws is its own affair.
            let _ = self.on_drop.call1(&JsValue::UNDEFINED, &Uint8Array::from(&key[..]));
        }
        tell(news);
        for (waiting, result) in settled {
            waiting.settle(result);
        }
    }
}

impl State {
    /// Returns what a node is greeted with that can push, or cannot.
    pub(super) fn greeting(&self, can_push: bool) -> wire::Request {
        match self.greeting {
            wire::Request::Hello { epoch, pushes } => {
                wire::Request::Hello { epoch, pushes: pushes && can_push }
            }
            ref other => other.clone(),
        }
    }

    /// Notes whether a link's buffer is full.
    pub(super) fn set_full(&mut self, now: Now, node: u32, is_full: bool) {
        if let Some(line) = self.lines.get_mut(node as usize)
            && mem::replace(&mut line.is_full, is_full) != is_full
        {
            self.coordinator.handle(now, Input::Congested { node, is_full });
        }
    }

    /// Takes out everything that the coordinator wants done.
    fn drain(&mut self, now: Now, effects: &mut Effects) {
        while let Some(output) = self.coordinator.poll() {
            match output {
                Output::Send { node, id, why, message } => {
                    let asked = Asked { id, is_hello: why == Why::Hello };
                    let line = self.lines.get_mut(node as usize);
                    if line.is_none_or(|line| line.add(asked, message).is_err()) {
                        self.coordinator.handle(now, Input::Failed { node, id });
                    }
                }
                Output::Done { id, outcome } => {
                    if let Some(waiting) = self.waiting.remove(id) {
                        let result = self.result(outcome, waiting.wants);
                        effects.settled.push((waiting, result));
                    }
                }
                Output::Drop { key } => effects.dropped.push(key),
            }
        }
        self.look_at_nodes(effects);
        self.settle_connecting(now, effects);
        let has_pending = self.lines.iter().any(|line| line.pending_bytes() > 0);
        effects.flushes = has_pending && !mem::replace(&mut self.is_flushing, has_pending);
        self.set_alarm(now, effects);
    }

    fn result(&self, outcome: Outcome, wants: Wants) -> Result<Answer, Failure> {
        match outcome {
            Outcome::Failed(error) => Err(Failure::new(error, &self.ids)),
            Outcome::Hit(mut hit) => {
                // A copy of what a node does not push the changes of would stay for its whole life.
                hit.may_keep &= self.lines.get(hit.node as usize).is_some_and(Line::is_pushed_to);
                Ok(Answer::Hit(hit))
            }
            outcome => Ok(Answer::new(outcome, wants)),
        }
    }
}
