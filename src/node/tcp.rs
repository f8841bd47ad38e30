//! RESP over a stream: one task a connection, woken by its socket, by pushes, or by its patience.
//!
//! A turn of the task does what can be done without waiting: it sends what waits, answers what is
//! left of the last read, sends pushes, and reads again. Input and output go through buffers of the
//! thread, so that only a client that does not read, or that sends half a command, has memory of
//! its own here.
//!
//! Clients of Redis keep idle connections, so that one that has logged in may be silent for ever:
//! keep-alive finds those whose peer is gone. Half a command, a stranger's silence and a client
//! that reads nothing have their time.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::cluster::session::{Standing, Trust};
use crate::wire::Protocol;

use super::hub::Hub;
use super::link::Link;

/// A stranger has so long to log in.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(5);
/// A command has so long to arrive.
pub(super) const COMMAND: Duration = Duration::from_secs(60);
/// Who reads nothing for so long is given up.
pub(super) const STUCK: Duration = Duration::from_secs(10);

/// Answers a connection until it ends.
pub(super) async fn serve<S>(hub: Rc<Hub>, mut stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(link) = Link::open(&hub, Trust::Stranger, Protocol::Resp2) else { return };
    let (opened, cut_since) = (Instant::now(), None);
    let mut talk = Talk {
        link,
        unsent: Vec::new(),
        sent: 0,
        moved: opened,
        opened,
        cut_since,
        patience: None,
    };
    // Whatever has happened to the peer, there is nobody to tell.
    let _ = poll_fn(|context| talk.turn(&mut stream, context)).await;
    let _ = poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await;
}

/// One connection's state between two turns.
struct Talk {
    link: Link,
    unsent: Vec<u8>,
    sent: usize,
    /// When something of what waits has last left.
    moved: Instant,
    opened: Instant,
    /// Since when a command is cut.
    cut_since: Option<Instant>,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Talk {
    /// Does what can be done now; ready when the connection has ended.
    fn turn<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self.step(stream, context) {
            Poll::Pending => self.lose_patience(context),
            ended @ Poll::Ready(_) => ended,
        }
    }

    fn step<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.link.door.wait(context);
        loop {
            ready!(self.flush(stream, context))?;
            if self.link.standing() == Standing::Ended {
                return Poll::Ready(Ok(()));
            }
            if self.link.standing() == Standing::More {
                BUFFERS.with_borrow_mut(|buffers| self.answer(stream, context, buffers, 0))?;
                continue;
            }
            if self.link.door.take_pushes() {
                self.link.pushes(&mut self.unsent);
                continue;
            }
            if self.link.hub.is_draining() && !self.link.is_cut() {
                return Poll::Ready(Ok(()));
            }
            let has_read = BUFFERS.with_borrow_mut(|buffers| {
                let mut input = ReadBuf::new(&mut buffers.input);
                ready!(Pin::new(&mut *stream).poll_read(context, &mut input))?;
                let len = input.filled().len();
                self.answer(stream, context, buffers, len)?;
                Poll::Ready(io::Result::Ok(len > 0))
            });
            if !ready!(has_read)? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Answers the first `len` bytes of the input and sends the replies as far as they go.
    fn answer<S>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
        Buffers { input, output }: &mut Buffers,
        len: usize,
    ) -> io::Result<()>
    where
        S: AsyncWrite + Unpin,
    {
        output.clear();
        self.link.receive(&input[..len], output);
        if !output.is_empty() || self.cut_since.is_none() {
            self.cut_since = self.link.is_cut().then(Instant::now);
        } else if !self.link.is_cut() {
            self.cut_since = None;
        }
        let mut sent = 0;
        while sent < output.len() {
            match Pin::new(&mut *stream).poll_write(context, &output[sent..]) {
                Poll::Ready(written) => sent += progress(written?)?,
                Poll::Pending => {
                    self.unsent.extend_from_slice(&output[sent..]);
                    self.moved = Instant::now();
                    break;
                }
            }
        }
        if output.capacity() > KEPT_BYTES_MAX {
            *output = Vec::new();
        }
        Ok(())
    }

    /// Sends what waits.
    fn flush<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while self.sent < self.unsent.len() {
            let rest = &self.unsent[self.sent..];
            let written = ready!(Pin::new(&mut *stream).poll_write(context, rest))?;
            self.sent += progress(written)?;
            self.moved = Instant::now();
        }
        if self.sent > 0 {
            (self.unsent, self.sent) = (Vec::new(), 0);
        }
        Pin::new(stream).poll_flush(context)
    }

    /// Ends the connection when its time is over; ready then.
    fn lose_patience(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let waits = [
            (!self.unsent.is_empty()).then(|| self.moved + STUCK),
            self.cut_since.map(|since| since + COMMAND),
            (!self.link.is_admitted()).then(|| self.opened + HANDSHAKE),
        ];
        let Some(until) = waits.into_iter().flatten().min() else {
            self.patience = None;
            return Poll::Pending;
        };
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if patience.deadline() != until {
            patience.as_mut().reset(until);
        }
        patience.as_mut().poll(context).map(Ok)
    }
}

/// What all connections of a thread read into and write from.
struct Buffers {
    input: Box<[u8]>,
    output: Vec<u8>,
}

thread_local! {
    static BUFFERS: RefCell<Buffers> =
        RefCell::new(Buffers { input: vec![0; INPUT_BYTES].into(), output: Vec::new() });
}

fn progress(written: usize) -> io::Result<usize> {
    if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) }
}

/// What one read takes at most.
const INPUT_BYTES: usize = 64 << 10;
/// An output buffer of up to so many bytes is kept.
const KEPT_BYTES_MAX: usize = 256 << 10;
