//! Many messages in one frame.
//!
//! A frame of a WebSocket, a body of a fetch, a message to a port: each costs more than the
//! messages in it, so that whoever sends gathers what one turn of the event loop has to say.

use alloc::vec::Vec;
use core::{fmt, mem};

use super::encode::{Encoder, Protocol};
use super::error::WireError;
use super::limits::FRAME_BYTES_MAX;
use super::message::Request;

/// Gathers messages of RESP3 into frames of at most [`FRAME_BYTES_MAX`].
///
/// Each operation that adds returns the frame that had no more room, to be sent first. To read a
/// frame, feed it to a [`Decoder`](super::Decoder) and [finish](super::Decoder::finish).
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
}

impl Batch {
    /// Returns an empty batch; allocates nothing.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Adds a request.
    ///
    /// # Errors
    ///
    /// [`WireError::Request`] if it is longer than a node takes; the batch is unchanged.
    pub fn request(&mut self, request: &Request) -> Result<Option<Vec<u8>>, WireError> {
        let start = self.bytes.len();
        request.encode(&mut self.bytes)?;
        Ok(self.split(start))
    }

    /// Adds what `write` writes: one message, or several that stay together. Only the writer can
    /// make a frame too long, by one message that is.
    #[must_use = "the frame that is full is to be sent"]
    pub fn write(&mut self, write: impl FnOnce(&mut Encoder<'_>)) -> Option<Vec<u8>> {
        let start = self.bytes.len();
        write(&mut Encoder::new(&mut self.bytes, Protocol::Resp3));
        self.split(start)
    }

    /// Returns the frame as it is and starts another; `None` if nothing is in it.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        let bytes = mem::take(&mut self.bytes);
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Returns how many bytes wait to be taken. O(1).
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing waits to be taken. O(1).
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Cuts before the newest message, at `start`, if the frame is too long with it.
    fn split(&mut self, start: usize) -> Option<Vec<u8>> {
        if start == 0 || self.bytes.len() <= FRAME_BYTES_MAX {
            return None;
        }
        let newest = self.bytes.split_off(start);
        Some(mem::replace(&mut self.bytes, newest))
    }
}

impl fmt::Debug for Batch {
    // What is in it may be a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Batch").field("len", &self.len()).finish()
    }
}
