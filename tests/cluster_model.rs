//! Every state of a small cluster: two clients, three replicas, one key.
//!
//! The simulator draws its faults; here nothing is drawn. Within the bounds that each story states
//! every order of every message is tried, a message that is never delivered included, with our own
//! `Coordinator::handle` and `Replica::handle` as the actors. A rule that is left out must show.
#![cfg(not(target_arch = "wasm32"))]

#[path = "cluster_model/history.rs"]
mod history;
#[path = "cluster_model/parts.rs"]
mod parts;
#[path = "cluster_model/world.rs"]
mod world;

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model, Property};
use tidecache::cluster::{Rule, Rules};

use world::{Do, Step, Story, World};

impl Model for Story {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        steps.extend(world.steps(self));
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        Some(last.after(self, step))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("promises hold", |_, world: &World| world.wrong().is_empty()),
            Property::sometimes("a read hits", |_, world: &World| world.has_hit()),
            Property::sometimes("all is done", |story, world: &World| world.is_done(story)),
        ]
    }
}

/// Goes through every state of `story` and returns how many there are.
fn check(name: &str, story: Story) -> usize {
    let started = Instant::now();
    let checker = story.checker().threads(2).spawn_bfs().join();
    let states = checker.unique_state_count();
    let seconds = started.elapsed().as_secs_f64();
    println!("{name}: {states} states in {seconds:.1} s, {} deep", checker.max_depth());
    if let Some(path) = checker.discovery("promises hold") {
        let wrong = path.last_state().wrong().join(", ");
        panic!("{name}: {wrong} after {:#?}", path.into_actions());
    }
    checker.assert_properties();
    states
}

/// Returns what goes wrong first when `rule` is left out.
fn caught(rule: Rule, story: Story) -> Option<String> {
    let story = Story { rules: Rules::without(rule), ..story };
    let only = HasDiscoveries::AnyOf(["promises hold"].into());
    let checker = story.checker().threads(2).finish_when(only).spawn_bfs().join();
    let path = checker.discovery("promises hold")?;
    println!("without {rule:?}: {} states", checker.unique_state_count());
    Some(path.last_state().wrong().join(", "))
}

/// A writer and a reader that meet in every way.
const READ_WHILE_WRITTEN: Story = Story::of([&[Do::Put], &[Do::Get, Do::Get]]);

/// Two writers; one reads what both have left.
const TWO_WRITERS: Story = Story::of([&[Do::Put], &[Do::Put, Do::Get]]);

/// A writer and a reader, and once a deadline comes first: failover, or a second round.
const LATE: Story = Story { waits: 1, ..Story::of([&[Do::Put], &[Do::Get]]) };

/// A value is removed while one replica loses its memory.
const FORGOTTEN: Story = Story { restarts: 1, ..Story::of([&[Do::Put, Do::Delete], &[Do::Get]]) };

#[test]
fn no_order_of_a_write_and_two_reads_breaks_a_promise() {
    assert!(check("a write and two reads", READ_WHILE_WRITTEN) > 1_000);
}

#[test]
fn no_deadline_in_the_middle_of_it_breaks_a_promise() {
    assert!(check("deadlines", LATE) > 1_000);
}

#[test]
fn no_order_of_two_writers_breaks_a_promise() {
    assert!(check("two writers", TWO_WRITERS) > 1_000);
}

#[test]
fn no_order_around_a_lost_memory_breaks_a_promise() {
    assert!(check("a lost memory", FORGOTTEN) > 1_000);
}

#[test]
fn the_model_misses_a_rule_that_is_left_out() {
    for (rule, story) in [(Rule::SupersededNoAck, TWO_WRITERS), (Rule::Memory, FORGOTTEN)] {
        let wrong = caught(rule, story).unwrap_or_else(|| panic!("nobody misses {rule:?}"));
        println!("without {rule:?}: {wrong}");
    }
}
