//! What a new epoch does with what is under way.

use tidecache::cluster::{Action, ConfigError, Consistency, Input, NodeState, Outcome, Why};
use tidecache::wire::{Reply, Request as Message};

use super::alone::{Alone, TIMEOUT, config, held};

#[test]
fn a_new_epoch_begins_requests_anew_with_what_is_left_of_their_time() {
    let mut alone = Alone::greeted(3, 8);
    alone.get(1, Consistency::Quorum);
    alone.ask(2, Action::Put { key: b"k".to_vec(), value: vec![], flags: 0, ttl: TIMEOUT });
    alone.ms += 400;
    assert_eq!(alone.coordinator.reconfigure(alone.now(), config(1, 2, 8)), Ok(()));
    alone.sent.clear();
    alone.drain();
    assert_eq!(alone.done, []);
    assert_eq!(alone.sent, [], "its links are not up yet");
    alone.handle(Input::Down { node: 2 });
    alone.greet(0);
    let greeting = Message::Hello { epoch: 2, pushes: true };
    assert_eq!(alone.sent.iter().filter(|sent| sent.3 == greeting).count(), 1);
    assert_eq!((alone.count(Why::Read), alone.count(Why::Write)), (1, 1));
    let write = alone.sent.iter().find(|sent| sent.2 == Why::Write).expect("it is sent").1;
    alone.handle(Input::Reply { node: 0, id: write, reply: Reply::Applied });
    alone.ms += 600;
    alone.handle(Input::Wake);
    let outcomes: Vec<u64> = alone.done.iter().map(|done| done.0).collect();
    assert_eq!(outcomes, [2, 1], "the read ends when it would have");
    assert_eq!(alone.coordinator.load(), [0, 0, 0]);
}

#[test]
fn a_new_epoch_drops_hints_and_near_copies() {
    let mut alone = Alone::greeted(3, 8);
    alone.get(1, Consistency::One);
    let (node, ..) = *alone.sent.last().expect("one is asked");
    alone.answer_last(node, held(0));
    alone.handle(Input::Down { node: 2 });
    alone.ask(2, Action::Delete { key: b"other".to_vec() });
    alone.answer_last(0, Reply::Removed);
    alone.answer_last(1, Reply::Applied);
    assert!(matches!(alone.done[1].1, Outcome::Stored { removed: true, .. }));
    assert_eq!(alone.coordinator.load(), [0, 0, 1]);
    assert_eq!(alone.coordinator.reconfigure(alone.now(), config(3, 2, 8)), Ok(()));
    alone.drain();
    assert_eq!(alone.coordinator.load(), [0, 0, 0]);
    assert_eq!(alone.dropped, [b"k"]);
}

#[test]
fn an_epoch_that_is_not_higher_is_refused_and_changes_nothing() {
    let mut alone = Alone::greeted(1, 0);
    let same = alone.coordinator.reconfigure(alone.now(), config(1, 1, 0));
    assert_eq!(same, Err(ConfigError::Epoch));
    let none = alone.coordinator.reconfigure(alone.now(), config(0, 2, 0));
    assert_eq!(none, Err(ConfigError::Nodes));
    assert_eq!(alone.states(), [NodeState::Up]);
}
