//! What is wrong with what was asked for.

use std::fmt;

/// Says what is wrong and what to do about it, for the person who asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint(String);

impl Complaint {
    /// Returns a complaint that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
