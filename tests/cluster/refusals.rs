//! Nodes that do not take who asks, and what is said of nodes that nobody waits for.

use std::time::Duration;

use tidecache::cluster::{Action, Cause, Consistency, Input, QuorumError, Why};
use tidecache::wire::Reply;

use super::alone::{Alone, TIMEOUT, WALL_MS, cold, held};

fn causes(error: &QuorumError) -> Vec<(u32, Cause)> {
    let mut causes: Vec<_> =
        error.causes.iter().map(|missing| (missing.node, missing.cause)).collect();
    causes.sort_by_key(|(node, _)| *node);
    causes
}

fn refuse(alone: &mut Alone, node: u32) {
    alone.handle(Input::Up { node });
    let reason = b"WRONGPASS no".to_vec();
    alone.answer_last(node, Reply::Refused { reason });
    alone.handle(Input::Down { node });
}

/// No node will tell the time, and without it nothing is sent: that is known before the deadline.
#[test]
fn a_token_that_no_quorum_takes_fails_at_once_with_its_cause() {
    for action in [
        Action::Get { key: b"k".to_vec(), consistency: Consistency::Quorum },
        Action::Delete { key: b"k".to_vec() },
        Action::Touch { key: b"k".to_vec(), ttl: TIMEOUT },
        Action::Load { key: b"k".to_vec() },
        Action::Clear { namespace: vec![] },
    ] {
        let mut alone = Alone::new(3, 0);
        alone.ask(1, action.clone());
        refuse(&mut alone, 0);
        assert_eq!(alone.done, [], "two others may take it");
        alone.ms += 3;
        refuse(&mut alone, 1);
        let expected = [(0, Cause::Auth), (1, Cause::Auth), (2, Cause::Pending)];
        assert_eq!(causes(&alone.only_failure()), expected, "{action:?}");
        alone.done.clear();
        alone.ask(2, action.clone());
        assert_eq!(causes(&alone.only_failure()), expected, "nor does the next one wait");
        assert_eq!(alone.coordinator.load(), [0, 0, 0]);
    }
}

#[test]
fn a_link_that_could_not_be_had_for_the_token_is_no_node_that_is_down() {
    let mut alone = Alone::new(1, 0);
    alone.ask(1, Action::Delete { key: b"k".to_vec() });
    alone.handle(Input::Stranger { node: 0 });
    alone.handle(Input::Down { node: 0 });
    assert_eq!(causes(&alone.only_failure()), [(0, Cause::Auth)]);
    alone.handle(Input::Down { node: 0 });
    assert_eq!(alone.coordinator.why_silent(0), Cause::Down, "it is not there any more");
    alone.greet(0);
    alone.get(2, Consistency::Quorum);
    alone.answer_last(0, held(0));
    assert_eq!(alone.done.len(), 2);
}

/// The third node was asked, and may answer any moment; it did not fail to do so in time.
#[test]
fn a_node_that_nobody_waited_for_is_not_said_to_be_late() {
    for action in [
        Action::Get { key: b"k".to_vec(), consistency: Consistency::Quorum },
        Action::Touch { key: b"k".to_vec(), ttl: TIMEOUT },
    ] {
        let mut alone = Alone::greeted(3, 0);
        alone.ask(1, action.clone());
        alone.ms += 20;
        for node in [0, 1] {
            alone.handle(Input::Down { node });
        }
        let error = alone.only_failure();
        let named = causes(&error);
        let expected = [(0, Cause::Down), (1, Cause::Down), (2, Cause::Pending)];
        assert_eq!(named, expected[..named.len()], "{action:?}");
        alone.done.clear();
        alone.ask(2, action);
        alone.ms += 1_000;
        alone.handle(Input::Wake);
        assert!(alone.only_failure().causes.iter().all(|one| one.cause != Cause::Timeout));
    }
    let mut alone = Alone::greeted(3, 0);
    alone.get(1, Consistency::Quorum);
    alone.ms += 1_000;
    alone.handle(Input::Wake);
    assert!(causes(&alone.only_failure()).iter().all(|(_, cause)| *cause == Cause::Timeout));
}

#[test]
fn a_node_that_has_just_started_says_when_it_takes_every_write() {
    let mut alone = Alone::new(3, 0);
    assert_eq!(alone.coordinator.warm_at(alone.now()), None, "nobody is up");
    for (node, floor_ms) in [(0, 300), (1, 450), (2, 2_000)] {
        alone.handle(Input::Up { node });
        alone.answer_last(node, cold(WALL_MS, WALL_MS + floor_ms));
    }
    let at = alone.now().instant + Duration::from_millis(451);
    assert_eq!(alone.coordinator.warm_at(alone.now()), Some(at), "one clock is far off");
    alone.ms += 451;
    assert_eq!(alone.coordinator.warm_at(alone.now()), None);
    alone.ask(1, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: TIMEOUT });
    assert_eq!(alone.count(Why::Write), 3);
}
