//! What tools ask about a node: `HELLO`, `INFO`, `CLIENT`, `COMMAND`.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use super::host::{Host, Peer};
use crate::wire::limits::VALUE_BYTES_MAX;
use crate::wire::{Client, CommandError, Encoder, Protocol, Words};

/// Writes the answer to a `HELLO`.
pub(super) fn hello(session: u64, out: &mut Encoder<'_>) {
    let protocol = if out.protocol() == Protocol::Resp3 { 3 } else { 2 };
    out.map(7);
    for (name, value) in [("server", "tidecache"), ("version", VERSION)] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"proto");
    out.integer(protocol);
    out.bulk(b"id");
    out.unsigned(session);
    for (name, value) in [("mode", "standalone"), ("role", "master")] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"modules");
    out.array(0);
}

/// Returns what is wrong with a connection's name: as with Redis it is one printable word.
pub(super) fn check_name(name: &[u8]) -> Result<(), &'static [u8]> {
    if !name.iter().all(u8::is_ascii_graphic) {
        return Err(b"ERR Client names cannot contain spaces, newlines or special characters.");
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(b"ERR a client's name is longer than 128 bytes");
    }
    Ok(())
}

/// Answers `CLIENT`.
pub(super) fn client(
    host: &mut Host,
    wall_ms: u64,
    session: u64,
    client: Client<'_>,
    out: &mut Encoder<'_>,
) {
    match client {
        Client::Id => out.unsigned(session),
        Client::GetName => match host.peer_mut(session).filter(|peer| !peer.name.is_empty()) {
            Some(peer) => out.bulk(&peer.name),
            None => out.null(),
        },
        Client::SetName { name } => match check_name(name) {
            Ok(()) => {
                if let Some(peer) = host.peer_mut(session) {
                    peer.name = name.to_vec();
                }
                out.ok();
            }
            Err(refusal) => out.error(refusal),
        },
        Client::SetInfo { attribute, .. } => {
            let is_known =
                [&b"LIB-NAME"[..], b"LIB-VER"].iter().any(|it| attribute.eq_ignore_ascii_case(it));
            if is_known { out.ok() } else { out.error(b"ERR Unrecognized option") }
        }
        Client::Info => {
            let mut text = String::new();
            if let Some(peer) = host.peer_mut(session) {
                describe(session, peer, wall_ms, &mut text);
            }
            out.verbatim(*b"txt", text.as_bytes());
        }
        Client::List => {
            let mut text = String::new();
            for (id, peer) in host.peers() {
                if text.len() + LIST_LINE_BYTES_MAX > VALUE_BYTES_MAX {
                    break;
                }
                describe(id, peer, wall_ms, &mut text);
            }
            out.verbatim(*b"txt", text.as_bytes());
        }
    }
}

/// Writes what is known of one connection, as a line.
fn describe(id: u64, peer: &Peer, wall_ms: u64, text: &mut String) {
    let age = wall_ms.saturating_sub(peer.opened_ms) / 1000;
    let name = String::from_utf8_lossy(&peer.name);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "id={id} name={name} age={age} db=0 user=default");
}

/// Answers `INFO`: the sections that are named, or all of them.
pub(super) fn info(host: &Host, wall_ms: u64, sections: Words<'_>, out: &mut Encoder<'_>) {
    let is_wanted = |section: &str| {
        sections.is_empty()
            || sections.iter().any(|wanted| {
                [section, "all", "default", "everything"]
                    .iter()
                    .any(|name| wanted.eq_ignore_ascii_case(name.as_bytes()))
            })
    };
    let mut text = String::new();
    for (name, section) in SECTIONS {
        if is_wanted(&name.to_ascii_lowercase()) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            let _ = write!(text, "{gap}# {name}\r\n{}", section(host, wall_ms));
        }
    }
    out.verbatim(*b"txt", text.as_bytes());
}

/// Writes the lines of one section.
type Section = fn(&Host, u64) -> String;

const SECTIONS: [(&str, Section); 4] =
    [("Server", server), ("Clients", clients), ("Stats", stats), ("Keyspace", keyspace)];

fn server(host: &Host, wall_ms: u64) -> String {
    let config = host.replica_config();
    format!(
        "tidecache_version:{VERSION}\r\nnode_id:{}\r\nepoch:{}\r\nuptime_in_seconds:{}\r\n\
         max_ttl_ms:{}\r\nmax_op_ms:{}\r\nmax_drift_ms:{}\r\nmax_entries:{}\r\n\
         max_weight_bytes:{}\r\nloading:0\r\n",
        String::from_utf8_lossy(host.id()).replace(char::is_control, " "),
        config.epoch,
        wall_ms.saturating_sub(host.started_ms()) / 1000,
        config.max_ttl_ms,
        config.max_op_ms,
        config.max_drift_ms,
        config.entries,
        config.weight,
    )
}

fn clients(host: &Host, _: u64) -> String {
    format!("connected_clients:{}\r\n", host.stats().sessions)
}

fn stats(host: &Host, _: u64) -> String {
    let stats = host.stats();
    format!(
        "total_connections_received:{}\r\nrejected_connections:{}\r\n\
         total_commands_processed:{}\r\nwrong_logins:{}\r\nkeyspace_hits:{}\r\n\
         keyspace_misses:{}\r\npushes:{}\r\npushes_skipped:{}\r\n",
        stats.opened,
        stats.turned_away,
        stats.commands,
        stats.wrong_logins,
        stats.hits,
        stats.misses,
        stats.pushes,
        stats.skipped,
    )
}

fn keyspace(host: &Host, _: u64) -> String {
    let (held, gone) = host.counts();
    format!("db0:keys={held},expires={held}\r\nknown_without_value:{gone}\r\n")
}

/// Answers `COMMAND`.
pub(super) fn catalog(query: Words<'_>, out: &mut Encoder<'_>) {
    let subcommand = query.get(0).unwrap_or(b"INFO");
    let is = |name: &str| subcommand.eq_ignore_ascii_case(name.as_bytes());
    if is("INFO") && query.len() < 2 {
        out.array(COMMANDS.len());
        for command in &COMMANDS {
            describe_command(command, out);
        }
    } else if is("COUNT") {
        out.unsigned(COMMANDS.len() as u64);
    } else if is("LIST") {
        out.array(COMMANDS.len());
        for (name, ..) in COMMANDS {
            out.bulk(name.as_bytes());
        }
    } else if is("DOCS") {
        out.map(0);
    } else if is("INFO") {
        out.array(query.len() - 1);
        for name in query.iter().skip(1) {
            let found = COMMANDS.iter().find(|it| name.eq_ignore_ascii_case(it.0.as_bytes()));
            match found {
                Some(command) => describe_command(command, out),
                None => out.null(),
            }
        }
    } else {
        CommandError::Subcommand.encode(out);
    }
}

fn describe_command(&(name, arity, kind, keys): &Listed, out: &mut Encoder<'_>) {
    let (first, last, step) = keys;
    out.array(6);
    out.bulk(name.as_bytes());
    out.integer(arity);
    out.set(1);
    out.simple(kind.as_bytes());
    for number in [first, last, step] {
        out.integer(number);
    }
}

/// A command's name, how many words it has (at least so many if negative), whether it reads or
/// writes, and where its keys are: the first, the last, and how far apart.
type Listed = (&'static str, i64, &'static str, (i64, i64, i64));

const NO_KEY: (i64, i64, i64) = (0, 0, 0);
const ONE_KEY: (i64, i64, i64) = (1, 1, 1);
const ALL_KEYS: (i64, i64, i64) = (1, -1, 1);

/// Every command that a session answers.
const COMMANDS: [Listed; 26] = [
    ("auth", -2, "fast", NO_KEY),
    ("client", -2, "fast", NO_KEY),
    ("command", -1, "fast", NO_KEY),
    ("dbsize", 1, "readonly", NO_KEY),
    ("del", -2, "write", ALL_KEYS),
    ("exists", -2, "readonly", ALL_KEYS),
    ("expire", 3, "write", ONE_KEY),
    ("flushdb", -1, "write", NO_KEY),
    ("get", 2, "readonly", ONE_KEY),
    ("hello", -1, "fast", NO_KEY),
    ("info", -1, "fast", NO_KEY),
    ("mget", -2, "readonly", ALL_KEYS),
    ("mset", -3, "write", (1, -1, 2)),
    ("pexpire", 3, "write", ONE_KEY),
    ("ping", -1, "fast", NO_KEY),
    ("pttl", 2, "readonly", ONE_KEY),
    ("quit", -1, "fast", NO_KEY),
    ("select", 2, "fast", NO_KEY),
    ("set", -3, "write", ONE_KEY),
    ("tc.clear", 3, "write", NO_KEY),
    ("tc.get", -2, "readonly", ONE_KEY),
    ("tc.hello", -3, "fast", NO_KEY),
    ("tc.lease", 4, "write", ONE_KEY),
    ("tc.put", -5, "write", ONE_KEY),
    ("tc.touch", 4, "write", ONE_KEY),
    ("ttl", 2, "readonly", ONE_KEY),
];

/// Bytes of a connection's name; each connection may cost the node so many.
const NAME_BYTES_MAX: usize = 128;

/// What a line of `CLIENT LIST` takes at most: the name, and four numbers with their names.
const LIST_LINE_BYTES_MAX: usize = NAME_BYTES_MAX + 128;

const VERSION: &str = env!("CARGO_PKG_VERSION");
