//! Why entries leave.

/// Why an entry left, or did not enter. The numbers are those that cross to JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum RemovalReason {
    /// The policy chose it to make room.
    Evicted = 0,
    /// Its deadline has come.
    Expired = 1,
    /// The user removed it.
    Deleted = 2,
    /// A new value came for its key.
    Replaced = 3,
    /// The user removed everything.
    Cleared = 4,
    /// A tag or another node declared it void.
    Invalidated = 5,
    /// It is heavier than the whole cache may be, or than the policy admits.
    Refused = 6,
}

/// One slot that was given up, and why. Its key and value are its owner's to drop.
///
/// The layout is fixed, because the JavaScript engine reads it through a view: two `u32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Removal {
    /// The slot; it may already hold the next entry when the owner reads this.
    pub slot: u32,
    /// Why it was given up.
    pub reason: RemovalReason,
}

const _: () = assert!(size_of::<Removal>() == 8, "the engine steps by eight bytes");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_cross_to_javascript_by_number() {
        use RemovalReason::{Cleared, Deleted, Evicted, Expired, Invalidated, Refused, Replaced};
        let all = [Evicted, Expired, Deleted, Replaced, Cleared, Invalidated, Refused];
        assert_eq!(all.map(|reason| reason as u32), [0, 1, 2, 3, 4, 5, 6]);
    }
}
