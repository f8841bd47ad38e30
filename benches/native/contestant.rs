//! The caches that take part, each as its documentation makes it, with its own hasher, and with a
//! TTL of five minutes where it has one.

use std::num::NonZeroUsize;
use std::time::Duration;

use tidecache::{Cache, Clock, PolicyKind, TickingClock};

const TTL: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(1);

/// What is asked of all of them.
pub(crate) trait Contestant {
    /// Reads, as a use; whether it is held.
    fn get(&mut self, key: u64) -> bool;

    /// Holds `value` for `key`.
    fn set(&mut self, key: u64, value: u64);
}

/// What is done with one of them: compiled for each, so that no call goes through a table.
pub(crate) trait Visitor {
    /// Does it.
    fn visit(self, cache: impl Contestant);
}

/// Makes the contestant called `who`, of at most `entries`, and gives it to `visitor`.
pub(crate) fn with(who: &str, entries: usize, visitor: impl Visitor) {
    if let Some(named) = who.strip_prefix("tidecache:") {
        let (policy, is_ticking) =
            named.strip_suffix(" ticking").map_or((named, false), |policy| (policy, true));
        let kind = match policy {
            "lru" => PolicyKind::Lru,
            "sieve" => PolicyKind::Sieve,
            "s3-fifo" => PolicyKind::S3Fifo,
            "w-tinylfu" => PolicyKind::WTinyLfu,
            "adaptive" => PolicyKind::Adaptive,
            _ => panic!("no policy {policy}"),
        };
        let builder = Cache::builder().policy(kind).max_entries(entries).default_ttl(TTL);
        if is_ticking {
            let clock = TickingClock::start(TICK).expect("there is a thread");
            return visitor.visit(builder.build_with_clock(clock).expect("it has a limit"));
        }
        return visitor.visit(builder.build().expect("it has a limit"));
    }
    let room = NonZeroUsize::new(entries).expect("a cache holds something");
    let many = entries as u64;
    match who {
        "lru" => visitor.visit(lru::LruCache::new(room)),
        "hashlink" => visitor.visit(hashlink::LruCache::new(entries)),
        "schnellru" => {
            let limiter = schnellru::ByLength::new(entries as u32);
            visitor.visit(schnellru::LruMap::new(limiter));
        }
        "quick_cache" => visitor.visit(quick_cache::unsync::Cache::new(entries)),
        "mini-moka" => visitor.visit(
            mini_moka::unsync::Cache::builder().max_capacity(many).time_to_live(TTL).build(),
        ),
        "moka" => {
            visitor
                .visit(moka::sync::Cache::builder().max_capacity(many).time_to_live(TTL).build());
        }
        _ => panic!("no contestant {who}"),
    }
}

impl<C: Clock> Contestant for Cache<u64, u64, C> {
    fn get(&mut self, key: u64) -> bool {
        Cache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contestant for lru::LruCache<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        lru::LruCache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.put(key, value);
    }
}

impl Contestant for hashlink::LruCache<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        hashlink::LruCache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contestant for schnellru::LruMap<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        schnellru::LruMap::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contestant for quick_cache::unsync::Cache<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        quick_cache::unsync::Cache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contestant for mini_moka::unsync::Cache<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        mini_moka::unsync::Cache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contestant for moka::sync::Cache<u64, u64> {
    fn get(&mut self, key: u64) -> bool {
        moka::sync::Cache::get(self, &key).is_some()
    }

    fn set(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
}
