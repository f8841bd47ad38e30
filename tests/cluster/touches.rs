//! Touches that something overtakes.

use std::time::Duration;

use tidecache::cluster::{Action, Input, Outcome};
use tidecache::wire::{Reply, Version};

use super::alone::{Alone, WALL_MS, held};

/// One of three replicas is down and another knows of a newer write by now: that is an answer, and
/// one node that is down causes no errors.
#[test]
fn a_touch_that_a_write_overtakes_while_a_node_is_down_is_no_failure() {
    let mut alone = Alone::greeted(3, 0);
    alone.handle(Input::Down { node: 2 });
    alone.ask(1, Action::Touch { key: b"k".to_vec(), ttl: Duration::from_secs(60) });
    for node in 0..2 {
        alone.answer_last(node, held(0));
    }
    alone.answer_last(0, Reply::Applied);
    assert_eq!(alone.done, []);
    alone.answer_last(1, Reply::Superseded { version: Version::new(WALL_MS + 1, 0, 9) });
    assert_eq!(alone.done, [(1, Outcome::Touched(false))]);
}

/// The same with the answers the other way round: the one that is overtaken comes first.
#[test]
fn a_touch_waits_for_whoever_is_left_before_it_gives_an_answer() {
    let mut alone = Alone::greeted(3, 0);
    alone.handle(Input::Down { node: 2 });
    alone.ask(1, Action::Touch { key: b"k".to_vec(), ttl: Duration::from_secs(60) });
    for node in 0..2 {
        alone.answer_last(node, held(0));
    }
    alone.answer_last(1, Reply::Superseded { version: Version::new(WALL_MS + 1, 0, 9) });
    assert_eq!(alone.done, []);
    alone.answer_last(0, Reply::Applied);
    assert_eq!(alone.done, [(1, Outcome::Touched(false))]);
}
