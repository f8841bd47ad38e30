//! A listener: takes sockets in, prepares them and gives each a task.

use std::future::pending;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::spawn_local;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::hub::{Hub, Socket};
use super::log::Level;
use super::{http, tcp};

/// What is spoken at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speech {
    /// RESP.
    Resp,
    /// HTTP: `WebSockets` and frames, the API, or both.
    Web {
        /// Whether it takes `WebSockets` and frames.
        has_frames: bool,
        /// Whether it has keys, Upstash's commands and metrics.
        has_api: bool,
    },
}

impl Speech {
    /// Returns its name for the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Resp => "resp",
            Self::Web { has_frames: true, has_api: true } => "ws+http",
            Self::Web { has_frames: true, .. } => "ws",
            Self::Web { .. } => "http",
        }
    }
}

/// Opens a listener at `HOST:PORT`.
pub(super) fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match bind_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Takes sockets in for ever.
pub(super) async fn accept(
    hub: Rc<Hub>,
    listener: TcpListener,
    speech: Speech,
    tls: Option<TlsAcceptor>,
) {
    loop {
        let (mut stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, mostly: what is open goes on, and some of it will end.
                hub.log.line(Level::Warn, "accept", &[("error", error.to_string().into())]);
                let _ = timeout(ACCEPT_PAUSE, pending::<()>()).await;
                continue;
            }
        };
        let Some(socket) = hub.admit() else {
            hub.log.line(Level::Debug, "turned-away", &[("from", from.to_string().into())]);
            if speech == Speech::Resp && tls.is_none() {
                // As Redis says it; a fresh socket has room for a line.
                let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
            }
            let _ = stream.shutdown().await;
            continue;
        };
        if prepare(&stream).is_err() {
            continue;
        }
        let (hub, tls) = (Rc::clone(&hub), tls.clone());
        spawn_local(serve(hub, stream, from, speech, tls, socket));
    }
}

/// Serves one socket until it ends.
async fn serve(
    hub: Rc<Hub>,
    stream: TcpStream,
    from: SocketAddr,
    speech: Speech,
    tls: Option<TlsAcceptor>,
    socket: Socket,
) {
    match (tls, speech) {
        (None, Speech::Resp) => tcp::serve(hub, stream).await,
        (None, Speech::Web { .. }) => http::serve(hub, stream, from, speech).await,
        (Some(tls), _) => {
            // Who speaks no TLS, or half of it, is not answered.
            let Ok(Ok(stream)) = timeout(tcp::HANDSHAKE, tls.accept(stream)).await else { return };
            match speech {
                Speech::Resp => tcp::serve(hub, stream).await,
                Speech::Web { .. } => http::serve(hub, stream, from, speech).await,
            }
        }
    }
    drop(socket);
}

/// Has the system look after a peer that is gone, and one that reads nothing.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(SILENCE).with_interval(PROBES);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}

const BACKLOG: u32 = 1024;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A peer that says nothing for so long is asked whether it is there; one that takes nothing for so
/// long is gone.
const SILENCE: Duration = Duration::from_secs(60);
const PROBES: Duration = Duration::from_secs(10);
