//! What a response's header block says to a cache, taken in one pass.

use core::ops::Deref;

use super::age::age_value_ms;
use super::date::http_date;
use super::directive::Directives;
use super::fields::Fields;
use super::known::{field, number_of};
use super::options::Options;
use super::targeted::targeted;
use super::vary;

/// A field that is a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateField {
    Absent,
    /// It is there and no date, or there twice.
    Invalid,
    At(i64),
}

impl DateField {
    pub(super) const fn moment(self) -> Option<i64> {
        if let Self::At(moment) = self { Some(moment) } else { None }
    }

    #[inline(never)]
    fn note(&mut self, text: &str, now_ms: i64) {
        let at = http_date(text, now_ms).map_or(Self::Invalid, Self::At);
        *self = if *self == Self::Absent || *self == at { at } else { Self::Invalid };
    }
}

/// What is taken of a block; texts that are seldom asked for stay in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) directives: Directives,
    pub(super) expires: DateField,
    pub(super) date: DateField,
    pub(super) last_modified: DateField,
    /// What the Age field says; `None` without one.
    pub(super) age_ms: Option<i64>,
    pub(super) has_etag: bool,
    pub(super) varies: bool,
    pub(super) varies_by_all: bool,
}

/// A response as the rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Response<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) seen: Seen,
}

impl Deref for Response<'_> {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        &self.seen
    }
}

impl Seen {
    /// Reads a block that is not too long.
    pub(super) fn read_short(
        status: u16,
        fields: Fields<'_>,
        options: &Options,
        now_ms: i64,
    ) -> Option<Self> {
        (!fields.is_too_long()).then(|| Self::read(status, fields, options, now_ms))
    }

    /// Reads a block; `now_ms` settles the century of a date of two digits.
    #[inline(never)]
    pub(super) fn read(status: u16, fields: Fields<'_>, options: &Options, now_ms: i64) -> Self {
        let mut seen = Self {
            status,
            directives: Directives::default(),
            expires: DateField::Absent,
            date: DateField::Absent,
            last_modified: DateField::Absent,
            age_ms: None,
            has_etag: false,
            varies: false,
            varies_by_all: false,
        };
        for (name, value) in fields {
            seen.note(number_of(name), value, now_ms);
        }
        if options.ignores_cargo_cult && seen.directives.drop_cargo_cult() {
            seen.expires = DateField::Absent;
        }
        let found = options.targets.iter().find_map(|target| targeted(fields, target));
        if let Some(directives) = found {
            seen.directives = directives;
            seen.expires = DateField::Absent;
        }
        seen
    }

    fn note(&mut self, field: usize, value: &str, now_ms: i64) {
        match field {
            field::CACHE_CONTROL => self.directives.read(value),
            field::EXPIRES => self.expires.note(value, now_ms),
            field::DATE => self.date.note(value, now_ms),
            field::LAST_MODIFIED => self.last_modified.note(value, now_ms),
            field::ETAG => self.has_etag = true,
            field::AGE => self.age_ms = Some(age_value_ms(value, self.age_ms)),
            field::VARY => {
                self.varies = true;
                self.varies_by_all |= vary::is_by_all(value);
            }
            _ => {}
        }
    }

    /// Returns the moment of Date, or when the response came if it has none (RFC 9110, 6.6.1).
    pub(super) fn date_ms(&self, received_at_ms: i64) -> i64 {
        self.date.moment().unwrap_or(received_at_ms)
    }

    pub(super) fn has_validator(&self) -> bool {
        self.has_etag || self.last_modified.moment().is_some()
    }
}

impl<'a> Response<'a> {
    /// Reads a block as [`Seen::read`] does.
    pub(super) fn read(status: u16, fields: Fields<'a>, options: &Options, now_ms: i64) -> Self {
        Self { fields, seen: Seen::read(status, fields, options, now_ms) }
    }

    pub(super) fn etag(&self) -> Option<&'a str> {
        self.fields.first("etag")
    }

    /// Returns Last-Modified as the field says it, for If-Modified-Since.
    pub(super) fn last_modified_text(&self) -> &'a str {
        self.fields.first("last-modified").unwrap_or_default()
    }

    pub(super) fn content_range(&self) -> Option<&'a str> {
        self.fields.first("content-range")
    }
}
