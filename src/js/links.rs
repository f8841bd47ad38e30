//! What the links tell the driver, and what it sends through them.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::cluster::Input;

use super::driver::{Driver, State};
use super::transport::{Answer, Asked, Heard, Kind, Line, Spec, Task, Wire, pushes};

impl Driver {
    /// Gives the nodes of the present epoch, called `ids`, the links of `specs`. To the coordinator
    /// a node whose link is another one than before was lost and comes back; the links of the
    /// others stay as they are, with all that is under way on them.
    pub(super) fn relink(&self, ids: &[String], specs: Vec<Spec>) {
        let (mut closed, mut opened) = (Vec::new(), Vec::new());
        self.run(|state, now| {
            for (id, spec) in ids.iter().zip(specs) {
                let Some(node) = state.ids.iter().position(|known| known == id) else { continue };
                if state.specs[node] == spec {
                    continue;
                }
                state.specs[node] = spec.clone();
                if state.is_started {
                    let line = mem::replace(&mut state.lines[node], Line::new(node as u32));
                    closed.push(line);
                    opened.push((node as u32, spec));
                    state.coordinator.handle(now, Input::Down { node: node as u32 });
                }
            }
        });
        drop(closed);
        for (node, spec) in opened {
            self.open(node, spec);
        }
    }

    /// Begins to keep a link to `node`.
    pub(super) fn open(&self, node: u32, spec: Spec) {
        let task = Task::start(self.me.clone(), node, spec);
        if let Some(line) = self.state.borrow_mut().lines.get_mut(node as usize) {
            line.task = Some(task);
        }
    }

    /// Takes a link to `node` and returns its number.
    pub(super) fn up(&self, node: u32, wire: Rc<dyn Wire>, kind: Kind) -> u32 {
        let generation = self.run(|state, now| {
            let generation = state.next_generation;
            state.next_generation = generation.wrapping_add(1);
            let greeting = match kind {
                Kind::Ordered => None,
                Kind::Alone { pushes } => Some(state.greeting(pushes)),
            };
            if let Some(line) = state.lines.get_mut(node as usize) {
                line.connect(wire, generation, kind, greeting);
                state.coordinator.handle(now, Input::Up { node });
            }
            generation
        });
        generation.unwrap_or_default()
    }

    /// Takes a frame from a link on which replies come in the order of the messages; false if the
    /// link is to be given up.
    pub(super) fn receive(&self, node: u32, generation: u32, bytes: &[u8]) -> bool {
        self.hear(node, generation, |line| line.receive(bytes))
    }

    /// Takes the answer to one frame; false if the link is to be given up.
    pub(super) fn answered(
        &self,
        node: u32,
        generation: u32,
        asked: Vec<Asked>,
        answer: Answer,
    ) -> bool {
        self.hear(node, generation, |line| line.take_answer(asked, answer))
    }

    /// Takes pushes that came beside the answers.
    pub(super) fn pushed(&self, node: u32, bytes: &[u8]) {
        let inputs = pushes(node, bytes);
        self.run(|state, now| inputs.into_iter().for_each(|it| state.coordinator.handle(now, it)));
    }

    fn hear(&self, node: u32, generation: u32, take: impl FnOnce(&mut Line) -> Heard) -> bool {
        let is_good = self.run(|state, now| {
            let line = state.lines.get_mut(node as usize).filter(|line| line.is_live(generation));
            let Some(line) = line else { return false };
            let heard = take(line);
            for input in heard.inputs {
                state.coordinator.handle(now, input);
            }
            !heard.is_over
        });
        if is_good == Some(false) {
            self.down(node, Some(generation));
        }
        is_good == Some(true)
    }

    /// Notes that `node` does not take the token.
    pub(super) fn refused(&self, node: u32) {
        self.run(|state, now| state.coordinator.handle(now, Input::Stranger { node }));
    }

    /// Notes that the link to `node` is lost, or could not be had; returns whether the node had
    /// answered its greeting.
    pub(super) fn lost(&self, node: u32) -> bool {
        let line = |state: &mut State| {
            state.lines.get_mut(node as usize).map(|line| mem::take(&mut line.is_given_up))
        };
        if line(&mut self.state.borrow_mut()) != Some(true) {
            self.down(node, None);
        }
        let mut state = self.state.borrow_mut();
        state.lines.get_mut(node as usize).is_some_and(|line| mem::take(&mut line.is_proven))
    }

    /// Gives a link up, if it is the one of `generation`.
    fn down(&self, node: u32, generation: Option<u32>) {
        let mut wire = None;
        self.run(|state, now| {
            let Some(line) = state.lines.get_mut(node as usize) else { return };
            if generation.is_none_or(|generation| line.is_live(generation)) {
                wire = line.disconnect();
                line.is_given_up = generation.is_some();
                state.coordinator.handle(now, Input::Down { node });
            }
        });
        drop(wire);
    }

    /// Sends what was gathered.
    pub(super) fn flush(&self) {
        let frames: Vec<_> = {
            let state = &mut *self.state.borrow_mut();
            state.is_flushing = false;
            let ready = state.lines.iter_mut().filter_map(|line| {
                let wire = line.wire().filter(|wire| wire.is_ready())?;
                Some((wire, line.take_frames()))
            });
            ready.collect()
        };
        for (wire, frames) in frames {
            for frame in frames {
                Rc::clone(&wire).send(frame);
            }
        }
        self.look_at_buffers();
    }

    /// Tells the coordinator which links' buffers are full, and which no longer.
    pub(super) fn look_at_buffers(&self) {
        let wires: Vec<_> = {
            let state = self.state.borrow();
            let look = |line: &Line| (line.wire(), line.pending_bytes());
            state.lines.iter().map(look).collect()
        };
        let full = wires.into_iter().map(|(wire, pending)| {
            wire.is_some_and(|wire| wire.buffered() + pending > BUFFERED_BYTES_MAX)
        });
        let full: Vec<bool> = full.collect();
        let has_changed = |state: &State| {
            full.len() == state.lines.len()
                && state.lines.iter().zip(&full).any(|(line, is_full)| line.is_full != *is_full)
        };
        if has_changed(&self.state.borrow()) {
            self.run(|state, now| {
                for (node, is_full) in (0..).zip(full) {
                    state.set_full(now, node, is_full);
                }
            });
        }
    }
}

/// More than this in a link's buffer, and its node is asked for nothing more.
const BUFFERED_BYTES_MAX: usize = 1 << 20;
