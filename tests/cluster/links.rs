//! The coordinator and its links.

use std::time::Duration;

use tidecache::cluster::{Action, Cause, Consistency, Input, NodeState, Outcome, Why};
use tidecache::wire::{Reply, Version};

use super::alone::{Alone, TIMEOUT, WALL_MS, held, hello};

#[test]
fn a_request_waits_for_the_links_that_are_on_their_way_up() {
    let mut alone = Alone::new(3, 0);
    alone.get(1, Consistency::Quorum);
    alone.greet(0);
    assert_eq!(alone.done, [], "two links are neither up nor down yet");
    alone.greet(1);
    alone.greet(2);
    for node in 0..3 {
        if alone.sent.iter().any(|sent| sent.0 == node && sent.2 == Why::Read) {
            alone.answer_last(node, held(0));
        }
    }
    assert!(matches!(&alone.done[..], [(1, Outcome::Hit(_))]), "{:?}", alone.done);
}

#[test]
fn a_link_that_could_not_be_had_fails_what_waits_for_it_at_once() {
    let mut alone = Alone::new(3, 0);
    alone.greet(0);
    alone.get(1, Consistency::All);
    alone.ms += 20;
    alone.handle(Input::Down { node: 2 });
    let error = alone.only_failure();
    let down = error.causes.iter().find(|missing| missing.cause == Cause::Down);
    let down = down.expect("a link is down");
    assert_eq!((down.node, down.elapsed), (2, Duration::from_millis(20)));
}

#[test]
fn a_greeting_that_is_refused_fails_what_waits_for_it_with_its_cause() {
    let refusals = [
        (&b"NOAUTH Authentication required."[..], Cause::Auth),
        (b"WRONGPASS no", Cause::Auth),
        (b"NOPERM no", Cause::Auth),
        (b"unknown command", Cause::Refused),
    ];
    for (reason, cause) in refusals {
        let mut alone = Alone::new(1, 0);
        alone.greet(0);
        alone.handle(Input::Up { node: 0 });
        let greetings = alone.count(Why::Hello);
        let greeting = alone.sent.last().expect("it was greeted").1;
        alone.get(1, Consistency::Quorum);
        let reply = Reply::Refused { reason: reason.to_vec() };
        alone.handle(Input::Reply { node: 0, id: greeting, reply });
        assert_eq!(alone.only_failure().causes[0].cause, cause);
        assert_eq!(alone.states(), [NodeState::Down]);
        assert_eq!(alone.count(Why::Hello), greetings, "it is not asked again and again");
    }
}

/// What is asked for before any node has told the time is not sent to any.
#[test]
fn a_request_that_no_link_ever_took_names_every_replica() {
    for action in [
        Action::Get { key: b"k".to_vec(), consistency: Consistency::Quorum },
        Action::Delete { key: b"k".to_vec() },
    ] {
        let mut alone = Alone::new(3, 0);
        (0..3).for_each(|node| alone.handle(Input::Down { node }));
        alone.ask(1, action);
        alone.ms += 1_000;
        alone.handle(Input::Wake);
        let error = alone.only_failure();
        assert_eq!((error.received, error.causes.len()), (0, 3));
        assert!(error.causes.iter().all(|missing| missing.cause == Cause::Down), "{error:?}");
    }
}

#[test]
fn a_link_that_is_slow_for_all_is_greeted_in_the_end() {
    let mut alone = Alone::new(1, 0);
    alone.handle(Input::Up { node: 0 });
    for _ in 0..20 {
        if alone.states() == [NodeState::Up] {
            return;
        }
        alone.ms += 250;
        alone.handle(Input::Wake);
        let then = alone.sent_at.iter().position(|sent| sent + 1_750 == alone.ms);
        if let Some(sent) = then {
            let id = alone.sent[sent].1;
            alone.handle(Input::Reply { node: 0, id, reply: hello(WALL_MS) });
        }
    }
    unreachable!("it was never greeted");
}

#[test]
fn a_burst_of_requests_asks_for_the_time_once() {
    let mut alone = Alone::greeted(3, 0);
    alone.ms += 31_000;
    let before = alone.count(Why::Hello);
    for id in 0..50 {
        alone.get(id, Consistency::One);
    }
    assert_eq!(alone.count(Why::Hello) - before, 3, "each node once");
}

#[test]
fn a_full_link_and_one_with_too_much_under_way_are_busy_at_once() {
    let mut alone = Alone::greeted(1, 0);
    for id in 0..256 {
        alone.get(id, Consistency::Quorum);
    }
    assert_eq!(alone.done, []);
    alone.get(256, Consistency::Quorum);
    assert_eq!(alone.only_failure().causes[0].cause, Cause::Busy);
    assert_eq!(alone.coordinator.stats().busy, 1);
    alone.done.clear();
    alone.answer_last(0, held(0));
    alone.done.clear();
    alone.handle(Input::Congested { node: 0, is_full: true });
    alone.get(257, Consistency::Quorum);
    assert_eq!(alone.only_failure().causes[0].cause, Cause::Busy);
    alone.done.clear();
    alone.handle(Input::Congested { node: 0, is_full: false });
    alone.get(258, Consistency::Quorum);
    alone.answer_last(0, held(0));
    assert!(matches!(&alone.done[..], [(258, Outcome::Hit(_))]));
}

/// A load that waits for another one reads again, and asks its replicas in another order perhaps.
#[test]
fn an_answer_to_an_earlier_read_of_a_load_is_not_taken_for_one_to_a_later() {
    let mut alone = Alone::greeted(3, 0);
    alone.sent.clear();
    alone.ask(1, Action::Load { key: b"k".to_vec() });
    let (silent, question, ..) = alone.sent[0];
    let forgot = || Reply::Forgot { floor: Version::ZERO };
    let other = alone.sent[1].0;
    alone.answer_last(other, forgot());
    alone.ms += 250;
    alone.handle(Input::Wake);
    let third = alone.sent.last().expect("the silent one is replaced").0;
    alone.answer_last(third, forgot());
    let (lender, ..) = *alone.sent.last().expect("a lease is asked for");
    assert_eq!(alone.count(Why::Lease), 1);
    alone.answer_last(lender, Reply::Denied { until_ms: u64::MAX });
    alone.sent.clear();
    alone.ms += 70;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Read), 2, "it reads again");
    alone.handle(Input::Reply { node: silent, id: question, reply: held(0) });
    let (node, ..) = alone.sent[1];
    alone.answer_last(node, held(0));
    assert_eq!(alone.done, [], "one answer is no read quorum");
    let (node, ..) = alone.sent[0];
    alone.answer_last(node, held(0));
    assert!(matches!(&alone.done[..], [(1, Outcome::Hit(_))]));
}

/// The node's clock is behind by more than clocks may be apart: it takes the write when its clock
/// has come that far, although nobody waits for it.
#[test]
fn a_replica_whose_clock_is_behind_gets_the_write_in_the_end() {
    let mut alone = Alone::greeted(3, 0);
    alone.ask(1, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: TIMEOUT });
    alone.answer_last(2, Reply::Clock { wall_ms: WALL_MS - 520 });
    alone.answer_last(0, Reply::Applied);
    alone.answer_last(1, Reply::Applied);
    assert!(matches!(alone.done[..], [(1, Outcome::Stored { .. })]));
    assert_eq!(alone.count(Why::Write), 3);
    alone.ms += 21;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Write), 4);
    alone.answer_last(2, Reply::Applied);
    assert_eq!(alone.coordinator.load(), [0, 0, 0]);
}

#[test]
fn a_hint_that_comes_too_early_is_brought_again_after_a_while() {
    let mut alone = Alone::greeted(3, 0);
    alone.handle(Input::Down { node: 2 });
    alone.ask(1, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: 30 * TIMEOUT });
    alone.answer_last(0, Reply::Applied);
    alone.answer_last(1, Reply::Applied);
    alone.greet(2);
    assert_eq!(alone.count(Why::Hint), 1);
    alone.answer_last(2, Reply::Clock { wall_ms: WALL_MS - 600 });
    alone.ms += 10;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Hint), 1, "not again and again");
    alone.ms += 1_000;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Hint), 2);
    alone.answer_last(2, Reply::Applied);
    assert_eq!(alone.coordinator.load(), [0, 0, 0]);
}

/// A node that refuses at once what it refused before could be asked as often as the link allows.
#[test]
fn a_hint_that_is_refused_is_not_brought_again_at_once() {
    let refusals = [
        (Reply::Refused { reason: b"TTL the record would live too long".to_vec() }, 1, 0),
        (Reply::Refused { reason: b"NOPERM not here".to_vec() }, 2, 1),
        (Reply::Busy, 2, 1),
    ];
    for (reply, brought, left) in refusals {
        let mut alone = Alone::greeted(3, 0);
        let ttl = 30 * TIMEOUT;
        alone.ask(1, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl });
        (0..2).for_each(|node| alone.answer_last(node, Reply::Applied));
        for _ in 0..10 {
            alone.answer_last(2, reply.clone());
        }
        assert_eq!(alone.count(Why::Hint), 1, "{reply:?}");
        alone.ms += 1_000;
        alone.handle(Input::Wake);
        assert_eq!((alone.count(Why::Hint), alone.coordinator.load()[2]), (brought, 0));
        alone.answer_last(2, reply.clone());
        alone.ms += 999;
        alone.handle(Input::Wake);
        assert_eq!(alone.count(Why::Hint), brought, "{reply:?}");
        assert_eq!(alone.coordinator.load()[0], left);
    }
}

#[test]
fn a_hit_says_which_node_it_came_from() {
    let mut alone = Alone::greeted(3, 0);
    alone.get(1, Consistency::One);
    let (node, ..) = *alone.sent.last().expect("one is asked");
    alone.answer_last(node, held(0));
    assert!(matches!(&alone.done[..], [(1, Outcome::Hit(hit))] if hit.node == node));
}

/// Many reads are begun until the first late answer comes; they would all wait for it.
#[test]
fn a_node_that_turns_slow_is_asked_last_before_it_has_answered() {
    let mut alone = Alone::greeted(3, 0);
    for id in 0..60 {
        alone.get(id, Consistency::One);
        let (node, ..) = *alone.sent.last().expect("one is asked");
        alone.ms += 1;
        alone.answer_last(node, held(0));
    }
    alone.get(60, Consistency::One);
    let (slow, ..) = *alone.sent.last().expect("one is asked");
    alone.ms += 20;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Hedge), 1);
    alone.get(61, Consistency::One);
    let (next, ..) = *alone.sent.last().expect("one is asked");
    assert_ne!(next, slow);
}

#[test]
fn nodes_are_up_suspect_or_down() {
    let mut alone = Alone::new(3, 0);
    assert_eq!(alone.states(), [NodeState::Suspect; 3]);
    alone.handle(Input::Up { node: 0 });
    alone.ms += 8;
    alone.answer_last(0, hello(WALL_MS));
    alone.handle(Input::Down { node: 1 });
    assert_eq!(alone.states(), [NodeState::Up, NodeState::Down, NodeState::Suspect]);
    let round_trip = alone.coordinator.nodes()[0].round_trip;
    assert_eq!(round_trip, Duration::from_millis(8));
    for id in 0..5 {
        alone.get(id, Consistency::One);
        let (node, message, ..) = *alone.sent.last().expect("one is asked");
        alone.handle(Input::Failed { node, id: message });
    }
    assert_eq!(alone.states()[0], NodeState::Suspect, "five failures open its breaker");
}
