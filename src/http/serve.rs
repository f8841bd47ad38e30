//! The header lines that a stored response is served with (RFC 9111, 4 and 5.1).

use alloc::string::String;

use super::age::{Times, current_age_ms};
use super::fields::Fields;
use super::number::push_signed;
use super::options::Options;
use super::response::Response;
use super::validation::push_line;

/// Returns the stored lines with the age that the response has now.
pub fn headers_to_serve(headers: &str, times: Times, now_ms: i64) -> String {
    let fields = Fields::new(headers);
    let mut lines = String::with_capacity(headers.len() + 16);
    for (name, value) in fields {
        if name != "age" {
            push_line(&mut lines, name, value);
        }
    }
    lines.push_str("age:");
    push_signed(&mut lines, age_ms(headers, times, now_ms) / 1_000);
    lines.push('\n');
    lines
}

/// Returns the age that the response has now, in milliseconds.
pub fn age_ms(headers: &str, times: Times, now_ms: i64) -> i64 {
    let fields = Fields::new(headers);
    let response = Response::read(200, fields, &Options::default(), times.received_at_ms);
    current_age_ms(&response, times, now_ms)
}
