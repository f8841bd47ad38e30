//! What clients wrote down, one line for each request.
//!
//! | line | |
//! |---|---|
//! | `plan nodes=3 replicas=3 read=2 write=2 max_ttl=… max_drift=… timeout=…` | the first |
//! | `CLIENT BEGUN ENDED put KEY VALUE TTL` | `stored`, or `failed …` |
//! | `CLIENT BEGUN ENDED get KEY CONSISTENCY` | `hit VALUE VERSION EXPIRES`, `miss` |
//! | `CLIENT BEGUN ENDED delete KEY` | `stored` |
//! | `CLIENT BEGUN ENDED touch KEY TTL` | `touched`, `untouched` |
//! | `CLIENT BEGUN ENDED clear` | `stored` |
//! | `CLIENT BEGUN ENDED load KEY LEASE` | `leased`: the loader begins |
//! | `CLIENT BEGUN ENDED fill KEY LEASE VALUE TTL` | `stored`, `unstored` |
//!
//! Moments are nanoseconds since the simulator's epoch, by the clock that all processes of a
//! machine share; the end of what has not ended is `-`, and the line says no more. A failure is
//! `failed read|write REQUIRED RECEIVED NODE:STATE:MS…`. Each value is written once.

use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use tidecache::cluster::{
    Action, Cause, Consistency, Error, Missing, Quorum, QuorumError, Rules, Ticket,
};
use tidecache::wire::Version;

use super::plan::Plan;

/// A whole history.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) plan: Plan,
    pub(crate) calls: Vec<Call>,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) client: u32,
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    /// Empty for a clear.
    pub(crate) key: Vec<u8>,
    pub(crate) what: What,
    /// Of what has not ended, anything.
    pub(crate) answer: Answer,
}

/// What was asked.
#[derive(Debug)]
pub(crate) enum What {
    Put { value: String, ttl: Duration },
    Get { consistency: Consistency },
    Delete,
    Touch { ttl: Duration },
    Clear,
    Load { lease: u64 },
    Fill { lease: u64, value: String, ttl: Duration },
}

/// What was answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Hit { value: String, version: Version, expires_at_ms: u64 },
    Miss,
    Stored,
    NotStored,
    Touched(bool),
    Leased,
    Failed(Error),
}

impl Record {
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let plan = parse_plan(lines.next().expect("a history begins with its plan"));
        let calls = lines.map(Call::parse).collect();
        Self { plan, calls }
    }
}

impl Call {
    fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let (client, begun) = (number(&mut words), number(&mut words));
        let ended = word(&mut words).parse().ok();
        let kind = word(&mut words);
        let key = if kind == "clear" { "" } else { word(&mut words) };
        let what = match kind {
            "put" => What::Put { value: word(&mut words).into(), ttl: millis(&mut words) },
            "get" => What::Get { consistency: parse_consistency(word(&mut words)) },
            "delete" => What::Delete,
            "touch" => What::Touch { ttl: millis(&mut words) },
            "clear" => What::Clear,
            "load" => What::Load { lease: number(&mut words) },
            "fill" => What::Fill {
                lease: number(&mut words),
                value: word(&mut words).into(),
                ttl: millis(&mut words),
            },
            other => panic!("nobody asks for {other}: {line}"),
        };
        let answer = if ended.is_some() { Answer::parse(&mut words) } else { Answer::Miss };
        assert_eq!(words.next(), None, "{line}");
        Self { client, begun, ended, key: key.into(), what, answer }
    }

    /// Returns the value that it writes.
    pub(crate) fn value(&self) -> Option<&str> {
        match &self.what {
            What::Put { value, .. } | What::Fill { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns it as a coordinator is asked.
    pub(crate) fn action(&self) -> Action {
        let key = self.key.clone();
        let (value, flags) = (Vec::new(), 0);
        match self.what {
            What::Put { ttl, .. } => Action::Put { key, value, flags, ttl },
            What::Get { consistency } => Action::Get { key, consistency },
            What::Delete => Action::Delete { key },
            What::Touch { ttl } => Action::Touch { key, ttl },
            What::Clear => Action::Clear { namespace: key },
            What::Load { .. } => Action::Load { key },
            What::Fill { lease, ttl, .. } => {
                Action::Fill { ticket: ticket(&key, lease), value, flags, ttl }
            }
        }
    }
}

impl Answer {
    fn parse(words: &mut SplitWhitespace<'_>) -> Self {
        match word(words) {
            "hit" => Self::Hit {
                value: word(words).into(),
                version: parse_version(word(words)),
                expires_at_ms: number(words),
            },
            "miss" => Self::Miss,
            "stored" => Self::Stored,
            "unstored" => Self::NotStored,
            "touched" => Self::Touched(true),
            "untouched" => Self::Touched(false),
            "leased" => Self::Leased,
            "failed" => Self::Failed(Error::Quorum(QuorumError {
                is_write: word(words) == "write",
                required: number(words),
                received: number(words),
                causes: words.map(parse_missing).collect(),
            })),
            other => panic!("nobody answers {other}"),
        }
    }
}

/// Returns a ticket by which a fill finds its load; nobody is told the real one.
pub(crate) fn ticket(key: &[u8], lease: u64) -> Ticket {
    Ticket { key: key.to_vec(), version: Version::new(0, 0, lease) }
}

fn parse_plan(line: &str) -> Plan {
    let value = |name: &str| -> u64 {
        let found = line.split_whitespace().find_map(|word| word.strip_prefix(name));
        found
            .and_then(|rest| rest.strip_prefix('='))
            .and_then(|text| text.parse().ok())
            .expect(name)
    };
    let part = |name: &str| u32::try_from(value(name)).expect(name);
    let quorum = Quorum { replicas: part("replicas"), read: part("read"), write: part("write") };
    let mut plan = Plan::calm(0, part("nodes"), quorum, Rules::ALL);
    plan.max_ttl_ms = value("max_ttl");
    plan.max_drift_ms = value("max_drift");
    plan.timeout_ms = value("timeout");
    // A real process is kept waiting by others at any time.
    plan.faults.client_pause_ppm = 1;
    plan
}

/// `NODE:STATE:MS`. Which node it is is told apart by the letters of its name.
fn parse_missing(text: &str) -> Missing {
    let mut parts = text.split(':');
    let mut part = || parts.next().expect("NODE:STATE:MS");
    let node = part().bytes().fold(0, |hash: u32, byte| hash << 8 | u32::from(byte));
    let cause = match part() {
        "timeout" => Cause::Timeout,
        "busy" => Cause::Busy,
        "epoch" => Cause::Epoch,
        "auth" => Cause::Auth,
        "clock" => Cause::Clock,
        "open" => Cause::Down,
        _ => Cause::Refused,
    };
    let ms: f64 = part().parse().expect("milliseconds");
    Missing { node, cause, elapsed: Duration::from_secs_f64(ms / 1_000.0) }
}

fn parse_version(hex: &str) -> Version {
    let bytes = u128::from_str_radix(hex, 16).expect("a version is 32 digits").to_be_bytes();
    Version::from_bytes(bytes)
}

fn parse_consistency(text: &str) -> Consistency {
    match text {
        "one" => Consistency::One,
        "all" => Consistency::All,
        _ => Consistency::Quorum,
    }
}

fn word<'a>(words: &mut SplitWhitespace<'a>) -> &'a str {
    words.next().expect("a line is longer than that")
}

fn number<T: FromStr>(words: &mut SplitWhitespace<'_>) -> T {
    let text = word(words);
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn millis(words: &mut SplitWhitespace<'_>) -> Duration {
    Duration::from_millis(number(words))
}
