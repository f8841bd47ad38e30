//! Where the replicas of a write stand, counted.

use super::write::State;

/// How many replicas have said what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// The write is applied.
    pub(super) applied: usize,
    /// A newer version is known.
    pub(super) superseded: usize,
    /// Nothing is known but a floor that is not below the version.
    pub(super) forgot: usize,
    /// An answer may come.
    pub(super) open: usize,
}

impl Tally {
    /// Counts one replica; each has one state, so a repeated answer cannot make a quorum.
    pub(super) fn record(&mut self, state: State) {
        match state {
            State::Applied => self.applied += 1,
            State::Superseded(_) => self.superseded += 1,
            State::Forgot(_) => self.forgot += 1,
            State::Waiting | State::Early(_) => self.open += 1,
            State::Failed(_) => {}
        }
    }
}
