//! What a token opens: some keys, to read or to write, until some time.
//!
//! A command is allowed whole or not at all, before anything of it is done. Which keys it names is
//! asked of the command as it was parsed, so that no spelling of it gets around.

use alloc::vec::Vec;

use crate::wire::{Client, Command, Request, Words};

/// What a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What every key has to begin with; empty for all keys.
    pub prefix: Vec<u8>,
    /// Whether it may read.
    pub reads: bool,
    /// Whether it may write, delete and clear.
    pub writes: bool,
    /// When it ends, in milliseconds since the Unix epoch; `u64::MAX` for never.
    pub expires_ms: u64,
}

impl Scope {
    /// Everything, for good.
    pub const ALL: Self =
        Self { prefix: Vec::new(), reads: true, writes: true, expires_ms: u64::MAX };

    /// Whether its time is over.
    pub(super) const fn is_over(&self, wall_ms: u64) -> bool {
        self.expires_ms <= wall_ms
    }

    /// Whether a key is among its keys.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        key.starts_with(&self.prefix)
    }

    /// Whether it allows a command. O(keys).
    pub(super) fn allows(&self, command: &Command<'_>) -> bool {
        match *command {
            Command::Get { key } | Command::Ttl { key } | Command::PTtl { key } => {
                self.reads && self.has(key)
            }
            Command::MGet { keys } | Command::Exists { keys } => self.reads && self.has_all(keys),
            Command::Set { key, .. } | Command::Expire { key, .. } => self.writes && self.has(key),
            Command::Del { keys } => self.writes && self.has_all(keys),
            Command::MSet { pairs } => {
                self.writes && pairs.iter().step_by(2).all(|key| self.has(key))
            }
            Command::FlushDb => self.writes && self.prefix.is_empty(),
            // The others' names, and how many keys there are, are not of its keys.
            Command::Client(Client::List) | Command::DbSize => self.reads && self.prefix.is_empty(),
            Command::Request(ref request) => self.allows_request(request),
            // Greetings, and what is the same for everybody.
            _ => true,
        }
    }

    fn allows_request(&self, request: &Request) -> bool {
        match request {
            Request::Hello { .. } => true,
            Request::Get { key, .. } => self.reads && self.has(key),
            Request::Put { key, .. } | Request::Touch { key, .. } | Request::Lease { key, .. } => {
                self.writes && self.has(key)
            }
            // Every key of the namespace begins with its name and a colon.
            Request::Clear { namespace, .. } => {
                let is_within = namespace.iter().chain(b":").take(self.prefix.len());
                let is_all = namespace.is_empty();
                self.writes
                    && (self.prefix.is_empty() || !is_all && is_within.eq(self.prefix.iter()))
            }
        }
    }

    fn has_all(&self, keys: Words<'_>) -> bool {
        keys.iter().all(|key| self.has(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decoder, Version};

    fn allows(scope: &Scope, line: &str) -> bool {
        let mut decoder = Decoder::of_commands();
        let mut input = line.as_bytes();
        let frame = decoder.decode(&mut input).expect("a command").expect("a whole one");
        scope.allows(&Command::parse(frame).expect("a known one"))
    }

    #[test]
    fn a_prefix_opens_the_keys_that_begin_with_it() {
        let scope = Scope { prefix: b"user:".to_vec(), ..Scope::ALL };
        for line in ["GET user:1\n", "SET user:1 a\n", "MGET user:1 user:2\n", "PING\n"] {
            assert!(allows(&scope, line), "{line}");
        }
        let refused = [
            "GET page:1\n",
            "GET user\n",
            "MGET user:1 page:1\n",
            "MSET user:1 a page:1 b\n",
            "DEL user:1 page:1\n",
            "EXISTS page:1\n",
            "EXPIRE page:1 1\n",
            "FLUSHDB\n",
            "CLIENT LIST\n",
            "DBSIZE\n",
        ];
        for line in refused {
            assert!(!allows(&scope, line), "{line}");
        }
    }

    #[test]
    fn who_may_read_may_not_write_and_the_other_way_round() {
        let reader = Scope { writes: false, ..Scope::ALL };
        let writer = Scope { reads: false, ..Scope::ALL };
        for line in ["GET a\n", "MGET a\n", "TTL a\n", "EXISTS a\n", "DBSIZE\n"] {
            assert!(allows(&reader, line) && !allows(&writer, line), "{line}");
        }
        for line in ["SET a b\n", "DEL a\n", "PEXPIRE a 1\n", "MSET a b\n", "FLUSHDB\n"] {
            assert!(!allows(&reader, line) && allows(&writer, line), "{line}");
        }
    }

    #[test]
    fn a_namespace_is_cleared_by_who_has_all_of_its_keys() {
        let scope = Scope { prefix: b"user:".to_vec(), ..Scope::ALL };
        let clear = |namespace: &str| {
            let (namespace, version) = (namespace.into(), Version::ZERO);
            scope.allows(&Command::Request(Request::Clear { namespace, version }))
        };
        assert!(clear("user"));
        assert!(!clear("use") && !clear("page") && !clear(""));
    }
}
