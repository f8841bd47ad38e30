//! The names of the fields that the rules look at, as numbers: a line's name is looked up once.

/// Fields by their numbers, which are their places in the list of names.
pub(super) mod field {
    /// Those from here describe the body; those before it belong to the connection.
    pub(crate) const OF_BODY: usize = 9;
    /// Those from here are known and neither.
    pub(crate) const OTHERS: usize = 13;
    pub(crate) const CACHE_CONTROL: usize = 13;
    pub(crate) const EXPIRES: usize = 14;
    pub(crate) const DATE: usize = 15;
    pub(crate) const LAST_MODIFIED: usize = 16;
    pub(crate) const ETAG: usize = 17;
    pub(crate) const AGE: usize = 18;
    pub(crate) const VARY: usize = 19;
    pub(crate) const PRAGMA: usize = 20;
    pub(crate) const AUTHORIZATION: usize = 21;
    pub(crate) const RANGE: usize = 22;
    pub(crate) const IF_RANGE: usize = 23;
    pub(crate) const IF_NONE_MATCH: usize = 24;
    pub(crate) const IF_MODIFIED_SINCE: usize = 25;
    pub(crate) const IF_MATCH: usize = 26;
    pub(crate) const IF_UNMODIFIED_SINCE: usize = 27;
    /// Any other.
    pub(crate) const UNKNOWN: usize = 28;
}

const NAMES: [&str; field::UNKNOWN] = [
    // Of one connection (RFC 9111, 3.1; RFC 9110, 7.6.1).
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    // Of the body as it is stored: another message cannot change them.
    "content-length",
    "content-encoding",
    "content-range",
    "content-md5",
    // Whatever else is read.
    "cache-control",
    "expires",
    "date",
    "last-modified",
    "etag",
    "age",
    "vary",
    "pragma",
    "authorization",
    "range",
    "if-range",
    "if-none-match",
    "if-modified-since",
    "if-match",
    "if-unmodified-since",
];

/// Returns the number of the field called `name`, lower case.
#[inline(never)]
pub(super) fn number_of(name: &str) -> usize {
    NAMES.iter().position(|known| *known == name).unwrap_or(field::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_the_place_of_its_name() {
        let places = [
            (field::OF_BODY, "content-length"),
            (field::OTHERS, "cache-control"),
            (field::CACHE_CONTROL, "cache-control"),
            (field::EXPIRES, "expires"),
            (field::DATE, "date"),
            (field::LAST_MODIFIED, "last-modified"),
            (field::ETAG, "etag"),
            (field::AGE, "age"),
            (field::VARY, "vary"),
            (field::PRAGMA, "pragma"),
            (field::AUTHORIZATION, "authorization"),
            (field::RANGE, "range"),
            (field::IF_RANGE, "if-range"),
            (field::IF_NONE_MATCH, "if-none-match"),
            (field::IF_MODIFIED_SINCE, "if-modified-since"),
            (field::IF_MATCH, "if-match"),
            (field::IF_UNMODIFIED_SINCE, "if-unmodified-since"),
            (field::UNKNOWN, "Age"),
        ];
        for (number, name) in places {
            assert_eq!(number_of(name), number, "{name}");
        }
    }
}
