//! A decoder that is fed, and watched.

use tidecache::wire::limits::DECODER_BYTES_MAX;
use tidecache::wire::{Decoder, Value, WireError};

/// What came out of a stream, and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) values: Vec<Value>,
    pub(crate) end: Result<(), WireError>,
}

/// Feeds `parts` one after the other and checks on the way that memory is paid for with bytes.
pub(crate) fn feed(mut decoder: Decoder, parts: &[&[u8]]) -> Heard {
    let (mut values, mut arrived) = (Vec::new(), 0);
    let mut end = Ok(());
    'parts: for part in parts {
        arrived += part.len();
        let mut rest = *part;
        loop {
            match decoder.decode(&mut rest) {
                Ok(Some(frame)) => values.push(frame.value()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        decoder.decode(&mut rest).map(|_| ()),
                        Err(error),
                        "it stays failed"
                    );
                    end = Err(error);
                    break 'parts;
                }
            }
        }
        assert!(rest.is_empty(), "all input is taken before more is asked for");
        paid(&decoder, arrived);
    }
    if end.is_ok() {
        end = decoder.finish();
    }
    paid(&decoder, arrived);
    Heard { values, end }
}

/// Checks that a decoder holds no more than `arrived` bytes have earned: itself, the room to grow,
/// and 16 bytes for each element of at least three.
pub(crate) fn paid(decoder: &Decoder, arrived: usize) {
    assert!(decoder.bytes() <= 13 * arrived + 64, "{} for {arrived}", decoder.bytes());
    assert!(decoder.bytes() <= DECODER_BYTES_MAX, "{} for {arrived}", decoder.bytes());
}

/// Returns the only value of `bytes`.
pub(crate) fn only(bytes: &[u8]) -> Value {
    let Heard { mut values, end } = feed(Decoder::of_replies(), &[bytes]);
    assert_eq!((values.len(), end), (1, Ok(())), "{}", bytes.escape_ascii());
    values.remove(0)
}
