//! A client of three nodes, and what its Promises say.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use tidecache::js::{ClientOptions, ClusterClient, Links, OnDrop, Token};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::node::{Node, array, get, object};

/// How long operations may take; short, because some tests wait for it.
pub(crate) const TIMEOUT_MS: f64 = 400.0;
pub(crate) const TTL_MS: f64 = 60_000.0;
/// A quorum.
pub(crate) const QUORUM: u32 = 1;

/// How nodes are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Channel,
    Transport,
}

/// Both.
pub(crate) const WAYS: [Way; 2] = [Way::Channel, Way::Transport];

/// Three nodes and a client of them.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Rc<Node>>,
    pub(crate) client: ClusterClient,
    pub(crate) dropped: Rc<RefCell<Vec<Vec<u8>>>>,
}

impl Cluster {
    /// Returns a cluster whose nodes are right by their clocks.
    pub(crate) fn new(way: Way) -> Self {
        Self::with(way, [0.0; 3], 0)
    }

    /// Returns one whose nodes are ahead of the client, with a near cache.
    pub(crate) fn with(way: Way, offsets_ms: [f64; 3], near: u32) -> Self {
        let nodes: Vec<Rc<Node>> = offsets_ms.into_iter().map(Node::new).collect();
        let dropped: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
        let keys = Rc::clone(&dropped);
        let on_drop = Closure::<dyn Fn(Vec<u8>)>::new(move |key| keys.borrow_mut().push(key));
        let client = ClusterClient::new(
            &options(1, near),
            &links(&nodes, way),
            JsValue::UNDEFINED.unchecked_into::<Token>(),
            on_drop.into_js_value().unchecked_into::<OnDrop>(),
        );
        let Ok(client) = client else { panic!("the options are good") };
        Self { nodes, client, dropped }
    }

    /// Stores a value.
    pub(crate) async fn put(&self, key: &str, value: &str) -> Result<JsValue, JsValue> {
        let (key, value) = (key.into(), value.into());
        settled(self.client.put(key, value, 7, TTL_MS, TIMEOUT_MS)).await
    }

    /// Reads a value by quorum.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>, JsValue> {
        let hit = settled(self.client.get(key.into(), QUORUM, TIMEOUT_MS)).await?;
        Ok((!hit.is_undefined()).then(|| text(&get(&hit, "value"))))
    }
}

/// Returns the links to `nodes`.
pub(crate) fn links(nodes: &[Rc<Node>], way: Way) -> Links {
    let link = |node: &Rc<Node>| match way {
        Way::Channel => node.channel(),
        Way::Transport => node.transport(),
    };
    nodes.iter().map(link).collect::<Array>().unchecked_into()
}

/// Returns the options of a client of three nodes.
pub(crate) fn options(epoch: u32, near: u32) -> ClientOptions {
    let node =
        |id: &str| object(&[("id", id.into()), ("weight", 1.into()), ("zone", JsValue::from(""))]);
    let nodes: Array = ["a", "b", "c"].into_iter().map(node).collect();
    let options = object(&[
        ("nodes", nodes.into()),
        ("epoch", epoch.into()),
        ("replicas", 3.into()),
        ("read", 2.into()),
        ("write", 2.into()),
        ("readRepair", "blocking".into()),
        ("hedge", true.into()),
        ("timeoutMs", TIMEOUT_MS.into()),
        ("maxTtlMs", 86_400_000.into()),
        ("near", near.into()),
    ]);
    options.unchecked_into()
}

/// Waits for a Promise of the door.
pub(crate) async fn settled(promise: impl Into<JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise.into().unchecked_into::<Promise>()).await
}

/// Returns bytes as text.
pub(crate) fn text(bytes: &JsValue) -> String {
    let bytes = bytes.dyn_ref::<Uint8Array>().expect("bytes").to_vec();
    String::from_utf8(bytes).expect("the tests write text")
}

/// Returns a failure's kind.
pub(crate) fn kind(failure: &JsValue) -> String {
    get(failure, "kind").as_string().expect("a plain failure")
}

/// Returns the state of each cause of a failed quorum, by node.
pub(crate) fn causes(failure: &JsValue) -> Vec<(String, String)> {
    assert_eq!(kind(failure), "quorum");
    let word = |cause: &JsValue, name| get(cause, name).as_string().expect("a word");
    let mut causes: Vec<(String, String)> = array(&get(failure, "causes"))
        .iter()
        .map(|cause| {
            assert!(get(cause, "ms").as_f64().is_some_and(|ms| ms >= 0.0));
            (word(cause, "node"), word(cause, "state"))
        })
        .collect();
    causes.sort();
    causes
}

/// Returns the states of the nodes.
pub(crate) fn states(client: &ClusterClient) -> Vec<String> {
    let nodes: JsValue = client.nodes().into();
    array(&nodes).iter().map(|node| get(node, "state").as_string().expect("a word")).collect()
}
