//! What is wrong with the bytes, and with a command.

use alloc::format;
use core::fmt;

use super::encode::Encoder;
use super::limits::{ARGUMENTS_MAX, DEPTH_MAX, KEY_BYTES_MAX, LINE_BYTES_MAX, VALUE_BYTES_MAX};

/// Why bytes are not a message.
///
/// Where a variant says that the stream ends, nobody can tell where the next message starts: the
/// decoder has let go of what it held and repeats the error, the messages before it stand, and the
/// connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// This byte starts nothing that is allowed where it stands. The stream ends.
    Type(u8),
    /// A line is longer than [`LINE_BYTES_MAX`] or does not end with CR LF. The stream ends.
    Line,
    /// A number, a boolean or a null is not written as one. The stream ends.
    Number,
    /// A length is not a number, or is `?`: parts of unknown length are not spoken here. The
    /// stream ends.
    Length,
    /// A string or a message is longer than its limit. Nothing was reserved for it; the stream
    /// ends.
    TooLong,
    /// An aggregate or a message has more elements than its limit. Nothing was reserved for them;
    /// the stream ends.
    TooMany,
    /// Aggregates nest deeper than [`DEPTH_MAX`]. The stream ends.
    TooDeep,
    /// A string is not followed by CR LF. The stream ends.
    Ending,
    /// An inline command opens a quote that it does not close. The stream ends.
    Quotes,
    /// A browser speaks HTTP to a port that speaks RESP, perhaps not by its user's will. The
    /// stream ends.
    Http,
    /// The frame ended in the middle of a message. The messages before it stand.
    Truncated,
    /// The message is whole and is neither a reply nor a push that is known here. The stream goes
    /// on, but replies can no longer be matched with requests by their order.
    Reply,
    /// The request has a key or a value that is longer than its limit. Nothing was written.
    Request,
}

impl fmt::Display for WireError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Type(byte) => return write!(out, "unexpected byte 0x{byte:02x}"),
            Self::Line => {
                return write!(out, "a line ends with CR LF after {LINE_BYTES_MAX} bytes");
            }
            Self::TooLong => return write!(out, "longer than {VALUE_BYTES_MAX} bytes"),
            Self::TooMany => return write!(out, "more than {ARGUMENTS_MAX} elements"),
            Self::TooDeep => return write!(out, "nested deeper than {DEPTH_MAX}"),
            Self::Number => "invalid number",
            Self::Length => "invalid length",
            Self::Ending => "a string ends with CR LF",
            Self::Quotes => "unbalanced quotes in request",
            Self::Http => "this is not an HTTP port",
            Self::Truncated => "the frame ends in the middle of a message",
            Self::Reply => "neither a reply nor a push",
            Self::Request => "a key or a value is too long to be sent",
        };
        out.write_str(what)
    }
}

impl core::error::Error for WireError {}

impl WireError {
    /// Writes the error as a server says it before it closes the connection.
    pub fn encode(self, encoder: &mut Encoder<'_>) {
        encoder.error(format!("ERR Protocol error: {self}").as_bytes());
    }
}

/// Why a message is not a command. The connection goes on, and nothing was changed.
///
/// Its text is what Redis says, where Redis has such an error; it never repeats an argument, which
/// might be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// The message is not an array of strings.
    Shape,
    /// There is no such command.
    Unknown,
    /// There is no such subcommand.
    Subcommand,
    /// The command, named here, has another number of arguments.
    Arity(&'static str),
    /// An option is unknown, is there twice or excludes another.
    Syntax,
    /// An argument is not a number, or too great a one.
    Integer,
    /// The command, named here, cannot give such a time to live.
    Ttl(&'static str),
    /// There is only database 0.
    Database,
    /// Another version of the protocol is asked for.
    Protocol,
    /// A version is not of 16 bytes.
    Version,
    /// The key is longer than [`KEY_BYTES_MAX`].
    Key,
}

impl fmt::Display for CommandError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self {
            Self::Arity(name) => {
                return write!(out, "ERR wrong number of arguments for '{name}' command");
            }
            Self::Ttl(name) => return write!(out, "ERR invalid expire time in '{name}' command"),
            Self::Key => return write!(out, "ERR key is longer than {KEY_BYTES_MAX} bytes"),
            Self::Shape => "ERR a command is an array of strings",
            Self::Unknown => "ERR unknown command",
            Self::Subcommand => "ERR unknown subcommand",
            Self::Syntax => "ERR syntax error",
            Self::Integer => "ERR value is not an integer or out of range",
            Self::Database => "ERR DB index is out of range",
            Self::Protocol => "NOPROTO unsupported protocol version",
            Self::Version => "ERR a version is 16 bytes",
        };
        out.write_str(line)
    }
}

impl core::error::Error for CommandError {}

impl CommandError {
    /// Writes the error as a server answers it.
    pub fn encode(self, encoder: &mut Encoder<'_>) {
        encoder.error(format!("{self}").as_bytes());
    }
}
