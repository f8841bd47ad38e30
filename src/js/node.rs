//! The door of a node: its sessions, for the host in `src/ts/cluster/cache-node.ts`.
//!
//! Nothing here calls JavaScript. The host hands over what a connection has brought and sends what
//! comes back; sockets, ports and timers are its own.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};

use crate::cluster::ReplicaConfig;
use crate::cluster::session::{Host, HostConfig, Session, Standing, Trust};
use crate::index::Sequence;
use crate::policy::PolicyKind;
use crate::wire::Protocol;

use super::object;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface NodeSettings {
  id: string;
  epoch: number;
  maxEntries: number;
  maxWeightBytes: number;
  /** its place among the names of `evictionPolicy` */
  policy: number;
  maxTtlMs: number;
  maxOpMs: number;
  maxDriftMs: number;
  maxConnections: number;
  tokens: string[];
  /** 64 random bits for the writer and 128 for the hash, as 32-bit words */
  random: number[];
}
export interface NodeCounters {
  connections: number;
  turnedAway: number;
  commands: number;
  wrongLogins: number;
  hits: number;
  misses: number;
  pushes: number;
  pushesSkipped: number;
  entries: number;
  gone: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// What a node is told.
    #[wasm_bindgen(typescript_type = "NodeSettings")]
    #[derive(Debug)]
    pub type NodeSettings;
    /// What a node has counted.
    #[wasm_bindgen(typescript_type = "NodeCounters")]
    #[derive(Debug)]
    pub type NodeCounters;
}

struct Settings {
    id: String,
    epoch: f64,
    max_entries: u32,
    max_weight_bytes: f64,
    policy: u32,
    max_ttl_ms: f64,
    max_op_ms: f64,
    max_drift_ms: f64,
    max_connections: u32,
    tokens: Vec<String>,
    random: [u32; 6],
}

/// One connection, and what it has brought that is not answered yet.
#[derive(Debug)]
struct Connection {
    session: Session,
    input: Vec<u8>,
    taken: usize,
    standing: Standing,
}

/// One node, without what it talks through.
///
/// A connection is a number. Bytes that are returned are one frame of whole messages, empty for
/// nothing.
#[wasm_bindgen]
#[derive(Debug)]
pub struct NodeCore {
    host: Host,
    connections: Sequence<Connection>,
}

#[wasm_bindgen]
impl NodeCore {
    /// Returns a node that starts empty at `wall_ms`, milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// The settings are not what their type says.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &NodeSettings, wall_ms: f64) -> Result<Self, JsError> {
        let settings =
            Settings::read(settings).ok_or_else(|| JsError::new("settings: not of their types"))?;
        let host = Host::new(host_config(settings), wall_ms as u64);
        Ok(Self { host, connections: Sequence::default() })
    }

    /// Whether a bearer token opens the node, compared in constant time.
    pub fn permits(&mut self, token: &[u8]) -> bool {
        self.host.permits(token)
    }

    /// Returns the number of a new connection, 0 if there are too many. `trust` is 0 for a
    /// stranger, 1 for who has shown a token or needs none, 2 for who has shown a wrong one.
    pub fn open(&mut self, wall_ms: f64, trust: u32) -> f64 {
        let trust = match trust {
            1 => Trust::Known,
            2 => Trust::Refused,
            _ => Trust::Stranger,
        };
        let Some(session) = self.host.open(wall_ms as u64, trust, Protocol::Resp3) else {
            return 0.0;
        };
        let id = session.id();
        let (input, standing) = (Vec::new(), Standing::Open);
        self.connections.push(id, Connection { session, input, taken: 0, standing });
        id as f64
    }

    /// Answers what a connection has brought, as far as one frame of replies goes; [`standing`]
    /// says whether that is all.
    ///
    /// [`standing`]: Self::standing
    pub fn receive(&mut self, connection: f64, wall_ms: f64, bytes: Vec<u8>) -> Vec<u8> {
        let Self { host, connections } = self;
        let Some(connection) = connections.get_mut(connection as u64) else {
            return Vec::new();
        };
        connection.receive(host, wall_ms as u64, bytes)
    }

    /// Says that a connection brings no more, and returns what is to be answered to what is cut.
    pub fn finish(&mut self, connection: f64) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(connection) = self.connections.get_mut(connection as u64) {
            connection.session.finish(&mut out);
        }
        out
    }

    /// Returns how a connection stands: 0 open; 1 there are more replies, [`receive`] nothing; 2
    /// ended, send what was returned and close it.
    ///
    /// [`receive`]: Self::receive
    pub fn standing(&self, connection: f64) -> u32 {
        let standing = self.connections.get(connection as u64).map(|one| one.standing);
        match standing {
            Some(Standing::Open) => 0,
            Some(Standing::More) => 1,
            Some(Standing::Ended) | None => 2,
        }
    }

    /// Whether a connection may do more than log in.
    #[wasm_bindgen(js_name = isAdmitted)]
    pub fn is_admitted(&self, connection: f64) -> bool {
        self.connections.get(connection as u64).is_some_and(|one| one.session.is_admitted())
    }

    /// Returns the next connection that has pushes, each once; 0 if there is none.
    #[wasm_bindgen(js_name = nextWaiting)]
    pub fn next_waiting(&mut self) -> f64 {
        self.host.pop_waiting().unwrap_or(0) as f64
    }

    /// Returns what is to be pushed to a connection.
    pub fn pushes(&mut self, connection: f64) -> Vec<u8> {
        let session = self.connections.get(connection as u64).map(|one| &one.session);
        session.map(|session| self.host.pushes(session)).unwrap_or_default()
    }

    /// Forgets a connection.
    pub fn close(&mut self, connection: f64) {
        if let Some(connection) = self.connections.remove(connection as u64) {
            self.host.close(&connection.session);
        }
    }

    /// Takes another epoch: an empty start. Each connection hears so when it next [`receive`]s.
    ///
    /// [`receive`]: Self::receive
    pub fn restart(&mut self, wall_ms: f64, epoch: f64) {
        self.host.restart(wall_ms as u64, epoch as u64);
    }

    /// Returns what was counted.
    pub fn stats(&self) -> NodeCounters {
        let stats = self.host.stats();
        let (entries, gone) = self.host.counts();
        let counters = object::of_numbers(&[
            ("connections", stats.sessions as f64),
            ("turnedAway", stats.turned_away as f64),
            ("commands", stats.commands as f64),
            ("wrongLogins", stats.wrong_logins as f64),
            ("hits", stats.hits as f64),
            ("misses", stats.misses as f64),
            ("pushes", stats.pushes as f64),
            ("pushesSkipped", stats.skipped as f64),
            ("entries", entries as f64),
            ("gone", gone as f64),
        ]);
        counters.unchecked_into()
    }
}

impl Connection {
    fn receive(&mut self, host: &mut Host, wall_ms: u64, bytes: Vec<u8>) -> Vec<u8> {
        if self.taken == self.input.len() {
            (self.input, self.taken) = (bytes, 0);
        } else {
            self.input.extend_from_slice(&bytes);
        }
        let mut rest = &self.input[self.taken..];
        let mut out = Vec::new();
        self.standing = self.session.receive(host, wall_ms, &mut rest, &mut out);
        self.taken = self.input.len() - rest.len();
        if self.standing == Standing::Ended || rest.is_empty() {
            (self.input, self.taken) = (Vec::new(), 0);
        }
        out
    }
}

impl Settings {
    fn read(value: &JsValue) -> Option<Self> {
        let number = |name| object::number(value, name);
        let random = object::list(value, "random", |word| word.as_f64().map(|it| it as u32))?;
        Some(Self {
            id: object::text(value, "id")?,
            epoch: number("epoch")?,
            max_entries: number("maxEntries")? as u32,
            max_weight_bytes: number("maxWeightBytes")?,
            policy: number("policy")? as u32,
            max_ttl_ms: number("maxTtlMs")?,
            max_op_ms: number("maxOpMs")?,
            max_drift_ms: number("maxDriftMs")?,
            max_connections: number("maxConnections")? as u32,
            tokens: object::list(value, "tokens", |token| token.as_string())?,
            random: random.try_into().ok()?,
        })
    }
}

fn host_config(settings: Settings) -> HostConfig {
    let word = |at: usize| {
        u64::from(settings.random[2 * at]) << 32 | u64::from(settings.random[2 * at + 1])
    };
    // By number, as src/ts/cluster/node-options.ts has them.
    let policy =
        PolicyKind::ALL.get(settings.policy as usize).copied().unwrap_or(PolicyKind::S3Fifo);
    let replica = ReplicaConfig {
        epoch: settings.epoch as u64,
        entries: settings.max_entries,
        weight: settings.max_weight_bytes as u64,
        policy,
        max_ttl_ms: settings.max_ttl_ms as u64,
        max_op_ms: settings.max_op_ms as u64,
        max_drift_ms: settings.max_drift_ms as u64,
        // Drawn for each node, so that nobody can choose keys that share a cell.
        hash_key: [word(0), word(1)],
        ..ReplicaConfig::default()
    };
    HostConfig {
        replica,
        id: settings.id.into_bytes(),
        writer: word(2),
        tokens: settings.tokens.into_iter().map(|it| it.into_bytes().into()).collect(),
        sessions_max: settings.max_connections as usize,
    }
}
