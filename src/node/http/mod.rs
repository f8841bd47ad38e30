//! HTTP: which request goes where, and who may ask.
//!
//! | request | answer |
//! |---|---|
//! | `GET /healthz` | 200, 503 while it drains; for everybody |
//! | `GET /metrics` | Prometheus' text |
//! | `GET`, `HEAD`, `PUT`, `DELETE /v1/kv/KEY` | one entry ([`kv`]) |
//! | `POST /`, `/pipeline`, `/multi-exec` | Upstash's commands ([`upstash`]) |
//! | `POST /v1/frames` | frames of RESP3 ([`frames`]); `GET` with an upgrade is a WebSocket |
//! | `POST /v1/tickets` | a ticket for one WebSocket within 30 seconds |
//!
//! A browser tells whose page asks: an origin that is not listed gets 403. Wrong tokens get 401,
//! too many of them 429; where there is one connection too many it is 503.

// A refusal is the response itself: there is one a request, and a box would be another allocation.
#![allow(clippy::result_large_err)]

mod frames;
mod kv;
mod reply;
mod upstash;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, CONTENT_LENGTH, HeaderValue, ORIGIN, VARY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::cluster::session::Trust;
use crate::wire::limits::FRAME_BYTES_MAX;

use super::hub::{Hub, wall_ms};
use super::listener::Speech;
use super::{auth, metrics, tcp, websocket};
use reply::told;
pub(super) use reply::{Body, busy, refused};

/// A response of this server.
type Reply = Response<Body>;

/// One request and what its connection is.
struct Asked {
    hub: Rc<Hub>,
    from: SocketAddr,
    has_frames: bool,
    has_api: bool,
    request: Request<Incoming>,
}

/// Answers a connection until it ends.
pub(super) async fn serve<S>(hub: Rc<Hub>, stream: S, from: SocketAddr, speech: Speech)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Speech::Web { has_frames, has_api } = speech else { return };
    let of = Rc::clone(&hub);
    let service = service_fn(move |request| {
        let asked = Asked { hub: Rc::clone(&of), from, has_frames, has_api, request };
        async move { Ok::<_, Infallible>(asked.answer().await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let drained = pin!(hub.drained());
    match futures::future::select(connection.as_mut(), drained).await {
        // What is broken is the client's, and there is nobody to tell.
        futures::future::Either::Left(_) => {}
        futures::future::Either::Right(_) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

impl Asked {
    /// Returns the answer, with what pages need to read it.
    async fn answer(self) -> Reply {
        let origin = self.request.headers().get(ORIGIN).cloned();
        let path = self.request.uri().path().to_owned();
        if path == "/healthz" {
            return self.health();
        }
        if !auth::is_allowed(&self.hub.config, self.request.headers()) {
            return refused(StatusCode::FORBIDDEN);
        }
        let mut reply = if is_upgrade(&self.request) && self.has_frames {
            self.upgrade()
        } else {
            self.route(&path).await
        };
        if let Some(origin) = origin {
            reply.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            reply.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
        }
        if reply.status().is_client_error() && self_closes(reply.status()) {
            // The body of what is refused has not been read, and is not going to be.
            reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        reply
    }

    async fn route(self, path: &str) -> Reply {
        if *self.request.method() == Method::OPTIONS {
            return reply::preflight();
        }
        match path {
            "/v1/frames" if self.has_frames => self.frames().await,
            "/v1/tickets" if self.has_frames => self.ticket(),
            "/metrics" if self.has_api => self.metrics(),
            "/" | "/pipeline" | "/multi-exec" if self.has_api => self.upstash(path).await,
            _ => match path.strip_prefix("/v1/kv/") {
                Some(key) if self.has_api => {
                    let key = key.to_owned();
                    self.kv(&key).await
                }
                _ => refused(StatusCode::NOT_FOUND),
            },
        }
    }

    fn health(&self) -> Reply {
        let method = self.request.method();
        if method != Method::GET && method != Method::HEAD {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        if self.hub.is_draining() {
            return busy();
        }
        told(StatusCode::OK, "application/json", "{\"status\":\"ok\"}")
    }

    fn metrics(&self) -> Reply {
        match self.trust() {
            Err(refusal) => refusal,
            Ok(_) if self.request.method() != Method::GET => {
                refused(StatusCode::METHOD_NOT_ALLOWED)
            }
            Ok(_) => told(StatusCode::OK, "text/plain; version=0.0.4", metrics::text(&self.hub)),
        }
    }

    /// Gives out a ticket for who has shown a token.
    fn ticket(&self) -> Reply {
        let trust = match self.trust() {
            Err(refusal) => return refusal,
            Ok(trust) => trust,
        };
        if self.request.method() != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        match self.hub.tickets.borrow_mut().issue(wall_ms(), trust) {
            Some(ticket) => {
                let text = format!("{{\"ticket\":\"{ticket}\",\"expiresInMs\":30000}}");
                told(StatusCode::OK, "application/json", text)
            }
            None => busy(),
        }
    }

    fn upgrade(self) -> Reply {
        let Self { hub, from, request, .. } = self;
        let offered = auth::offered(request.headers());
        if !offered.contains(&auth::PROTOCOL) {
            return refused(StatusCode::BAD_REQUEST);
        }
        if hub.attempts.borrow_mut().are_too_many(wall_ms(), from.ip()) {
            return reply::too_many();
        }
        let header = auth::bearer(request.headers()).map(<[u8]>::to_vec);
        let trust = match header.or_else(|| auth::offered_token(&offered)) {
            // It may log in by its first command.
            None => Trust::Stranger,
            Some(token) if token.starts_with(auth::TICKET.as_bytes()) => {
                let trust = hub.tickets.borrow_mut().take(wall_ms(), &token);
                trust.unwrap_or_else(|| guessed(&hub, from, &token))
            }
            Some(token) => guessed(&hub, from, &token),
        };
        // A browser does not tell a page why it got no WebSocket, so the first reply does.
        websocket::accept(hub, request, trust)
    }

    /// Returns how far the token of the request is trusted.
    ///
    /// # Errors
    ///
    /// The refusal: there is none, it is wrong, or this address has guessed too often.
    fn trust(&self) -> Result<Trust, Reply> {
        let Self { hub, from, request, .. } = self;
        if hub.attempts.borrow_mut().are_too_many(wall_ms(), from.ip()) {
            return Err(reply::too_many());
        }
        let trust = guessed(hub, *from, auth::bearer(request.headers()).unwrap_or_default());
        if trust.is_admitted() { Ok(trust) } else { Err(reply::unauthorized()) }
    }

    /// Returns the body, at most a frame long.
    ///
    /// # Errors
    ///
    /// The refusal: it is longer, or takes too long to come.
    async fn body(request: Request<Incoming>) -> Result<Bytes, Reply> {
        let told = request.headers().get(CONTENT_LENGTH).and_then(|text| text.to_str().ok());
        if told.and_then(|text| text.parse::<u64>().ok()) > Some(FRAME_BYTES_MAX as u64) {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let body = Limited::new(request.into_body(), FRAME_BYTES_MAX).collect();
        match timeout(BODY, body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                Err(refused(StatusCode::PAYLOAD_TOO_LARGE))
            }
            Ok(Err(_)) => Err(refused(StatusCode::BAD_REQUEST)),
            Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT)),
        }
    }
}

/// Returns how far a token is trusted, and counts it if it is wrong.
fn guessed(hub: &Hub, from: SocketAddr, token: &[u8]) -> Trust {
    let trust = hub.with(|host| host.trust(wall_ms(), token));
    if trust == Trust::Refused && !token.is_empty() {
        hub.attempts.borrow_mut().note(from.ip());
    }
    trust
}

fn is_upgrade(request: &Request<Incoming>) -> bool {
    let upgrade = request.headers().get(hyper::header::UPGRADE);
    *request.method() == Method::GET
        && upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether a request that is refused so may have a body that nobody reads.
fn self_closes(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED)
}

/// A request's head has so long to come.
const HEADERS: Duration = tcp::HANDSHAKE;
/// Its body has so long.
const BODY: Duration = Duration::from_secs(15);
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;
