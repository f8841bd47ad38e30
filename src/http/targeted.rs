//! Targeted fields such as CDN-Cache-Control (RFC 9213).
//!
//! They are dictionaries of structured fields. The first of the cache's list that is there, is a
//! dictionary and is not empty counts instead of Cache-Control and Expires (2.2); one that is no
//! dictionary is as if it were not there (2.1).

use super::delta::DELTA_MAX;
use super::directive::{Directives, Meaning, flag, meaning};
use super::fields::{Fields, trim};
use super::structured::{Value, dictionary};

/// Returns what the field called `name` says, if it is to be followed.
pub(super) fn targeted(fields: Fields<'_>, name: &str) -> Option<Directives> {
    let mut directives = Directives::default();
    let mut is_empty = true;
    for line in fields.values(name) {
        dictionary(line, |key, value| {
            is_empty = false;
            apply(&mut directives, key, value);
        })?;
    }
    (!is_empty).then_some(directives)
}

/// Later members win (RFC 8941, 4.2.2). A value of the wrong type makes a time 0 and a restriction
/// hold: nothing is fresher for an error.
fn apply(directives: &mut Directives, key: &str, value: Value<'_>) {
    match meaning(key) {
        Some(Meaning::Span(span)) => {
            let seconds = match value {
                Value::Integer(seconds) => seconds.clamp(0, DELTA_MAX),
                _ => 0,
            };
            directives.set_span(span, seconds);
        }
        Some(Meaning::Flag(flags)) => {
            directives.set(flags, false);
            match value {
                Value::Boolean(is_set) => directives.set(flags, is_set),
                Value::String(names) if flags & (flag::NO_CACHE | flag::PRIVATE) != 0 => {
                    let is_named = !trim(names).is_empty();
                    directives.set(if is_named { flag::NAMES_FIELDS } else { flags }, true);
                }
                // `public=1` allows nothing.
                _ => directives.set(flags, flags != flag::PUBLIC),
            }
        }
        None => {}
    }
}
