//! What the cache and its shadows may be set to.

use crate::policy::region::Share;

/// How the lists behave, and how large a part of the room the window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) mode: Mode,
    pub(super) window_percent: u32,
}

/// What moves an entry, and who goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// One list in all but name: whoever was used the longest ago goes.
    Lru,
    /// `TinyLFU`: what leaves the window competes by frequency with the tail of the main region.
    Frequency,
    /// The same, but a ghost that was used after the main tail takes its place at once.
    Reuse,
    /// LIRS: what was used twice within the time since the main tail's last use is main; the tail
    /// goes to the window, and the window's tail goes.
    Lirs,
    /// The same, but a ghost that comes back evicts the main tail.
    Frd,
}

/// The settings, the one to begin with first.
pub(super) const SETTINGS: [Setting; 8] = [
    Setting { mode: Mode::Reuse, window_percent: 3 },
    Setting { mode: Mode::Lru, window_percent: 100 },
    Setting { mode: Mode::Lirs, window_percent: 1 },
    Setting { mode: Mode::Reuse, window_percent: 20 },
    Setting { mode: Mode::Reuse, window_percent: 1 },
    Setting { mode: Mode::Frd, window_percent: 20 },
    Setting { mode: Mode::Reuse, window_percent: 50 },
    Setting { mode: Mode::Frequency, window_percent: 1 },
];

/// The protected part of the main region, where there is one on probation.
const PROTECTED_PERCENT: u32 = 80;

impl Setting {
    /// Returns what of `room` is the window's, the main region's, and the protected part of that.
    pub(super) fn shares(self, room: Share) -> [Share; 3] {
        let window = room.part(self.window_percent, 1);
        let main = room.without(window);
        let protected = match self.mode {
            Mode::Frequency | Mode::Reuse => main.part(PROTECTED_PERCENT, 0),
            _ => main,
        };
        [window, main, protected]
    }
}
