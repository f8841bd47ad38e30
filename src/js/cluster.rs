//! The door of a cluster's client: each call is checked, begun, and answered by a Promise.
//!
//! Nothing is opened before the first operation. A Promise is rejected with a plain object that
//! says what kind of failure it is (`Failure` of the declarations), never with an `Error`:
//! `src/ts/cluster` makes those, where the stack of the caller is.

use alloc::rc::Rc;
use alloc::vec::Vec;

use js_sys::{Array, Math, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};

use crate::cluster::{Action, Consistency, Input, Request};
use crate::wire::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

use super::convert::{Options, Wants, config_error, millis, ticket};
use super::driver::Driver;
use super::error::Failure;
use super::transport::Spec;
use super::types::{
    ClientOptions, ClientStats, Lease, Links, Nodes, OnDrop, OnNode, PromiseOfFlag, PromiseOfHit,
    PromiseOfLoad, PromiseOfNothing, PromiseOfVersion, Token,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_randomly(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// A client of a cluster. Dropping it closes it.
#[wasm_bindgen]
pub struct ClusterClient {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl ClusterClient {
    /// Returns a client that has opened no link. `on_drop` is called with keys whose near copies
    /// are to be let go of.
    ///
    /// # Errors
    /// An `Error` if the options are not of their types or promise nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &ClientOptions,
        links: &Links,
        token: Token,
        #[wasm_bindgen(js_name = onDrop)] on_drop: OnDrop,
    ) -> Result<Self, JsError> {
        let options = Options::from_js(options)?;
        let specs = specs(links, &options)?;
        let driver = Driver::new(&options, specs, token.into(), on_drop.unchecked_into(), random())
            .map_err(config_error)?;
        Ok(Self { driver })
    }

    /// Reads a key with consistency 0 (one replica), 1 (a quorum) or 2 (all replicas).
    pub fn get(
        &self,
        key: Vec<u8>,
        consistency: u32,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfHit {
        let consistency = match consistency {
            0 => Consistency::One,
            1 => Consistency::Quorum,
            _ => Consistency::All,
        };
        let is_small = fits(&key, &[]);
        self.begin(is_small, timeout_ms, Wants::Found, Action::Get { key, consistency })
    }

    /// Stores a value and resolves with its version.
    pub fn put(
        &self,
        key: Vec<u8>,
        value: Vec<u8>,
        flags: u32,
        #[wasm_bindgen(js_name = ttlMs)] ttl_ms: f64,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfVersion {
        let is_small = fits(&key, &value);
        let action = Action::Put { key, value, flags, ttl: millis(ttl_ms) };
        self.begin(is_small, timeout_ms, Wants::Version, action)
    }

    /// Removes a key and resolves with whether a replica that acknowledged it held a live record.
    pub fn delete(
        &self,
        key: Vec<u8>,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfFlag {
        self.begin(fits(&key, &[]), timeout_ms, Wants::Removed, Action::Delete { key })
    }

    /// Gives a record a later end and resolves with whether there was one.
    pub fn touch(
        &self,
        key: Vec<u8>,
        #[wasm_bindgen(js_name = ttlMs)] ttl_ms: f64,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfFlag {
        let is_small = fits(&key, &[]);
        let action = Action::Touch { key, ttl: millis(ttl_ms) };
        self.begin(is_small, timeout_ms, Wants::Found, action)
    }

    /// Removes every key of a namespace; of an empty one, every key.
    pub fn clear(
        &self,
        namespace: Vec<u8>,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfNothing {
        let is_small = fits(&namespace, &[]);
        self.begin(is_small, timeout_ms, Wants::Nothing, Action::Clear { namespace })
    }

    /// Reads a key, or resolves with the lease of whoever is to load it.
    pub fn load(
        &self,
        key: Vec<u8>,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> PromiseOfLoad {
        self.begin(fits(&key, &[]), timeout_ms, Wants::Found, Action::Load { key })
    }

    /// Stores what was loaded and resolves with whether it was still wanted.
    ///
    /// # Errors
    /// An `Error` if `lease` is none that [`ClusterClient::load`] gave.
    pub fn fill(
        &self,
        lease: Lease,
        value: Vec<u8>,
        flags: u32,
        #[wasm_bindgen(js_name = ttlMs)] ttl_ms: f64,
        #[wasm_bindgen(js_name = timeoutMs)] timeout_ms: f64,
    ) -> Result<PromiseOfFlag, JsError> {
        let ticket = ticket(lease.into()).ok_or_else(|| JsError::new("this is no lease"))?;
        let is_small = fits(&ticket.key, &value);
        let action = Action::Fill { ticket, value, flags, ttl: millis(ttl_ms) };
        Ok(self.begin(is_small, timeout_ms, Wants::Stored, action))
    }

    /// Gives a lease back, whether or not it was filled.
    ///
    /// # Errors
    /// An `Error` if `lease` is none that [`ClusterClient::load`] gave.
    pub fn release(&self, lease: Lease) -> Result<(), JsError> {
        let ticket = ticket(lease.into()).ok_or_else(|| JsError::new("this is no lease"))?;
        let action = Action::Release { key: ticket.key };
        self.driver.run(|state, now| {
            // Nobody waits for it.
            let (id, timeout) = (state.next_request, state.timeout);
            state.next_request += 1;
            state.coordinator.handle(now, Input::Request(Request { id, timeout, action }));
        });
        Ok(())
    }

    /// Whether the near cache's copy of `key` may be used now.
    #[wasm_bindgen(js_name = nearHas)]
    pub fn near_has(&self, key: &[u8]) -> bool {
        self.driver.near_has(key)
    }

    /// Has `tell` called with a node's id and state whenever that changes from now on.
    pub fn watch(&self, tell: OnNode) {
        self.driver.watch(tell.unchecked_into());
    }

    /// Opens the links; resolves when as many nodes are up as a read and a write need, and each has
    /// run for long enough to take every write; by the timeout the first is enough.
    pub fn connect(&self) -> PromiseOfNothing {
        self.driver.connect().unchecked_into()
    }

    /// Changes to other nodes of a higher epoch.
    ///
    /// # Errors
    /// An `Error` if the options are not of their types, promise nothing or have no higher epoch;
    /// nothing has changed then.
    pub fn reconfigure(
        &self,
        options: &ClientOptions,
        links: &Links,
    ) -> Result<PromiseOfNothing, JsError> {
        let options = Options::from_js(options)?;
        let specs = specs(links, &options)?;
        self.driver.reconfigure(&options, specs, random()).map_err(config_error)?;
        Ok(Promise::resolve(&JsValue::UNDEFINED).unchecked_into())
    }

    /// Returns the nodes and how they are doing.
    pub fn nodes(&self) -> Nodes {
        self.driver.nodes().unchecked_into()
    }

    /// Returns the counters.
    pub fn stats(&self) -> ClientStats {
        self.driver.stats().unchecked_into()
    }

    /// Rejects what is under way and closes the links.
    pub fn close(&self) -> PromiseOfNothing {
        self.driver.close();
        Promise::resolve(&JsValue::UNDEFINED).unchecked_into()
    }
}

impl ClusterClient {
    /// Begins an operation, unless its key or its value does not fit.
    fn begin<P: JsCast>(
        &self,
        fits: Result<(), usize>,
        timeout_ms: f64,
        wants: Wants,
        action: Action,
    ) -> P {
        let promise = match fits {
            Ok(()) => self.driver.begin(action, millis(timeout_ms), wants),
            Err(limit) => Promise::reject(&Failure::TooLarge { limit: limit as u32 }.to_js()),
        };
        promise.unchecked_into()
    }
}

impl Drop for ClusterClient {
    fn drop(&mut self) {
        self.driver.close();
    }
}

/// Checks what a node takes.
///
/// # Errors
/// The limit that is passed.
const fn fits(key: &[u8], value: &[u8]) -> Result<(), usize> {
    match (key.len() <= KEY_BYTES_MAX, value.len() <= VALUE_BYTES_MAX) {
        (false, _) => Err(KEY_BYTES_MAX),
        (_, false) => Err(VALUE_BYTES_MAX),
        _ => Ok(()),
    }
}

fn specs(links: &Links, options: &Options) -> Result<Vec<Spec>, JsError> {
    let links = links.dyn_ref::<Array>().ok_or_else(|| JsError::new("links: not an array"))?;
    let specs: Option<Vec<Spec>> = links.iter().map(|link| Spec::from_js(&link)).collect();
    specs
        .filter(|specs| specs.len() == options.ids().len())
        .ok_or_else(|| JsError::new("links: one for each node, of a known kind"))
}

/// Returns two numbers that no other client has.
fn random() -> [u64; 2] {
    let mut bytes = [0; 16];
    if fill_randomly(&mut bytes).is_err() {
        // Where there is no good source, as outside of a request of an edge worker.
        bytes = bytes.map(|_| (Math::random() * 256.0) as u8);
    }
    let word =
        |at: usize| bytes[at..at + 8].iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    [word(0), word(8)]
}
