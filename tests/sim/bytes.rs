//! Messages as bytes: what is sent is what arrives, and what is broken is noticed.
//!
//! A transport has checksums, so bytes that decode to another message than was sent count as broken
//! too: here it matters that they do not panic and that the link is closed.

use tidecache::wire::limits::DECODER_BYTES_MAX;
use tidecache::wire::{Command, Decoder, Encoder, Frame, Protocol, Push, Reply, Request};

use super::dice::Dice;

/// Returns the request that arrives; `None` if its bytes were broken.
pub(crate) fn request(sent: &Request, breaks: Option<&mut Dice>) -> Option<Request> {
    let mut bytes = Vec::new();
    sent.encode(&mut bytes).expect("the simulator's keys and values are short");
    carry(sent, bytes, breaks, Decoder::of_commands(), |frame| match Command::parse(frame) {
        Ok(Command::Request(request)) => Some(request),
        _ => None,
    })
}

/// Returns the answer that arrives; `None` if its bytes were broken.
pub(crate) fn reply(sent: &Reply, breaks: Option<&mut Dice>) -> Option<Reply> {
    let mut bytes = Vec::new();
    sent.encode(&mut Encoder::new(&mut bytes, Protocol::Resp3));
    carry(sent, bytes, breaks, Decoder::of_replies(), |frame| Reply::decode(frame).ok())
}

/// Returns the push that arrives; `None` if its bytes were broken.
pub(crate) fn push(sent: &Push, breaks: Option<&mut Dice>) -> Option<Push> {
    let mut bytes = Vec::new();
    sent.encode(&mut Encoder::new(&mut bytes, Protocol::Resp3));
    carry(sent, bytes, breaks, Decoder::of_replies(), |frame| Push::decode(frame).ok())
}

fn carry<T: PartialEq>(
    sent: &T,
    mut bytes: Vec<u8>,
    breaks: Option<&mut Dice>,
    mut decoder: Decoder,
    read: impl Fn(Frame<'_>) -> Option<T>,
) -> Option<T> {
    let is_whole = breaks.is_none();
    if let Some(dice) = breaks {
        break_bytes(&mut bytes, dice);
    }
    let (mut rest, mut arrived) = (&bytes[..], None);
    while let Ok(Some(frame)) = decoder.decode(&mut rest) {
        arrived = arrived.or_else(|| read(frame));
    }
    assert!(decoder.bytes() <= DECODER_BYTES_MAX);
    let arrived = arrived.filter(|arrived| arrived == sent);
    assert!(arrived.is_some() || !is_whole, "whole bytes are the message that was sent");
    arrived
}

/// Breaks bytes as a fuzzer does: another byte, one more, one less, a part twice, the end missing.
fn break_bytes(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..dice.between(1, 4) {
        let at = dice.below(bytes.len() as u64 + 1) as usize;
        let digit = b"0123456789-*$>+:\r\n"[dice.below(18) as usize];
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = digit,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let end = bytes.len().min(at + 9);
                bytes.extend_from_within(at..end);
            }
            _ => bytes.insert(at, digit),
        }
    }
}
