//! Responses, and bodies that are whole or come as somebody reads them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use super::Reply;
use crate::cluster::session::Standing;
use crate::node::link::Link;

/// A body.
pub(in crate::node) enum Body {
    /// All of it, until it is taken.
    Whole(Option<Bytes>),
    /// The first frame of replies, and the session that has more.
    Frames(Option<Bytes>, Box<Link>),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Frames(first, link) => first.take().or_else(|| next(link)),
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Frames(..) => SizeHint::default(),
        }
    }
}

/// Answers the next frame of a body's commands.
pub(super) fn next(link: &mut Link) -> Option<Bytes> {
    let mut out = Vec::new();
    if link.standing() == Standing::More && link.receive(&[], &mut out) != Standing::More {
        // What the body breaks off in the middle of is the last error.
        link.finish(&mut out);
    }
    (!out.is_empty()).then(|| out.into())
}

/// Returns a response with a body that nobody keeps.
pub(super) fn told(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Body::Whole(Some(body.into())));
    *reply.status_mut() = status;
    set(&mut reply, CONTENT_TYPE, kind);
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// Returns a response without a body.
pub(super) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::Whole(None));
    *reply.status_mut() = status;
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// Returns a refusal, which says why for people.
pub(in crate::node) fn refused(status: StatusCode) -> Reply {
    let why = match status {
        StatusCode::BAD_REQUEST => "the request is not understood, see docs/node.md\n",
        StatusCode::UNAUTHORIZED => "a token is missing or wrong\n",
        StatusCode::FORBIDDEN => "this origin or token may not do this here\n",
        StatusCode::NOT_FOUND => "there is nothing here\n",
        StatusCode::METHOD_NOT_ALLOWED => "this method is not known here\n",
        StatusCode::PAYLOAD_TOO_LARGE => "a value has at most 1 MiB\n",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the content type is not known here\n",
        StatusCode::UPGRADE_REQUIRED => "open a WebSocket, or POST a frame\n",
        StatusCode::PRECONDITION_FAILED => "the entry is another one\n",
        _ => "not now\n",
    };
    told(status, "text/plain; charset=utf-8", why)
}

/// Returns what those get who have no right token.
pub(super) fn unauthorized() -> Reply {
    let mut reply = refused(StatusCode::UNAUTHORIZED);
    set(&mut reply, hyper::header::WWW_AUTHENTICATE, "Bearer");
    reply
}

/// Returns what those get for whom there is no room now.
pub(in crate::node) fn busy() -> Reply {
    let mut reply = refused(StatusCode::SERVICE_UNAVAILABLE);
    set(&mut reply, RETRY_AFTER, "1");
    reply
}

/// Returns what those get who guess.
pub(super) fn too_many() -> Reply {
    let mut reply = refused(StatusCode::TOO_MANY_REQUESTS);
    set(&mut reply, RETRY_AFTER, "10");
    reply
}

/// Returns what a browser asks before it sends a page's request; its origin is allowed.
pub(super) fn preflight() -> Reply {
    let mut reply = empty(StatusCode::NO_CONTENT);
    let headers = [
        ("access-control-allow-methods", "GET, HEAD, PUT, POST, DELETE"),
        (
            "access-control-allow-headers",
            "authorization, cache-control, content-type, if-match, if-none-match",
        ),
        ("access-control-max-age", "600"),
    ];
    for (name, value) in headers {
        set(&mut reply, HeaderName::from_static(name), value);
    }
    reply
}

pub(super) fn set(reply: &mut Reply, name: HeaderName, value: &'static str) {
    reply.headers_mut().insert(name, HeaderValue::from_static(value));
}
