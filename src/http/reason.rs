//! Why a decision was made, in words, with the section that says so.

/// The reason of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // Each says itself in words.
pub enum Reason {
    Fresh,
    Stale,
    MaxStale,
    StaleWhileRevalidate,
    StaleIfError,
    MustRevalidate,
    RequestNoCache,
    RequestMaxAge,
    RequestMinFresh,
    ResponseNoCache,
    OnlyIfCached,
    OtherMethod,
    VaryMismatch,
    VaryAll,
    OutsideRange,
    ForOrigin,
    TooLong,
    Storable,
    Method,
    Status,
    NotUnderstood,
    RequestNoStore,
    ResponseNoStore,
    Private,
    Authorization,
    NoFreshness,
    Partial,
    PostWithoutFreshness,
}

impl Reason {
    /// Every reason, in the order of their numbers.
    const ALL: [Self; 28] = [
        Self::Fresh,
        Self::Stale,
        Self::MaxStale,
        Self::StaleWhileRevalidate,
        Self::StaleIfError,
        Self::MustRevalidate,
        Self::RequestNoCache,
        Self::RequestMaxAge,
        Self::RequestMinFresh,
        Self::ResponseNoCache,
        Self::OnlyIfCached,
        Self::OtherMethod,
        Self::VaryMismatch,
        Self::VaryAll,
        Self::OutsideRange,
        Self::ForOrigin,
        Self::TooLong,
        Self::Storable,
        Self::Method,
        Self::Status,
        Self::NotUnderstood,
        Self::RequestNoStore,
        Self::ResponseNoStore,
        Self::Private,
        Self::Authorization,
        Self::NoFreshness,
        Self::Partial,
        Self::PostWithoutFreshness,
    ];

    /// Returns the reason with this number, `reason as u32`.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh (RFC 9111 4.2)",
            Self::Stale => "stale (RFC 9111 4.2)",
            Self::MaxStale => "stale, and the request's max-stale allows it (RFC 9111 5.2.1.2)",
            Self::StaleWhileRevalidate => "stale, within stale-while-revalidate (RFC 5861 3)",
            Self::StaleIfError => "stale, within stale-if-error (RFC 5861 4)",
            Self::MustRevalidate => "stale, and must be revalidated (RFC 9111 5.2.2.2)",
            Self::RequestNoCache => "the request says no-cache (RFC 9111 5.2.1.4)",
            Self::RequestMaxAge => "older than the request's max-age (RFC 9111 5.2.1.1)",
            Self::RequestMinFresh => "not fresh for the request's min-fresh (RFC 9111 5.2.1.3)",
            Self::ResponseNoCache => "the response says no-cache (RFC 9111 5.2.2.4)",
            Self::OnlyIfCached => "the request says only-if-cached (RFC 9111 5.2.1.7)",
            Self::OtherMethod => "stored for another method (RFC 9111 4)",
            Self::VaryMismatch => "another variant: a field named by Vary differs (RFC 9111 4.1)",
            Self::VaryAll => "Vary: * matches no request (RFC 9111 4.1)",
            Self::OutsideRange => "only a part is stored, and not the one asked for (RFC 9111 3.3)",
            Self::ForOrigin => "the request's condition is the origin's (RFC 9111 4.3.2)",
            Self::TooLong => "a header block of more than 64 KiB",
            Self::Storable => "storable (RFC 9111 3)",
            Self::Method => "a method whose responses are not stored (RFC 9111 3)",
            Self::Status => "a status that is not stored (RFC 9111 3)",
            Self::NotUnderstood => "must-understand with an unknown status (RFC 9111 5.2.2.3)",
            Self::RequestNoStore => "the request says no-store (RFC 9111 5.2.1.5)",
            Self::ResponseNoStore => "the response says no-store (RFC 9111 5.2.2.5)",
            Self::Private => "private, and the cache is shared (RFC 9111 5.2.2.7)",
            Self::Authorization => "the request has Authorization (RFC 9111 3.5)",
            Self::NoFreshness => "no lifetime, and none may be guessed (RFC 9111 3)",
            Self::Partial => "a part without a usable Content-Range (RFC 9111 3.3)",
            Self::PostWithoutFreshness => {
                "a POST without a lifetime and its own URL as Content-Location (RFC 9110 9.3.3)"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_number() {
        for (number, reason) in (0..).zip(Reason::ALL) {
            assert_eq!(reason as u32, number);
            assert_eq!(Reason::from_number(number), Some(reason));
        }
        assert_eq!(Reason::from_number(28), None);
    }
}
