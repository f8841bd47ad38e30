//! The cluster's rules, one short story each: three nodes A, B and C, three clients.
//!
//! `tests/sim.rs` looks for what nobody thought of; here stands what everybody should know. Time is
//! virtual and nothing goes wrong but what the story says.
#![cfg(not(target_arch = "wasm32"))]

#[path = "cluster/alone.rs"]
mod alone;
#[path = "cluster/clocks.rs"]
mod clocks;
#[path = "cluster/epochs.rs"]
mod epochs;
#[path = "cluster/limits.rs"]
mod limits;
#[path = "cluster/links.rs"]
mod links;
#[path = "cluster/near.rs"]
mod near;
#[path = "cluster/refusals.rs"]
mod refusals;
#[path = "cluster/rules.rs"]
mod rules;
#[path = "sim/mod.rs"]
mod sim;
#[path = "cluster/touches.rs"]
mod touches;

use std::time::Duration;

use sim::plan::Plan;
use sim::world::World;
use tidecache::cluster::{
    Action, Cause, Consistency, Error, Know, Missing, Outcome, Quorum, Rules,
};

const A: u32 = 0;
const B: u32 = 1;
const C: u32 = 2;
const KEY: &[u8] = b"user:1";

/// Three nodes, N = 3, R = W = 2.
fn three() -> World {
    let quorum = Quorum { replicas: 3, read: 2, write: 2 };
    World::settled(Plan::calm(1, 3, quorum, Rules::ALL))
}

/// Makes a request and lets everything come of it.
fn ask(world: &mut World, client: u32, action: Action) -> Outcome {
    let id = world.request(client, action);
    world.run_for(1_100);
    assert_eq!(world.history.violations, Vec::<String>::new());
    world.history.ops[id].outcome.clone().expect("every request ends by its deadline")
}

/// Stores the request's own number, by which the history knows it again.
fn put(world: &mut World, client: u32) -> Outcome {
    let value = sim::history::value_of(world.history.ops.len(), 8);
    let ttl = Duration::from_secs(30);
    ask(world, client, Action::Put { key: KEY.to_vec(), value, flags: 0, ttl })
}

fn get(world: &mut World, client: u32) -> Outcome {
    ask(world, client, Action::Get { key: KEY.to_vec(), consistency: Consistency::Quorum })
}

/// Returns whether `node` holds a value.
fn holds(world: &mut World, node: u32) -> bool {
    let wall_ms = world.wall_of(node);
    let replica = world.nodes[node as usize].replica.as_mut().expect("the node runs");
    replica.held(wall_ms, KEY).is_some()
}

fn is_hit(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Hit(_))
}

fn is_stored(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Stored { .. })
}

#[test]
fn quorum_write_reaches_all_replicas_in_one_round() {
    let mut world = three();
    assert!(matches!(put(&mut world, 0), Outcome::Stored { rounds: 1, .. }));
    assert!([A, B, C].into_iter().all(|node| holds(&mut world, node)));
    assert!(is_hit(&get(&mut world, 1)));
}

#[test]
fn a_write_needs_its_quorum_and_says_who_was_missing() {
    let mut world = three();
    world.cut(A, true);
    world.cut(B, true);
    let Outcome::Failed(Error::Quorum(error)) = put(&mut world, 0) else {
        unreachable!("one replica is no write quorum")
    };
    assert!(error.is_write);
    assert_eq!((error.required, error.received, error.causes.len()), (2, 1, 2));
    let is_late = |missing: &Missing| {
        missing.cause == Cause::Timeout && missing.elapsed == Duration::from_secs(1)
    };
    assert!(error.causes.iter().all(is_late), "{error:?}");
}

#[test]
fn one_silent_node_of_three_fails_nothing() {
    for silent in [A, B, C] {
        let mut world = three();
        assert!(is_stored(&put(&mut world, 0)));
        world.cut(silent, true);
        for client in 0..3 {
            assert!(is_hit(&get(&mut world, client)));
            assert!(is_stored(&put(&mut world, client)));
        }
    }
}

/// Only a hint may bring C up to date here: nobody reads.
#[test]
fn a_replica_that_missed_a_write_gets_a_hint() {
    let mut world = three();
    world.cut(C, true);
    assert!(is_stored(&put(&mut world, 0)));
    assert!(!holds(&mut world, C));
    world.cut(C, false);
    world.run_for(6_000);
    assert!(is_stored(&ask_other_key(&mut world, 0)));
    assert!(holds(&mut world, C));
}

/// Nobody would tell it otherwise: what it still holds is below no other node's floor.
#[test]
fn a_node_that_missed_a_clear_gets_a_hint() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    world.cut(C, true);
    for namespace in [&b"user"[..], b"other"] {
        let clear = Action::Clear { namespace: namespace.to_vec() };
        assert!(is_stored(&ask(&mut world, 0, clear)));
    }
    assert!(holds(&mut world, C));
    world.cut(C, false);
    world.run_for(6_000);
    assert!(is_stored(&ask_other_key(&mut world, 0)));
    assert!(!holds(&mut world, C));
    assert_eq!(world.clients[0].coordinator.load(), [0, 0, 0]);
}

fn ask_other_key(world: &mut World, client: u32) -> Outcome {
    let value = sim::history::value_of(world.history.ops.len(), 8);
    let ttl = Duration::from_secs(30);
    ask(world, client, Action::Put { key: b"other".to_vec(), value, flags: 0, ttl })
}

/// Only read repair may bring C up to date here: the writer, who keeps the hint, stays cut off.
#[test]
fn a_read_of_all_repairs_a_replica_that_missed_the_write() {
    let mut world = three();
    let wire = world.wire(0, C);
    wire.cuts_requests = true;
    assert!(is_stored(&put(&mut world, 0)));
    assert!(!holds(&mut world, C));
    let all = Action::Get { key: KEY.to_vec(), consistency: Consistency::All };
    assert!(is_hit(&ask(&mut world, 1, all)));
    assert!(holds(&mut world, C));
}

#[test]
fn a_deleted_key_does_not_come_back_from_a_replica_that_missed_the_delete() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    world.cut(C, true);
    assert!(is_stored(&ask(&mut world, 0, Action::Delete { key: KEY.to_vec() })));
    world.cut(C, false);
    world.cut(A, true);
    for client in 0..3 {
        assert_eq!(get(&mut world, client), Outcome::Miss);
    }
}

#[test]
fn a_delete_says_whether_there_was_anything_to_delete() {
    let mut world = three();
    let delete = |world: &mut World| {
        let outcome = ask(world, 1, Action::Delete { key: KEY.to_vec() });
        matches!(outcome, Outcome::Stored { removed: true, .. })
    };
    assert!(!delete(&mut world));
    assert!(is_stored(&put(&mut world, 0)));
    assert!(delete(&mut world));
    assert!(!delete(&mut world));
    assert!(is_stored(&put(&mut world, 0)));
    world.run_for(30_000);
    assert!(!delete(&mut world), "it has expired");
}

#[test]
fn an_evicted_value_is_still_read_from_the_other_replicas() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    world.nodes[A as usize].replica.as_mut().expect("the node runs").evict(KEY);
    assert!(matches!(world.know(A, KEY), Some(Know::Exact(_))), "gone, not forgotten");
    for client in 0..3 {
        assert!(is_hit(&get(&mut world, client)));
    }
}

#[test]
fn a_node_that_lost_its_memory_makes_a_miss_of_what_it_may_have_known() {
    let mut world = three();
    world.cut(C, true);
    assert!(is_stored(&put(&mut world, 0)));
    world.cut(C, false);
    world.start(A);
    world.start(B);
    world.run_for(500);
    assert_eq!(get(&mut world, 1), Outcome::Miss);
    assert!(is_stored(&put(&mut world, 1)), "a new write is above the floors");
    assert!(is_hit(&get(&mut world, 2)));
}

/// Each floor is the start of its node, the latest the highest; W = N needs a version above all.
#[test]
fn a_write_that_needs_every_replica_waits_for_every_floor() {
    let quorum = Quorum { replicas: 2, read: 1, write: 2 };
    let mut world = World::settled(Plan::calm(1, 2, quorum, Rules::ALL));
    for (first, second) in [(A, B), (B, A)] {
        world.start(first);
        world.run_for(5);
        world.start(second);
        world.run_for(50);
        assert!(is_stored(&put(&mut world, 0)));
    }
}

#[test]
fn a_record_dies_at_its_deadline() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    world.run_for(28_000);
    assert!(is_hit(&get(&mut world, 1)));
    world.run_for(2_000);
    assert_eq!(get(&mut world, 1), Outcome::Miss);
}

#[test]
fn a_touch_moves_the_deadline_and_keeps_the_version() {
    let mut world = three();
    let Outcome::Stored { version, .. } = put(&mut world, 0) else {
        unreachable!("all nodes are up")
    };
    world.run_for(20_000);
    let touch = Action::Touch { key: KEY.to_vec(), ttl: Duration::from_secs(30) };
    assert_eq!(ask(&mut world, 1, touch.clone()), Outcome::Touched(true));
    world.run_for(15_000);
    let Outcome::Hit(hit) = get(&mut world, 2) else { unreachable!("it lives on") };
    assert_eq!(hit.version, version);
    world.run_for(30_000);
    assert_eq!(ask(&mut world, 1, touch), Outcome::Touched(false));
}

#[test]
fn a_clear_removes_its_namespace_and_no_other() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    assert!(is_stored(&ask_other_key(&mut world, 0)));
    assert!(is_stored(&ask(&mut world, 1, Action::Clear { namespace: b"user".to_vec() })));
    assert_eq!(get(&mut world, 2), Outcome::Miss);
    let other = Action::Get { key: b"other".to_vec(), consistency: Consistency::Quorum };
    assert!(is_hit(&ask(&mut world, 2, other)));
}

#[test]
fn one_client_loads_and_the_others_get_what_it_stored() {
    let mut world = three();
    let loads: Vec<usize> =
        (0..3).map(|client| world.request(client, Action::Load { key: KEY.to_vec() })).collect();
    world.run_for(1_000);
    let outcomes = loads.iter().map(|&id| world.history.ops[id].outcome.clone());
    let outcomes: Vec<Outcome> = outcomes.map(|outcome| outcome.expect("it ended")).collect();
    let tickets = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Load(_))).count();
    assert_eq!(tickets, 1);
    assert_eq!(outcomes.iter().filter(|outcome| is_hit(outcome)).count(), 2);
}

/// The lease would go on for as long as the longest operation.
#[test]
fn whoever_gives_the_lease_back_keeps_nobody_waiting() {
    let mut world = three();
    let load = Action::Load { key: KEY.to_vec() };
    assert!(matches!(ask(&mut world, 0, load.clone()), Outcome::Load(_)));
    assert_eq!(ask(&mut world, 0, Action::Release { key: KEY.to_vec() }), Outcome::Released);
    assert!(is_stored(&ask(&mut world, 0, Action::Delete { key: KEY.to_vec() })));
    let id = world.request(1, load);
    world.run_for(100);
    assert!(matches!(world.history.ops[id].outcome, Some(Outcome::Load(_))), "at once");
}

#[test]
fn a_slow_node_is_hedged_within_a_twentieth_of_the_reads() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    for _ in 0..20 {
        assert!(is_hit(&get(&mut world, 0)));
    }
    assert!(is_stored(&put(&mut world, 0)));
    for slow in [A, B, C, A, B, C, A, B, C] {
        let until = world.now + 200 * sim::network::MS;
        world.nodes[slow as usize].paused_until = until;
        assert!(is_hit(&get(&mut world, 0)));
    }
    let stats = world.clients[0].coordinator.stats();
    assert!((1..=stats.reads / 20).contains(&stats.hedges), "{stats:?}");
}

#[test]
fn a_node_in_another_epoch_is_not_asked() {
    let mut world = three();
    assert!(is_stored(&put(&mut world, 0)));
    for node in [A, B] {
        world.plan.epoch = 2;
        world.start(node);
    }
    world.run_for(500);
    let Outcome::Failed(Error::Quorum(error)) = get(&mut world, 0) else {
        unreachable!("one node is no read quorum")
    };
    let refusals = error.causes.iter().filter(|missing| missing.cause == Cause::Epoch);
    assert_eq!(refusals.count(), 2, "{error:?}");
}

#[test]
fn a_life_and_a_timeout_that_the_nodes_do_not_allow_are_refused() {
    let mut world = three();
    let longest = Duration::from_millis(world.plan.max_ttl_ms);
    let ttl = longest + Duration::from_millis(1);
    let put = Action::Put { key: KEY.to_vec(), value: vec![0; 8], flags: 0, ttl };
    assert_eq!(ask(&mut world, 0, put), Outcome::Failed(Error::TtlTooLong { longest }));
    let longest = Duration::from_millis(world.plan.timeout_ms);
    world.plan.timeout_ms += 1;
    assert_eq!(get(&mut world, 0), Outcome::Failed(Error::TimeoutTooLong { longest }));
}

#[test]
fn eight_writers_of_one_key_need_two_rounds_at_most_and_never_fail() {
    let quorum = Quorum { replicas: 3, read: 2, write: 2 };
    let mut plan = Plan::calm(1, 3, quorum, Rules::ALL);
    plan.clients = 8;
    let mut world = World::settled(plan);
    let ttl = Duration::from_secs(30);
    let mut writes = Vec::new();
    for _ in 0..50 {
        for client in 0..8 {
            let value = sim::history::value_of(world.history.ops.len(), 8);
            let put = Action::Put { key: KEY.to_vec(), value, flags: 0, ttl };
            writes.push(world.request(client, put));
        }
        world.run_for(1);
    }
    world.run_for(1_100);
    assert_eq!(world.history.violations, Vec::<String>::new());
    let is_good = |id: &usize| {
        let outcome = world.history.ops[*id].outcome.as_ref();
        matches!(outcome, Some(Outcome::Stored { rounds: 1 | 2, .. }))
    };
    assert!(writes.iter().all(is_good));
}
