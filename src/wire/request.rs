//! The versioned commands: [`Request`] to bytes and back.
//!
//! | command | what it is |
//! |---|---|
//! | `TC.HELLO protocol epoch [PUSH]` | [`Request::Hello`] |
//! | `TC.GET key [DIGEST]` | [`Request::Get`] |
//! | `TC.PUT key version expires flags [value]` | [`Request::Put`]; without a value a delete |
//! | `TC.TOUCH key version expires` | [`Request::Touch`] |
//! | `TC.CLEAR namespace version` | [`Request::Clear`] |
//! | `TC.LEASE key holder ttl` | [`Request::Lease`] |
//!
//! A version is its 16 bytes, numbers are decimal, times milliseconds.

use alloc::vec::Vec;

use super::command::{checked, exactly};
use super::encode::{Encoder, Protocol};
use super::error::{CommandError, WireError};
use super::frame::Words;
use super::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use super::message::Request;
use super::number;
use super::version::Version;

/// The version of the versioned commands that is spoken here.
pub const WIRE_PROTOCOL: u64 = 1;

impl Request {
    /// Appends the request to `out`, as a command.
    ///
    /// # Errors
    ///
    /// [`WireError::Request`] if its key or value is longer than a node takes; nothing is written.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), WireError> {
        let (key, value) = match self {
            Self::Hello { .. } => (&[][..], None),
            Self::Get { key, .. } | Self::Touch { key, .. } | Self::Lease { key, .. } => {
                (&key[..], None)
            }
            Self::Clear { namespace, .. } => (&namespace[..], None),
            Self::Put { key, value, .. } => (&key[..], value.as_deref()),
        };
        let value_bytes = value.map_or(0, <[u8]>::len);
        if key.len() > KEY_BYTES_MAX || value_bytes > VALUE_BYTES_MAX {
            return Err(WireError::Request);
        }
        let encoder = &mut Encoder::new(out, Protocol::Resp3);
        match *self {
            Self::Hello { epoch, pushes } => {
                start(encoder, b"TC.HELLO", 2 + usize::from(pushes));
                encoder.bulk_digits(WIRE_PROTOCOL);
                encoder.bulk_digits(epoch);
                if pushes {
                    encoder.bulk(b"PUSH");
                }
            }
            Self::Get { ref key, digest } => {
                start(encoder, b"TC.GET", 1 + usize::from(digest));
                encoder.bulk(key);
                if digest {
                    encoder.bulk(b"DIGEST");
                }
            }
            Self::Put { ref key, version, expires_at_ms, flags, ref value } => {
                start(encoder, b"TC.PUT", 4 + usize::from(value.is_some()));
                encoder.bulk(key);
                encoder.bulk(&version.to_bytes());
                encoder.bulk_digits(expires_at_ms);
                encoder.bulk_digits(u64::from(flags));
                if let Some(value) = value {
                    encoder.bulk(value);
                }
            }
            Self::Touch { ref key, version, expires_at_ms } => {
                start(encoder, b"TC.TOUCH", 3);
                encoder.bulk(key);
                encoder.bulk(&version.to_bytes());
                encoder.bulk_digits(expires_at_ms);
            }
            Self::Clear { ref namespace, version } => {
                start(encoder, b"TC.CLEAR", 2);
                encoder.bulk(namespace);
                encoder.bulk(&version.to_bytes());
            }
            Self::Lease { ref key, holder, ttl_ms } => {
                start(encoder, b"TC.LEASE", 3);
                encoder.bulk(key);
                encoder.bulk_digits(holder);
                encoder.bulk_digits(ttl_ms);
            }
        }
        Ok(())
    }

    /// Returns the request of a command's name, without its `TC.`, and words.
    pub(super) fn parse(name: &[u8], words: Words<'_>) -> Result<Self, CommandError> {
        match name {
            b"GET" => get(words),
            b"PUT" => put(words),
            b"TOUCH" => {
                let [key, version, expires] = exactly("tc.touch", words)?;
                let (key, version) = (owned(key)?, of_bytes(version)?);
                Ok(Self::Touch { key, version, expires_at_ms: number(expires)? })
            }
            b"CLEAR" => {
                let [namespace, version] = exactly("tc.clear", words)?;
                Ok(Self::Clear { namespace: owned(namespace)?, version: of_bytes(version)? })
            }
            b"LEASE" => {
                let [key, holder, ttl] = exactly("tc.lease", words)?;
                let (holder, ttl_ms) = (number(holder)?, number(ttl)?);
                Ok(Self::Lease { key: owned(key)?, holder, ttl_ms })
            }
            b"HELLO" => hello(words),
            _ => Err(CommandError::Unknown),
        }
    }
}

fn hello(words: Words<'_>) -> Result<Request, CommandError> {
    let ([protocol, epoch], pushes) = match words.all::<3>() {
        Some([protocol, epoch, option]) if option.eq_ignore_ascii_case(b"PUSH") => {
            ([protocol, epoch], true)
        }
        Some(_) => return Err(CommandError::Syntax),
        None => (exactly("tc.hello", words)?, false),
    };
    if number(protocol)? != WIRE_PROTOCOL {
        return Err(CommandError::Protocol);
    }
    Ok(Request::Hello { epoch: number(epoch)?, pushes })
}

fn get(words: Words<'_>) -> Result<Request, CommandError> {
    let (key, digest) = match (words.get(0), words.get(1), words.len()) {
        (Some(key), None, _) => (key, false),
        (Some(key), Some(option), 2) if option.eq_ignore_ascii_case(b"DIGEST") => (key, true),
        (Some(_), Some(_), 2) => return Err(CommandError::Syntax),
        _ => return Err(CommandError::Arity("tc.get")),
    };
    Ok(Request::Get { key: owned(key)?, digest })
}

fn put(words: Words<'_>) -> Result<Request, CommandError> {
    let ([key, version, expires, flags], value) = match words.all::<5>() {
        Some([key, version, expires, flags, value]) => {
            ([key, version, expires, flags], Some(value))
        }
        None => (exactly("tc.put", words)?, None),
    };
    Ok(Request::Put {
        key: owned(key)?,
        version: of_bytes(version)?,
        expires_at_ms: number(expires)?,
        flags: number(flags)?.try_into().map_err(|_| CommandError::Integer)?,
        value: value.map(<[u8]>::to_vec),
    })
}

/// Starts a command of `words` words after its name.
fn start(encoder: &mut Encoder<'_>, name: &[u8], words: usize) {
    encoder.array(1 + words);
    encoder.bulk(name);
}

fn owned(key: &[u8]) -> Result<Vec<u8>, CommandError> {
    checked(key).map(<[u8]>::to_vec)
}

fn of_bytes(version: &[u8]) -> Result<Version, CommandError> {
    version.try_into().map(Version::from_bytes).map_err(|_| CommandError::Version)
}

fn number(digits: &[u8]) -> Result<u64, CommandError> {
    number::unsigned(digits).ok_or(CommandError::Integer)
}
