//! A coordinator whose nodes are the test: event by event, no network, no replica, no luck.

use std::time::Duration;

use tidecache::Instant;
use tidecache::cluster::{
    Action, Config, Consistency, Coordinator, Error, Input, NodeConfig, NodeState, Now, Outcome,
    Output, QuorumError, Request, Why,
};
use tidecache::wire::{Held, Reply, Request as Message, Version};

pub(crate) const WALL_MS: u64 = 1_700_000_000_000;
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);

/// A coordinator alone.
pub(crate) struct Alone {
    pub(crate) coordinator: Coordinator,
    pub(crate) ms: u64,
    pub(crate) sent: Vec<(u32, u64, Why, Message)>,
    pub(crate) sent_at: Vec<u64>,
    pub(crate) done: Vec<(u64, Outcome)>,
    pub(crate) dropped: Vec<Vec<u8>>,
}

impl Alone {
    pub(crate) fn new(nodes: u32, near: u32) -> Self {
        let coordinator = Coordinator::new(config(nodes, 1, near)).expect("they have quorums");
        Self { coordinator, ms: 0, sent: vec![], sent_at: vec![], done: vec![], dropped: vec![] }
    }

    /// Returns one whose links are all greeted.
    pub(crate) fn greeted(nodes: u32, near: u32) -> Self {
        let mut alone = Self::new(nodes, near);
        (0..nodes).for_each(|node| alone.greet(node));
        alone
    }

    pub(crate) fn now(&self) -> Now {
        let instant = Instant::ORIGIN + Duration::from_millis(self.ms);
        Now { instant, wall_ms: WALL_MS + self.ms }
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.coordinator.handle(self.now(), input);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.coordinator.poll() {
            match output {
                Output::Send { node, id, why, message } => {
                    self.sent.push((node, id, why, message));
                    self.sent_at.push(self.ms);
                }
                Output::Done { id, outcome } => self.done.push((id, outcome)),
                Output::Drop { key } => self.dropped.push(key),
            }
        }
    }

    pub(crate) fn greet(&mut self, node: u32) {
        self.handle(Input::Up { node });
        self.answer_last(node, hello(WALL_MS + self.ms));
    }

    pub(crate) fn ask(&mut self, id: u64, action: Action) {
        self.handle(Input::Request(Request { id, timeout: TIMEOUT, action }));
    }

    pub(crate) fn get(&mut self, id: u64, consistency: Consistency) {
        self.ask(id, Action::Get { key: b"k".to_vec(), consistency });
    }

    /// Answers the last message to `node`.
    pub(crate) fn answer_last(&mut self, node: u32, reply: Reply) {
        let last = self.sent.iter().rposition(|sent| sent.0 == node).expect("it was sent one");
        let id = self.sent[last].1;
        self.handle(Input::Reply { node, id, reply });
    }

    /// Returns how many messages of a kind were sent.
    pub(crate) fn count(&self, why: Why) -> usize {
        self.sent.iter().filter(|sent| sent.2 == why).count()
    }

    pub(crate) fn states(&self) -> Vec<NodeState> {
        self.coordinator.nodes().iter().map(|node| node.state).collect()
    }

    pub(crate) fn only_failure(&mut self) -> QuorumError {
        match self.done.as_slice() {
            [(_, Outcome::Failed(Error::Quorum(error)))] => error.clone(),
            other => unreachable!("{other:?} is not one failure"),
        }
    }
}

pub(crate) fn config(nodes: u32, epoch: u64, near: u32) -> Config {
    let nodes = (0..nodes).map(|node| NodeConfig::new(format!("node-{node}"))).collect();
    let mut config = Config::new(nodes, 7);
    config.epoch = epoch;
    config.near = near;
    config
}

pub(crate) fn hello(wall_ms: u64) -> Reply {
    hello_of(wall_ms, 86_400_000, 5_000)
}

pub(crate) fn hello_of(wall_ms: u64, max_ttl_ms: u64, max_op_ms: u64) -> Reply {
    let (max_drift_ms, floor_ms) = (500, 0);
    Reply::Hello { epoch: 1, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms }
}

/// Returns the greeting of a node whose clock has to pass `floor_ms` first.
pub(crate) fn cold(wall_ms: u64, floor_ms: u64) -> Reply {
    let (max_ttl_ms, max_op_ms, max_drift_ms) = (86_400_000, 5_000, 500);
    Reply::Hello { epoch: 1, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms }
}

pub(crate) fn version(ms: u64) -> Version {
    Version::new(WALL_MS + ms, 0, 9)
}

pub(crate) fn held(ms: u64) -> Reply {
    let (version, value) = (version(ms), Some(b"value".to_vec()));
    Reply::Held(Held { version, expires_at_ms: WALL_MS + 60_000, flags: 0, value })
}
