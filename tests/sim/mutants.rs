//! For each rule a scenario that goes wrong without it, and does not with it.

use std::time::Duration;

use tidecache::cluster::{Action, Consistency, Outcome, Quorum, Rule, Rules};

use super::history::value_of;
use super::life::run;
use super::plan::{Faults, Plan};
use super::world::World;

const THREE: Quorum = Quorum { replicas: 3, read: 2, write: 2 };

/// Returns what goes wrong under `rules` in the scenario that is aimed at `rule`.
pub(crate) fn scenario(rule: Rule, seed: u64, rules: Rules) -> Vec<String> {
    match rule {
        Rule::RepairBelowFloor
        | Rule::SupersededNoAck
        | Rule::Memory
        | Rule::ExpiryRemembers
        | Rule::TouchKeepsVersion
        | Rule::ClearAllNodes => run(Plan::of_seed(seed, rules)).violations,
        Rule::Knowers => partial_writes_under_loss(seed, rules),
        Rule::ForgotNoAck => a_slow_clock_meets_a_floor(seed, rules),
        Rule::FloorFromWall => one_cold_start_after_another(seed, rules),
        Rule::FillBeforeLoad => a_write_during_a_load(seed, rules),
        Rule::EqualApplied => every_message_twice(seed, rules),
        Rule::NearVoid => answers_that_pushes_overtake(seed, rules),
        Rule::NearGap => pushes_that_are_lost(seed, rules),
        Rule::FailoverFree => a_silent_node_and_no_budget(seed, rules),
    }
}

/// Many readers of one key whose writes reach one replica and whose repairs are lost.
fn partial_writes_under_loss(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = Plan::calm(seed, 3, THREE, rules);
    plan.clients = 5;
    plan.keys = 1;
    plan.timeout_ms = 200;
    plan.pause_ms = 10;
    plan.life_ms = 5_000;
    plan.faults = Faults {
        drop_ppm: 100_000,
        tail_ppm: 100_000,
        delay_us_max: 10_000,
        partition_ppm: 300_000,
        ..Faults::default()
    };
    run(plan).violations
}

/// A holds the first write, B has forgotten it, C has missed it; the clock of the second writer is
/// behind the first one's. The floor of B is no ack.
fn a_slow_clock_meets_a_floor(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = Plan::calm(seed, 3, THREE, rules);
    plan.max_drift_ms = 400;
    plan.keys = 1;
    let mut world = World::settled(plan);
    cut(&mut world, 0, 2);
    put(&mut world, 0);
    world.start(1);
    cut(&mut world, 1, 0);
    world.run_for(6);
    put(&mut world, 1);
    world.run_for(1_000);
    get(&mut world, 2);
    world.run_for(1_000);
    world.history.violations
}

/// All nodes start empty again and again; a write must not wait longer each time.
fn one_cold_start_after_another(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = Plan::calm(seed, 3, THREE, rules);
    plan.timeout_ms = 50;
    let mut world = World::new(plan);
    for node in &mut world.nodes {
        node.wall.offset_ms = 0;
    }
    world.run_for(500);
    for _ in 0..8 {
        (0..3).for_each(|node| world.start(node));
        world.run_for(10);
        let id = put(&mut world, 0);
        world.run_for(45);
        expect(&mut world, id, |outcome| matches!(outcome, Outcome::Stored { .. }));
    }
    world.history.violations
}

/// What is loaded is older than what is written during the load.
fn a_write_during_a_load(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = Plan::calm(seed, 3, THREE, rules);
    plan.max_drift_ms = 2;
    let mut world = World::settled(plan);
    world.request(0, Action::Load { key: KEY.to_vec() });
    world.run_for(20);
    let id = put(&mut world, 1);
    world.run_for(500);
    let read = get(&mut world, 2);
    world.run_for(100);
    let written = value_of(id, 8);
    let outcome = world.history.ops[read].outcome.clone();
    if !matches!(&outcome, Some(Outcome::Hit(hit)) if hit.value == written) {
        world.history.violations.push(format!("after a load the write is {outcome:?}"));
    }
    world.history.violations
}

/// A repeated message is no conflict: a lonely write takes one round.
fn every_message_twice(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = Plan::calm(seed, 3, Quorum { replicas: 3, read: 1, write: 3 }, rules);
    plan.faults.duplicate_ppm = 1_000_000;
    plan.max_drift_ms = 2;
    let mut world = World::settled(plan);
    for _ in 0..5 {
        let id = put(&mut world, 0);
        world.run_for(100);
        expect(&mut world, id, |outcome| matches!(outcome, Outcome::Stored { rounds: 1, .. }));
    }
    world.history.violations
}

/// Answers take their time, so that pushes of what is written meanwhile come before them.
fn answers_that_pushes_overtake(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = near_plan(seed, rules);
    plan.faults.delay_us_max = 20_000;
    run(plan).violations
}

/// Pushes are lost, as they are where a node has too much to send: their numbers are missing.
fn pushes_that_are_lost(seed: u64, rules: Rules) -> Vec<String> {
    let mut plan = near_plan(seed, rules);
    plan.faults.drop_ppm = 50_000;
    run(plan).violations
}

fn near_plan(seed: u64, rules: Rules) -> Plan {
    let mut plan = Plan::calm(seed, 3, THREE, rules);
    plan.keys = 2;
    plan.near = 8;
    plan.life_ms = 5_000;
    plan
}

/// A node falls silent before any read has paid into the budget.
fn a_silent_node_and_no_budget(seed: u64, rules: Rules) -> Vec<String> {
    let mut world = World::settled(Plan::calm(seed, 3, THREE, rules));
    put(&mut world, 0);
    world.run_for(100);
    world.cut((seed % 3) as u32, true);
    for client in 0..3 {
        let id = get(&mut world, client);
        world.run_for(1_100);
        expect(&mut world, id, |outcome| matches!(outcome, Outcome::Hit(_)));
    }
    world.history.violations
}

fn cut(world: &mut World, client: u32, node: u32) {
    let wire = world.wire(client, node);
    wire.cuts_requests = true;
    wire.cuts_replies = true;
}

fn put(world: &mut World, client: u32) -> usize {
    let value = value_of(world.history.ops.len(), 8);
    let ttl = Duration::from_secs(30);
    let id = world.request(client, Action::Put { key: KEY.to_vec(), value, flags: 0, ttl });
    world.run_for(5);
    id
}

fn get(world: &mut World, client: u32) -> usize {
    let (key, consistency) = (KEY.to_vec(), Consistency::Quorum);
    world.request(client, Action::Get { key, consistency })
}

fn expect(world: &mut World, id: usize, is_right: fn(&Outcome) -> bool) {
    let outcome = world.history.ops[id].outcome.clone();
    if !outcome.as_ref().is_some_and(is_right) {
        world.history.violations.push(format!("request {id} came to {outcome:?}"));
    }
}

const KEY: &[u8] = b"odd:1";
