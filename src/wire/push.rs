//! Pushes: what a node says without being asked, to bytes and back.
//!
//! A near cache counts them: a gap in `seq` is a push that was lost, and ends what it holds of that
//! node.

use alloc::vec::Vec;

use super::encode::Encoder;
use super::error::WireError;
use super::frame::{Frame, Token};
use super::version::Version;

/// A message that nobody asked for: what a near cache has to forget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// `>invalidate key version seq`: a key was written.
    Invalidate {
        /// The key.
        key: Vec<u8>,
        /// The version that it was written with.
        version: Version,
        /// One more than that of the push before, on the same connection.
        seq: u64,
    },
    /// `>clear namespace version seq`: a namespace was cleared.
    Clear {
        /// The namespace; empty for all keys.
        namespace: Vec<u8>,
        /// The version up to which its records are forgotten.
        version: Version,
        /// One more than that of the push before, on the same connection.
        seq: u64,
    },
}

impl Push {
    /// Writes the push. Only a client that has said `HELLO 3` can tell it from a reply.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        let (name, key, version, seq): (&[u8], _, _, _) = match self {
            Self::Invalidate { key, version, seq } => (b"invalidate", key, version, seq),
            Self::Clear { namespace, version, seq } => (b"clear", namespace, version, seq),
        };
        encoder.push(4);
        encoder.simple(name);
        encoder.bulk(key);
        encoder.bulk(&version.to_bytes());
        encoder.unsigned(*seq);
    }

    /// Returns the push of a message.
    ///
    /// # Errors
    ///
    /// [`WireError::Reply`] if it is none that is known here; the connection goes on.
    pub fn decode(frame: Frame<'_>) -> Result<Self, WireError> {
        let mut reader = frame.reader();
        let Token::Push(4) = reader.token()? else { return Err(WireError::Reply) };
        let name = reader.text()?;
        let (key, version, seq) = (reader.text()?.to_vec(), reader.version()?, reader.unsigned()?);
        reader.end()?;
        match name {
            b"invalidate" => Ok(Self::Invalidate { key, version, seq }),
            b"clear" => Ok(Self::Clear { namespace: key, version, seq }),
            _ => Err(WireError::Reply),
        }
    }
}
