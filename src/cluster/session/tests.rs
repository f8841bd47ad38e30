//! Sessions in virtual time: bytes in, bytes out.

mod access;
mod hostile;
mod pushes;
mod standard;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::borrow::Borrow;

use super::{Host, HostConfig, Session, Standing, Trust};
use crate::cluster::ReplicaConfig;
use crate::wire::limits::FRAME_BYTES_MAX;
use crate::wire::{Decoder, Protocol, Push, Reply, Request, Value, Version};

/// When the node started, long enough before [`NOW`] for its floors to be below it.
const START: u64 = 1_000_000;
const NOW: u64 = START + 10_000;
const EPOCH: u64 = 7;

fn config() -> HostConfig {
    let replica = ReplicaConfig { epoch: EPOCH, entries: 64, ..ReplicaConfig::default() };
    HostConfig { replica, id: b"a".into(), writer: 9, tokens: Vec::new(), sessions_max: 8 }
}

fn host() -> Host {
    Host::new(config(), START)
}

fn guarded() -> Host {
    Host::new(HostConfig { tokens: vec![b"secret".to_vec().into()], ..config() }, START)
}

/// A connection of RESP3 that nobody vouches for.
fn stranger(host: &mut Host) -> Session {
    host.open(NOW, Trust::Stranger, Protocol::Resp3).expect("there is room")
}

/// A connection that has named the epoch.
fn peer(host: &mut Host, pushes: bool) -> Session {
    let mut session = host.open(NOW, Trust::Known, Protocol::Resp3).expect("there is room");
    let reply = ask(host, &mut session, Request::Hello { epoch: EPOCH, pushes });
    assert!(matches!(reply, Reply::Hello { .. }), "{reply:?}");
    session
}

/// Returns all that a session answers to some bytes, and how it stands then.
fn feed(host: &mut Host, session: &mut Session, mut bytes: &[u8]) -> (Vec<u8>, Standing) {
    let mut all = Vec::new();
    loop {
        let mut frame = Vec::new();
        let standing = session.receive(host, NOW, &mut bytes, &mut frame);
        all.append(&mut frame);
        if standing != Standing::More {
            return (all, standing);
        }
    }
}

/// Returns what a session answers to inline commands, as text.
fn say(host: &mut Host, session: &mut Session, commands: &str) -> String {
    let (bytes, _) = feed(host, session, commands.as_bytes());
    String::from_utf8(bytes).expect("these commands have no other values")
}

fn ask(host: &mut Host, session: &mut Session, request: impl Borrow<Request>) -> Reply {
    let mut bytes = Vec::new();
    request.borrow().encode(&mut bytes).expect("it is short");
    let (answer, _) = feed(host, session, &bytes);
    let mut decoder = Decoder::of_replies();
    let frame = decoder.decode(&mut &answer[..]).expect("it is RESP").expect("it is whole");
    Reply::decode(frame).expect("it is a reply")
}

fn put(key: &str, ms: u64) -> Request {
    Request::Put {
        key: key.into(),
        version: Version::new(ms, 0, 1),
        expires_at_ms: ms + 5_000,
        flags: 3,
        value: Some(b"value".into()),
    }
}

/// Returns the values of a stream of replies.
fn values(mut bytes: &[u8]) -> Vec<Value> {
    let mut decoder = Decoder::of_replies();
    let mut all = Vec::new();
    while let Some(frame) = decoder.decode(&mut bytes).expect("it is RESP") {
        all.push(frame.value());
    }
    decoder.finish().expect("nothing is cut");
    all
}

/// Returns what waits to be pushed to a session.
fn pushed(host: &mut Host, session: &Session) -> Vec<Push> {
    let bytes = host.pushes(session);
    let mut input = &bytes[..];
    let mut decoder = Decoder::of_replies();
    let mut all = Vec::new();
    while let Some(frame) = decoder.decode(&mut input).expect("it is RESP") {
        all.push(Push::decode(frame).expect("it is a push"));
    }
    decoder.finish().expect("nothing is cut");
    all
}

#[test]
fn commands_are_answered_in_their_order_however_they_are_cut() {
    let mut host = host();
    let commands = b"SET a 1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\nGET b\r\n";
    for length in 1..=commands.len() {
        let (mut session, mut bytes) = (stranger(&mut host), Vec::new());
        for part in commands.chunks(length) {
            bytes.append(&mut feed(&mut host, &mut session, part).0);
        }
        assert_eq!(bytes, b"+OK\r\n$1\r\n1\r\n+PONG\r\n_\r\n", "in parts of {length}");
        host.close(&session);
    }
}

#[test]
fn a_frame_of_replies_is_bounded_and_ends_with_a_whole_message() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let value = vec![b'v'; 700 << 10];
    let set = [&b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$716800\r\n"[..], &value, b"\r\n"].concat();
    assert_eq!(feed(&mut host, &mut session, &set).0, b"+OK\r\n");
    let mut input = &b"GET a\r\nGET a\r\nPING\r\n"[..];
    let (mut frames, mut standing) = (Vec::new(), Standing::More);
    while standing == Standing::More {
        let mut frame = Vec::new();
        standing = session.receive(&mut host, NOW, &mut input, &mut frame);
        assert!(frame.len() <= FRAME_BYTES_MAX);
        frames.push(values(&frame).len());
    }
    assert_eq!((frames, standing), (vec![1, 2], Standing::Open));
}

#[test]
fn a_quit_ends_the_session_and_what_comes_after_it_is_not_run() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let (answer, standing) = feed(&mut host, &mut session, b"SET a 1\r\nQUIT\r\nSET a 2\r\n");
    assert_eq!((&answer[..], standing), (&b"+OK\r\n+OK\r\n"[..], Standing::Ended));
    assert_eq!(feed(&mut host, &mut session, b"PING\r\n"), (Vec::new(), Standing::Ended));
    let mut other = stranger(&mut host);
    assert_eq!(say(&mut host, &mut other, "GET a\r\n"), "$1\r\n1\r\n");
}

#[test]
fn there_are_only_so_many_sessions() {
    let mut host = host();
    let mut sessions: Vec<_> = (0..8).map(|_| stranger(&mut host)).collect();
    assert!(host.open(NOW, Trust::Known, Protocol::Resp3).is_none());
    host.close(&sessions.remove(3));
    sessions.push(stranger(&mut host));
    assert!(host.open(NOW, Trust::Known, Protocol::Resp3).is_none());
    assert_eq!((host.stats().sessions, host.stats().turned_away), (8, 2));
    let first = sessions[0].id();
    assert!(sessions[1..].iter().all(|session| session.id() != first));
}
