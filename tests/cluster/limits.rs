//! What the nodes allow, and who has a say in it.

use std::time::Duration;

use tidecache::cluster::{Action, Cause, Consistency, Error, Input, Outcome, Why};
use tidecache::wire::Reply;

use super::alone::{Alone, TIMEOUT, WALL_MS, held, hello_of};

const DAY_MS: u64 = 86_400_000;

/// Returns a coordinator whose nodes allow what is told: lives and operations in milliseconds.
fn told(limits: [(u64, u64); 3]) -> Alone {
    let mut alone = Alone::new(3, 0);
    for (node, (max_ttl_ms, max_op_ms)) in (0..).zip(limits) {
        alone.handle(Input::Up { node });
        alone.answer_last(node, hello_of(WALL_MS, max_ttl_ms, max_op_ms));
    }
    alone.sent.clear();
    alone
}

fn put(ttl_ms: u64) -> Action {
    let ttl = Duration::from_millis(ttl_ms);
    Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl }
}

#[test]
fn one_node_that_allows_nothing_fails_no_call() {
    for odd in 0..3 {
        let mut limits = [(DAY_MS, 5_000); 3];
        limits[odd] = (1, 1);
        let mut alone = told(limits);
        alone.ask(1, put(60_000));
        alone.get(2, Consistency::Quorum);
        assert_eq!(alone.done, []);
        assert!(alone.sent.iter().all(|sent| sent.0 != odd as u32), "it is sent nothing too long");
        let open: Vec<_> = alone.sent.iter().map(|sent| (sent.0, sent.1, sent.2)).collect();
        for (node, id, why) in open {
            let reply = if why == Why::Write { Reply::Applied } else { held(0) };
            alone.handle(Input::Reply { node, id, reply });
        }
        assert!(matches!(alone.done[0], (1, Outcome::Stored { .. })), "{:?}", alone.done);
        assert!(matches!(alone.done[1], (2, Outcome::Hit(_))), "{:?}", alone.done);
    }
}

#[test]
fn one_node_that_allows_more_allows_nobody_more() {
    let mut alone = told([(DAY_MS, 5_000), (9 * DAY_MS, 99_000), (DAY_MS, 5_000)]);
    let longest = Duration::from_millis(DAY_MS);
    alone.ask(1, put(DAY_MS + 1));
    assert_eq!(alone.done, [(1, Outcome::Failed(Error::TtlTooLong { longest }))]);
}

#[test]
fn a_call_may_ask_for_what_a_quorum_allows() {
    let mut alone = told([(DAY_MS, 5_000), (2 * DAY_MS, 5_000), (3 * DAY_MS, 5_000)]);
    alone.ask(1, put(2 * DAY_MS));
    assert_eq!(alone.sent.iter().map(|sent| sent.0).collect::<Vec<_>>(), [1, 2]);
    alone.answer_last(1, Reply::Applied);
    alone.handle(Input::Down { node: 2 });
    let error = alone.only_failure();
    let refused = error.causes.iter().find(|missing| missing.node == 0).expect("it is named");
    assert_eq!(refused.cause, Cause::Refused);
}

/// What waits for a greeting is looked at again when the node has said what it allows.
#[test]
fn what_waits_for_a_greeting_that_allows_less_is_not_sent() {
    let mut alone = Alone::new(3, 0);
    alone.greet(0);
    alone.handle(Input::Up { node: 1 });
    alone.ask(1, put(60_000));
    let greeting = alone.sent.iter().find(|sent| sent.0 == 1).expect("it is greeted").1;
    let reply = hello_of(WALL_MS, 1, 5_000);
    alone.handle(Input::Reply { node: 1, id: greeting, reply });
    assert!(alone.sent.iter().all(|sent| sent.0 != 1 || sent.2 == Why::Hello));
    alone.greet(2);
    for node in [0, 2] {
        let write = alone.sent.iter().find(|sent| sent.0 == node && sent.2 == Why::Write);
        let id = write.expect("it is sent").1;
        alone.handle(Input::Reply { node, id, reply: Reply::Applied });
    }
    assert!(matches!(alone.done[..], [(1, Outcome::Stored { .. })]), "{:?}", alone.done);
    alone.ms += TIMEOUT.as_millis() as u64;
    alone.handle(Input::Wake);
    assert_eq!(alone.coordinator.load(), [0, 0, 0], "nor is a hint kept for it");
}
