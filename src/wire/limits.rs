//! How much a stranger may ask for.
//!
//! A declared length is compared with these before anything is reserved for it, and what is
//! reserved grows with what has arrived: a peer pays for memory with bytes. All together a decoder
//! holds at most [`DECODER_BYTES_MAX`]. They are constants because both ends have to agree on them;
//! `TC.HELLO` tells those that a client can meet.

/// The longest key. Longer ones fail the command, not the connection.
pub const KEY_BYTES_MAX: usize = 1024;

/// The longest value, and the longest string of any kind.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// The longest message: the longest value, its key, and room for the words around them. Frames of
/// a transport that has frames are not longer either.
pub const FRAME_BYTES_MAX: usize = VALUE_BYTES_MAX + 4096;

/// As many arguments as a command has, its name included, and as many elements as any aggregate
/// has; a map has two a pair.
pub const ARGUMENTS_MAX: usize = 1024;

/// As many elements as one message has, nested ones and aggregates included.
pub const ELEMENTS_MAX: usize = 8 * ARGUMENTS_MAX;

/// As deep as aggregates nest.
pub const DEPTH_MAX: usize = 8;

/// The longest line: an inline command, a simple string, an error.
pub const LINE_BYTES_MAX: usize = 64 << 10;

/// The most a decoder ever holds: one message that has not arrived whole, and 16 bytes for each of
/// its elements.
pub const DECODER_BYTES_MAX: usize = FRAME_BYTES_MAX + 16 * ELEMENTS_MAX;
