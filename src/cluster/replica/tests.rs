//! The replica alone, in virtual time.

use alloc::format;

use super::*;

const WALL: u64 = 1_000_000;

fn replica(entries: u32) -> Replica {
    let config = ReplicaConfig { entries, max_ttl_ms: 10_000, ..ReplicaConfig::default() };
    // Empty since long ago, so that versions of now are above every floor.
    Replica::new(config, 0)
}

fn put(replica: &mut Replica, key: &str, ms: u64, value: Option<&str>) -> Reply {
    put_until(replica, key, ms, ms + 5_000, value)
}

fn put_until(replica: &mut Replica, key: &str, ms: u64, end: u64, value: Option<&str>) -> Reply {
    let request = Request::Put {
        key: key.into(),
        version: Version::new(ms, 0, 1),
        expires_at_ms: end,
        flags: 0,
        value: value.map(Into::into),
    };
    let reply = replica.handle(WALL, request);
    replica.validate();
    reply
}

fn version(ms: u64) -> Version {
    Version::new(ms, 0, 1)
}

#[test]
fn a_write_must_be_above_what_is_known() {
    let mut replica = replica(8);
    assert_eq!(put(&mut replica, "a", WALL, Some("new")), Reply::Applied);
    let superseded = Reply::Superseded { version: version(WALL) };
    assert_eq!(put(&mut replica, "a", WALL - 1, Some("old")), superseded);
    assert_eq!(put(&mut replica, "a", WALL, Some("new")), Reply::Applied, "a repetition");
    assert_eq!(replica.held(WALL, b"a").and_then(|held| held.value), Some(b"new".to_vec()));
}

#[test]
fn a_dead_key_stays_known_and_stays_dead() {
    let mut replica = replica(8);
    assert_eq!(put(&mut replica, "a", WALL, Some("value")), Reply::Applied);
    assert_eq!(replica.held(WALL + 5_000, b"a"), None, "dead at its deadline, not after it");
    assert_eq!(replica.know(WALL, b"a"), Know::Exact(version(WALL)));
    assert_eq!(put(&mut replica, "a", WALL, Some("value")), Reply::Applied);
    assert_eq!(replica.held(WALL, b"a"), None);
}

#[test]
fn a_forgotten_key_leaves_a_floor_that_no_write_passes_under() {
    let mut replica = replica(1);
    for (at, key) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        assert_eq!(put(&mut replica, key, WALL + at as u64, Some("value")), Reply::Applied);
    }
    let floor = version(WALL + 1);
    assert_eq!(replica.know(WALL, b"a"), Know::Floor(floor), "a and b fell out of two");
    assert_eq!(put(&mut replica, "a", WALL, Some("old")), Reply::Forgot { floor });
    assert_eq!(put(&mut replica, "a", WALL + 9, Some("new")), Reply::Applied);
}

#[test]
fn an_empty_start_refuses_all_that_it_may_have_acknowledged() {
    let mut replica = Replica::new(ReplicaConfig::default(), WALL);
    let Reply::Forgot { floor } = put(&mut replica, "a", WALL + 500, Some("value")) else {
        unreachable!("its own wall clock and the largest drift are below its floor")
    };
    assert_eq!(floor.ms(), WALL + 500);
}

#[test]
fn a_version_ahead_of_the_clock_and_a_life_too_long_are_refused() {
    let mut replica = replica(8);
    assert_eq!(put(&mut replica, "a", WALL + 501, Some("v")), Reply::Clock { wall_ms: WALL });
    let reply = put_until(&mut replica, "a", WALL, WALL + 10_001, Some("v"));
    assert!(matches!(reply, Reply::Refused { .. }));
    assert_eq!(replica.know(WALL, b"a"), Know::Floor(Version::new(500, u16::MAX, u64::MAX)));
}

#[test]
fn a_touch_moves_the_end_of_that_version_only_and_never_back() {
    let mut replica = replica(8);
    put(&mut replica, "a", WALL, Some("value"));
    let mut touch = |ms, end| {
        let (key, version) = (b"a".to_vec(), version(ms));
        replica.handle(WALL, Request::Touch { key, version, expires_at_ms: end })
    };
    assert_eq!(touch(WALL, WALL + 9_000), Reply::Applied);
    assert_eq!(touch(WALL, WALL + 1_000), Reply::Applied);
    assert_eq!(touch(WALL - 1, WALL + 9_000), Reply::Superseded { version: version(WALL) });
    assert_eq!(replica.held(WALL + 8_999, b"a").map(|held| held.expires_at_ms), Some(WALL + 9_000));
}

#[test]
fn a_clear_forgets_its_namespace_and_says_what_it_may_have_missed() {
    let mut replica = replica(8);
    put(&mut replica, "user:1", WALL - 5, Some("value"));
    put(&mut replica, "page:1", WALL, Some("value"));
    let clear = Request::Clear { namespace: b"user".to_vec(), version: version(WALL - 1) };
    assert_eq!(replica.handle(WALL, clear), Reply::Superseded { version: version(WALL) });
    assert_eq!(replica.know(WALL, b"user:1"), Know::Floor(version(WALL - 1)));
    assert!(replica.held(WALL, b"page:1").is_some());
    let clear = Request::Clear { namespace: Vec::new(), version: version(WALL + 1) };
    assert_eq!(replica.handle(WALL, clear), Reply::Applied);
    assert_eq!(replica.held(WALL, b"page:1"), None);
}

#[test]
fn one_holder_has_a_lease_until_it_ends_or_is_given_back() {
    let mut replica = replica(8);
    let mut ask = |wall_ms, holder, ttl_ms| {
        replica.handle(wall_ms, Request::Lease { key: b"a".to_vec(), holder, ttl_ms })
    };
    assert_eq!(ask(WALL, 1, 1_000), Reply::Granted);
    assert_eq!(ask(WALL + 1, 2, 1_000), Reply::Denied { until_ms: WALL + 1_000 });
    assert_eq!(ask(WALL + 2, 1, 0), Reply::Granted);
    assert_eq!(ask(WALL + 3, 2, 1_000), Reply::Granted);
    assert_eq!(ask(WALL + 1_003, 1, 1_000), Reply::Granted);
}

/// A key that has died of itself, and every record below its own, leaves no trace: a floor for it
/// would refuse writes of others for nothing.
#[test]
fn a_dead_key_that_falls_out_after_its_grace_raises_no_floor() {
    // The longest life, twice the drift, the longest operation.
    let grace_ms = 10_000 + 2 * 500 + 5_000;
    for (late_ms, floor) in [(0, version(WALL)), (1, Version::new(500, u16::MAX, u64::MAX))] {
        let mut replica = replica(1);
        assert_eq!(put(&mut replica, "a", WALL, None), Reply::Applied);
        let now = WALL + grace_ms + late_ms;
        // Of one entry two gone keys are remembered.
        for key in ["b", "c"] {
            let (key, version) = (key.into(), version(now));
            let request = Request::Put { key, version, expires_at_ms: now, flags: 0, value: None };
            assert_eq!(replica.handle(now, request), Reply::Applied);
        }
        assert_eq!(replica.know(now, b"a"), Know::Floor(floor), "{late_ms} ms late");
    }
}

#[test]
fn one_namespace_more_than_there_is_room_for_raises_the_floor_of_all_keys() {
    let mut replica = replica(8);
    let mut clear = |at: u64| {
        let namespace = format!("n{at}").into_bytes();
        replica.handle(WALL, Request::Clear { namespace, version: version(WALL - 2_000 + at) });
        replica.know(WALL, b"other:1").version().ms()
    };
    for at in 1..=1024 {
        assert_eq!(clear(at), 500, "each has its own");
    }
    assert_eq!(clear(1024), 500, "it has one already");
    assert_eq!(clear(1025), WALL - 2_000 + 1025);
    assert_eq!(replica.know(WALL, b"n3:1").version().ms(), WALL - 2_000 + 1025);
}
