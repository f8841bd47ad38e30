//! The server: opens what it listens at, serves until it is told to stop, and drains.

use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use super::config::Config;
use super::hub::Hub;
use super::listener::{self, Speech};
use super::log::Level;
use super::signals::Signals;
use super::tls;

/// Why the server does not run: what was tried, and what came of it.
#[derive(Debug)]
pub struct Fault {
    what: String,
    cause: String,
}

impl Fault {
    fn of<T>(what: impl fmt::Display, result: io::Result<T>) -> Result<T, Self> {
        result.map_err(|error| Self { what: what.to_string(), cause: error.to_string() })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.cause)
    }
}

impl std::error::Error for Fault {}

/// Checks what can only be checked on the machine: the files of TLS.
///
/// # Errors
///
/// What is wrong with them.
pub fn check(config: &Config) -> Result<(), Fault> {
    acceptor(config).map(drop)
}

/// Serves until SIGTERM or SIGINT, then drains and returns.
///
/// # Errors
///
/// What could not be opened; nothing has been served then.
pub fn run(config: Config) -> Result<(), Fault> {
    let runtime = Fault::of("the runtime", Builder::new_current_thread().enable_all().build())?;
    raise_file_limit();
    LocalSet::new().block_on(&runtime, serve(config))
}

async fn serve(config: Config) -> Result<(), Fault> {
    let mut signals = Fault::of("signals", Signals::listen())?;
    let acceptor = acceptor(&config)?;
    let mut random = [0; 24];
    getrandom::fill(&mut random)
        .map_err(|error| Fault { what: "random bytes".into(), cause: error.to_string() })?;
    let word = |at: usize| {
        random[8 * at..8 * at + 8].iter().fold(0, |word, &byte| word << 8 | u64::from(byte))
    };
    let listeners = bind_all(&config)?;
    let hub = Rc::new(Hub::new(config, [word(0), word(1), word(2)]));
    say_start(&hub);
    let mut accepting = Vec::new();
    for (listener, speech) in listeners {
        let at = Fault::of("the address", listener.local_addr())?;
        let fields = [("at", at.to_string().into()), ("speaks", speech.name().into())];
        hub.log.line(Level::Info, "listening", &fields);
        let accept = listener::accept(Rc::clone(&hub), listener, speech, acceptor.clone());
        accepting.push(spawn_local(accept));
    }
    let signal = signals.next().await;
    hub.log.line(
        Level::Info,
        "draining",
        &[("signal", signal.into()), ("sockets", hub.sockets().into())],
    );
    for task in accepting {
        task.abort();
    }
    hub.drain();
    let limit = Duration::from_millis(hub.config.drain_ms);
    // A second signal ends the patience.
    let drained = timeout(limit, async {
        tokio_first(hub.last_closed(), signals.next()).await;
    });
    let is_late = drained.await.is_err();
    hub.log.line(
        Level::Info,
        "stopped",
        &[("sockets", hub.sockets().into()), ("late", is_late.into())],
    );
    Ok(())
}

/// Resolves when either does.
async fn tokio_first(one: impl Future<Output = ()>, other: impl Future<Output = &'static str>) {
    let (one, other) = (std::pin::pin!(one), std::pin::pin!(other));
    let _ = futures::future::select(one, other).await;
}

fn say_start(hub: &Hub) {
    let config = &hub.config;
    hub.log.line(
        Level::Info,
        "starting",
        &[
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("id", config.id.as_str().into()),
            ("epoch", config.epoch.into()),
            ("max_weight", config.max_weight.into()),
            ("tokens", config.tokens.len().into()),
            ("tls", config.tls.is_some().into()),
        ],
    );
    if config.tokens.is_empty() {
        hub.log.line(
            Level::Warn,
            "open",
            &[("why", "no tokens: whoever reaches it may use it".into())],
        );
    }
}

fn bind_all(config: &Config) -> Result<Vec<(TcpListener, Speech)>, Fault> {
    let is_shared = config.ws.is_some() && config.ws == config.http;
    let web = |has_frames, has_api| Speech::Web { has_frames, has_api };
    let wanted = [
        (&config.listen, Speech::Resp),
        (&config.ws, web(true, is_shared)),
        (if is_shared { &None } else { &config.http }, web(false, true)),
    ];
    let mut listeners = Vec::new();
    for (address, speech) in wanted {
        if let Some(address) = address {
            listeners.push((Fault::of(address, listener::bind(address))?, speech));
        }
    }
    Ok(listeners)
}

fn acceptor(config: &Config) -> Result<Option<tokio_rustls::TlsAcceptor>, Fault> {
    let Some((cert, key)) = &config.tls else { return Ok(None) };
    tls::acceptor(cert, key).map(Some).map_err(|cause| Fault { what: "TLS".into(), cause })
}

/// Lets the process open as many files as the system allows; each connection is one.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, connections beyond the limit wait to be accepted.
    let _ = setrlimit(Resource::Nofile, limit);
}
