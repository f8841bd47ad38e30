//! The standard commands: a replica as a small Redis.
//!
//! Each write draws a version of the node's own, above all that the node knows of the key, so that
//! it is applied as any write is and a cluster's readers see it as the newest. A value that `SET`
//! stores has flags 0: a plain string of bytes.
//!
//! What differs from Redis follows from the replica: nothing lives longer than the node's longest
//! life, which is also that of a value without one, so that `TTL` never says -1; and a value may be
//! turned away for want of room, which is no error.

use alloc::vec::Vec;
use core::time::Duration;

use super::host::Host;
use crate::cluster::replica::Record;
use crate::wire::limits::FRAME_BYTES_MAX;
use crate::wire::{Command, Condition, Encoder, Reply, Request, Words};

/// Answers one standard command of the session `from`.
pub(super) fn run(
    host: &mut Host,
    from: u64,
    wall_ms: u64,
    command: &Command<'_>,
    out: &mut Encoder<'_>,
) {
    let mut data = Data { host, from, wall_ms };
    match *command {
        Command::Get { key } => match data.host.read(wall_ms, key) {
            Some(record) => out.bulk(record.value),
            None => out.null(),
        },
        Command::Set { key, value, ttl, condition } => data.set(key, value, ttl, condition, out),
        Command::Del { keys } => data.count(keys, Data::delete, out),
        Command::Exists { keys } => data.count(keys, |data, key| Ok(data.has(key)), out),
        Command::MGet { keys } => data.mget(keys, out),
        Command::MSet { pairs } => data.mset(pairs, out),
        Command::Expire { key, ttl } => data.expire(key, ttl, out),
        Command::Ttl { key } => data.ttl(key, 1000, out),
        Command::PTtl { key } => data.ttl(key, 1, out),
        Command::DbSize => out.unsigned(data.host.counts().0 as u64),
        Command::FlushDb => data.flush(out),
        Command::Select => out.ok(),
        _ => out.error(b"ERR unknown command"),
    }
}

/// The data of a node, as one session sees it now.
struct Data<'a> {
    host: &'a mut Host,
    from: u64,
    wall_ms: u64,
}

impl Data<'_> {
    fn set(
        &mut self,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
        condition: Condition,
        out: &mut Encoder<'_>,
    ) {
        let Some(end_ms) = self.end_ms(ttl) else { return out.error(TTL_LONG) };
        let is_wanted = match condition {
            Condition::Always => true,
            Condition::IfAbsent => !self.has(key),
            Condition::IfPresent => self.has(key),
        };
        if !is_wanted {
            return out.null();
        }
        match self.put(key, end_ms, 0, Some(value.to_vec())) {
            Ok(_) => out.ok(),
            Err(reply) => reply.encode(out),
        }
    }

    /// Writes the values, or as many of them as are written before one is refused.
    fn mset(&mut self, pairs: Words<'_>, out: &mut Encoder<'_>) {
        let end_ms = self.wall_ms + self.host.replica_config().max_ttl_ms;
        let (keys, values) = (pairs.iter().step_by(2), pairs.iter().skip(1).step_by(2));
        for (key, value) in keys.zip(values) {
            if let Err(reply) = self.put(key, end_ms, 0, Some(value.to_vec())) {
                return reply.encode(out);
            }
        }
        out.ok();
    }

    /// Answers with the values, if they are not longer together than a message may be: a name takes
    /// few bytes, and what it stands for may take a million.
    fn mget(&mut self, keys: Words<'_>, out: &mut Encoder<'_>) {
        let mut length = 0;
        for key in keys.iter() {
            let value = self.host.peek(self.wall_ms, key).map_or(0, |record| record.value.len());
            length += value + MGET_HEADER_BYTES;
        }
        if length > FRAME_BYTES_MAX {
            return out.error(b"ERR the values are longer than 1 MiB together, get fewer of them");
        }
        out.array(keys.len());
        for key in keys.iter() {
            match self.host.read(self.wall_ms, key) {
                Some(record) => out.bulk(record.value),
                None => out.null(),
            }
        }
    }

    /// Answers for how many of the keys `is_counted`.
    fn count(
        &mut self,
        keys: Words<'_>,
        is_counted: impl Fn(&mut Self, &[u8]) -> Result<bool, Reply>,
        out: &mut Encoder<'_>,
    ) {
        let mut counted = 0;
        for key in keys.iter() {
            match is_counted(self, key) {
                Ok(is_one) => counted += i64::from(is_one),
                Err(reply) => return reply.encode(out),
            }
        }
        out.integer(counted);
    }

    fn delete(&mut self, key: &[u8]) -> Result<bool, Reply> {
        if !self.has(key) {
            return Ok(false);
        }
        let end_ms = self.wall_ms + self.host.replica_config().max_ttl_ms;
        self.put(key, end_ms, 0, None).map(|reply| reply == Reply::Removed)
    }

    /// Gives a record another end. A later one is a touch of the same version; an earlier one is a
    /// write, since what a replica knows of a version never gets less.
    fn expire(&mut self, key: &[u8], ttl: Duration, out: &mut Encoder<'_>) {
        let Some(end_ms) = self.end_ms(Some(ttl)) else { return out.error(TTL_LONG) };
        let max_ttl_ms = self.host.replica_config().max_ttl_ms;
        let Some(record) = self.host.peek(self.wall_ms, key) else { return out.integer(0) };
        let Record { version, expires_at_ms, flags, value } = record;
        let result = if ttl.is_zero() {
            self.delete(key).map(drop)
        } else if (expires_at_ms..=version.ms() + max_ttl_ms).contains(&end_ms) {
            let request = Request::Touch { key: key.to_vec(), version, expires_at_ms: end_ms };
            self.handle(request).map(drop)
        } else {
            let value = value.to_vec();
            self.put(key, end_ms, flags, Some(value)).map(drop)
        };
        match result {
            Ok(()) => out.integer(1),
            Err(reply) => reply.encode(out),
        }
    }

    fn flush(&mut self, out: &mut Encoder<'_>) {
        let version = self.host.tick_above_all(self.wall_ms);
        match self.handle(Request::Clear { namespace: Vec::new(), version }) {
            Ok(_) => out.ok(),
            Err(reply) => reply.encode(out),
        }
    }

    /// Answers how long a record will live, in units of `unit_ms`, rounded.
    fn ttl(&mut self, key: &[u8], unit_ms: u64, out: &mut Encoder<'_>) {
        let Some(record) = self.host.peek(self.wall_ms, key) else { return out.integer(NONE) };
        let ttl_ms = record.expires_at_ms.saturating_sub(self.wall_ms);
        out.unsigned((ttl_ms + unit_ms / 2) / unit_ms);
    }

    fn has(&mut self, key: &[u8]) -> bool {
        self.host.peek(self.wall_ms, key).is_some()
    }

    /// Returns when a record dies that is to live so long; `None` if that is longer than any may.
    fn end_ms(&self, ttl: Option<Duration>) -> Option<u64> {
        let max_ttl_ms = self.host.replica_config().max_ttl_ms;
        let ttl_ms = ttl.map_or(u128::from(max_ttl_ms), |ttl| ttl.as_millis());
        (ttl_ms <= u128::from(max_ttl_ms)).then(|| self.wall_ms + ttl_ms as u64)
    }

    /// Writes with a version above all that is known of the key.
    fn put(
        &mut self,
        key: &[u8],
        expires_at_ms: u64,
        flags: u32,
        value: Option<Vec<u8>>,
    ) -> Result<Reply, Reply> {
        let version = self.host.tick(self.wall_ms, key);
        self.handle(Request::Put { key: key.to_vec(), version, expires_at_ms, flags, value })
    }

    /// Returns the reply if the request was applied, else what to answer.
    fn handle(&mut self, request: Request) -> Result<Reply, Reply> {
        match self.host.handle(self.from, self.wall_ms, request) {
            reply @ (Reply::Applied | Reply::Removed) => Ok(reply),
            refused @ Reply::Refused { .. } => Err(refused),
            // A clock that was set back, or has not moved since the start: what is known is ahead
            // of it, and a version above that would be too.
            _ => Err(Reply::Refused { reason: AHEAD.to_vec() }),
        }
    }
}

/// What `TTL` and `PTTL` say of a key that is not there.
const NONE: i64 = -2;

/// What each value of an `MGET` takes beside itself, at most.
const MGET_HEADER_BYTES: usize = 16;

const TTL_LONG: &[u8] = b"TTL the node keeps nothing that long, INFO says how long";

const AHEAD: &[u8] = b"TRYAGAIN the node's clock is behind what it has seen";
