//! What all connections of the server share: the node, and who is to be woken.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::cluster::ReplicaConfig;
use crate::cluster::session::{Host, HostConfig, Session};

use super::auth::{Attempts, Tickets};
use super::config::Config;
use super::log::Log;

/// One server, of one thread.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) config: Config,
    pub(super) log: Log,
    pub(super) tickets: RefCell<Tickets>,
    pub(super) attempts: RefCell<Attempts>,
    host: RefCell<Host>,
    doors: RefCell<HashMap<u64, Rc<Door>>>,
    /// Sockets that are open, also those that have no session.
    sockets: Cell<usize>,
    pub(super) turned_away: Cell<u64>,
    is_draining: Cell<bool>,
    /// Whoever waits for the last socket to close.
    last: RefCell<Option<Waker>>,
    drain: Notify,
}

/// By what one connection is woken when it is not its own socket that has news.
#[derive(Debug, Default)]
pub(super) struct Door {
    has_pushes: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Door {
    /// Has the task woken by what comes.
    pub(super) fn wait(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match &mut *waker {
            Some(waker) if waker.will_wake(context.waker()) => {}
            waker => *waker = Some(context.waker().clone()),
        }
    }

    /// Whether there are pushes; says so once.
    pub(super) fn take_pushes(&self) -> bool {
        self.has_pushes.take()
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// One open socket; closing it is dropping this.
#[derive(Debug)]
pub(super) struct Socket(Rc<Hub>);

impl Drop for Socket {
    fn drop(&mut self) {
        self.0.sockets.set(self.0.sockets.get() - 1);
        if self.0.sockets.get() == 0
            && let Some(waker) = self.0.last.borrow_mut().take()
        {
            waker.wake();
        }
    }
}

impl Hub {
    /// Returns a node that starts empty now.
    pub(super) fn new(config: Config, random: [u64; 3]) -> Self {
        let replica = ReplicaConfig {
            epoch: config.epoch,
            entries: config.max_entries,
            weight: config.max_weight,
            policy: config.policy,
            max_ttl_ms: config.max_ttl_ms,
            max_op_ms: config.max_timeout_ms,
            max_drift_ms: config.max_drift_ms,
            // Drawn for each process, so that nobody can choose keys that share a cell.
            hash_key: [random[0], random[1]],
            ..ReplicaConfig::default()
        };
        let host = HostConfig {
            replica,
            id: config.id.clone().into_bytes(),
            writer: random[2],
            tokens: config.tokens.clone(),
            // Sockets are counted where they come in; a request of HTTP is a session of its own.
            sessions_max: 2 * config.max_connections,
        };
        // The process has not answered anybody in the millisecond before.
        let host = Host::new(host, wall_ms() - 1);
        Self {
            log: Log::new(config.log),
            tickets: RefCell::default(),
            attempts: RefCell::default(),
            host: RefCell::new(host),
            doors: RefCell::default(),
            sockets: Cell::new(0),
            turned_away: Cell::new(0),
            is_draining: Cell::new(false),
            last: RefCell::default(),
            drain: Notify::new(),
            config,
        }
    }

    /// Does something with the node. Not to be nested.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Host) -> T) -> T {
        let mut host = self.host.borrow_mut();
        let done = work(&mut host);
        while let Some(id) = host.pop_waiting() {
            if let Some(door) = self.doors.borrow().get(&id) {
                door.has_pushes.set(true);
                door.wake();
            }
        }
        done
    }

    /// Takes note of a socket; `None` if there are too many.
    pub(super) fn admit(self: &Rc<Self>) -> Option<Socket> {
        if self.sockets.get() >= self.config.max_connections {
            self.turned_away.set(self.turned_away.get() + 1);
            return None;
        }
        self.sockets.set(self.sockets.get() + 1);
        Some(Socket(Rc::clone(self)))
    }

    /// Returns how many sockets are open.
    pub(super) fn sockets(&self) -> usize {
        self.sockets.get()
    }

    /// Returns the door of a new session, which is to be [closed](Self::close).
    pub(super) fn door(&self, session: &Session) -> Rc<Door> {
        let door = Rc::new(Door::default());
        self.doors.borrow_mut().insert(session.id(), Rc::clone(&door));
        door
    }

    /// Forgets a session.
    pub(super) fn close(&self, session: &Session) {
        self.doors.borrow_mut().remove(&session.id());
        self.host.borrow_mut().close(session);
    }

    /// Whether connections are to end as soon as what they have asked is answered.
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    /// Has every connection end when what it has asked is answered.
    pub(super) fn drain(&self) {
        self.is_draining.set(true);
        self.drain.notify_waiters();
        for door in self.doors.borrow().values() {
            door.wake();
        }
    }

    /// Resolves when connections are to end.
    pub(super) async fn drained(&self) {
        let drain = self.drain.notified();
        if !self.is_draining.get() {
            drain.await;
        }
    }

    /// Takes note of a socket whose connection has become another one.
    pub(super) fn admit_upgrade(self: &Rc<Self>) -> Socket {
        self.sockets.set(self.sockets.get() + 1);
        Socket(Rc::clone(self))
    }

    /// Resolves when no socket is open.
    pub(super) async fn last_closed(&self) {
        std::future::poll_fn(|context| {
            if self.sockets.get() == 0 {
                return std::task::Poll::Ready(());
            }
            *self.last.borrow_mut() = Some(context.waker().clone());
            std::task::Poll::Pending
        })
        .await;
    }
}

/// Returns the platform's wall clock, milliseconds since the Unix epoch.
pub(super) fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as u64
}
