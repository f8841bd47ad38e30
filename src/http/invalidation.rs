//! What a request that is not safe makes invalid (RFC 9111, 4.4).

use super::fields::Fields;

/// Returns the references beside the request's own URL: Location and Content-Location, each if it
/// is there. `None`: nothing becomes invalid, since the method is safe or the response an error.
///
/// They are as the response says them. The caller resolves them against the request's URL and drops
/// those of another origin: else one site could empty another's cache.
pub fn invalidates<'a>(
    method: &str,
    status: u16,
    headers: &'a str,
) -> Option<[Option<&'a str>; 2]> {
    let is_safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
    if is_safe || !(200..400).contains(&status) {
        return None;
    }
    let fields = Fields::new(headers);
    Some([fields.first("location"), fields.first("content-location")])
}
