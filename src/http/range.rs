//! Ranges of bytes (RFC 9110, 14) from a stored response, whole or itself a part (RFC 9111, 3.3).
//!
//! One range is served; several in one request are answered by the whole, which a server may do.

use alloc::string::String;

use super::fields::{Fields, split_at_byte, trim};
use super::number::push_number;
use super::options::Options;
use super::request::Request;
use super::response::Response;
use super::tag::Tag;

/// What a request's Range makes of a stored body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// Serve it whole.
    Whole,
    /// Serve a part, with 206.
    Part {
        /// Where it starts in the stored body.
        start: u64,
        /// Where it ends: the first byte after it.
        end: u64,
        /// The value of Content-Range.
        content_range: String,
    },
    /// Answer 416.
    Unsatisfiable {
        /// The value of Content-Range.
        content_range: String,
    },
}

/// A field `Content-Range: bytes first-last/total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    first: u64,
    last: u64,
    total: Option<u64>,
}

/// What a request asks for, before the length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    From(u64),
    FromTo(u64, u64),
    Last(u64),
}

impl ContentRange {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (range, total) = split_at_byte(strip_unit(text, b' ')?, b'/')?;
        let (first, last) = split_at_byte(range, b'-')?;
        let range = Self {
            first: position(first)?,
            last: position(last)?,
            total: if total == "*" { None } else { Some(position(total)?) },
        };
        let is_sound =
            range.first <= range.last && range.total.is_none_or(|total| range.last < total);
        is_sound.then_some(range)
    }
}

/// Returns what the request's Range makes of a stored body of `length` bytes.
pub fn range((method, request): (&str, &str), (status, stored): (u16, &str), length: u64) -> Range {
    let request = Request::read(method, Fields::new(request));
    let Some(asked) = wanted(&request, status, stored) else { return Range::Whole };
    let held = if status == 206 {
        match Fields::new(stored).first("content-range").and_then(ContentRange::read) {
            Some(held) => held,
            None => return Range::Whole,
        }
    } else {
        ContentRange { first: 0, last: length.saturating_sub(1), total: Some(length) }
    };
    let part = held.total.and_then(|total| resolve(asked, total));
    let (first, last) = match (part, asked, held.total) {
        (Some(part), ..) => part,
        (None, Asked::FromTo(first, last), None) => (first, last),
        (None, _, Some(total)) => {
            let mut content_range = String::from("bytes */");
            push_number(&mut content_range, total);
            return Range::Unsatisfiable { content_range };
        }
        (None, _, None) => return Range::Whole,
    };
    if first < held.first || last > held.last {
        return Range::Whole;
    }
    Range::Part {
        start: first - held.first,
        end: last - held.first + 1,
        content_range: content_range(first, last, held.total),
    }
}

/// Whether what is stored of a part holds what the request asks for.
pub(super) fn is_covered(request: &Request<'_>, response: &Response<'_>) -> bool {
    let Some(held) = response.content_range().and_then(ContentRange::read) else { return false };
    let asked = request.range.filter(|_| request.is_get()).and_then(read_range);
    let part = match (asked, held.total) {
        (Some(asked), Some(total)) => resolve(asked, total),
        (Some(Asked::FromTo(first, last)), None) => Some((first, last)),
        _ => None,
    };
    part.is_some_and(|(first, last)| held.first <= first && last <= held.last)
        && request.if_range.is_none_or(|if_range| is_same(if_range, response))
}

/// Returns the range asked for, if it is to be followed: GET, bytes, one, and If-Range holds.
fn wanted(request: &Request<'_>, status: u16, stored: &str) -> Option<Asked> {
    if !request.is_get() || !matches!(status, 200 | 206) {
        return None;
    }
    let asked = read_range(request.range?)?;
    match request.if_range {
        None => Some(asked),
        Some(if_range) => {
            let response = Response::read(status, Fields::new(stored), &Options::default(), 0);
            is_same(if_range, &response).then_some(asked)
        }
    }
}

/// If-Range (RFC 9110, 13.1.5): the same strong tag, or the same date of a last modification that
/// is at least a second older than the response, so that it is strong too (8.8.2.2).
fn is_same(if_range: &str, response: &Response<'_>) -> bool {
    if if_range.starts_with(['"', 'W']) && if_range.ends_with('"') {
        return response.etag().is_some_and(|etag| Tag::read(etag).is(Tag::read(if_range)));
    }
    let is_strong = match (response.last_modified.moment(), response.date.moment()) {
        (Some(modified), Some(date)) => date - modified >= 1_000,
        _ => false,
    };
    is_strong && if_range == response.last_modified_text()
}

/// Reads `bytes=…` with one range.
fn read_range(text: &str) -> Option<Asked> {
    let (first, last) = split_at_byte(trim(strip_unit(text, b'=')?), b'-')?;
    match (first, last) {
        ("", last) => Some(Asked::Last(position(last)?)),
        (first, "") => Some(Asked::From(position(first)?)),
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            (first <= last).then_some(Asked::FromTo(first, last))
        }
    }
}

fn strip_unit(text: &str, after: u8) -> Option<&str> {
    let (unit, rest) = split_at_byte(text, after)?;
    unit.eq_ignore_ascii_case("bytes").then_some(rest)
}

/// Returns first and last byte in a whole of `total` bytes; `None` if none of them is in it.
fn resolve(asked: Asked, total: u64) -> Option<(u64, u64)> {
    let end = total.checked_sub(1)?;
    let (first, last) = match asked {
        Asked::From(first) => (first, end),
        Asked::FromTo(first, last) => (first, last.min(end)),
        Asked::Last(0) => return None,
        Asked::Last(length) => (total.saturating_sub(length), end),
    };
    (first <= end).then_some((first, last))
}

/// Returns a number of up to 15 digits, which a double tells exactly.
pub(super) fn position(text: &str) -> Option<u64> {
    let is_number =
        (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}

fn content_range(first: u64, last: u64, total: Option<u64>) -> String {
    let mut text = String::from("bytes ");
    push_number(&mut text, first);
    text.push('-');
    push_number(&mut text, last);
    text.push('/');
    match total {
        Some(total) => push_number(&mut text, total),
        None => text.push('*'),
    }
    text
}
