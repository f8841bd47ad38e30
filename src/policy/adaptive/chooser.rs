//! Which setting has had the most hits lately, and whether it is worth to change to it.

use super::setting::{Mode, SETTINGS};

/// A score for each setting.
#[derive(Debug)]
pub(super) struct Chooser {
    scores: [f32; SETTINGS.len()],
    /// The setting of the cache.
    current: usize,
    /// How many requests of shadows are left of this epoch.
    left: u32,
}

/// An epoch is as many requests of a shadow as this part of its entries, and at least ..
const EPOCH: u32 = 4;
/// .. this many.
const EPOCH_MIN: u32 = 32;
/// What is left of a score after an epoch.
const MEMORY: f32 = 0.99;
/// By this part of a shadow's entries another setting must lead.
const MARGIN: f32 = 0.01;
/// By so much more for each part of the room that its window would take from the main region: to
/// bring that back costs as many misses.
const PRICE: f32 = 0.8;

impl Chooser {
    /// Returns a chooser without scores for a cache with the setting `current`.
    pub(super) const fn new(current: usize) -> Self {
        Self { scores: [0.0; SETTINGS.len()], current, left: 0 }
    }

    /// Returns the setting of the cache.
    pub(super) const fn current(&self) -> usize {
        self.current
    }

    /// Adds the hits of one request, a bit for each setting, in shadows of `entries`; returns the
    /// setting to change to, if one is worth it. O(1).
    pub(super) fn count(&mut self, hits: u32, entries: u32) -> Option<usize> {
        for (which, score) in self.scores.iter_mut().enumerate() {
            *score += (hits >> which & 1) as f32;
        }
        if self.left > 1 {
            self.left -= 1;
            return None;
        }
        self.left = (entries / EPOCH).max(EPOCH_MIN);
        let mut best = self.current;
        for (which, &score) in self.scores.iter().enumerate() {
            if score > self.scores[best] {
                best = which;
            }
        }
        let grown = window(best) - window(self.current);
        let margin = entries as f32 * (MARGIN + PRICE * grown.max(0.0));
        let lead = self.scores[best] - self.scores[self.current];
        for score in &mut self.scores {
            *score *= MEMORY;
        }
        if lead <= margin {
            return None;
        }
        self.current = best;
        Some(best)
    }
}

/// Returns the window's part of the room.
fn window(which: usize) -> f32 {
    let setting = SETTINGS[which];
    if setting.mode == Mode::Lru { 1.0 } else { setting.window_percent as f32 / 100.0 }
}
