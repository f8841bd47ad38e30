//! What comes out of the door: what became of requests, in bytes, little end first.
//! `src/ts/cluster/told.ts` reads it.

use alloc::vec::Vec;
use core::time::Duration;

use crate::cluster::{Error, Hit, Outcome, QuorumError};
use crate::wire::Version;

/// Bytes that are being written.
#[derive(Debug, Default)]
pub(super) struct Told(Vec<u8>);

/// A key whose near copy is to be let go of.
pub(super) const DROP: u8 = 1;
/// The end: nothing else is to be told.
pub(super) const END: u8 = 0;

const MISS: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;
const HIT: u8 = 5;
const LEASE: u8 = 6;
const STORED: u8 = 7;
const QUORUM: u8 = 8;
const TTL: u8 = 9;
const TIMEOUT: u8 = 10;

impl Told {
    /// Returns what was written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Writes a byte.
    pub(super) fn byte(&mut self, byte: u8) {
        self.raw(&[byte]);
    }

    /// Writes four bytes.
    pub(super) fn word(&mut self, word: u32) {
        self.raw(&word.to_le_bytes());
    }

    /// Writes a double.
    pub(super) fn number(&mut self, number: f64) {
        self.raw(&number.to_le_bytes());
    }

    /// Writes a span in milliseconds.
    pub(super) fn span(&mut self, span: Duration) {
        self.number(span.as_nanos() as u64 as f64 / NANOS_PER_MS);
    }

    /// Writes a length and so many bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u32);
        self.raw(bytes);
    }

    /// Writes what became of the request `id`.
    pub(super) fn outcome(
        &mut self,
        id: u64,
        outcome: &Outcome,
        is_pushed_to: impl Fn(u32) -> bool,
    ) {
        let tag = match outcome {
            Outcome::Miss | Outcome::Released => MISS,
            Outcome::NotStored | Outcome::Touched(false) => FALSE,
            Outcome::Touched(true) => TRUE,
            Outcome::Hit(_) => HIT,
            Outcome::Load(_) => LEASE,
            Outcome::Stored { .. } => STORED,
            Outcome::Failed(Error::Quorum(_)) => QUORUM,
            Outcome::Failed(Error::TtlTooLong { .. }) => TTL,
            Outcome::Failed(Error::TimeoutTooLong { .. }) => TIMEOUT,
        };
        self.byte(tag);
        self.number(id as f64);
        match outcome {
            Outcome::Hit(hit) => self.hit(hit, is_pushed_to(hit.node)),
            Outcome::Load(ticket) => {
                self.version(ticket.version);
                self.bytes(&ticket.key);
            }
            Outcome::Stored { version, removed, .. } => {
                self.version(*version);
                self.byte(u8::from(*removed));
            }
            Outcome::Failed(Error::Quorum(error)) => self.quorum(error),
            Outcome::Failed(Error::TtlTooLong { longest } | Error::TimeoutTooLong { longest }) => {
                self.span(*longest);
            }
            _ => {}
        }
    }

    fn hit(&mut self, hit: &Hit, is_pushed_to: bool) {
        self.version(hit.version);
        self.number(hit.expires_at_ms as f64);
        self.number(hit.version.ms() as f64);
        self.word(hit.flags);
        // A copy of what a node does not push the changes of would stay for its whole life.
        self.byte(u8::from(hit.may_keep && is_pushed_to));
        self.bytes(&hit.value);
    }

    fn quorum(&mut self, error: &QuorumError) {
        self.byte(u8::from(error.is_write));
        self.byte(error.required as u8);
        self.byte(error.received as u8);
        self.byte(error.causes.len() as u8);
        for missing in &error.causes {
            self.byte(missing.node as u8);
            self.byte(missing.cause as u8);
            self.span(missing.elapsed);
        }
    }

    fn version(&mut self, version: Version) {
        self.raw(&version.to_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// In a millisecond.
pub(super) const NANOS_PER_MS: f64 = 1_000_000.0;
