//! What was promised, kept so that worlds which differ only in their past are one state: sets of
//! requests instead of times.

use tidecache::cluster::{Know, Outcome};
use tidecache::wire::Version;

/// The requests so far.
#[derive(Debug, Clone)]
pub(crate) struct History {
    requests: Vec<Request>,
    /// The writes that are acknowledged, a bit each, and the highest of their versions.
    acked: u32,
    acked_version: Version,
    /// The highest version that each replica has known, over all its lives.
    known: Vec<Version>,
    pub(crate) has_hit: bool,
    pub(crate) wrong: Vec<String>,
}

#[derive(Debug, Clone)]
struct Request {
    /// What was acknowledged when it began.
    acked: u32,
    acked_version: Version,
}

impl History {
    pub(crate) fn new(replicas: usize) -> Self {
        Self {
            requests: Vec::new(),
            acked: 0,
            acked_version: Version::ZERO,
            known: vec![Version::ZERO; replicas],
            has_hit: false,
            wrong: Vec::new(),
        }
    }

    /// Notes a request and returns its number, which is also the value it writes.
    pub(crate) fn begin(&mut self) -> u64 {
        let (acked, acked_version) = (self.acked, self.acked_version);
        self.requests.push(Request { acked, acked_version });
        self.requests.len() as u64 - 1
    }

    /// Notes an outcome and checks it: no hit is older, by version or in time, than a write that
    /// was acknowledged before the read began.
    pub(crate) fn end(&mut self, id: u64, outcome: &Outcome) {
        match outcome {
            Outcome::Stored { version, .. } => {
                self.acked |= 1 << id;
                self.acked_version = self.acked_version.max(*version);
            }
            Outcome::Hit(hit) => {
                self.has_hit = true;
                let read = &self.requests[id as usize];
                if hit.version < read.acked_version {
                    self.wrong.push(format!("G1: {hit:?} is older than {:?}", read.acked_version));
                }
                let writer = u32::from(hit.value[0]);
                let is_over = |(at, write): (usize, &Request)| {
                    read.acked & 1 << at != 0 && write.acked & 1 << writer != 0
                };
                if self.requests.iter().enumerate().any(is_over) {
                    self.wrong.push(format!("G1: request {writer} was overwritten before"));
                }
            }
            _ => {}
        }
    }

    /// Notes what a replica knows: it never falls, not even over a restart.
    pub(crate) fn note_known(&mut self, node: usize, know: Know) {
        if know.version() < self.known[node] {
            self.wrong.push(format!("node {node} knew {:?}, now {know:?}", self.known[node]));
        }
        self.known[node] = self.known[node].max(know.version());
    }
}
