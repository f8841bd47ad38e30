//! What the node counts, as Prometheus reads it.

use std::fmt::Write;

use super::hub::Hub;

/// Returns the metrics as text.
pub(super) fn text(hub: &Hub) -> String {
    let (stats, (entries, gone)) = hub.with(|host| (host.stats(), host.counts()));
    let config = &hub.config;
    let gauges = [
        ("sockets", "Sockets that are open.", hub.sockets() as u64),
        ("sessions", "Sessions that are open.", stats.sessions),
        ("entries", "Keys whose values are held.", entries as u64),
        ("gone_keys", "Keys that are known without a value.", gone as u64),
        ("max_entries", "Entries that are held at most.", u64::from(config.max_entries)),
        ("max_weight_bytes", "Bytes that are held at most.", config.max_weight),
        ("epoch", "The number of the set of nodes.", config.epoch),
    ];
    let counters = [
        ("commands", "Commands that were answered.", stats.commands),
        ("hits", "Reads that found a record.", stats.hits),
        ("misses", "Reads that found none.", stats.misses),
        ("sessions_opened", "Sessions that were opened.", stats.opened),
        ("turned_away", "Sockets and sessions for which there was no room.", {
            hub.turned_away.get() + stats.turned_away
        }),
        ("wrong_logins", "Logins with a wrong token.", stats.wrong_logins),
        ("pushes", "Invalidations that were queued.", stats.pushes),
        ("pushes_skipped", "Invalidations that had no room.", stats.skipped),
    ];
    let mut text = String::new();
    for (name, help, value) in gauges {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP tidecache_{name} {help}");
        let _ = writeln!(text, "# TYPE tidecache_{name} gauge");
        let _ = writeln!(text, "tidecache_{name} {value}");
    }
    for (name, help, value) in counters {
        let _ = writeln!(text, "# HELP tidecache_{name}_total {help}");
        let _ = writeln!(text, "# TYPE tidecache_{name}_total counter");
        let _ = writeln!(text, "tidecache_{name}_total {value}");
    }
    text
}
