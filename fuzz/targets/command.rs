//! The parser of commands: no bytes make it panic; a request that it understands comes back from
//! its own bytes; an error that it answers is one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidecache::wire::{Command, Decoder, Encoder, Protocol, Request};

fuzz_target!(|bytes: &[u8]| {
    let (mut decoder, mut rest) = (Decoder::of_commands(), bytes);
    let end = loop {
        match decoder.decode(&mut rest) {
            Ok(Some(frame)) => match Command::parse(frame) {
                Ok(Command::Request(request)) => assert_eq!(again(&request), request),
                Ok(command) => drop(format!("{command:?}")),
                Err(error) => assert_line(|out| error.encode(out)),
            },
            Ok(None) => break decoder.finish(),
            Err(error) => break Err(error),
        }
    };
    if let Err(error) = end {
        assert_line(|out| error.encode(out));
    }
});

/// Returns the request after a walk over the wire.
fn again(request: &Request) -> Request {
    let mut bytes = Vec::new();
    request.encode(&mut bytes).expect("what was parsed is within the limits");
    let mut decoder = Decoder::of_commands();
    let frame = decoder.decode(&mut &bytes[..]).expect("it is well-formed").expect("and whole");
    match Command::parse(frame) {
        Ok(Command::Request(request)) => request,
        other => panic!("{other:?} is no request"),
    }
}

fn assert_line(write: impl Fn(&mut Encoder<'_>)) {
    let mut out = Vec::new();
    write(&mut Encoder::new(&mut out, Protocol::Resp3));
    let breaks = out.iter().filter(|&&byte| byte == b'\n').count();
    assert!(out.starts_with(b"-") && out.ends_with(b"\r\n") && breaks == 1);
}
