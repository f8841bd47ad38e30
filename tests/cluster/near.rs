//! The near cache as the coordinator keeps it.

use tidecache::cluster::{Action, Consistency, Input, Outcome, Output};
use tidecache::wire::{Push, Request as Message};

use super::alone::{Alone, TIMEOUT, held, version};

#[test]
fn pushes_are_asked_for_only_if_there_is_a_near_cache() {
    for near in [0, 8] {
        let mut alone = Alone::new(1, near);
        alone.handle(Input::Up { node: 0 });
        let expected = Message::Hello { epoch: 1, pushes: near > 0 };
        assert_eq!(alone.sent.last().map(|sent| &sent.3), Some(&expected));
    }
}

#[test]
fn a_hit_is_kept_near_until_its_key_is_pushed() {
    let mut alone = Alone::greeted(1, 8);
    alone.get(1, Consistency::One);
    alone.answer_last(0, held(5));
    assert!(matches!(&alone.done[..], [(1, Outcome::Hit(hit))] if hit.may_keep));
    assert_eq!(alone.coordinator.near_version(alone.now(), b"k"), Some(version(5)));
    let push = |seq, ms| Push::Invalidate { key: b"k".to_vec(), version: version(ms), seq };
    alone.handle(Input::Push { node: 0, push: push(1, 5) });
    assert!(alone.coordinator.near_has(alone.now(), b"k"), "its own write");
    alone.handle(Input::Push { node: 0, push: push(2, 6) });
    assert!(!alone.coordinator.near_has(alone.now(), b"k"));
    assert_eq!(alone.dropped, [b"k"]);
}

/// Whoever asked may not keep what it got, and goes on using the older copy otherwise.
#[test]
fn a_newer_hit_drops_the_older_near_copy_before_it_is_told() {
    let mut alone = Alone::greeted(1, 8);
    alone.get(1, Consistency::Quorum);
    alone.answer_last(0, held(0));
    alone.get(2, Consistency::Quorum);
    alone.answer_last(0, held(0));
    assert!(alone.dropped.is_empty(), "it is the same");
    alone.get(3, Consistency::Quorum);
    let (node, id, ..) = *alone.sent.last().expect("it is asked");
    alone.coordinator.handle(alone.now(), Input::Reply { node, id, reply: held(1) });
    let first = alone.coordinator.poll();
    assert_eq!(first, Some(Output::Drop { key: b"k".to_vec() }));
    alone.drain();
    assert!(matches!(&alone.done[2], (3, Outcome::Hit(hit)) if hit.may_keep));
}

#[test]
fn a_write_of_our_own_drops_the_near_copy_before_it_is_answered() {
    for action in [
        Action::Delete { key: b"k".to_vec() },
        Action::Clear { namespace: Vec::new() },
        Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: TIMEOUT },
    ] {
        let mut alone = Alone::greeted(1, 8);
        alone.get(1, Consistency::Quorum);
        alone.answer_last(0, held(0));
        alone.ms += 1;
        alone.get(2, Consistency::One);
        alone.ask(3, action);
        assert_eq!(alone.dropped, [b"k"]);
        let read = alone.sent[alone.sent.len() - 2].1;
        alone.handle(Input::Reply { node: 0, id: read, reply: held(0) });
        assert!(matches!(&alone.done[1], (2, Outcome::Hit(hit)) if !hit.may_keep));
    }
}

#[test]
fn a_lost_link_drops_the_near_copies_of_its_node() {
    let mut alone = Alone::greeted(1, 8);
    alone.get(1, Consistency::One);
    alone.answer_last(0, held(0));
    alone.handle(Input::Down { node: 0 });
    assert_eq!(alone.dropped, [b"k"]);
}
