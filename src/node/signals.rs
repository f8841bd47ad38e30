//! When the server is to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens to them from now on.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Resolves with the name of the next one.
    pub(super) async fn next(&mut self) -> &'static str {
        let Self { terminate, interrupt } = self;
        std::future::poll_fn(|context| {
            if terminate.poll_recv(context).is_ready() {
                return std::task::Poll::Ready("SIGTERM");
            }
            interrupt.poll_recv(context).map(|_| "SIGINT")
        })
        .await
    }
}
