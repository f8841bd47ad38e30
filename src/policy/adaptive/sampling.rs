//! Which keys the shadows see.

/// The most keys of which one is seen ..
const RATE_MAX: u32 = 128;
/// .. unless a shadow had more entries than this.
const ENTRIES_MAX: u32 = 4096;
/// A shadow holds at least this many entries ..
const ENTRIES: u32 = 128;
/// .. unless more than one in eight keys were seen for it; then at least this many.
const ENTRIES_MIN: u32 = 16;
/// To see one in this many keys is cheap.
const RATE_CHEAP: u32 = 8;

/// Returns the number of keys of which a shadow sees one, a power of two, for a cache of `entries`.
pub(super) const fn rate(entries: u32) -> u32 {
    let mut rate = RATE_MAX;
    while entries / rate > ENTRIES_MAX {
        rate *= 2;
    }
    while rate > 1 && entries / rate < if rate > RATE_CHEAP { ENTRIES } else { ENTRIES_MIN } {
        rate /= 2;
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_has_enough_entries_and_not_too_many() {
        let caches = [1, 31, 32, 127, 128, 2_047, 2_048, 32_768, 1 << 20, (1 << 29) - 1];
        let rates = caches.map(rate);
        assert_eq!(rates, [1, 1, 2, 4, 8, 8, 16, 128, 256, 131_072]);
    }
}
