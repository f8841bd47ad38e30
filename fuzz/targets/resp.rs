//! The decoder: no bytes make it panic or hold more than it may; however they are cut, the same
//! values come out; and what comes out, encoded and decoded again, is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidecache::wire::limits::DECODER_BYTES_MAX;
use tidecache::wire::{Decoder, Encoder, Protocol, Push, Reply, Value, WireError};

// The first byte says how to cut the others, and which kind of decoder gets them.
fuzz_target!(|input: &[u8]| {
    let Some((&how, bytes)) = input.split_first() else { return };
    let decoder = if how & 1 == 0 { Decoder::of_replies } else { Decoder::of_commands };
    let whole = hear(decoder(), bytes, bytes.len().max(1));
    let cut = hear(decoder(), bytes, usize::from(how >> 1) + 1);
    assert_eq!(whole, cut, "the same values however they are cut");

    let mut out = Vec::new();
    for value in &whole.0 {
        value.0.encode(&mut Encoder::new(&mut out, Protocol::Resp3));
        value.0.encode(&mut Encoder::new(&mut Vec::new(), Protocol::Resp2));
    }
    // What attributes took is gone, so that no limit can be in the way a second time.
    let again = hear(Decoder::of_replies(), &out, out.len().max(1));
    assert_eq!(again, (whole.0, Ok(())), "the same values after another walk");
});

/// A value that is compared by its text: a double that is no number is not equal to itself.
struct Shown(Value);

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || format!("{:?}", self.0) == format!("{:?}", other.0)
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// Returns what is heard of `bytes` in parts of `part_bytes`, and how it ends.
fn hear(
    mut decoder: Decoder,
    bytes: &[u8],
    part_bytes: usize,
) -> (Vec<Shown>, Result<(), WireError>) {
    let mut values = Vec::new();
    let mut arrived = 0;
    for mut part in bytes.chunks(part_bytes) {
        arrived += part.len();
        loop {
            match decoder.decode(&mut part) {
                Ok(Some(frame)) => {
                    drop((Reply::decode(frame), Push::decode(frame)));
                    values.push(Shown(frame.value()));
                }
                Ok(None) => break,
                Err(error) => return (values, Err(error)),
            }
        }
        assert!(part.is_empty(), "all is taken before more is asked for");
        assert!(decoder.bytes() <= (13 * arrived + 64).min(DECODER_BYTES_MAX));
    }
    (values, decoder.finish())
}
