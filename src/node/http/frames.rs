//! Frames of RESP3 as bodies: what a cluster's client sends where it has no WebSocket.

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::{Method, Response, StatusCode};

use super::reply::{Body, busy, next, refused, set};
use super::{Asked, Reply};
use crate::cluster::session::Standing;
use crate::node::link::Link;
use crate::wire::Protocol;

const FRAMES_TYPE: &str = "application/vnd.tidecache.resp3";

impl Asked {
    /// Answers the commands of a body.
    pub(super) async fn frames(self) -> Reply {
        if *self.request.method() == Method::GET {
            return refused(StatusCode::UPGRADE_REQUIRED);
        }
        if *self.request.method() != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        let trust = match self.trust() {
            Ok(trust) => trust,
            Err(refusal) => return refusal,
        };
        let kind = self.request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(FRAMES_TYPE) {
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let hub = self.hub;
        let body = match Self::body(self.request).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let Some(link) = Link::open(&hub, trust, Protocol::Resp3) else { return busy() };
        let mut reply = Response::new(answered(link, &body));
        set(&mut reply, CONTENT_TYPE, FRAMES_TYPE);
        set(&mut reply, CACHE_CONTROL, "no-store");
        reply
    }
}

fn answered(mut link: Link, body: &[u8]) -> Body {
    let mut out = Vec::new();
    if link.receive(body, &mut out) == Standing::More {
        return Body::Frames(Some(Bytes::from(out)), Box::new(link));
    }
    link.finish(&mut out);
    debug_assert!(next(&mut link).is_none(), "all is answered");
    Body::Whole(Some(out.into()))
}
