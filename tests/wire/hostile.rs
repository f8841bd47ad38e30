//! Bytes that mean harm.

use proptest::collection::vec;
use proptest::prelude::any;
use tidecache::wire::limits::{
    ARGUMENTS_MAX, DEPTH_MAX, ELEMENTS_MAX, FRAME_BYTES_MAX, LINE_BYTES_MAX, VALUE_BYTES_MAX,
};
use tidecache::wire::{Command, Decoder, Encoder, Protocol, Push, Reply, WireError};

use super::encode;
use super::feed::{Heard, feed, paid};
use super::random::{
    break_bytes, breaks, check, commands, cuts, encoded, parts, push, reply, request, value,
};

#[test]
fn broken_values_are_heard_the_same_however_they_are_cut() {
    check(3000, (vec(value(), 1..4), breaks(), cuts()), |(values, breaks, cuts)| {
        let mut bytes = encoded(&values);
        break_bytes(&mut bytes, &breaks);
        same(&Decoder::of_replies, &bytes, &parts(&bytes, &cuts));
    });
}

#[test]
fn broken_commands_are_heard_the_same_however_they_are_cut() {
    check(3000, (commands(), breaks(), cuts()), |(mut bytes, breaks, cuts)| {
        break_bytes(&mut bytes, &breaks);
        same(&Decoder::of_commands, &bytes, &parts(&bytes, &cuts));
    });
}

#[test]
fn noise_is_heard_the_same_however_it_is_cut() {
    check(2000, (vec(any::<u8>(), 0..200), cuts()), |(bytes, cuts)| {
        same(&Decoder::of_replies, &bytes, &parts(&bytes, &cuts));
        same(&Decoder::of_commands, &bytes, &parts(&bytes, &cuts));
    });
}

/// A broken message may be another message; it is an error or a message, never a panic.
#[test]
fn broken_messages_are_messages_or_typed_errors() {
    let inputs = (request(), reply(), push(), breaks());
    check(3000, inputs, |(request, reply, push, breaks)| {
        let mut bytes = Vec::new();
        request.encode(&mut bytes).expect("its key and value are short");
        break_bytes(&mut bytes, &breaks);
        let (mut decoder, mut rest) = (Decoder::of_commands(), &bytes[..]);
        while let Ok(Some(frame)) = decoder.decode(&mut rest) {
            drop(Command::parse(frame));
        }
        let mut bytes = encode(&reply, Protocol::Resp3);
        push.encode(&mut Encoder::new(&mut bytes, Protocol::Resp3));
        break_bytes(&mut bytes, &breaks);
        let (mut decoder, mut rest) = (Decoder::of_replies(), &bytes[..]);
        while let Ok(Some(frame)) = decoder.decode(&mut rest) {
            drop((Reply::decode(frame), Push::decode(frame)));
        }
    });
}

#[test]
fn a_declared_length_reserves_nothing() {
    let lengths =
        ["9223372036854775808", "18446744073709551615", "99999999999999999999", "4294967296"];
    for length in lengths {
        for kind in ["$", "!", "=", "*", "~", ">", "%", "|", "*1\r\n$", "*2\r\n*"] {
            let bytes = format!("{kind}{length}\r\n");
            let end = fails(Decoder::of_replies(), bytes.as_bytes());
            let is_limit =
                matches!(end, WireError::TooLong | WireError::TooMany | WireError::Length);
            assert!(is_limit, "{bytes:?}: {end:?}");
        }
    }
    for bytes in
        ["$-2\r\n", "$+1\r\n", "*-7\r\n", "%-1\r\n", "$?\r\n", "*?\r\n", "$\r\n", "$1x\r\n"]
    {
        assert_eq!(fails(Decoder::of_replies(), bytes.as_bytes()), WireError::Length, "{bytes:?}");
    }
    let long = format!("${}\r\n", VALUE_BYTES_MAX + 1);
    assert_eq!(fails(Decoder::of_commands(), b"*1\r\n$1048577\r\n"), WireError::TooLong);
    assert_eq!(fails(Decoder::of_replies(), long.as_bytes()), WireError::TooLong);
    // What is allowed is reserved only as it comes.
    let mut decoder = Decoder::of_replies();
    let bytes = format!("*{ARGUMENTS_MAX}\r\n%{}\r\n${VALUE_BYTES_MAX}\r\nx", ARGUMENTS_MAX / 2);
    assert!(matches!(decoder.decode(&mut bytes.as_bytes()), Ok(None)));
    paid(&decoder, bytes.len());
}

#[test]
fn aggregates_nest_as_deep_as_the_limit_and_no_deeper() {
    let nested = |depth| [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat();
    assert_eq!(feed(Decoder::of_replies(), &[&nested(DEPTH_MAX)]).end, Ok(()));
    for kind in ["*1\r\n", "~1\r\n", "%1\r\n", "|1\r\n"] {
        let bomb = kind.as_bytes().repeat(100_000);
        assert_eq!(fails(Decoder::of_replies(), &bomb), WireError::TooDeep, "{kind:?}");
    }
}

#[test]
fn a_message_has_only_so_many_elements() {
    let full =
        [format!("*{ARGUMENTS_MAX}\r\n").into_bytes(), b"_\r\n".repeat(ARGUMENTS_MAX)].concat();
    assert_eq!(feed(Decoder::of_replies(), &[&full]).end, Ok(()));
    let many = [b"*9\r\n".to_vec(), full.repeat(ELEMENTS_MAX / ARGUMENTS_MAX)].concat();
    assert_eq!(fails(Decoder::of_replies(), &many), WireError::TooMany);
    let attributes = [b"|1\r\n+a\r\n_\r\n".repeat(ELEMENTS_MAX), b"_\r\n".to_vec()].concat();
    assert_eq!(fails(Decoder::of_replies(), &attributes), WireError::TooMany);
    let words = format!("*{}\r\n", ARGUMENTS_MAX + 1);
    assert_eq!(fails(Decoder::of_commands(), words.as_bytes()), WireError::TooMany);
}

#[test]
fn a_line_or_a_message_has_only_so_many_bytes() {
    for start in ["+", "-", ":", "*", ""] {
        let endless = [start.as_bytes(), &b"1".repeat(LINE_BYTES_MAX)].concat();
        let decoder = if start.is_empty() { Decoder::of_commands() } else { Decoder::of_replies() };
        assert_eq!(fails(decoder, &endless), WireError::Line, "{start:?}");
    }
    let value =
        [format!("${VALUE_BYTES_MAX}\r\n").as_bytes(), &vec![7; VALUE_BYTES_MAX], b"\r\n"].concat();
    let parts: Vec<&[u8]> = value.chunks(1000).collect();
    assert_eq!(feed(Decoder::of_replies(), &parts).end, Ok(()));
    let twice = [b"*2\r\n", &value[..], &value].concat();
    assert_eq!(fails(Decoder::of_replies(), &twice), WireError::TooLong);
    let line = [b"+".to_vec(), b"1".repeat(LINE_BYTES_MAX - 10), b"\r\n".to_vec()].concat();
    let lines = [b"*1000\r\n".to_vec(), line.repeat(FRAME_BYTES_MAX / line.len() + 1)].concat();
    assert_eq!(fails(Decoder::of_replies(), &lines), WireError::TooLong);
}

#[test]
fn what_is_no_number_is_refused() {
    for bytes in
        [":\r\n", ":1.5\r\n", ":9223372036854775808\r\n", "_x\r\n", "#x\r\n", ",.5\r\n", "(1x\r\n"]
    {
        assert_eq!(fails(Decoder::of_replies(), bytes.as_bytes()), WireError::Number, "{bytes:?}");
    }
    for bytes in ["+a\n", "+a\rb\r\n", "+\n"] {
        assert_eq!(fails(Decoder::of_replies(), bytes.as_bytes()), WireError::Line, "{bytes:?}");
    }
    assert_eq!(fails(Decoder::of_replies(), b"$1\r\nabc"), WireError::Ending);
    assert_eq!(fails(Decoder::of_replies(), b"=3\r\ntxt\r\n"), WireError::Length);
    assert_eq!(fails(Decoder::of_replies(), b"*1\r\n>1\r\n_\r\n"), WireError::Type(b'>'));
    assert_eq!(fails(Decoder::of_replies(), b"x"), WireError::Type(b'x'));
}

#[test]
fn a_server_takes_commands_and_nothing_else() {
    for (bytes, byte) in [("*1\r\n:1\r\n", b':'), ("*1\r\n*0\r\n", b'*'), ("*1\r\n_", b'_')] {
        let end = fails(Decoder::of_commands(), bytes.as_bytes());
        assert_eq!(end, WireError::Type(byte), "{bytes:?}");
    }
    assert_eq!(fails(Decoder::of_commands(), b"*1\r\n$-1\r\n"), WireError::Length);
    assert_eq!(fails(Decoder::of_commands(), b"set a \"b\r\n"), WireError::Quotes);
    assert_eq!(fails(Decoder::of_commands(), b"POST / HTTP/1.1\r\n"), WireError::Http);
}

#[test]
fn a_decoder_gives_back_the_memory_of_a_large_message() {
    let value =
        [format!("${VALUE_BYTES_MAX}\r\n").as_bytes(), &vec![7; VALUE_BYTES_MAX], b"\r\n"].concat();
    let mut decoder = Decoder::of_replies();
    for part in value.chunks(5000) {
        assert!(decoder.decode(&mut &part[..]).is_ok());
    }
    assert!(decoder.bytes() > VALUE_BYTES_MAX);
    assert!(matches!(decoder.decode(&mut &b"+OK\r\n"[..]), Ok(Some(_))));
    assert!(decoder.bytes() < 1024, "{}", decoder.bytes());
    let array = [format!("*{ARGUMENTS_MAX}\r\n").into_bytes(), b"_\r\n".repeat(ARGUMENTS_MAX)];
    let arrays = [b"*7\r\n".to_vec(), array.concat().repeat(7)].concat();
    assert!(matches!(decoder.decode(&mut &arrays[..]), Ok(Some(_))));
    assert!(decoder.bytes() > 7 * 16 * ARGUMENTS_MAX);
    assert!(matches!(decoder.decode(&mut &b"+OK\r\n"[..]), Ok(Some(_))));
    assert!(decoder.bytes() < 1024, "{}", decoder.bytes());
}

/// Checks that all ways to cut `bytes` give the same values and the same error.
fn same(decoder: &dyn Fn() -> Decoder, bytes: &[u8], parts: &[&[u8]]) {
    let whole = feed(decoder(), &[bytes]);
    assert_eq!(feed(decoder(), parts), whole);
    let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(feed(decoder(), &bytewise), whole);
}

/// Returns why `bytes` are no message, whole and byte by byte.
fn fails(decoder: Decoder, bytes: &[u8]) -> WireError {
    let Heard { end, values } = feed(decoder, &[bytes]);
    assert_eq!(values, [], "nothing is heard of a broken message");
    end.expect_err("it is broken")
}

/// A node with no time or no room for anything would make the whole cluster's clients fail.
#[test]
fn a_greeting_with_limits_that_allow_nothing_is_refused() {
    let hello = |wall_ms, max_ttl_ms, max_op_ms| {
        let (max_drift_ms, floor_ms) = (500, 0);
        let reply =
            Reply::Hello { epoch: 1, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms };
        let bytes = encode(&reply, Protocol::Resp3);
        let mut decoder = Decoder::of_replies();
        let frame = decoder.decode(&mut &bytes[..]).expect("it is whole").expect("and one");
        Reply::decode(frame).map(|heard| heard == reply)
    };
    assert_eq!(hello(1_700_000_000_000, 1, 1), Ok(true));
    assert_eq!(hello((1 << 48) - 1, 1, 1), Ok(true));
    assert_eq!(hello(1 << 48, 1, 1), Err(WireError::Reply));
    assert_eq!(hello(1_700_000_000_000, 0, 1), Err(WireError::Reply));
    assert_eq!(hello(1_700_000_000_000, 1, 0), Err(WireError::Reply));
}
