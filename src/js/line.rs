//! One node's end of a client: what waits to be sent, and who waits for the next reply.
//!
//! Everything that one turn of the event loop has to say to a node goes in one frame. Replies come
//! in the order of the commands, so that a reply is matched with its message by counting. Where
//! each frame has its own answer nothing ties one frame to the next, so each begins with a
//! greeting, which costs some 40 bytes: the node may answer it in a session of its own.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use crate::cluster::{Coordinator, Input, Now};
use crate::wire::{
    Batch, Decoder, Frame as Message, NO_AUTH, NO_PERM, Push, Reply, Request, WireError,
};

/// A message that waits for its reply.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// What the coordinator calls it; [`NOBODY`] if nobody there waits for the reply.
    pub(super) id: u64,
    pub(super) is_hello: bool,
}

/// The number of a message that the line itself has added; the coordinator's are greater.
const NOBODY: u64 = 0;

/// How answers belong to frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Replies come in the order of all messages of the link, and pushes between them.
    Ordered,
    /// Each frame has its own answer, and begins with a greeting.
    Alone {
        /// Whether pushes come beside the answers.
        pushes: bool,
    },
}

/// What came of a frame that has its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The replies.
    Answered,
    /// It is not known who asks.
    NoAuth,
    /// Who asks may not.
    NoPerm,
    /// The node has too much to do.
    Busy,
    /// Nothing, or nothing in time.
    Failed,
    /// There is no way to the node.
    Lost,
}

/// What arrived says of the link.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    /// Whether it is of no use.
    is_broken: bool,
    /// Whether the node refuses the greeting.
    is_refused: bool,
    /// Whether the node has answered the greeting.
    pub(super) is_proven: bool,
}

/// Many messages, and whose answers they will have.
#[derive(Debug)]
struct Frame {
    bytes: Vec<u8>,
    asked: Vec<Asked>,
}

/// One node's end of a client.
#[derive(Debug)]
pub(super) struct Line {
    is_up: bool,
    kind: Kind,
    batch: Batch,
    gathered: Vec<Asked>,
    full: VecDeque<Frame>,
    full_bytes: usize,
    /// Put before the first message of each frame, where frames stand alone.
    greeting: Option<Request>,
    awaited: VecDeque<Asked>,
    /// Where each frame has its own answer: the frames without one, by their numbers since the link
    /// was up.
    alone: Vec<(u32, Vec<Asked>)>,
    taken: u32,
    decoder: Decoder,
}

/// Whom what arrives is for.
pub(super) struct Ear<'a> {
    pub(super) node: u32,
    pub(super) now: Now,
    pub(super) coordinator: &'a mut Coordinator,
}

impl Line {
    /// Returns the line to a node without a link.
    pub(super) fn new() -> Self {
        Self {
            is_up: false,
            kind: Kind::Ordered,
            batch: Batch::new(),
            gathered: Vec::new(),
            full: VecDeque::new(),
            full_bytes: 0,
            greeting: None,
            awaited: VecDeque::new(),
            alone: Vec::new(),
            taken: 0,
            decoder: Decoder::of_replies(),
        }
    }

    /// Takes a new link; `greeting` is what every frame begins with.
    pub(super) fn connect(&mut self, kind: Kind, greeting: Option<Request>) {
        *self = Self { is_up: true, kind, greeting, ..Self::new() };
    }

    /// Whether the node pushes what changes.
    pub(super) fn is_pushed_to(&self) -> bool {
        self.kind != Kind::Alone { pushes: false }
    }

    /// Adds a message to what is sent when this turn is over.
    ///
    /// # Errors
    /// If there is no link, or the message is longer than a node takes; nothing was added.
    pub(super) fn add(&mut self, asked: Asked, message: &Request) -> Result<(), WireError> {
        if !self.is_up {
            return Err(WireError::Request);
        }
        let greeting = self.greeting.take();
        // Who stands alone may have no way to be pushed to, whatever the coordinator wishes.
        let message = greeting.as_ref().filter(|_| asked.is_hello).unwrap_or(message);
        let added = self.write(asked, message, greeting.as_ref());
        self.greeting = greeting;
        added
    }

    fn write(
        &mut self,
        asked: Asked,
        message: &Request,
        greeting: Option<&Request>,
    ) -> Result<(), WireError> {
        self.greet(asked, greeting)?;
        if let Some(bytes) = self.batch.request(message)? {
            self.full_bytes += bytes.len();
            self.full.push_back(Frame { bytes, asked: mem::take(&mut self.gathered) });
            if greeting.is_some() {
                // The message begins the next frame; it is written again, behind the greeting.
                self.batch.take();
                self.greet(asked, greeting)?;
                let split = self.batch.request(message)?;
                debug_assert!(split.is_none(), "a frame has room for one message and a greeting");
            }
        }
        self.gathered.push(asked);
        Ok(())
    }

    /// Begins a frame that has to stand alone.
    fn greet(&mut self, first: Asked, greeting: Option<&Request>) -> Result<(), WireError> {
        if let Some(greeting) = greeting.filter(|_| self.batch.is_empty() && !first.is_hello) {
            let split = self.batch.request(greeting)?;
            debug_assert!(split.is_none(), "it was empty");
            self.gathered.push(Asked { id: NOBODY, is_hello: false });
        }
        Ok(())
    }

    /// Returns how many bytes wait to be sent.
    pub(super) fn pending_bytes(&self) -> usize {
        self.full_bytes + self.batch.len()
    }

    /// Returns the next frame that is to be sent, until there is none. Who is asked is remembered.
    pub(super) fn take_frame(&mut self) -> Option<Vec<u8>> {
        let Frame { bytes, asked } = match self.full.pop_front() {
            Some(frame) => {
                self.full_bytes -= frame.bytes.len();
                frame
            }
            None => Frame { bytes: self.batch.take()?, asked: mem::take(&mut self.gathered) },
        };
        if self.greeting.is_none() {
            self.awaited.extend(asked);
        } else {
            self.alone.push((self.taken, asked));
            self.taken += 1;
        }
        Some(bytes)
    }

    /// Takes a frame of a link on which replies come in the order of all messages.
    pub(super) fn receive(&mut self, ear: &mut Ear<'_>, bytes: &[u8]) -> Heard {
        hear(ear, &mut self.decoder, &mut self.awaited, bytes)
    }

    /// Takes what came of a frame that has its own answer; what it leaves open has failed.
    pub(super) fn take_answer(
        &mut self,
        ear: &mut Ear<'_>,
        frame: u32,
        status: Status,
        bytes: &[u8],
    ) -> Heard {
        let Some(at) = self.alone.iter().position(|(number, _)| *number == frame) else {
            return Heard::default();
        };
        let mut asked = VecDeque::from(self.alone.swap_remove(at).1);
        let mut heard = Heard::default();
        match status {
            Status::Answered => heard = hear(ear, &mut Decoder::of_replies(), &mut asked, bytes),
            Status::NoAuth | Status::NoPerm | Status::Busy => {
                for asked in asked.drain(..) {
                    ear.take(asked, status.reply(), &mut heard);
                }
                heard.is_refused |= status != Status::Busy;
            }
            Status::Failed | Status::Lost => {}
        }
        // An answer that is no use says nothing of the next one, but who does not answer the
        // greeting is not there.
        heard.is_broken = status == Status::Lost || asked.iter().any(|asked| asked.is_hello);
        for asked in asked.into_iter().filter(|asked| asked.id != NOBODY) {
            ear.coordinator.handle(ear.now, Input::Failed { node: ear.node, id: asked.id });
        }
        heard
    }
}

impl Kind {
    /// Returns what the number of a link stands for, as `src/ts/cluster/links.ts` says it.
    pub(super) const fn of(number: u32) -> Self {
        match number {
            0 => Self::Ordered,
            _ => Self::Alone { pushes: number == 2 },
        }
    }
}

impl Status {
    /// Returns what the number of `src/ts/cluster/links.ts` stands for.
    pub(super) const fn of(number: u32) -> Self {
        match number {
            0 => Self::Answered,
            1 => Self::NoAuth,
            2 => Self::NoPerm,
            3 => Self::Busy,
            4 => Self::Failed,
            _ => Self::Lost,
        }
    }

    /// Returns what every message of the frame is answered.
    fn reply(self) -> Reply {
        match self {
            Self::NoAuth => Reply::Refused { reason: NO_AUTH.to_vec() },
            Self::NoPerm => Reply::Refused { reason: NO_PERM.to_vec() },
            _ => Reply::Busy,
        }
    }
}

impl Heard {
    /// Whether the link is to be given up.
    pub(super) const fn is_over(self) -> bool {
        self.is_broken || self.is_refused
    }
}

impl Ear<'_> {
    /// Takes a reply for whoever has asked.
    fn take(&mut self, asked: Asked, reply: Reply, heard: &mut Heard) {
        let Self { node, now, .. } = *self;
        if asked.is_hello {
            heard.is_proven = matches!(reply, Reply::Hello { .. });
            // One in another epoch may be raised, or the client be told of that one.
            heard.is_refused = !heard.is_proven && !matches!(reply, Reply::Epoch { .. });
        }
        if asked.id != NOBODY {
            self.coordinator.handle(now, Input::Reply { node, id: asked.id, reply });
        }
    }

    /// Takes a push; an unknown one is a later version's: nothing was asked, nothing is missing.
    fn push(&mut self, message: Message<'_>) {
        if let Ok(push) = Push::decode(message) {
            self.coordinator.handle(self.now, Input::Push { node: self.node, push });
        }
    }

    /// Takes pushes that came beside the answers; what is something else is passed over.
    pub(super) fn pushes(&mut self, mut bytes: &[u8]) {
        let mut decoder = Decoder::of_replies();
        while let Ok(Some(frame)) = decoder.decode(&mut bytes) {
            self.push(frame);
        }
    }
}

/// Takes whole messages apart: replies for who is next, pushes for the coordinator.
fn hear(
    ear: &mut Ear<'_>,
    decoder: &mut Decoder,
    awaited: &mut VecDeque<Asked>,
    mut bytes: &[u8],
) -> Heard {
    let mut heard = Heard::default();
    loop {
        match decoder.decode(&mut bytes) {
            Ok(Some(frame)) if frame.is_push() => ear.push(frame),
            Ok(Some(frame)) => {
                let (Ok(reply), Some(&asked)) = (Reply::decode(frame), awaited.front()) else {
                    heard.is_broken = true;
                    return heard;
                };
                awaited.pop_front();
                ear.take(asked, reply, &mut heard);
            }
            Ok(None) => {
                heard.is_broken = decoder.finish().is_err();
                return heard;
            }
            Err(_) => {
                heard.is_broken = true;
                return heard;
            }
        }
    }
}
