//! Rules that need a story of their own: without the rule, the story ends otherwise.

use std::time::Duration;

use tidecache::cluster::{Action, Config, Consistency, Coordinator, Input, Outcome, Quorum, Why};
use tidecache::wire::{Reply, Request as Message, Version};

use super::alone::{Alone, TIMEOUT, WALL_MS, config, held, hello, version};

fn put(alone: &mut Alone, id: u64) {
    alone.ask(id, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: TIMEOUT });
}

/// Returns the version of the last write to `node`.
fn written(alone: &Alone, node: u32) -> Version {
    let last = alone.sent.iter().rfind(|sent| sent.0 == node && sent.2 == Why::Write);
    match &last.expect("it was sent one").3 {
        Message::Put { version, .. } => *version,
        other => unreachable!("{other:?} is no put"),
    }
}

/// After a restart a floor is ahead of the clock by the largest drift: whoever draws a version
/// above one makes others wait for theirs.
#[test]
fn a_floor_is_not_observed_while_the_others_make_a_quorum() {
    let mut alone = Alone::greeted(3, 0);
    put(&mut alone, 1);
    let floor = version(500);
    alone.answer_last(2, Reply::Forgot { floor });
    alone.answer_last(0, Reply::Superseded { version: version(3) });
    alone.answer_last(1, Reply::Superseded { version: version(4) });
    assert_eq!(alone.count(Why::Write), 6, "a second round");
    assert!((version(4)..floor).contains(&written(&alone, 0)), "{:?}", written(&alone, 0));
    put(&mut alone, 2);
    assert!(written(&alone, 0) < floor, "nor is it later");
}

#[test]
fn a_floor_is_observed_if_there_is_no_quorum_without_its_node() {
    let mut alone = Alone::greeted(3, 0);
    alone.handle(Input::Down { node: 1 });
    put(&mut alone, 1);
    let floor = version(400);
    alone.answer_last(2, Reply::Forgot { floor });
    assert_eq!(alone.count(Why::Write), 2, "the third may yet answer");
    alone.answer_last(0, Reply::Applied);
    assert!(written(&alone, 2) > floor, "{:?}", written(&alone, 2));
}

#[test]
fn a_third_of_the_deadline_is_as_long_as_the_first_round_waits() {
    let mut alone = Alone::greeted(3, 0);
    put(&mut alone, 1);
    alone.answer_last(0, Reply::Applied);
    alone.answer_last(1, Reply::Superseded { version: version(3) });
    alone.ms += 333;
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Write), 3, "the third node may make it");
    alone.ms += 1;
    assert!(alone.coordinator.deadline() <= Some(alone.now().instant));
    alone.handle(Input::Wake);
    assert_eq!(alone.count(Why::Write), 6);
    alone.answer_last(0, Reply::Applied);
    alone.answer_last(1, Reply::Applied);
    assert!(matches!(alone.done[..], [(1, Outcome::Stored { rounds: 2, .. })]));
}

/// As many knowers as that would cost more replicas than the read itself.
#[test]
fn a_read_of_half_the_replicas_waits_for_no_repair() {
    for (replicas, read, waits) in [(4, 2, false), (3, 2, true)] {
        let mut config: Config = config(replicas, 1, 0);
        config.quorum = Quorum::of_reads(replicas, read);
        let coordinator = Coordinator::new(config).expect("they overlap");
        let mut alone = Alone { coordinator, ..Alone::new(1, 0) };
        (0..replicas).for_each(|node| alone.greet(node));
        alone.sent.clear();
        alone.get(1, Consistency::Quorum);
        let [first, second] = [0, 1].map(|at: usize| alone.sent[at].0);
        alone.answer_last(first, held(5));
        alone.answer_last(second, held(2));
        assert_eq!(alone.count(Why::Repair), 1);
        assert_eq!(alone.done.is_empty(), waits, "{read} of {replicas}");
        alone.answer_last(second, Reply::Applied);
        assert!(matches!(alone.done[..], [(1, Outcome::Hit(_))]));
    }
}

#[test]
fn the_next_replica_lends_what_the_first_one_cannot() {
    for is_silent in [false, true] {
        let mut alone = Alone::greeted(3, 0);
        let replicas = alone.coordinator.replicas(b"k");
        alone.ask(1, Action::Load { key: b"k".to_vec() });
        for &node in &replicas {
            if alone.sent.iter().any(|sent| sent.0 == node && sent.2 == Why::Read) {
                alone.answer_last(node, Reply::Forgot { floor: Version::ZERO });
            }
        }
        let lenders = |alone: &Alone| -> Vec<u32> {
            alone.sent.iter().filter(|sent| sent.2 == Why::Lease).map(|sent| sent.0).collect()
        };
        assert_eq!(lenders(&alone), replicas[..1]);
        if is_silent {
            alone.ms += 250;
            alone.handle(Input::Wake);
        } else {
            alone.handle(Input::Down { node: replicas[0] });
        }
        assert_eq!(lenders(&alone), replicas[..2]);
        assert_eq!(alone.done, [], "nobody has lent it yet");
        alone.answer_last(replicas[1], Reply::Granted);
        assert!(matches!(alone.done[..], [(1, Outcome::Load(_))]));
    }
}

/// Whoever holds the lease says until when: nobody asks a hundred times, nor comes too late.
#[test]
fn whoever_is_denied_a_lease_asks_ever_less_often_and_when_it_ends() {
    let mut alone = Alone::greeted(3, 0);
    let until_ms = WALL_MS + 470;
    alone.ask(1, Action::Load { key: b"k".to_vec() });
    let (mut leases, mut asked_at) = (0, 0);
    while alone.ms < 480 {
        while let Some(at) = (leases..alone.sent.len()).next() {
            leases = at + 1;
            let (node, id, why, _) = alone.sent[at].clone();
            let reply = match why {
                Why::Lease => Reply::Denied { until_ms },
                _ => Reply::Forgot { floor: Version::ZERO },
            };
            asked_at = alone.ms;
            alone.handle(Input::Reply { node, id, reply });
        }
        alone.ms += 1;
        alone.handle(Input::Wake);
    }
    assert!((4..=14).contains(&alone.count(Why::Lease)), "{}", alone.count(Why::Lease));
    assert!(
        (471..=480).contains(&asked_at),
        "it ended at 471, the last question was at {asked_at}"
    );
}

/// Whoever only reads hears of the node that is asked last by greetings alone.
#[test]
fn a_node_that_was_slow_once_is_asked_again_by_who_only_reads() {
    let mut alone = Alone::greeted(3, 0);
    let mut slow = None;
    for id in 0..200 {
        alone.sent.clear();
        alone.get(id, Consistency::Quorum);
        if alone.sent.iter().any(|sent| Some(sent.0) == slow && sent.2 == Why::Read) {
            assert!(alone.ms > 31_000, "it was slow a moment ago");
            return;
        }
        alone.ms += 2;
        let mut sent = alone.sent.clone();
        let late = (id == 30).then(|| sent.remove(0));
        for (node, id, why, _) in sent {
            let reply = if why == Why::Hello { hello(WALL_MS + alone.ms) } else { held(0) };
            alone.handle(Input::Reply { node, id, reply });
        }
        if let Some((node, id, ..)) = late {
            slow = Some(node);
            alone.ms += 240;
            alone.handle(Input::Reply { node, id, reply: held(0) });
        }
        alone.ms += Duration::from_secs(1).as_millis() as u64;
    }
    unreachable!("it is never asked again");
}
