//! One session and what it has not answered yet: the one place where bytes are handled and what
//! comes of them is drained.
//!
//! A link holds what a decoder holds of a cut command, at most a frame; one reply that had no room;
//! and, while a client does not read, what it has sent in the one read that filled a frame of
//! replies. Nothing more is read until those are sent.

use std::rc::Rc;

use crate::cluster::session::{Session, Standing, Trust};
use crate::wire::Protocol;

use super::hub::{Door, Hub, wall_ms};

/// One connection of the node, or one body of HTTP.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) hub: Rc<Hub>,
    pub(super) door: Rc<Door>,
    session: Session,
    /// What was read and is not answered: there was no room for the replies.
    rest: Vec<u8>,
    standing: Standing,
}

impl Link {
    /// Returns a new one; `None` if there are too many.
    pub(super) fn open(hub: &Rc<Hub>, trust: Trust, protocol: Protocol) -> Option<Self> {
        let session = hub.with(|host| host.open(wall_ms(), trust, protocol))?;
        let (hub, door) = (Rc::clone(hub), hub.door(&session));
        Some(Self { hub, door, session, rest: Vec::new(), standing: Standing::Open })
    }

    /// Answers what has arrived, as far as a frame of replies goes, and appends that to `out`.
    pub(super) fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Standing {
        let held = std::mem::take(&mut self.rest);
        let whole = if held.is_empty() { held } else { [&held, bytes].concat() };
        let mut input = if whole.is_empty() { bytes } else { &whole };
        let Self { hub, session, .. } = self;
        self.standing = hub.with(|host| session.receive(host, wall_ms(), &mut input, out));
        if self.standing == Standing::More {
            self.rest = input.to_vec();
        }
        self.standing
    }

    /// Says that no more comes, and appends what is to be answered to what is cut.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.session.finish(out);
    }

    /// Appends what is to be pushed.
    pub(super) fn pushes(&mut self, out: &mut Vec<u8>) {
        let Self { hub, session, .. } = self;
        out.append(&mut hub.with(|host| host.pushes(session)));
    }

    /// Returns how it stands since it last [received](Self::receive).
    pub(super) const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether it may do more than log in.
    pub(super) fn is_admitted(&self) -> bool {
        self.session.is_admitted()
    }

    /// Whether a command has arrived in part.
    pub(super) fn is_cut(&self) -> bool {
        self.session.is_cut()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.hub.close(&self.session);
    }
}
