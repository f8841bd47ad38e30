//! The policies by the names that the package gives them.

use tidecache::PolicyKind;

use crate::complaint::Complaint;

/// One policy of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    /// What the package calls it.
    pub(crate) name: &'static str,
    /// What the crate calls it.
    pub(crate) kind: PolicyKind,
    /// Whether it must equal the column of its name in reference.csv: it leaves nothing open.
    pub(crate) is_exact: bool,
}

const fn policy(kind: PolicyKind, is_exact: bool) -> Policy {
    Policy { name: kind.name(), kind, is_exact }
}

/// All of them, in the order of the tables.
pub(crate) const POLICIES: &[Policy] = &[
    policy(PolicyKind::Fifo, true),
    policy(PolicyKind::Lru, true),
    policy(PolicyKind::Lfu, false),
    policy(PolicyKind::Sieve, true),
    policy(PolicyKind::S3Fifo, false),
    policy(PolicyKind::WTinyLfu, false),
    policy(PolicyKind::Adaptive, false),
];

impl Policy {
    /// Returns the policies that `names` list.
    pub(crate) fn list(names: &str) -> Result<Vec<Self>, Complaint> {
        names.split(',').map(Self::find).collect()
    }

    fn find(name: &str) -> Result<Self, Complaint> {
        POLICIES.iter().find(|policy| policy.name == name).copied().ok_or_else(|| {
            let known: Vec<&str> = POLICIES.iter().map(|policy| policy.name).collect();
            Complaint::new(format!("no policy `{name}`; --policies takes {}", known.join(",")))
        })
    }

    /// Whether hits depend on a seed.
    pub(crate) fn is_random(self) -> bool {
        self.kind.knows_hashes()
    }
}
