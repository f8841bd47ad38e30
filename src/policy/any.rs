//! Sets of policies, one of which is chosen by name when a cache is made.
//!
//! A set is a type, so that a program says how its policies are called: fast, or small.

use crate::index::Moment;

use super::{Adaptive, Fifo, Lfu, Lru, Policy, PolicyKind, S3Fifo, Share, Sieve, WTinyLfu};

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
#[allow(clippy::large_enum_variant)] // There is one in a cache; a box is a jump for each call.
pub enum AnyPolicy {
    Lru(Lru),
    Lfu(Lfu),
    Fifo(Fifo),
    Sieve(Sieve),
    S3Fifo(S3Fifo),
    WTinyLfu(WTinyLfu),
    Adaptive(Adaptive),
}

/// Any of the policies, called through a table of its methods: each is compiled once, where
/// [`AnyPolicy`] has a copy at each call. For programs that are downloaded.
#[derive(Debug)]
pub struct SmallPolicy(AnyPolicy);

impl AnyPolicy {
    #[inline(never)] // Or each call would be copied for each policy again: size.
    fn get_mut<T: Moment>(&mut self) -> &mut dyn Policy<T> {
        match self {
            Self::Lru(policy) => policy,
            Self::Lfu(policy) => policy,
            Self::Fifo(policy) => policy,
            Self::Sieve(policy) => policy,
            Self::S3Fifo(policy) => policy,
            Self::WTinyLfu(policy) => policy,
            Self::Adaptive(policy) => policy,
        }
    }
}

impl Policies for AnyPolicy {
    #[inline(never)] // Once for a new cache and one that is cleared: size.
    fn new(kind: PolicyKind, room: Share) -> Self {
        match kind {
            PolicyKind::Lru => Self::Lru(Lru::default()),
            PolicyKind::Lfu => Self::Lfu(Lfu::default()),
            PolicyKind::Fifo => Self::Fifo(Fifo::default()),
            PolicyKind::Sieve => Self::Sieve(Sieve::default()),
            PolicyKind::S3Fifo => Self::S3Fifo(S3Fifo::new(room)),
            PolicyKind::WTinyLfu => Self::WTinyLfu(WTinyLfu::new(room)),
            PolicyKind::Adaptive => Self::Adaptive(Adaptive::new(room)),
        }
    }

    #[inline(never)]
    fn get<T: Moment>(&self) -> &dyn Policy<T> {
        match self {
            Self::Lru(policy) => policy,
            Self::Lfu(policy) => policy,
            Self::Fifo(policy) => policy,
            Self::Sieve(policy) => policy,
            Self::S3Fifo(policy) => policy,
            Self::WTinyLfu(policy) => policy,
            Self::Adaptive(policy) => policy,
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
            Self::Adaptive(policy) => act(policy),
        }
    }
}

impl Policies for SmallPolicy {
    fn new(kind: PolicyKind, room: Share) -> Self {
        Self(AnyPolicy::new(kind, room))
    }

    fn get<T: Moment>(&self) -> &dyn Policy<T> {
        self.0.get()
    }

    fn with<T: Moment, R>(&mut self, act: impl FnOnce(&mut dyn Policy<T>) -> R) -> R {
        act(self.0.get_mut())
    }
}
