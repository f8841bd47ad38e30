//! The wire: every message comes back as it went, however its bytes are cut, and bytes that are no
//! message neither panic nor cost more than they weigh.
//!
//! A failure prints its seed; `SEED=7 cargo test --test wire` runs that one alone.
#![cfg(not(target_arch = "wasm32"))]

#[path = "wire/commands.rs"]
mod commands;
#[path = "wire/feed.rs"]
mod feed;
#[path = "wire/hostile.rs"]
mod hostile;
#[path = "wire/random.rs"]
mod random;

use proptest::collection::vec;
use tidecache::wire::limits::{FRAME_BYTES_MAX, KEY_BYTES_MAX, LINE_BYTES_MAX, VALUE_BYTES_MAX};
use tidecache::wire::{
    Batch, Command, Decoder, Encoder, Protocol, Push, Reply, Request, Value, Version, WireError,
};

use feed::{Heard, feed, only};
use random::{check, commands, cuts, encoded, parts, push, reply, request, value};

#[test]
fn every_value_comes_back_as_it_went() {
    check(2000, value(), |value| assert_eq!(only(&encoded(std::slice::from_ref(&value))), value));
}

#[test]
fn every_request_comes_back_as_it_went() {
    check(2000, request(), |request| {
        let mut bytes = Vec::new();
        request.encode(&mut bytes).expect("its key and value are short");
        assert_eq!(requests(&bytes), [request]);
    });
}

#[test]
fn every_reply_comes_back_as_it_went() {
    check(2000, reply(), |reply| {
        assert_eq!(replies(&encode(&reply, Protocol::Resp3)), [reply]);
    });
}

/// RESP2 has no place for an error of several lines; all else comes back there, too.
#[test]
fn replies_come_back_in_the_older_protocol() {
    check(1000, reply(), |reply| {
        let is_line = |reason: &[u8]| !reason.contains(&b'\r') && !reason.contains(&b'\n');
        if !matches!(&reply, Reply::Refused { reason } if !is_line(reason)) {
            assert_eq!(replies(&encode(&reply, Protocol::Resp2)), [reply]);
        }
    });
}

#[test]
fn every_push_comes_back_as_it_went() {
    check(500, push(), |push| {
        let mut bytes = Vec::new();
        push.encode(&mut Encoder::new(&mut bytes, Protocol::Resp3));
        let mut decoder = Decoder::of_replies();
        let frame = decoder.decode(&mut &bytes[..]).expect("it is well-formed").expect("and whole");
        assert!(frame.is_push());
        assert_eq!(Reply::decode(frame), Err(WireError::Reply));
        assert_eq!(Push::decode(frame), Ok(push));
    });
}

#[test]
fn values_are_the_same_however_their_bytes_are_cut() {
    check(1000, (vec(value(), 0..5), cuts()), |(values, cuts)| {
        let bytes = encoded(&values);
        let heard = feed(Decoder::of_replies(), &parts(&bytes, &cuts));
        assert_eq!(heard, Heard { values, end: Ok(()) });
    });
}

#[test]
fn commands_are_the_same_however_their_bytes_are_cut() {
    check(1000, (commands(), cuts()), |(bytes, cuts)| {
        let whole = feed(Decoder::of_commands(), &[&bytes]);
        assert_eq!(feed(Decoder::of_commands(), &parts(&bytes, &cuts)), whole);
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(feed(Decoder::of_commands(), &bytewise), whole);
        assert_eq!(whole.end, Ok(()));
    });
}

#[test]
fn a_cut_message_is_not_taken_for_a_whole_one() {
    check(500, value(), |value| {
        let bytes = encoded(&[value]);
        for end in 1..bytes.len().min(300) {
            let heard = feed(Decoder::of_replies(), &[&bytes[..end]]);
            assert_eq!(heard, Heard { values: vec![], end: Err(WireError::Truncated) });
        }
    });
}

#[test]
fn attributes_are_read_and_dropped() {
    let bytes =
        b"|1\r\n+a\r\n*2\r\n:1\r\n|0\r\n:2\r\n*2\r\n|1\r\n+ttl\r\n:9\r\n$1\r\nk\r\n|0\r\n:7\r\n";
    assert_eq!(only(bytes), Value::Array(vec![Value::Bulk(b"k".to_vec()), Value::Integer(7)]));
}

#[test]
fn nulls_of_all_kinds_are_one() {
    for null in [&b"_\r\n"[..], b"$-1\r\n", b"*-1\r\n"] {
        assert_eq!(only(null), Value::Null);
    }
}

#[test]
fn a_batch_is_cut_into_frames_between_its_messages() {
    check(200, vec(request(), 0..20), |mut requests| {
        let value = Some(vec![7; VALUE_BYTES_MAX / 3]);
        for (at, request) in requests.iter_mut().enumerate() {
            if let (Request::Put { value: put, .. }, 0) = (request, at % 2) {
                put.clone_from(&value);
            }
        }
        let (mut batch, mut frames) = (Batch::new(), Vec::new());
        for request in &requests {
            frames.extend(batch.request(request).expect("its key and value are short"));
        }
        frames.extend(batch.take());
        assert!(batch.is_empty() && frames.iter().all(|frame| frame.len() <= FRAME_BYTES_MAX));
        let heard: Vec<Request> = frames.iter().flat_map(|frame| self::requests(frame)).collect();
        assert_eq!(heard, requests);
    });
}

#[test]
fn the_longest_key_and_value_fit_a_frame_and_longer_ones_are_not_sent() {
    let put = |key, value| Request::Put {
        key: vec![b'k'; key],
        version: Version::ZERO,
        expires_at_ms: u64::MAX,
        flags: u32::MAX,
        value: Some(vec![b'v'; value]),
    };
    let (mut batch, longest) = (Batch::new(), put(KEY_BYTES_MAX, VALUE_BYTES_MAX));
    assert_eq!(batch.request(&put(KEY_BYTES_MAX + 1, 0)), Err(WireError::Request));
    assert_eq!(batch.request(&put(0, VALUE_BYTES_MAX + 1)), Err(WireError::Request));
    assert!(batch.is_empty());
    assert_eq!(batch.request(&longest), Ok(None));
    assert_eq!(requests(&batch.take().expect("it is in there")), [longest]);
}

#[test]
fn a_message_that_no_frame_holds_stands_alone() {
    let (mut batch, long) = (Batch::new(), vec![7; FRAME_BYTES_MAX]);
    assert_eq!(batch.write(|out| out.bulk(&long)), None);
    let full = batch.write(|out| out.simple(b"OK")).expect("nothing fits beside it");
    assert!(full.len() > long.len());
    assert_eq!(batch.take(), Some(b"+OK\r\n".to_vec()));
    assert_eq!(batch.take(), None);
}

#[test]
fn a_reason_too_long_for_a_line_comes_back_as_it_went() {
    let reply = Reply::Refused { reason: vec![b'x'; LINE_BYTES_MAX + 1] };
    assert_eq!(replies(&encode(&reply, Protocol::Resp3)), [reply]);
}

/// A frame may end right behind a message that came in two parts.
#[test]
fn a_message_that_was_delivered_is_not_cut() {
    let mut decoder = Decoder::of_replies();
    assert!(matches!(decoder.decode(&mut &b"+O"[..]), Ok(None)));
    assert_eq!(decoder.finish(), Err(WireError::Truncated));
    assert!(matches!(decoder.decode(&mut &b"K\r\n"[..]), Ok(Some(_))));
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn passwords_are_in_no_debug_output() {
    let mut decoder = Decoder::of_commands();
    let mut bytes =
        &b"AUTH ada hunter2\r\nHELLO 3 AUTH ada hunter2\r\nAUTH hunter2\r\nAUTH hunt"[..];
    while let Some(frame) = decoder.decode(&mut bytes).expect("it is well-formed") {
        let command = Command::parse(frame).expect("these are commands");
        let words = frame.words().expect("of words");
        let shown = format!("{frame:?} {words:?} {command:?}");
        assert!(!shown.contains("hunt") && !shown.contains("104"), "{shown}");
    }
    let shown = format!("{decoder:?}");
    assert!(!shown.contains("hunt") && !shown.contains("104"), "{shown}");
}

/// Returns the bytes of a reply.
fn encode(reply: &Reply, protocol: Protocol) -> Vec<u8> {
    let mut bytes = Vec::new();
    reply.encode(&mut Encoder::new(&mut bytes, protocol));
    bytes
}

/// Returns the requests in one frame.
fn requests(mut bytes: &[u8]) -> Vec<Request> {
    let (mut decoder, mut requests) = (Decoder::of_commands(), Vec::new());
    while let Some(frame) = decoder.decode(&mut bytes).expect("it is well-formed") {
        match Command::parse(frame) {
            Ok(Command::Request(request)) => requests.push(request),
            other => panic!("{other:?} is no request"),
        }
    }
    assert_eq!(decoder.finish(), Ok(()));
    requests
}

/// Returns the replies in one frame.
fn replies(mut bytes: &[u8]) -> Vec<Reply> {
    let (mut decoder, mut replies) = (Decoder::of_replies(), Vec::new());
    while let Some(frame) = decoder.decode(&mut bytes).expect("it is well-formed") {
        replies.push(Reply::decode(frame).expect("it is a reply"));
    }
    assert_eq!(decoder.finish(), Ok(()));
    replies
}
