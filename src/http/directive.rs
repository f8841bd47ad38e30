//! Cache-Control (RFC 9111, 5.2), with stale-while-revalidate and stale-if-error (RFC 5861) and
//! immutable (RFC 8246).
//!
//! One set for requests and responses: where a directive has no meaning, nobody asks for it.
//! Several
//! lines are one list. Where a directive comes twice, the shorter time counts, and one that is no
//! number counts as 0: whoever is unclear gets a response that is asked for again (4.2.1).

use super::delta::{DELTA_MAX, delta_seconds};
use super::fields::trim;
use super::list::{argument, members};

/// Directives without argument, as bits.
pub(super) mod flag {
    pub(crate) const NO_STORE: u32 = 1;
    pub(crate) const NO_CACHE: u32 = 1 << 1;
    pub(crate) const PRIVATE: u32 = 1 << 2;
    pub(crate) const PUBLIC: u32 = 1 << 3;
    pub(crate) const MUST_REVALIDATE: u32 = 1 << 4;
    pub(crate) const PROXY_REVALIDATE: u32 = 1 << 5;
    pub(crate) const MUST_UNDERSTAND: u32 = 1 << 6;
    pub(crate) const ONLY_IF_CACHED: u32 = 1 << 7;
    pub(crate) const IMMUTABLE: u32 = 1 << 8;
    pub(crate) const PRE_CHECK: u32 = 1 << 9;
    pub(crate) const POST_CHECK: u32 = 1 << 10;
    /// `no-cache` or `private` names fields: they are left out of what is stored.
    pub(crate) const NAMES_FIELDS: u32 = 1 << 11;
}

/// Directives that are a time, as places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    MaxAge,
    SMaxAge,
    MinFresh,
    MaxStale,
    StaleWhileRevalidate,
    StaleIfError,
}

const SPANS: usize = 6;

/// What the directives of one message say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directives {
    flags: u32,
    /// In seconds; [`NONE`] for a time that nobody says.
    spans: [i64; SPANS],
}

const NONE: i64 = -1;

impl Default for Directives {
    fn default() -> Self {
        Self { flags: 0, spans: [NONE; SPANS] }
    }
}

impl Directives {
    pub(super) const fn has(&self, flags: u32) -> bool {
        self.flags & flags != 0
    }

    pub(super) const fn set(&mut self, flags: u32, is_set: bool) {
        if is_set {
            self.flags |= flags;
        } else {
            self.flags &= !flags;
        }
    }

    /// Returns a time in milliseconds.
    pub(super) fn span_ms(&self, span: Span) -> Option<i64> {
        let seconds = self.spans[span as usize];
        (seconds != NONE).then_some(seconds * 1_000)
    }

    /// Sets a time, whatever it was before.
    pub(super) fn set_span(&mut self, span: Span, seconds: i64) {
        self.spans[span as usize] = seconds;
    }

    /// Reads one line of Cache-Control.
    #[inline(never)]
    pub(super) fn read(&mut self, line: &str) {
        for member in members(line) {
            let (name, argument) = argument(member);
            let (name, is_shaped) = match name.as_bytes() {
                // White space before `=` is an error that must not make a directive disappear.
                [.., b' ' | b'\t'] => (trim(name), false),
                _ => (name, true),
            };
            match meaning(name) {
                Some(Meaning::Flag(flags)) => self.raise(flags, argument),
                Some(Meaning::Span(span)) => self.lower(span, argument.filter(|_| is_shaped)),
                None => {}
            }
        }
    }

    /// What comes with the boilerplate `pre-check=0, post-check=0` was copied, not meant.
    pub(super) fn drop_cargo_cult(&mut self) -> bool {
        let is_cult = self.has(flag::PRE_CHECK) && self.has(flag::POST_CHECK);
        if is_cult {
            self.set(flag::NO_CACHE | flag::NO_STORE | flag::MUST_REVALIDATE, false);
        }
        is_cult
    }

    fn raise(&mut self, flags: u32, argument: Option<&str>) {
        let may_name = flags & (flag::NO_CACHE | flag::PRIVATE) != 0;
        // An empty list of names is an error; the directive itself is the safer reading.
        let names = argument.is_some_and(|list| !trim(list).is_empty());
        self.set(if may_name && names { flag::NAMES_FIELDS } else { flags }, true);
    }

    fn lower(&mut self, span: Span, argument: Option<&str>) {
        let held = &mut self.spans[span as usize];
        let seconds = match argument {
            Some(text) => delta_seconds(text).unwrap_or(0),
            // Without a limit any staleness will do (5.2.1.2).
            None if span == Span::MaxStale => DELTA_MAX,
            None => 0,
        };
        // `min-fresh` asks for more: the larger one is the safer one.
        let is_safer = if span == Span::MinFresh { seconds > *held } else { seconds < *held };
        if *held == NONE || is_safer {
            *held = seconds;
        }
    }
}

/// What a directive's name means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    Flag(u32),
    Span(Span),
}

const NAMES: [(&str, Meaning); 17] = [
    ("max-age", Meaning::Span(Span::MaxAge)),
    ("s-maxage", Meaning::Span(Span::SMaxAge)),
    ("min-fresh", Meaning::Span(Span::MinFresh)),
    ("max-stale", Meaning::Span(Span::MaxStale)),
    ("stale-while-revalidate", Meaning::Span(Span::StaleWhileRevalidate)),
    ("stale-if-error", Meaning::Span(Span::StaleIfError)),
    ("no-store", Meaning::Flag(flag::NO_STORE)),
    ("no-cache", Meaning::Flag(flag::NO_CACHE)),
    ("private", Meaning::Flag(flag::PRIVATE)),
    ("public", Meaning::Flag(flag::PUBLIC)),
    ("must-revalidate", Meaning::Flag(flag::MUST_REVALIDATE)),
    ("proxy-revalidate", Meaning::Flag(flag::PROXY_REVALIDATE)),
    ("must-understand", Meaning::Flag(flag::MUST_UNDERSTAND)),
    ("only-if-cached", Meaning::Flag(flag::ONLY_IF_CACHED)),
    ("immutable", Meaning::Flag(flag::IMMUTABLE)),
    ("pre-check", Meaning::Flag(flag::PRE_CHECK)),
    ("post-check", Meaning::Flag(flag::POST_CHECK)),
];

/// Returns what `name` means, in any case; `None` for an extension that is not known.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, meaning)| meaning)
}
