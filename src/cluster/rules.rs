//! The rules that a mutant leaves out.
//!
//! Each rule of the cluster is there because without it a simulation went wrong. A rule that can be
//! switched off can be shown to matter: `cargo xtask sim --without RULE` fails, and a test checks
//! that it does. Nothing but the simulator switches any off.

/// A rule that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Repairs are refused at or below a floor, as every write is.
    RepairBelowFloor,
    /// A read returns only what N − R + 1 replicas know, not R.
    Knowers,
    /// `Superseded` is no ack in the first round of a write.
    SupersededNoAck,
    /// `Forgot` is never an ack.
    ForgotNoAck,
    /// An empty node's floor comes from its own wall clock, not from versions it has seen.
    FloorFromWall,
    /// What a node forgets is remembered: first each key, then a floor of its cell.
    Memory,
    /// A record that expires leaves its version behind.
    ExpiryRemembers,
    /// A touch keeps the version.
    TouchKeepsVersion,
    /// The version of a fill is drawn before the load.
    FillBeforeLoad,
    /// A write of the version that is known is applied.
    EqualApplied,
    /// Failover needs no token of the hedging budget.
    FailoverFree,
    /// A clear reaches all nodes but N − W.
    ClearAllNodes,
    /// What was written since a read was sent voids its fill of the near cache.
    NearVoid,
    /// A gap in a node's pushes flushes the copies that came from it.
    NearGap,
}

/// Which rules hold; all of them unless the simulator says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    left_out: u16,
}

impl Rules {
    /// Every rule.
    pub const ALL: Self = Self { left_out: 0 };

    /// Returns every rule but `rule`. Only for the simulator: what is left is broken.
    #[doc(hidden)]
    pub const fn without(rule: Rule) -> Self {
        Self { left_out: 1 << rule as u16 }
    }

    /// Whether `rule` holds. O(1).
    pub const fn holds(self, rule: Rule) -> bool {
        self.left_out & (1 << rule as u16) == 0
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::ALL
    }
}

impl Rule {
    /// Every rule with the name by which a person leaves it out.
    pub const NAMES: [(&'static str, Self); 14] = [
        ("repair-below-floor", Self::RepairBelowFloor),
        ("knowers", Self::Knowers),
        ("superseded-no-ack", Self::SupersededNoAck),
        ("forgot-no-ack", Self::ForgotNoAck),
        ("floor-from-wall", Self::FloorFromWall),
        ("memory", Self::Memory),
        ("expiry-remembers", Self::ExpiryRemembers),
        ("touch-keeps-version", Self::TouchKeepsVersion),
        ("fill-before-load", Self::FillBeforeLoad),
        ("equal-applied", Self::EqualApplied),
        ("failover-free", Self::FailoverFree),
        ("clear-all-nodes", Self::ClearAllNodes),
        ("near-void", Self::NearVoid),
        ("near-gap", Self::NearGap),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_out_a_rule_leaves_the_others() {
        for (_, left_out) in Rule::NAMES {
            for (_, rule) in Rule::NAMES {
                assert_eq!(Rules::without(left_out).holds(rule), rule != left_out);
                assert!(Rules::ALL.holds(rule));
            }
        }
    }
}
