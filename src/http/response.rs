//! What a response's header block says to a cache, taken in one pass.

use super::age::age_value_ms;
use super::date::http_date;
use super::directive::Directives;
use super::fields::Fields;
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

    fn note(&mut self, text: &str, now_ms: i64) {
        let at = http_date(text, now_ms).map_or(Self::Invalid, Self::At);
        *self = if *self == Self::Absent || *self == at { at } else { Self::Invalid };
    }
}

/// A response as the rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Response<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) status: u16,
    pub(super) directives: Directives,
    pub(super) expires: DateField,
    pub(super) date: DateField,
    pub(super) last_modified: DateField,
    /// As the field says it, for If-Modified-Since.
    pub(super) last_modified_text: &'a str,
    pub(super) etag: Option<&'a str>,
    /// What the Age field says; `None` without one.
    pub(super) age_ms: Option<i64>,
    pub(super) varies: bool,
    pub(super) varies_by_all: bool,
    pub(super) content_range: Option<&'a str>,
    pub(super) content_location: Option<&'a str>,
}

impl<'a> Response<'a> {
    /// Reads a block; `now_ms` settles the century of a date of two digits.
    pub(super) fn read(status: u16, fields: Fields<'a>, options: &Options, now_ms: i64) -> Self {
        let mut response = Self {
            fields,
            status,
            directives: Directives::default(),
            expires: DateField::Absent,
            date: DateField::Absent,
            last_modified: DateField::Absent,
            last_modified_text: "",
            etag: None,
            age_ms: None,
            varies: false,
            varies_by_all: false,
            content_range: None,
            content_location: None,
        };
        let mut is_targeted = false;
        for (name, value) in fields {
            response.note(name, value, now_ms);
            is_targeted |= options.targets.iter().any(|target| target == name);
        }
        if options.ignores_cargo_cult && response.directives.drop_cargo_cult() {
            response.expires = DateField::Absent;
        }
        if is_targeted {
            let found = options.targets.iter().find_map(|target| targeted(fields, target));
            if let Some(directives) = found {
                response.directives = directives;
                response.expires = DateField::Absent;
            }
        }
        response
    }

    fn note(&mut self, name: &str, value: &'a str, now_ms: i64) {
        match name.as_bytes() {
            b"cache-control" => self.directives.read(value),
            b"expires" => self.expires.note(value, now_ms),
            b"date" => self.date.note(value, now_ms),
            b"last-modified" => {
                self.last_modified.note(value, now_ms);
                self.last_modified_text = value;
            }
            b"etag" => self.etag = self.etag.or(Some(value)),
            b"age" => self.age_ms = Some(age_value_ms(value, self.age_ms)),
            b"vary" => {
                self.varies = true;
                self.varies_by_all |= vary::is_by_all(value);
            }
            b"content-range" => self.content_range = Some(value),
            b"content-location" => self.content_location = Some(value),
            _ => {}
        }
    }

    /// Returns the moment of Date, or when the response came if it has none (RFC 9110, 6.6.1).
    pub(super) fn date_ms(&self, received_at_ms: i64) -> i64 {
        self.date.moment().unwrap_or(received_at_ms)
    }

    pub(super) fn has_validator(&self) -> bool {
        self.etag.is_some() || self.last_modified.moment().is_some()
    }
}
