//! One node's end of the driver: what waits to be sent, and who waits for the next reply.
//!
//! Everything that one turn of the event loop has to say to a node goes in one frame. Replies come
//! in the order of the commands, so that a reply is matched with its message by counting.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::mem;

use crate::cluster::Input;
use crate::wire::{Batch, Decoder, Push, Reply, Request, WireError};

use super::request::Answer;
use super::{Frame, Kind, Task, Wire};

/// A message that waits for its reply.
#[derive(Debug, Clone, Copy)]
pub(in crate::js) struct Asked {
    /// What the coordinator calls it; [`NOBODY`] if nobody there waits for the reply.
    pub(in crate::js) id: u64,
    pub(in crate::js) is_hello: bool,
}

/// The number of a message that the line itself has added; the coordinator's are greater.
const NOBODY: u64 = 0;

/// What arrived says.
#[derive(Debug, Default)]
pub(in crate::js) struct Heard {
    pub(in crate::js) inputs: Vec<Input>,
    /// Whether the link is to be given up.
    pub(in crate::js) is_over: bool,
    welcome: Welcome,
}

/// What a node says to its greeting.
#[derive(Debug, Default, PartialEq, Eq)]
enum Welcome {
    /// Nothing yet, or that it is in another epoch: it may be raised, or the client be told of that
    /// one.
    #[default]
    Unsaid,
    /// It is there.
    Given,
    /// It refuses.
    Refused,
}

/// One node's end of the driver.
pub(in crate::js) struct Line {
    node: u32,
    wire: Option<Rc<dyn Wire>>,
    /// Which of all links this client ever had; what an earlier one still says is not heard.
    generation: u32,
    kind: Kind,
    batch: Batch,
    gathered: Vec<Asked>,
    full: Vec<Frame>,
    full_bytes: usize,
    /// Put before the first message of each frame, where frames stand alone.
    greeting: Option<Request>,
    awaited: VecDeque<Asked>,
    decoder: Decoder,
    /// Whether the coordinator thinks that the link's buffer is full.
    pub(in crate::js) is_full: bool,
    /// Whether the node has answered the greeting since the link was up.
    pub(in crate::js) is_proven: bool,
    /// Whether this end has given the link up, and the coordinator knows.
    pub(in crate::js) is_given_up: bool,
    /// Ends the task that keeps the link.
    pub(in crate::js) task: Option<Task>,
}

impl Line {
    /// Returns the line to a node without a link.
    pub(in crate::js) fn new(node: u32) -> Self {
        Self {
            node,
            wire: None,
            generation: 0,
            kind: Kind::Ordered,
            batch: Batch::new(),
            gathered: Vec::new(),
            full: Vec::new(),
            full_bytes: 0,
            greeting: None,
            awaited: VecDeque::new(),
            decoder: Decoder::of_replies(),
            is_full: false,
            is_proven: false,
            is_given_up: false,
            task: None,
        }
    }

    /// Takes a new link; `greeting` is what every frame begins with.
    pub(in crate::js) fn connect(
        &mut self,
        wire: Rc<dyn Wire>,
        generation: u32,
        kind: Kind,
        greeting: Option<Request>,
    ) {
        let task = self.task.take();
        let wire = Some(wire);
        *self = Self { wire, generation, kind, greeting, task, ..Self::new(self.node) };
    }

    /// Gives the link up, with all that waits on it; returns it, since to drop it may call
    /// JavaScript.
    pub(in crate::js) fn disconnect(&mut self) -> Option<Rc<dyn Wire>> {
        let wire = self.wire.take();
        let (task, node, generation) = (self.task.take(), self.node, self.generation);
        *self = Self { generation, is_proven: self.is_proven, task, ..Self::new(node) };
        wire
    }

    /// Whether the node pushes what changes.
    pub(in crate::js) fn is_pushed_to(&self) -> bool {
        !matches!(self.kind, Kind::Alone { pushes: false })
    }

    /// Whether `generation` is that of the link.
    pub(in crate::js) fn is_live(&self, generation: u32) -> bool {
        self.wire.is_some() && self.generation == generation
    }

    /// Returns the link.
    pub(in crate::js) fn wire(&self) -> Option<Rc<dyn Wire>> {
        self.wire.clone()
    }

    /// Adds a message to what is sent when this turn is over.
    ///
    /// # Errors
    /// If there is no link, or the message is longer than a node takes; nothing was added.
    pub(in crate::js) fn add(&mut self, asked: Asked, message: Request) -> Result<(), WireError> {
        if self.wire.is_none() {
            return Err(WireError::Request);
        }
        // Who stands alone may have no way to be pushed to, whatever the coordinator wishes.
        let message = match &self.greeting {
            Some(greeting) if asked.is_hello => greeting.clone(),
            _ => message,
        };
        self.greet(asked)?;
        if let Some(bytes) = self.batch.request(&message)? {
            self.full_bytes += bytes.len();
            self.full.push(Frame { bytes, asked: mem::take(&mut self.gathered) });
            if self.greeting.is_some() {
                // The message begins the next frame; it is written again, behind the greeting.
                self.batch.take();
                self.greet(asked)?;
                let split = self.batch.request(&message)?;
                debug_assert!(split.is_none(), "a frame has room for one message and a greeting");
            }
        }
        self.gathered.push(asked);
        Ok(())
    }

    /// Begins a frame that has to stand alone.
    fn greet(&mut self, first: Asked) -> Result<(), WireError> {
        if let Some(greeting) = self.greeting.as_ref().filter(|_| self.batch.is_empty())
            && !first.is_hello
        {
            let split = self.batch.request(greeting)?;
            debug_assert!(split.is_none(), "it was empty");
            self.gathered.push(Asked { id: NOBODY, is_hello: false });
        }
        Ok(())
    }

    /// Returns how many bytes wait to be sent.
    pub(in crate::js) fn pending_bytes(&self) -> usize {
        self.full_bytes + self.batch.len()
    }

    /// Returns what is to be sent now. Who is asked is remembered, unless each frame has its own
    /// answer.
    pub(in crate::js) fn take_frames(&mut self) -> Vec<Frame> {
        let mut frames = mem::take(&mut self.full);
        self.full_bytes = 0;
        if let Some(bytes) = self.batch.take() {
            frames.push(Frame { bytes, asked: mem::take(&mut self.gathered) });
        }
        if self.greeting.is_none() {
            let asked = frames.iter_mut().flat_map(|frame| mem::take(&mut frame.asked));
            self.awaited.extend(asked);
        }
        frames
    }

    /// Takes a frame of a link on which replies come in the order of all messages.
    pub(in crate::js) fn receive(&mut self, bytes: &[u8]) -> Heard {
        let Self { node, decoder, awaited, .. } = self;
        let heard = hear(*node, decoder, awaited, bytes);
        self.note(heard)
    }

    /// Takes what came of a frame that has its own answer; what it leaves open has failed.
    pub(in crate::js) fn take_answer(&mut self, asked: Vec<Asked>, answer: Answer) -> Heard {
        let mut asked = VecDeque::from(asked);
        let is_lost = matches!(answer, Answer::Lost);
        let mut heard = match answer {
            Answer::Frame(bytes) => hear(self.node, &mut Decoder::of_replies(), &mut asked, &bytes),
            Answer::Refused(reason) => {
                let reply = Reply::Refused { reason: reason.to_vec() };
                let heard = Heard::all(self.node, &mut asked, &reply);
                Heard { welcome: Welcome::Refused, ..heard }
            }
            Answer::Busy => Heard::all(self.node, &mut asked, &Reply::Busy),
            Answer::Failed | Answer::Lost => Heard::default(),
        };
        // An answer that is no use says nothing of the next one, but who does not answer the
        // greeting is not there.
        heard.is_over = is_lost || asked.iter().any(|asked| asked.is_hello);
        let failed = |asked: &Asked| Input::Failed { node: self.node, id: asked.id };
        heard.inputs.extend(asked.iter().filter(|asked| asked.id != NOBODY).map(failed));
        self.note(heard)
    }

    fn note(&mut self, mut heard: Heard) -> Heard {
        match heard.welcome {
            Welcome::Unsaid => {}
            Welcome::Given => self.is_proven = true,
            Welcome::Refused => heard.is_over = true,
        }
        heard
    }
}

impl Heard {
    fn all(node: u32, asked: &mut VecDeque<Asked>, reply: &Reply) -> Self {
        let mut heard = Self::default();
        for asked in asked.drain(..) {
            heard.take(node, asked, reply.clone());
        }
        heard
    }

    fn take(&mut self, node: u32, asked: Asked, reply: Reply) {
        if asked.is_hello {
            self.welcome = match &reply {
                Reply::Hello { .. } => Welcome::Given,
                Reply::Epoch { .. } => Welcome::Unsaid,
                _ => Welcome::Refused,
            };
        }
        if asked.id != NOBODY {
            self.inputs.push(Input::Reply { node, id: asked.id, reply });
        }
    }
}

/// Takes whole messages apart: replies for who is next, pushes for the coordinator.
fn hear(
    node: u32,
    decoder: &mut Decoder,
    awaited: &mut VecDeque<Asked>,
    mut bytes: &[u8],
) -> Heard {
    let mut heard = Heard::default();
    loop {
        match decoder.decode(&mut bytes) {
            Ok(Some(frame)) if frame.is_push() => {
                // An unknown one is a later version's: nothing was asked, nothing is missing.
                if let Ok(push) = Push::decode(frame) {
                    heard.inputs.push(Input::Push { node, push });
                }
            }
            Ok(Some(frame)) => {
                let (Ok(reply), Some(asked)) = (Reply::decode(frame), awaited.front()) else {
                    heard.is_over = true;
                    return heard;
                };
                heard.take(node, *asked, reply);
                awaited.pop_front();
            }
            Ok(None) => {
                heard.is_over = decoder.finish().is_err();
                return heard;
            }
            Err(_) => {
                heard.is_over = true;
                return heard;
            }
        }
    }
}

/// Takes pushes that came beside the answers; what is something else is passed over.
pub(in crate::js) fn pushes(node: u32, mut bytes: &[u8]) -> Vec<Input> {
    let mut decoder = Decoder::of_replies();
    let mut inputs = Vec::new();
    while let Ok(Some(frame)) = decoder.decode(&mut bytes) {
        if let Ok(push) = Push::decode(frame) {
            inputs.push(Input::Push { node, push });
        }
    }
    inputs
}
