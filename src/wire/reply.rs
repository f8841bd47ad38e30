//! What a node answers: [`Reply`] to bytes and back, and the errors of the standard commands.
//!
//! | reply | bytes |
//! |---|---|
//! | [`Reply::Hello`] | `[hello protocol epoch wall ttl op drift floor key value frame]` |
//! | [`Reply::Held`] | `[held version expires flags value]`, the value null if it was left out |
//! | [`Reply::Gone`] | `[gone version expires]`, or `[dead version expires]` |
//! | [`Reply::Forgot`] | `[forgot floor]` |
//! | [`Reply::Applied`] | `+OK` |
//! | [`Reply::Removed`] | `+REMOVED` |
//! | [`Reply::Superseded`] | `[superseded version]` |
//! | [`Reply::Granted`] | `+GRANTED` |
//! | [`Reply::Denied`] | `[denied until]` |
//! | [`Reply::Clock`] | `-CLOCK wall` |
//! | [`Reply::Busy`] | `-BUSY` |
//! | [`Reply::Epoch`] | `-EPOCH epoch` |
//! | [`Reply::Refused`] | `-WORD sentence`, else `-ERR reason` |
//!
//! The last three of `hello` are the node's limits in bytes; what a later version appends is passed
//! over. Arrays rather than maps: half the bytes, and the same in both versions of the protocol.
//!
//! A refusal is the error line itself, so that a node in front of another engine can hand errors
//! on. One that could be read as something else goes behind `ERR`, which is taken off again.

use super::encode::Encoder;
use super::error::WireError;
use super::frame::{Frame, Reader, Token};
use super::limits::{FRAME_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX};
use super::message::{Held, Reply};
use super::number::{self, Digits};
use super::request::WIRE_PROTOCOL;
use super::version::Version;

/// The answer to whoever has not said who it is, as Redis gives it.
pub const NO_AUTH: &[u8] = b"NOAUTH Authentication required.";

/// The answer to a wrong password or token; it is not repeated.
pub const WRONG_PASS: &[u8] = b"WRONGPASS invalid username-password pair or user is disabled.";

/// The answer to whoever may not do this.
pub const NO_PERM: &[u8] = b"NOPERM this user has no permissions to access the key or command";

impl Reply {
    /// Writes the reply.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        match *self {
            Self::Hello { epoch, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms } => {
                start(encoder, b"hello", 10);
                let limits = [KEY_BYTES_MAX, VALUE_BYTES_MAX, FRAME_BYTES_MAX].map(|it| it as u64);
                let told = [max_ttl_ms, max_op_ms, max_drift_ms, floor_ms];
                for number in [WIRE_PROTOCOL, epoch, wall_ms].into_iter().chain(told).chain(limits)
                {
                    encoder.unsigned(number);
                }
            }
            Self::Held(ref held) => encode_held(held, encoder),
            Self::Gone { version, expires_at_ms, dead } => {
                start(encoder, if dead { b"dead" } else { b"gone" }, 2);
                encoder.bulk(&version.to_bytes());
                encoder.unsigned(expires_at_ms);
            }
            Self::Forgot { floor } => encode_version(b"forgot", floor, encoder),
            Self::Applied => encoder.ok(),
            Self::Removed => encoder.simple(b"REMOVED"),
            Self::Superseded { version } => encode_version(b"superseded", version, encoder),
            Self::Granted => encoder.simple(b"GRANTED"),
            Self::Denied { until_ms } => {
                start(encoder, b"denied", 1);
                encoder.unsigned(until_ms);
            }
            Self::Clock { wall_ms } => encode_number_error(CLOCK, wall_ms, encoder),
            Self::Epoch { epoch } => encode_number_error(EPOCH, epoch, encoder),
            Self::Busy => encoder.error(b"BUSY too much to do, nothing changed"),
            Self::Refused { ref reason } => encode_refused(reason, encoder),
        }
    }

    /// Returns the reply of a message.
    ///
    /// # Errors
    ///
    /// [`WireError::Reply`] if it is none that is known here.
    pub fn decode(frame: Frame<'_>) -> Result<Self, WireError> {
        let mut reader = frame.reader();
        let reply = match reader.token()? {
            Token::Array(_) => decode_array(&mut reader)?,
            Token::Simple(text) | Token::Bulk(text) => match reader.text_of(text) {
                b"OK" => Self::Applied,
                b"REMOVED" => Self::Removed,
                b"GRANTED" => Self::Granted,
                _ => return Err(WireError::Reply),
            },
            Token::Error(line) => decode_error(reader.text_of(line)),
            _ => return Err(WireError::Reply),
        };
        reader.end()?;
        Ok(reply)
    }
}

const CLOCK: &[u8] = b"CLOCK ";
const EPOCH: &[u8] = b"EPOCH ";
const ERR: &[u8] = b"ERR ";

fn start(encoder: &mut Encoder<'_>, name: &[u8], values: usize) {
    encoder.array(1 + values);
    encoder.simple(name);
}

fn encode_version(name: &[u8], version: Version, encoder: &mut Encoder<'_>) {
    start(encoder, name, 1);
    encoder.bulk(&version.to_bytes());
}

fn encode_held(held: &Held, encoder: &mut Encoder<'_>) {
    start(encoder, b"held", 4);
    encoder.bulk(&held.version.to_bytes());
    encoder.unsigned(held.expires_at_ms);
    encoder.integer(i64::from(held.flags));
    match &held.value {
        Some(value) => encoder.bulk(value),
        None => encoder.null(),
    }
}

fn encode_number_error(word: &[u8], number: u64, encoder: &mut Encoder<'_>) {
    encoder.error(&[word, Digits::of(number).as_bytes()].concat());
}

fn encode_refused(reason: &[u8], encoder: &mut Encoder<'_>) {
    let word_bytes = reason.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let has_word = word_bytes > 0 && reason.get(word_bytes) == Some(&b' ');
    let is_own =
        has_word && matches!(&reason[..word_bytes], b"ERR" | b"BUSY" | b"CLOCK" | b"EPOCH");
    if has_word && !is_own {
        encoder.error(reason);
    } else {
        encoder.error(&[ERR, reason].concat());
    }
}

fn decode_error(line: &[u8]) -> Reply {
    let number = |word| number::unsigned(line.strip_prefix(word)?);
    if let Some(wall_ms) = number(CLOCK) {
        return Reply::Clock { wall_ms };
    }
    if let Some(epoch) = number(EPOCH) {
        return Reply::Epoch { epoch };
    }
    if line == b"BUSY" || line.starts_with(b"BUSY ") {
        return Reply::Busy;
    }
    Reply::Refused { reason: line.strip_prefix(ERR).unwrap_or(line).to_vec() }
}

/// Reads the rest of an array; the caller checks that it ends there.
fn decode_array(reader: &mut Reader<'_>) -> Result<Reply, WireError> {
    Ok(match reader.text()? {
        b"held" => Reply::Held(Held {
            version: reader.version()?,
            expires_at_ms: reader.unsigned()?,
            flags: reader.unsigned()?.try_into().map_err(|_| WireError::Reply)?,
            value: reader.text_or_null()?.map(<[u8]>::to_vec),
        }),
        name @ (b"gone" | b"dead") => Reply::Gone {
            version: reader.version()?,
            expires_at_ms: reader.unsigned()?,
            dead: name == b"dead",
        },
        b"forgot" => Reply::Forgot { floor: reader.version()? },
        b"superseded" => Reply::Superseded { version: reader.version()? },
        b"denied" => Reply::Denied { until_ms: reader.unsigned()? },
        b"hello" => decode_hello(reader)?,
        _ => return Err(WireError::Reply),
    })
}

fn decode_hello(reader: &mut Reader<'_>) -> Result<Reply, WireError> {
    if reader.unsigned()? != WIRE_PROTOCOL {
        return Err(WireError::Reply);
    }
    let (epoch, wall_ms) = (reader.unsigned()?, reader.unsigned()?);
    let (max_ttl_ms, max_op_ms) = (reader.unsigned()?, reader.unsigned()?);
    let (max_drift_ms, floor_ms) = (reader.unsigned()?, reader.unsigned()?);
    // With such a clock or such limits nothing could be stored, by way of no other node either.
    let is_sane = wall_ms < 1 << Version::MS_BITS && max_ttl_ms > 0 && max_op_ms > 0;
    if !is_sane {
        return Err(WireError::Reply);
    }
    let hello = Reply::Hello { epoch, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms };
    reader.skip();
    Ok(hello)
}
