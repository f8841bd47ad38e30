//! Which header lines are stored, and how a later response updates them (RFC 9111, 3.1 and 3.2).

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::Fields;
use super::list::{argument, members, tokens};
use super::options::Options;
use super::validation::push_line;

/// Returns of a response's lines those that may be stored: without what belongs to the connection,
/// and without what `no-cache="…"` or, in a shared cache, `private="…"` names.
pub fn headers_to_store(headers: &str, options: &Options) -> String {
    let fields = Fields::new(headers);
    let excluded = Excluded::of(fields, options);
    let mut lines = String::with_capacity(headers.len());
    for (name, value) in fields {
        if !excluded.has(name) {
            push_line(&mut lines, name, value);
        }
    }
    lines
}

/// Returns the stored lines with those of a 304, or of the response to a HEAD, in their place
/// (3.2). What describes the stored body stays: it has not changed.
pub fn freshen(stored: &str, update: &str, options: &Options) -> String {
    let (stored, update) = (Fields::new(stored), Fields::new(update));
    let excluded = Excluded::of(update, options);
    let has_etag = stored.first("etag").is_some();
    let takes = |name: &str| {
        let is_kept = is_of_body(name) || (has_etag && name == "etag");
        !is_kept && !excluded.has(name)
    };
    if update.is_too_long() {
        return String::from(stored.block());
    }
    let updated: Vec<&str> = update.iter().map(|field| field.0).collect();
    let mut lines = String::new();
    for (name, value) in stored {
        // An age is that of the message it came with.
        let is_replaced = name == "age" || (takes(name) && updated.contains(&name));
        if !is_replaced {
            push_line(&mut lines, name, value);
        }
    }
    for (name, value) in update {
        if takes(name) {
            push_line(&mut lines, name, value);
        }
    }
    lines
}

/// The names of fields that a message carries and nobody stores.
struct Excluded<'a> {
    /// Those that the message itself names, in any case: what Connection names belongs to the
    /// connection (3.1), what `no-cache` names needs validation before each use (5.2.2.4), what
    /// `private` names is for one user (5.2.2.7).
    named: Vec<&'a str>,
}

impl<'a> Excluded<'a> {
    fn of(fields: Fields<'a>, options: &Options) -> Self {
        let mut named = Vec::new();
        for (name, line) in fields {
            if name == "connection" {
                named.extend(tokens(line));
            } else if name == "cache-control" || options.targets.iter().any(|target| target == name)
            {
                for (directive, names) in members(line).map(argument) {
                    let counts = directive.eq_ignore_ascii_case("no-cache")
                        || (options.is_shared && directive.eq_ignore_ascii_case("private"));
                    let listed = names.filter(|_| counts).unwrap_or_default();
                    named.extend(tokens(listed));
                }
            }
        }
        Self { named }
    }

    fn has(&self, name: &str) -> bool {
        is_of_connection(name) || self.named.iter().any(|named| named.eq_ignore_ascii_case(name))
    }
}

/// Whether the field always belongs to one connection (3.1; RFC 9110, 7.6.1).
fn is_of_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authentication-info"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Whether the field describes the body as it is stored, so that another message cannot change it.
fn is_of_body(name: &str) -> bool {
    matches!(name, "content-length" | "content-encoding" | "content-range" | "content-md5")
}
