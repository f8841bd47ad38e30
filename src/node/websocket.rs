//! `WebSockets`: frames of RESP3, many commands each.
//!
//! Nothing more is read while replies wait to leave, so that the system's buffers and not ours hold
//! what an impatient client sends ahead.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::{SinkExt, Stream};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::cluster::session::{Standing, Trust};
use crate::wire::Protocol;
use crate::wire::limits::FRAME_BYTES_MAX;

use super::auth;
use super::http::{Body, refused};
use super::hub::Hub;
use super::link::Link;
use super::tcp::{HANDSHAKE, STUCK};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Returns the response that makes a WebSocket of a request, and has it served then.
pub(super) fn accept(hub: Rc<Hub>, mut request: Request<Incoming>, trust: Trust) -> Response<Body> {
    let headers = request.headers();
    let is_right = headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| is_right);
    let Some(accepted) = key.map(|key| derive_accept_key(key.as_bytes())) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let Ok(accepted) = HeaderValue::try_from(accepted) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let socket = hub.admit_upgrade();
    let upgrade = hyper::upgrade::on(&mut request);
    spawn_local(async move {
        serve(hub, upgrade, trust).await;
        drop(socket);
    });
    let mut reply = Response::new(Body::Whole(None));
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = reply.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    // Never the token, which is among those that were offered.
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(auth::PROTOCOL));
    reply
}

async fn serve(hub: Rc<Hub>, upgrade: OnUpgrade, trust: Trust) {
    let Ok(Ok(upgraded)) = timeout(HANDSHAKE, upgrade).await else { return };
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .write_buffer_size(0);
    let io = TokioIo::new(upgraded);
    let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let code = match Link::open(&hub, trust, Protocol::Resp3) {
        None => CloseCode::Again,
        Some(link) => talk(link, &mut socket).await,
    };
    let frame = CloseFrame { code, reason: "".into() };
    // Who does not read does not answer either.
    let _ = timeout(CLOSE, async {
        if socket.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = next(&mut socket).await {}
        }
    })
    .await;
}

/// What a connection is woken by.
enum News {
    Message(Message),
    Pushes,
    Late,
    Drain,
    Broken(CloseCode),
}

/// Answers a connection until it ends; returns why it does.
async fn talk(mut link: Link, socket: &mut Socket) -> CloseCode {
    let opened = Instant::now();
    let mut heard = opened;
    let mut out = Vec::new();
    loop {
        let until = if link.is_admitted() { heard + ASK } else { opened + HANDSHAKE };
        match news(&link, socket, until.max(Instant::now())).await {
            News::Message(Message::Binary(bytes)) => {
                heard = Instant::now();
                link.receive(&bytes, &mut out);
            }
            News::Message(Message::Text(_)) => return CloseCode::Unsupported,
            News::Message(Message::Close(_)) => return CloseCode::Normal,
            News::Message(_) => {
                heard = Instant::now();
                continue;
            }
            News::Pushes => link.pushes(&mut out),
            News::Late if !link.is_admitted() => return CloseCode::Policy,
            News::Late if heard.elapsed() > IDLE => return CloseCode::Away,
            News::Late => {
                if !send(socket, Message::Ping(Vec::new().into())).await {
                    return CloseCode::Away;
                }
                continue;
            }
            News::Drain => return CloseCode::Away,
            News::Broken(code) => return code,
        }
        loop {
            if !out.is_empty()
                && !send(socket, Message::Binary(std::mem::take(&mut out).into())).await
            {
                return CloseCode::Policy;
            }
            match link.standing() {
                Standing::Open => break,
                Standing::More => drop(link.receive(&[], &mut out)),
                Standing::Ended => return CloseCode::Normal,
            }
        }
    }
}

/// Resolves with what happens next.
async fn news(link: &Link, socket: &mut Socket, until: Instant) -> News {
    let mut late = pin!(sleep_until(until));
    poll_fn(|context| {
        link.door.wait(context);
        if link.door.take_pushes() {
            return Poll::Ready(News::Pushes);
        }
        match Pin::new(&mut *socket).poll_next(context) {
            Poll::Ready(Some(Ok(message))) => return Poll::Ready(News::Message(message)),
            Poll::Ready(Some(Err(Error::Capacity(_)))) => {
                return Poll::Ready(News::Broken(CloseCode::Size));
            }
            Poll::Ready(Some(Err(_))) => return Poll::Ready(News::Broken(CloseCode::Protocol)),
            Poll::Ready(None) => return Poll::Ready(News::Broken(CloseCode::Normal)),
            Poll::Pending => {}
        }
        if link.hub.is_draining() && !link.is_cut() {
            return Poll::Ready(News::Drain);
        }
        late.as_mut().poll(context).map(|()| News::Late)
    })
    .await
}

async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    poll_fn(|context| Pin::new(&mut *socket).poll_next(context)).await
}

/// Whether a message has left within the time that a client has to read.
async fn send(socket: &mut Socket, message: Message) -> bool {
    matches!(timeout(STUCK, socket.send(message)).await, Ok(Ok(())))
}

/// After so much silence the peer is asked whether it is there.
const ASK: Duration = Duration::from_secs(20);
/// After so much it is gone.
const IDLE: Duration = Duration::from_secs(60);
/// How long a closing handshake may take.
const CLOSE: Duration = Duration::from_secs(1);
