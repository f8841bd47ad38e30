//! Sets of policies, one of which is chosen by name when a cache is made.
//!
//! A set is a type, so that a program carries the policies of the sets it names and no others: the
//! JavaScript door offers three and must not be as large as six.

use crate::index::Moment;

use super::{Fifo, Lfu, Lru, Policy, PolicyKind, S3Fifo, Share, Sieve, WTinyLfu};

/// One policy out of a set.
pub trait Policies: core::fmt::Debug {
    /// Returns the policy called `kind` for a cache that may hold `room`. Allocates nothing.
    fn new(kind: PolicyKind, room: Share) -> Self;

    /// Returns the policy, to be asked.
    fn get<T: Moment>(&self) -> &dyn Policy<T>;

    /// Calls `act` with the policy: in each case another call, into which the policy is inlined.
    fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R;
}

/// Any of the policies.
#[derive(Debug)]
#[allow(missing_docs)] // A policy by its name.
pub enum AnyPolicy {
    Lru(Lru),
    Lfu(Lfu),
    Fifo(Fifo),
    Sieve(Sieve),
    S3Fifo(S3Fifo),
    WTinyLfu(WTinyLfu),
}

/// One of the policies that know neither hashes nor ghosts: LRU, LFU, FIFO.
#[derive(Debug)]
#[allow(missing_docs)] // A policy by its name.
pub enum ClassicPolicy {
    Lru(Lru),
    Lfu(Lfu),
    Fifo(Fifo),
}

/// One of the policies that the response cache's module carries: W-TinyLFU by default, LRU for
/// whoever wants it plain.
#[derive(Debug)]
#[allow(missing_docs)] // A policy by its name.
#[allow(clippy::large_enum_variant)] // There is one a cache.
pub enum BytePolicy {
    Lru(Lru),
    WTinyLfu(WTinyLfu),
}

impl Policies for AnyPolicy {
    fn new(kind: PolicyKind, room: Share) -> Self {
        match kind {
            PolicyKind::Lru => Self::Lru(Lru::default()),
            PolicyKind::Lfu => Self::Lfu(Lfu::default()),
            PolicyKind::Fifo => Self::Fifo(Fifo::default()),
            PolicyKind::Sieve => Self::Sieve(Sieve::default()),
            PolicyKind::S3Fifo => Self::S3Fifo(S3Fifo::new(room)),
            PolicyKind::WTinyLfu => Self::WTinyLfu(WTinyLfu::new(room)),
        }
    }

    fn get<T: Moment>(&self) -> &dyn Policy<T> {
        match self {
            Self::Lru(policy) => policy,
            Self::Lfu(policy) => policy,
            Self::Fifo(policy) => policy,
            Self::Sieve(policy) => policy,
            Self::S3Fifo(policy) => policy,
            Self::WTinyLfu(policy) => policy,
        }
    }

    fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R {
        match self {
            Self::Lru(policy) => act(policy),
            Self::Lfu(policy) => act(policy),
            Self::Fifo(policy) => act(policy),
            Self::Sieve(policy) => act(policy),
            Self::S3Fifo(policy) => act(policy),
            Self::WTinyLfu(policy) => act(policy),
        }
    }
}

impl Policies for ClassicPolicy {
    /// Returns the policy called `kind`; LRU if that is none of these.
    fn new(kind: PolicyKind, _: Share) -> Self {
        match kind {
            PolicyKind::Lfu => Self::Lfu(Lfu::default()),
            PolicyKind::Fifo => Self::Fifo(Fifo::default()),
            _ => Self::Lru(Lru::default()),
        }
    }

    fn get<T: Moment>(&self) -> &dyn Policy<T> {
        match self {
            Self::Lru(policy) => policy,
            Self::Lfu(policy) => policy,
            Self::Fifo(policy) => policy,
        }
    }

    fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R {
        match self {
            Self::Lru(policy) => act(policy),
            Self::Lfu(policy) => act(policy),
            Self::Fifo(policy) => act(policy),
        }
    }
}

// Inlined whatever the level: a call by a table would bring in all that the table names, formatting
// included.
#[allow(clippy::inline_always)]
impl Policies for BytePolicy {
    /// Returns the policy called `kind`; LRU if that is none of these.
    #[inline(always)]
    fn new(kind: PolicyKind, room: Share) -> Self {
        match kind {
            PolicyKind::WTinyLfu => Self::WTinyLfu(WTinyLfu::new(room)),
            _ => Self::Lru(Lru::default()),
        }
    }

    #[inline(always)]
    fn get<T: Moment>(&self) -> &dyn Policy<T> {
        match self {
            Self::Lru(policy) => policy,
            Self::WTinyLfu(policy) => policy,
        }
    }

    #[inline(always)]
    fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R {
        match self {
            Self::Lru(policy) => act(policy),
            Self::WTinyLfu(policy) => act(policy),
        }
    }
}
