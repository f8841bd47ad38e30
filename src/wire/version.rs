//! Versions: a hybrid logical clock and the writer that drew it, totally ordered.
//!
//! [1] S. Kulkarni et al., "Logical Physical Clocks", OPODIS 2014.

/// What orders the writes of one key: 48 bits of milliseconds, a 16-bit counter for writes of the
/// same millisecond, and the writer's 64-bit id, which makes versions of different writers unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version {
    /// Milliseconds since the Unix epoch in the upper 48 bits, the counter in the lower 16.
    clock: u64,
    writer: u64,
}

impl Version {
    /// Milliseconds have fewer than so many bits.
    pub const MS_BITS: u32 = 48;
    /// Before every version that was ever drawn.
    pub const ZERO: Self = Self { clock: 0, writer: 0 };

    /// Returns the version of `writer` at `ms` milliseconds and `counter`; only 48 bits of `ms`
    /// count.
    pub const fn new(ms: u64, counter: u16, writer: u64) -> Self {
        Self { clock: ms << 16 | counter as u64, writer }
    }

    /// Returns its milliseconds since the Unix epoch.
    pub const fn ms(self) -> u64 {
        self.clock >> 16
    }

    /// Returns its counter within the millisecond.
    pub const fn counter(self) -> u16 {
        self.clock as u16
    }

    /// Returns who drew it.
    pub const fn writer(self) -> u64 {
        self.writer
    }

    /// Returns its 16 bytes, big-endian: they order as versions do.
    pub const fn to_bytes(self) -> [u8; 16] {
        ((self.clock as u128) << 64 | self.writer as u128).to_be_bytes()
    }

    /// Returns the version of 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        let all = u128::from_be_bytes(bytes);
        Self { clock: (all >> 64) as u64, writer: all as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_order_as_versions_do() {
        let versions = [
            Version::ZERO,
            Version::new(1, 0, 9),
            Version::new(1, 1, 0),
            Version::new(1, 1, 1),
            Version::new(2, 0, 0),
            Version::new((1 << 48) - 1, u16::MAX, u64::MAX),
        ];
        assert!(versions.is_sorted_by(|a, b| a < b));
        assert!(versions.is_sorted_by(|a, b| a.to_bytes() < b.to_bytes()));
        for version in versions {
            assert_eq!(Version::from_bytes(version.to_bytes()), version);
        }
    }
}
