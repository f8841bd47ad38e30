//! The rules of `src/http` against the text of the RFCs, section by section.

mod http_rfc9111 {
    pub(crate) mod bytes;
    pub(crate) mod fields;
    pub(crate) mod hostile;
    pub(crate) mod neighbours;
    pub(crate) mod reuse;
    pub(crate) mod samples;
    pub(crate) mod storing;
}
