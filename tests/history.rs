//! Whether clients of real nodes saw what the cluster promises, by the simulator's own checker.
//!
//! tests/cluster-e2e writes down what its clients asked and were answered and names the file by
//! `HISTORY=`. What only a simulator sees is not checked: which node knew what, and when.
#![cfg(not(target_arch = "wasm32"))]
// What the simulator needs beside that.
#![allow(dead_code)]
#![allow(clippy::cast_possible_wrap, clippy::struct_excessive_bools)]

#[path = "sim/dice.rs"]
mod dice;
#[path = "sim/history.rs"]
mod history;
#[path = "history/memory.rs"]
mod memory;
#[path = "history/near.rs"]
mod near;
#[path = "sim/network.rs"]
mod network;
#[path = "sim/plan.rs"]
mod plan;
#[path = "history/record.rs"]
mod record;

use std::collections::BTreeMap;
use std::env;
use std::fs;

use history::{History, value_of};
use record::{Answer, Call, Record, What};
use tidecache::cluster::{Hit, Outcome};
use tidecache::wire::Version;

/// Without `HISTORY=` it is one that was recorded while all three nodes were restarted.
#[test]
fn real_clients_saw_what_is_promised() {
    let path = env::var("HISTORY").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/history/restarts.txt").to_string()
    });
    let text = fs::read_to_string(&path).expect("HISTORY names a file");
    let record = Record::parse(&text);
    let history = replay(&record);
    println!("checked {} requests: {:?}", record.calls.len(), history.counts);
    assert!(record.calls.len() > 100, "{path} holds {} requests", record.calls.len());
    let shown: Vec<_> = history.violations.iter().take(10).collect();
    assert!(
        history.violations.is_empty(),
        "{path} breaks {}: {shown:#?}",
        history.violations.len()
    );
}

/// Puts every beginning and end into the order in which they happened.
fn replay(record: &Record) -> History {
    let mut history = History::new(&record.plan);
    let versions = versions(record);
    let mut moments: Vec<(u64, bool, usize)> = Vec::new();
    for (at, call) in record.calls.iter().enumerate() {
        moments.push((call.begun, false, at));
        moments.extend(call.ended.map(|ended| (ended, true, at)));
    }
    moments.sort_unstable();
    let mut numbers = BTreeMap::new();
    let mut writers = BTreeMap::new();
    for (now, is_end, at) in moments {
        let call = &record.calls[at];
        if is_end {
            let outcome = outcome(call, &versions, &writers);
            history.end(now, numbers[&at], &outcome);
        } else {
            let number = history.begin(now, call.client, &call.action());
            numbers.insert(at, number);
            writers.extend(call.value().map(|value| (value, number)));
        }
    }
    history
}

/// Returns the highest version by which each value was seen: a writer is not told its own. What it
/// was acknowledged as is that or higher.
fn versions(record: &Record) -> BTreeMap<&str, Version> {
    let mut versions = BTreeMap::new();
    for call in &record.calls {
        if let Answer::Hit { value, version, .. } = &call.answer {
            let highest = versions.entry(value.as_str()).or_insert(Version::ZERO);
            *highest = version.max(highest).to_owned();
        }
    }
    versions
}

fn outcome(
    call: &Call,
    versions: &BTreeMap<&str, Version>,
    writers: &BTreeMap<&str, usize>,
) -> Outcome {
    let version = call.value().and_then(|value| versions.get(value).copied()).unwrap_or_default();
    match &call.answer {
        Answer::Hit { value, version, expires_at_ms } => {
            let writer = writers.get(value.as_str()).copied().unwrap_or(usize::MAX);
            Outcome::Hit(Hit {
                version: *version,
                expires_at_ms: *expires_at_ms,
                flags: 0,
                value: value_of(writer, 8),
                node: u32::MAX,
                may_keep: false,
            })
        }
        Answer::Miss => Outcome::Miss,
        Answer::Stored => Outcome::Stored { version, rounds: 1, removed: false },
        Answer::NotStored => Outcome::NotStored,
        Answer::Touched(is_touched) => Outcome::Touched(*is_touched),
        Answer::Leased => match &call.what {
            What::Load { lease, .. } => Outcome::Load(record::ticket(&call.key, *lease)),
            _ => Outcome::Miss,
        },
        Answer::Failed(error) => Outcome::Failed(error.clone()),
    }
}

const PLAN: &str = "plan nodes=3 replicas=3 read=2 write=2 max_ttl=86400000 max_drift=0 \
                    timeout=1000\n";

/// Returns what is wrong with a history whose plan is [`PLAN`]; a version is its milliseconds.
fn wrong(lines: &[&str]) -> Vec<String> {
    let version = |ms: u64| {
        let bytes = Version::new(network::EPOCH_MS + ms, 0, 1).to_bytes();
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    };
    let ends = |ms: u64| (network::EPOCH_MS + ms).to_string();
    let mut text = PLAN.to_string();
    for line in lines {
        let words = line.split(' ').map(|word| match word.split_at_checked(1) {
            Some(("v", ms)) if ms.parse::<u64>().is_ok() => version(ms.parse().expect("a number")),
            Some(("e", ms)) if ms.parse::<u64>().is_ok() => ends(ms.parse().expect("a number")),
            // Moments are written in milliseconds.
            Some(("@", ms)) => format!("{ms}000000"),
            _ => word.to_string(),
        });
        text += &(words.collect::<Vec<_>>().join(" ") + "\n");
    }
    replay(&Record::parse(&text)).violations
}

const PUTS: [&str; 2] = ["1 @10 @20 put k one 5000 stored", "2 @30 @40 put k two 5000 stored"];

#[test]
fn a_history_that_is_right_is_found_to_be() {
    let reads = [
        "1 @21 @50 get k quorum hit one v10 e5010",
        "1 @51 @60 get k quorum hit two v30 e5030",
        "1 @61 @70 delete k stored",
        "2 @71 @80 get k quorum miss",
        "2 @90 @95 load k 7 leased",
        "2 @96 @99 fill k 7 three 5000 stored",
        "1 @100 @110 get k quorum hit three v90 e5090",
        "1 @120 @130 touch k 9000 touched",
        "1 @140 @150 get k all hit three v90 e9121",
        "1 @160 @260 put k four 5000 failed write 2 1 b:timeout:100 c:open:3",
        "2 @261 @270 get k quorum hit four v161 e5161",
        "2 @280 - clear",
    ];
    assert_eq!(wrong(&[&PUTS[..], &reads].concat()), [""; 0]);
}

#[test]
fn each_broken_promise_is_found() {
    for (promise, lines) in [
        // The second is not older in real time: both were under way at once.
        (
            "G1: ",
            &[
                "1 @10 @40 put k one 5000 stored",
                "2 @11 @20 put k two 5000 stored",
                "3 @21 @22 get k one hit two v30 e5030",
                "3 @23 @24 get k quorum hit one v10 e5010",
            ][..],
        ),
        ("G1/G3: ", &[PUTS[0], PUTS[1], "3 @41 @42 get k quorum hit one v10 e5010"]),
        (
            "G1/G3: ",
            &[PUTS[0], "1 @21 @22 delete k stored", "3 @23 @24 get k quorum hit one v10 e5010"],
        ),
        ("G1/G3: ", &[PUTS[0], "1 @21 @22 clear stored", "3 @23 @24 get k all hit one v10 e5010"]),
        (
            "G2: ",
            &[
                "1 @10 @90 put k one 5000 stored",
                "2 @10 @90 put k two 5000 stored",
                "3 @11 @12 get k quorum hit two v12 e5012",
                "4 @13 @14 get k quorum hit one v10 e5010",
            ],
        ),
        ("G3: ", &[PUTS[0], "3 @9000 @9001 get k quorum hit one v10 e5010"]),
        ("a life until", &[PUTS[0], "3 @23 @24 get k quorum hit one v10 e5011"]),
        ("nobody wrote", &[PUTS[0], "3 @23 @24 get l quorum hit one v10 e5010"]),
        ("nobody wrote", &[PUTS[0], "3 @23 @24 get k quorum hit two v10 e5010"]),
        (
            "two values",
            &[
                "1 @10 @90 put k one 5000 stored",
                "2 @10 @90 put k two 5000 stored",
                "3 @11 @12 get k quorum hit one v10 e5010",
                "4 @11 @12 get k quorum hit two v10 e5010",
            ],
        ),
        ("names 2 of 3", &["1 @10 @20 put k one 5000 failed write 2 1 b:open:3"]),
    ] {
        let found = wrong(lines);
        assert!(found.iter().any(|what| what.contains(promise)), "{promise}: {found:?}");
    }
}
