//! Which header lines are stored, and how a later response updates them (RFC 9111, 3.1 and 3.2).

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::Fields;
use super::known::{field, number_of};
use super::list::{Tokens, argument, members};
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
        let is_of_body = (field::OF_BODY..field::OTHERS).contains(&number_of(name));
        let is_kept = is_of_body || (has_etag && name == "etag");
        !is_kept && !excluded.has(name)
    };
    if update.is_too_long() {
        return String::from(stored.block());
    }
    let mut lines = String::new();
    for (name, value) in stored {
        // An age is that of the message it came with.
        let is_replaced = name == "age" || (takes(name) && update.first(name).is_some());
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
                Self::add(&mut named, line);
            } else if name == "cache-control" || options.targets.iter().any(|target| target == name)
            {
                for (directive, names) in members(line).map(argument) {
                    let counts = directive.eq_ignore_ascii_case("no-cache")
                        || (options.is_shared && directive.eq_ignore_ascii_case("private"));
                    let listed = names.filter(|_| counts).unwrap_or_default();
                    Self::add(&mut named, listed);
                }
            }
        }
        Self { named }
    }

    fn add(named: &mut Vec<&'a str>, list: &'a str) {
        for name in Tokens::of(list) {
            named.push(name);
        }
    }

    fn has(&self, name: &str) -> bool {
        number_of(name) < field::OF_BODY
            || self.named.iter().any(|named| named.eq_ignore_ascii_case(name))
    }
}
