//! A client's module and three nodes' modules, and what carries bytes between them.

use std::collections::HashMap;

use js_sys::{Array, Object, Reflect};
use tidecache::js::{ClientCore, NodeCore};
use wasm_bindgen::{JsCast, JsValue};

/// How long operations may take.
pub(crate) const TIMEOUT: f64 = 400.0;
const TTL: f64 = 60_000.0;
const NODES: u32 = 3;
/// The test's time begins here.
const WALL: f64 = 1.8e12;

/// The kinds of requests.
pub(crate) const GET: u32 = 1;
pub(crate) const PUT: u32 = 3;
pub(crate) const DELETE: u32 = 4;
pub(crate) const LOAD: u32 = 7;
const FILL: u32 = 8;

/// What a client tells.
pub(crate) const MISS: u8 = 2;
pub(crate) const FALSE: u8 = 3;
pub(crate) const HIT: u8 = 5;
pub(crate) const LEASE: u8 = 6;
pub(crate) const STORED: u8 = 7;
pub(crate) const QUORUM: u8 = 8;
const END: u8 = 0;

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tag: u8,
    /// What was told beside the tag and the number.
    pub(crate) bytes: Vec<u8>,
}

/// Three nodes and a client of them.
pub(crate) struct Cluster {
    client: ClientCore,
    nodes: Vec<(NodeCore, f64)>,
    pub(crate) silent: [bool; NODES as usize],
    /// How many the client has sent.
    pub(crate) frames: u32,
    pub(crate) now_ms: f64,
    wake_ms: f64,
    next: f64,
    outcomes: HashMap<u64, Outcome>,
}

impl Cluster {
    /// Returns a cluster that has been there for a while, all links up.
    pub(crate) fn new() -> Self {
        let words = [1.0, 2.0, 3.0, 4.0];
        // Epoch, N, R, W, repairs, no hedging, no near copies, the two spans.
        let numbers = [1.0, 3.0, 2.0, 2.0, 0.0, 0.0, 0.0, TIMEOUT, 86_400_000.0];
        let nodes = [1.0, 1.0, 0.0].repeat(NODES as usize);
        let plan = [&words[..], &numbers, &nodes].concat();
        let client = ClientCore::open(&plan, b"abc").expect("2 + 2 is more than 3");
        let mut cluster = Self {
            client,
            nodes: (0..NODES).map(|_| (node(), 0.0)).collect(),
            silent: [false; NODES as usize],
            frames: 0,
            now_ms: 10_000.0,
            wake_ms: f64::INFINITY,
            next: 1.0,
            outcomes: HashMap::new(),
        };
        (0..NODES).for_each(|node| cluster.connect(node));
        cluster.exchange();
        cluster
    }

    /// Says that a new link to `node` is up.
    pub(crate) fn connect(&mut self, node: u32) {
        let wall = self.wall();
        let (core, connection) = &mut self.nodes[node as usize];
        *connection = core.open(wall, 1);
        let told = self.client.tell(self.now_ms, wall, 1, node, 0, 0, &[]);
        self.take(&told);
    }

    /// Hands over what is said to come from a node; whether the link is to be given up, which it
    /// then is.
    pub(crate) fn receive(&mut self, node: u32, bytes: &[u8]) -> bool {
        let told = self.client.tell(self.now_ms, self.wall(), 5, node, 0, 0, bytes);
        let is_over = self.take(&told);
        if is_over {
            let told = self.client.tell(self.now_ms, self.wall(), 2, node, 0, 0, &[]);
            self.take(&told);
        }
        is_over
    }

    /// Begins a request and returns its number.
    pub(crate) fn begin(&mut self, kind: u32, key: &str, value: &str) -> f64 {
        self.request(kind, key.as_bytes(), value.as_bytes())
    }

    /// Does a request.
    pub(crate) fn ask(&mut self, kind: u32, key: &str, value: &str) -> Outcome {
        let id = self.begin(kind, key, value);
        self.finish(id)
    }

    /// Fills what was leased.
    pub(crate) fn fill(&mut self, lease: &Outcome, value: &str) -> Outcome {
        // The version, the length of the key, the key.
        let ticket = [&lease.bytes[..16], &lease.bytes[20..]].concat();
        let id = self.request(FILL, &ticket, value.as_bytes());
        self.finish(id)
    }

    /// Takes out what became of a request, if it is known.
    pub(crate) fn outcome(&mut self, id: f64) -> Option<Outcome> {
        self.outcomes.remove(&(id as u64))
    }

    /// Carries frames until there are none.
    pub(crate) fn exchange(&mut self) {
        let mut has_moved = true;
        while std::mem::take(&mut has_moved) {
            for node in 0..NODES {
                let frame = self.client.take(node);
                if frame.is_empty() {
                    continue;
                }
                (has_moved, self.frames) = (true, self.frames + 1);
                let wall = self.wall();
                let (core, connection) = &mut self.nodes[node as usize];
                if !self.silent[node as usize] {
                    let replies = core.receive(*connection, wall, frame);
                    assert!(!self.receive(node, &replies), "nodes make sense");
                }
            }
        }
    }

    fn request(&mut self, kind: u32, key: &[u8], value: &[u8]) -> f64 {
        let id = self.next;
        self.next += 1.0;
        let (now, wall) = (self.now_ms, self.wall());
        let (key, value) = (key.to_vec(), value.to_vec());
        let told = self.client.ask(now, wall, kind, id, TIMEOUT, TTL, 7, key, value);
        self.take(&told);
        id
    }

    /// Lets time pass, as far as it has to, until a request has its outcome.
    fn finish(&mut self, id: f64) -> Outcome {
        for _ in 0..1_000 {
            self.exchange();
            if let Some(outcome) = self.outcome(id) {
                return outcome;
            }
            self.now_ms = self.now_ms.max(self.wake_ms);
            let told = self.client.tell(self.now_ms, self.wall(), 0, 0, 0, 0, &[]);
            self.take(&told);
        }
        panic!("every operation ends by its deadline");
    }

    fn wall(&self) -> f64 {
        WALL + self.now_ms
    }

    /// Takes what a turn has told; whether the link is to be given up.
    fn take(&mut self, told: &[u8]) -> bool {
        let mut rest = told;
        loop {
            let tag = cut(&mut rest, 1)[0];
            if tag == END {
                break;
            }
            let id = number(cut(&mut rest, 8)) as u64;
            let len = match tag {
                HIT => with_bytes(rest, 37),
                LEASE => with_bytes(rest, 16),
                STORED => 17,
                QUORUM => 4 + 10 * usize::from(rest[3]),
                _ => 0,
            };
            let bytes = cut(&mut rest, len).to_vec();
            self.outcomes.insert(id, Outcome { tag, bytes });
        }
        let flags = cut(&mut rest, 1)[0];
        self.wake_ms = number(cut(&mut rest, 8));
        flags & 1 == 1
    }
}

/// Takes the next bytes.
fn cut<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(len);
    *rest = left;
    taken
}

fn number(bytes: &[u8]) -> f64 {
    f64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

/// Returns the length of what ends with a length at `at` and so many bytes.
fn with_bytes(rest: &[u8], at: usize) -> usize {
    let len: [u8; 4] = rest[at..at + 4].try_into().expect("four bytes");
    at + 4 + u32::from_le_bytes(len) as usize
}

fn node() -> NodeCore {
    let settings = Object::new();
    let set = |name: &str, value: &JsValue| {
        Reflect::set(&settings, &JsValue::from_str(name), value).expect("a plain object");
    };
    set("id", &"node".into());
    for (name, number) in [
        ("epoch", 1.0),
        ("maxEntries", 1e3),
        ("maxWeightBytes", 1e7),
        ("policy", 0.0),
        ("maxTtlMs", 86_400_000.0),
        ("maxOpMs", 5_000.0),
        ("maxDriftMs", 500.0),
        ("maxConnections", 100.0),
    ] {
        set(name, &number.into());
    }
    set("tokens", &Array::new());
    set("random", &(1..=6).map(JsValue::from).collect::<Array>());
    let Ok(node) = NodeCore::new(settings.unchecked_ref(), WALL) else {
        panic!("the settings are good")
    };
    node
}
