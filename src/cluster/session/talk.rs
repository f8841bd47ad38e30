//! One connection: its bytes, who it is, and how far it may go.

use alloc::vec::Vec;
use core::fmt;

use super::access::Trust;
use super::host::Host;
use super::{standard, text};
use crate::wire::limits::{DECODER_BYTES_MAX, FRAME_BYTES_MAX};
use crate::wire::{
    Command, Decoder, Encoder, Frame, Login, NO_AUTH, NO_PERM, Protocol, Reply, Request, WRONG_PASS,
};

/// How a connection stands after some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All input is taken.
    Open,
    /// One frame of replies is full: send it, then call again with what is left of the input, even
    /// if that is nothing.
    More,
    /// Send what was written and close: the client wants it, or nobody can tell where its next
    /// command starts, or the node has taken another epoch.
    Ended,
}

/// One connection of a node.
pub struct Session {
    decoder: Decoder,
    talk: Talk,
    /// The reply that had no room in the last frame.
    carry: Vec<u8>,
}

/// All of a session but its bytes.
struct Talk {
    id: u64,
    trust: Trust,
    protocol: Protocol,
    /// Whether it has named the node's epoch.
    has_greeted: bool,
    is_ended: bool,
}

impl Session {
    pub(super) fn new(id: u64, trust: Trust, protocol: Protocol) -> Self {
        let talk = Talk { id, trust, protocol, has_greeted: false, is_ended: false };
        Self { decoder: Decoder::of_commands(), talk, carry: Vec::new() }
    }

    /// Returns its number, which no other session of the host ever has.
    pub const fn id(&self) -> u64 {
        self.talk.id
    }

    /// Whether it may do more than log in. A transport gives strangers little time for that.
    pub fn is_admitted(&self) -> bool {
        self.talk.trust.is_admitted()
    }

    /// Answers the commands in `input`, which moves behind those that were answered, and appends
    /// their replies to `out`: whole messages, and at most one frame of them if `out` was empty.
    ///
    /// Commands may be cut anywhere. `wall_ms` is the node's clock, milliseconds since the Unix
    /// epoch.
    pub fn receive(
        &mut self,
        host: &mut Host,
        wall_ms: u64,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Standing {
        out.append(&mut self.carry);
        loop {
            if self.talk.is_ended {
                return Standing::Ended;
            }
            let start = out.len();
            if !host.knows(self.talk.id) {
                self.talk.refuse_epoch(host, out);
                continue;
            }
            match self.decoder.decode(input) {
                Ok(Some(frame)) => self.talk.answer(host, wall_ms, frame, out),
                Ok(None) => {
                    if !self.is_too_curious() {
                        return Standing::Open;
                    }
                    self.talk.end(b"ERR Protocol error: log in before a long message", out);
                }
                Err(error) => {
                    error.encode(&mut self.talk.encoder(out));
                    self.talk.is_ended = true;
                }
            }
            if out.len() > FRAME_BYTES_MAX && start > 0 {
                self.carry = out.split_off(start);
                return Standing::More;
            }
        }
    }

    /// Says that no more input comes. Where commands come in frames this is after each of them:
    /// what is cut then is an error, and the last reply.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let (false, Err(error)) = (self.talk.is_ended, self.decoder.finish()) {
            error.encode(&mut self.talk.encoder(out));
            self.talk.is_ended = true;
        }
    }

    /// Whether a command has arrived in part. A transport does not wait for ever for the rest.
    pub fn is_cut(&self) -> bool {
        self.decoder.finish().is_err()
    }

    /// Returns how many bytes of memory it holds, beside itself. O(1).
    pub fn bytes(&self) -> usize {
        self.decoder.bytes() + self.carry.capacity()
    }

    /// Whether somebody who has not logged in wants the node to keep a long message.
    fn is_too_curious(&self) -> bool {
        !self.is_admitted() && self.decoder.bytes() > STRANGER_BYTES_MAX
    }
}

impl Talk {
    /// Writes the answer to one message.
    fn answer(&mut self, host: &mut Host, wall_ms: u64, frame: Frame<'_>, out: &mut Vec<u8>) {
        host.stats_mut().commands += 1;
        if !self.trust.is_admitted() && !is_greeting(frame) {
            return self.encoder(out).error(self.trust.refusal());
        }
        match Command::parse(frame) {
            Ok(command) => match self.check_scope(host, wall_ms, &command) {
                Ok(()) => self.run(host, wall_ms, command, frame, out),
                Err(refusal) => self.encoder(out).error(refusal),
            },
            Err(error) => error.encode(&mut self.encoder(out)),
        }
    }

    /// Returns why a command is not for the token that was shown. One whose time is over opens no
    /// more than none does.
    fn check_scope(
        &mut self,
        host: &mut Host,
        wall_ms: u64,
        command: &Command<'_>,
    ) -> Result<(), &'static [u8]> {
        if !matches!(self.trust, Trust::Scoped(_)) {
            return Ok(());
        }
        let scope = host.tokens().scope(self.trust);
        if scope.is_over(wall_ms) {
            self.trust = Trust::Stranger;
            host.subscribe(self.id, None);
            return Err(NO_AUTH);
        }
        if scope.allows(command) { Ok(()) } else { Err(NO_PERM) }
    }

    fn run(
        &mut self,
        host: &mut Host,
        wall_ms: u64,
        command: Command<'_>,
        frame: Frame<'_>,
        out: &mut Vec<u8>,
    ) {
        let encoder = &mut self.encoder(out);
        match command {
            Command::Ping { message: None } => encoder.simple(b"PONG"),
            Command::Ping { message: Some(message) } => encoder.bulk(message),
            Command::Auth(login) => self.auth(host, wall_ms, login, frame, encoder),
            Command::Hello { protocol, login, name } => {
                let login = login.map(|login| host.tokens().trust_login(wall_ms, login));
                self.hello(host, protocol, login, name, out);
            }
            Command::Request(request) => self.request(host, wall_ms, request, encoder),
            Command::Client(client) => text::client(host, wall_ms, self.id, client, encoder),
            Command::Info { sections } => text::info(host, wall_ms, sections, encoder),
            Command::Catalog { query } => text::catalog(query, encoder),
            Command::Quit => {
                encoder.ok();
                self.is_ended = true;
            }
            other => standard::run(host, self.id, wall_ms, &other, encoder),
        }
    }

    /// Answers a versioned command.
    fn request(&mut self, host: &mut Host, wall_ms: u64, request: Request, out: &mut Encoder<'_>) {
        let wants_pushes = matches!(request, Request::Hello { pushes: true, .. });
        if wants_pushes && self.protocol == Protocol::Resp2 {
            // In RESP2 a push looks like a reply.
            return out.error(b"NOPROTO pushes need HELLO 3");
        }
        let is_hello = matches!(request, Request::Hello { .. });
        if !is_hello && !self.has_greeted {
            return Reply::Epoch { epoch: host.replica_config().epoch }.encode(out);
        }
        let reply = host.handle(self.id, wall_ms, request);
        if is_hello {
            self.has_greeted = matches!(reply, Reply::Hello { .. });
            // A greeting that only asks for the time does not end the pushes.
            if wants_pushes || !self.has_greeted {
                host.subscribe(self.id, self.has_greeted.then_some(self.trust));
            }
        }
        reply.encode(out);
    }

    fn auth(
        &mut self,
        host: &mut Host,
        wall_ms: u64,
        login: Login<'_>,
        frame: Frame<'_>,
        out: &mut Encoder<'_>,
    ) {
        let is_old_form = frame.words().is_ok_and(|words| words.len() == 2);
        if host.tokens().is_empty() && is_old_form {
            // Redis says so too: whoever configured a token would think that it is asked for.
            return out.error(b"ERR AUTH called without any token configured for this node");
        }
        let trust = host.tokens().trust_login(wall_ms, login);
        match self.log_in(host, trust) {
            Ok(()) => out.ok(),
            Err(refusal) => out.error(refusal),
        }
    }

    /// Logs in; a wrong token leaves a session that is logged in as it is.
    fn log_in(&mut self, host: &mut Host, trust: Trust) -> Result<(), &'static [u8]> {
        if trust.is_admitted() {
            self.trust = trust;
            // What is pushed is as far as the token reaches.
            host.subscribe(self.id, None);
            return Ok(());
        }
        host.stats_mut().wrong_logins += 1;
        Err(WRONG_PASS)
    }

    /// Does all that a `HELLO` asks for, or nothing of it.
    fn hello(
        &mut self,
        host: &mut Host,
        protocol: Option<Protocol>,
        login: Option<Trust>,
        name: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) {
        let checked = text::check_name(name.unwrap_or_default())
            .and_then(|()| login.map_or(Ok(()), |trust| self.log_in(host, trust)));
        let refusal = match checked {
            Err(refusal) => Some(refusal),
            Ok(()) if !self.trust.is_admitted() => Some(HELLO_NO_AUTH),
            Ok(()) => None,
        };
        if let Some(refusal) = refusal {
            return self.encoder(out).error(refusal);
        }
        if let Some(protocol) = protocol {
            self.protocol = protocol;
        }
        if self.protocol == Protocol::Resp2 {
            host.subscribe(self.id, None);
        }
        if let (Some(name), Some(peer)) = (name, host.peer_mut(self.id)) {
            peer.name = name.to_vec();
        }
        text::hello(self.id, &mut self.encoder(out));
    }

    /// Ends the session: the node has taken another epoch since it was opened.
    fn refuse_epoch(&mut self, host: &Host, out: &mut Vec<u8>) {
        Reply::Epoch { epoch: host.replica_config().epoch }.encode(&mut self.encoder(out));
        self.is_ended = true;
    }

    fn end(&mut self, reason: &[u8], out: &mut Vec<u8>) {
        self.encoder(out).error(reason);
        self.is_ended = true;
    }

    fn encoder<'a>(&self, out: &'a mut Vec<u8>) -> Encoder<'a> {
        Encoder::new(out, self.protocol)
    }
}

/// Whether a message is one of those that are answered before the login.
fn is_greeting(frame: Frame<'_>) -> bool {
    let name = frame.words().ok().and_then(|words| words.get(0)).unwrap_or_default();
    [&b"HELLO"[..], b"AUTH", b"PING", b"QUIT"].iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// As Redis says it: here a `HELLO` has to bring a token.
const HELLO_NO_AUTH: &[u8] = b"NOAUTH HELLO must be called with the client already authenticated, \
    otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client \
    and select the RESP protocol version at the same time";

/// What a decoder may hold for somebody who has not logged in: a login is much shorter.
const STRANGER_BYTES_MAX: usize = DECODER_BYTES_MAX / 16;

impl fmt::Debug for Session {
    // What waits in it may be a value of somebody's.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session")
            .field("id", &self.talk.id)
            .field("is_admitted", &self.is_admitted())
            .field("is_ended", &self.talk.is_ended)
            .finish_non_exhaustive()
    }
}
