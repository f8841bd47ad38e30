//! Options in, answers and figures out: between JavaScript's values and the coordinator's.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};

use crate::cluster::{
    Config, ConfigError, Hit, NodeConfig, NodeHealth, NodeState, Outcome, Quorum, ReadRepair,
    Stats, Ticket,
};
use crate::wire::Version;

use super::object;

/// What a client is told, as JavaScript writes it.
#[derive(Debug)]
pub(super) struct Options {
    nodes: Vec<NodeOptions>,
    epoch: u64,
    replicas: u32,
    read: u32,
    write: u32,
    read_repair: String,
    hedge: bool,
    timeout_ms: f64,
    max_ttl_ms: f64,
    near: u32,
}

#[derive(Debug)]
struct NodeOptions {
    id: String,
    weight: u32,
    zone: String,
}

impl Options {
    /// Returns the options of a plain object.
    ///
    /// # Errors
    /// An error that names what is missing or of another type.
    pub(super) fn from_js(value: &JsValue) -> Result<Self, JsError> {
        Self::read(value).ok_or_else(|| JsError::new("options: not of their types"))
    }

    fn read(value: &JsValue) -> Option<Self> {
        let number = |name| object::number(value, name);
        let node = |node: JsValue| {
            Some(NodeOptions {
                id: object::text(&node, "id")?,
                weight: object::number(&node, "weight")? as u32,
                zone: object::text(&node, "zone")?,
            })
        };
        Some(Self {
            nodes: object::list(value, "nodes", node)?,
            epoch: number("epoch")? as u64,
            replicas: number("replicas")? as u32,
            read: number("read")? as u32,
            write: number("write")? as u32,
            read_repair: object::text(value, "readRepair")?,
            hedge: object::field(value, "hedge").as_bool()?,
            timeout_ms: number("timeoutMs")?,
            max_ttl_ms: number("maxTtlMs")?,
            near: number("near")? as u32,
        })
    }

    /// Returns the coordinator's configuration, with `random` as writer and seed.
    pub(super) fn config(&self, [writer, seed]: [u64; 2]) -> Config {
        let node = |node: &NodeOptions| NodeConfig {
            id: node.id.clone().into_bytes(),
            weight: node.weight,
            zone: node.zone.clone().into_bytes(),
        };
        let longest = millis(self.timeout_ms);
        let defaults = Config::new(self.nodes.iter().map(node).collect(), writer);
        Config {
            epoch: self.epoch,
            quorum: Quorum { replicas: self.replicas, read: self.read, write: self.write },
            seed,
            read_repair: match self.read_repair.as_str() {
                "async" => ReadRepair::Async,
                "off" => ReadRepair::Off,
                _ => ReadRepair::Blocking,
            },
            hedge: self.hedge,
            near: self.near,
            max_ttl: millis(self.max_ttl_ms),
            max_op: defaults.max_op.max(longest),
            ..defaults
        }
    }

    /// Returns the nodes' ids.
    pub(super) fn ids(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.id.clone()).collect()
    }

    /// Returns how many nodes have to be there before any quorum can.
    pub(super) fn needed(&self) -> usize {
        self.read.max(self.write) as usize
    }

    /// Returns how long an operation takes at most, unless it says otherwise.
    pub(super) fn timeout(&self) -> Duration {
        millis(self.timeout_ms)
    }
}

/// Returns a span of JavaScript's: what is not a number or negative is nothing, what is infinite is
/// longer than any node allows.
pub(super) fn millis(ms: f64) -> Duration {
    Duration::from_millis(ms as u64)
}

/// Returns the error for a configuration that promises nothing.
pub(super) fn config_error(error: ConfigError) -> JsError {
    JsError::new(match error {
        ConfigError::Nodes => "nodes: 1 to 32",
        ConfigError::Range => "read and write: 1 to replicas, replicas: up to the number of nodes",
        ConfigError::ReadsMissWrites => "read + write must be more than replicas",
        ConfigError::WritesMissWrites => "2 * write must be more than replicas",
        ConfigError::Epoch => "epoch must be above the one before",
    })
}

/// What a Promise is to be resolved with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wants {
    /// The hit, the lease, or whether a touch did anything: what the outcome says.
    Found,
    /// The version that was written.
    Version,
    /// Whether what was deleted was there.
    Removed,
    /// Whether it was stored.
    Stored,
    /// Nothing.
    Nothing,
}

/// What a Promise is resolved with.
#[derive(Debug)]
pub(super) enum Answer {
    Nothing,
    Flag(bool),
    Version(Version),
    Hit(Hit),
    Lease(Ticket),
}

impl Answer {
    /// Returns what `outcome`, which is no failure, is to whoever `wants` it.
    pub(super) fn new(outcome: Outcome, wants: Wants) -> Self {
        match (outcome, wants) {
            (Outcome::Hit(hit), _) => Self::Hit(hit),
            (Outcome::Load(ticket), _) => Self::Lease(ticket),
            (Outcome::Touched(is_touched), _) => Self::Flag(is_touched),
            (Outcome::Stored { version, .. }, Wants::Version) => Self::Version(version),
            (Outcome::Stored { removed, .. }, Wants::Removed) => Self::Flag(removed),
            (Outcome::Stored { .. }, Wants::Stored) => Self::Flag(true),
            (Outcome::NotStored, _) => Self::Flag(false),
            _ => Self::Nothing,
        }
    }

    /// Returns it as JavaScript's value; calls JavaScript, and copies the value once.
    pub(super) fn to_js(&self) -> JsValue {
        match self {
            Self::Nothing => JsValue::UNDEFINED,
            Self::Flag(flag) => JsValue::from_bool(*flag),
            Self::Version(version) => version_to_js(*version).into(),
            Self::Hit(hit) => {
                let object: HitObject = Object::new().unchecked_into();
                object.set_value(Uint8Array::from(&hit.value[..]));
                object.set_flags(hit.flags);
                object.set_expires_at_ms(hit.expires_at_ms as f64);
                object.set_created_at_ms(hit.version.ms() as f64);
                object.set_version(version_to_js(hit.version));
                object.set_may_fill_near(hit.may_keep);
                object.into()
            }
            Self::Lease(ticket) => {
                let object: LeaseObject = Object::new().unchecked_into();
                object.set_key(Uint8Array::from(&ticket.key[..]));
                object.set_version(version_to_js(ticket.version));
                object.into()
            }
        }
    }
}

#[wasm_bindgen]
extern "C" {
    type HitObject;
    #[wasm_bindgen(method, setter)]
    fn set_value(this: &HitObject, value: Uint8Array);
    #[wasm_bindgen(method, setter)]
    fn set_flags(this: &HitObject, flags: u32);
    #[wasm_bindgen(method, setter, js_name = expiresAtMs)]
    fn set_expires_at_ms(this: &HitObject, ms: f64);
    #[wasm_bindgen(method, setter, js_name = createdAtMs)]
    fn set_created_at_ms(this: &HitObject, ms: f64);
    #[wasm_bindgen(method, setter)]
    fn set_version(this: &HitObject, version: Uint8Array);
    #[wasm_bindgen(method, setter, js_name = mayFillNear)]
    fn set_may_fill_near(this: &HitObject, may: bool);

    type LeaseObject;
    #[wasm_bindgen(method, setter)]
    fn set_key(this: &LeaseObject, key: Uint8Array);
    #[wasm_bindgen(method, setter)]
    fn set_version(this: &LeaseObject, version: Uint8Array);
    #[wasm_bindgen(method, getter, catch)]
    fn key(this: &LeaseObject) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn version(this: &LeaseObject) -> Result<JsValue, JsValue>;
}

/// Returns the ticket of a lease that JavaScript kept; `None` if it is something else.
pub(super) fn ticket(lease: JsValue) -> Option<Ticket> {
    let lease: LeaseObject = lease.is_object().then(|| lease.unchecked_into())?;
    let bytes = |value: Result<JsValue, JsValue>| value.ok()?.dyn_into::<Uint8Array>().ok();
    let (key, version) = (bytes(lease.key())?, bytes(lease.version())?);
    let version = version.to_vec().try_into().ok().map(Version::from_bytes)?;
    Some(Ticket { key: key.to_vec(), version })
}

fn version_to_js(version: Version) -> Uint8Array {
    Uint8Array::from(&version.to_bytes()[..])
}

/// Returns the nodes' health as an array of plain objects.
pub(super) fn health_to_js(ids: &[String], nodes: &[NodeHealth]) -> JsValue {
    let health = |(id, node): (&'_ String, &NodeHealth)| {
        let health = Object::new();
        object::set(&health, "id", &JsValue::from_str(id));
        object::set(&health, "state", &JsValue::from_str(name_of(node.state)));
        object::set(&health, "rttMs", &JsValue::from_f64(to_ms(node.round_trip)));
        health
    };
    ids.iter().zip(nodes).map(health).collect::<Array>().into()
}

/// Returns the word for a state.
pub(super) const fn name_of(state: NodeState) -> &'static str {
    match state {
        NodeState::Up => "up",
        NodeState::Suspect => "suspect",
        NodeState::Down => "down",
    }
}

/// Returns a span in milliseconds.
pub(super) fn to_ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// Returns the counters as a plain object: exact to 2⁵³.
pub(super) fn stats_to_js(stats: Stats) -> JsValue {
    object::of_numbers(&[
        ("reads", stats.reads as f64),
        ("widened", stats.widened as f64),
        ("repairs", stats.repairs as f64),
        ("blockingRepairs", stats.blocking_repairs as f64),
        ("failovers", stats.failovers as f64),
        ("hedges", stats.hedges as f64),
        ("hints", stats.hints as f64),
        ("secondRounds", stats.second_rounds as f64),
        ("busy", stats.busy as f64),
    ])
}
