//! The near cache alone, in virtual time.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::{format, vec};

use super::*;

const LIFE: Duration = Duration::from_secs(60);
const DEATH_MS: u64 = 1_000_000;

fn near(entries: u32) -> Near<u64> {
    Near::new(3, entries, LIFE, [1, 2], |key| {
        let end = key.iter().position(|&byte| byte == b':').unwrap_or(0);
        &key[..end]
    })
}

fn at(seconds: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(seconds)
}

fn fill(near: &mut Near<u64>, seconds: u64, ticket: Ticket, key: &str, version: u64) -> bool {
    fill_from(near, seconds, ticket, key, version, 0)
}

fn fill_from(
    near: &mut Near<u64>,
    seconds: u64,
    ticket: Ticket,
    key: &str,
    version: u64,
    node: u32,
) -> bool {
    let found = Found { key: key.as_bytes(), version, expires_at_ms: DEATH_MS, node };
    let is_kept = near.fill(at(seconds), ticket, found);
    near.validate();
    is_kept
}

/// Fills with a read that takes no time.
fn keep(near: &mut Near<u64>, seconds: u64, key: &str, version: u64) -> bool {
    let ticket = near.ticket();
    fill(near, seconds, ticket, key, version)
}

fn has(near: &Near<u64>, seconds: u64, key: &str) -> bool {
    near.version(at(seconds), 0, key.as_bytes()).is_some()
}

fn dropped(near: &mut Near<u64>) -> Vec<String> {
    let dropped = core::iter::from_fn(|| near.pop_dropped());
    dropped.map(|key| String::from_utf8_lossy(&key).into_owned()).collect()
}

#[test]
fn a_copy_is_used_until_its_life_or_its_record_ends() {
    let mut near = near(8);
    assert!(keep(&mut near, 0, "a", 1));
    assert_eq!(near.version(at(59), DEATH_MS - 1, b"a"), Some(1));
    assert_eq!(near.version(at(59), DEATH_MS, b"a"), None);
    assert_eq!(near.version(at(60), 0, b"a"), None);
    assert!(keep(&mut near, 60, "b", 1));
    assert_eq!(dropped(&mut near), ["a"], "what is too old makes room");
    assert!(keep(&mut near, 200, "b", 1));
    assert_eq!(dropped(&mut near), [""; 0], "a copy that took its place is not let go of");
}

#[test]
fn a_push_drops_older_copies_only() {
    let mut near = near(8);
    assert!(keep(&mut near, 0, "a", 5) && keep(&mut near, 0, "b", 5));
    near.pushed_write(at(0), 1, 1, b"a", 5);
    near.pushed_write(at(0), 1, 2, b"b", 6);
    near.pushed_write(at(0), 1, 3, b"c", 6);
    assert!(has(&near, 0, "a") && !has(&near, 0, "b"));
    assert_eq!(dropped(&mut near), ["b"]);
}

#[test]
fn a_write_since_the_read_was_sent_voids_the_fill() {
    let mut near = near(8);
    let ticket = near.ticket();
    near.pushed_write(at(0), 0, 1, b"a", 2);
    near.write(at(0), b"b", 2);
    assert!(!fill(&mut near, 0, ticket, "a", 1) && !fill(&mut near, 0, ticket, "b", 1));
    assert!(fill(&mut near, 0, ticket, "a", 2), "the read has found the write itself");
    assert!(fill(&mut near, 0, ticket, "c", 1), "another key");
}

/// A replica that has missed the write answers with what the push was about.
#[test]
fn a_read_after_the_push_that_finds_something_older_is_not_kept() {
    let mut near = near(8);
    near.pushed_write(at(0), 0, 1, b"a", 2);
    assert!(!keep(&mut near, 1, "a", 1));
    assert!(keep(&mut near, 1, "a", 3));
    assert!(!keep(&mut near, 2, "a", 2), "the copy is newer");
    assert_eq!(near.version(at(2), 0, b"a"), Some(3));
    assert!(keep(&mut near, 61, "b", 1));
    assert_eq!(near.counts(), (1, 0), "nothing is remembered for longer than a life");
}

#[test]
fn what_is_forgotten_voids_every_older_fill() {
    let mut near = near(2);
    let early = near.ticket();
    for at_key in 0..=VOIDS_MIN {
        near.write(at(0), format!("other:{at_key}").as_bytes(), 2);
    }
    assert!(!fill(&mut near, 0, early, "a", 1));
    assert!(keep(&mut near, 0, "a", 1));
}

#[test]
fn a_gap_flushes_the_copies_of_its_node_and_no_others() {
    let mut near = near(8);
    near.pushed_write(at(0), 0, 1, b"x", 1);
    assert!(keep(&mut near, 0, "a", 1));
    let ticket = near.ticket();
    assert!(fill_from(&mut near, 0, ticket, "b", 1, 1));
    near.pushed_write(at(0), 0, 3, b"x", 2);
    assert!(!has(&near, 0, "a") && has(&near, 0, "b"));
    assert!(!fill(&mut near, 0, ticket, "c", 1), "its push may be the one that is missing");
    near.pushed_write(at(0), 0, 4, b"x", 3);
    assert!(keep(&mut near, 0, "a", 1));
    near.pushed_write(at(0), 0, 4, b"x", 3);
    near.pushed_write(at(0), 0, 2, b"x", 1);
    near.pushed_write(at(0), 0, 5, b"x", 4);
    assert!(has(&near, 0, "a"), "one that comes twice or late is no gap");
}

#[test]
fn a_push_that_skips_the_first_number_is_a_gap() {
    let mut near = near(8);
    assert!(keep(&mut near, 0, "a", 1));
    near.pushed_write(at(0), 0, 2, b"x", 1);
    assert!(!has(&near, 0, "a"));
}

#[test]
fn a_new_link_flushes_its_node_and_counts_from_the_start() {
    let mut near = near(8);
    near.pushed_write(at(0), 0, 1, b"x", 1);
    let ticket = near.ticket();
    assert!(fill(&mut near, 0, ticket, "a", 1));
    near.relink(0);
    assert!(!has(&near, 0, "a") && !fill(&mut near, 0, ticket, "a", 1));
    assert!(keep(&mut near, 0, "a", 1));
    near.pushed_write(at(0), 0, 1, b"x", 2);
    assert!(has(&near, 0, "a"));
}

#[test]
fn a_clear_drops_its_namespace_and_voids_its_fills() {
    let mut near = near(8);
    let ticket = near.ticket();
    assert!(keep(&mut near, 0, "user:1", 1) && keep(&mut near, 0, "page:1", 1));
    assert!(keep(&mut near, 0, "user:9", 9));
    near.pushed_clear(at(0), 0, 1, b"user", 5);
    assert_eq!(dropped(&mut near), ["user:1"]);
    assert!(!fill(&mut near, 0, ticket, "user:2", 5) && fill(&mut near, 0, ticket, "user:2", 6));
    near.clear(at(0), b"", 7);
    assert_eq!(dropped(&mut near), ["page:1", "user:2"]);
    assert!(!fill(&mut near, 0, ticket, "page:2", 7) && keep(&mut near, 0, "page:2", 8));
    for at_namespace in 0..CLEARS_MAX {
        near.clear(at(0), format!("other-{at_namespace}").as_bytes(), 9);
    }
    assert!(!fill(&mut near, 0, ticket, "page:3", 9), "the first clears are forgotten");
}

#[test]
fn the_oldest_copy_makes_room() {
    let mut near = near(2);
    assert!(keep(&mut near, 0, "a", 1) && keep(&mut near, 0, "b", 1) && keep(&mut near, 1, "a", 1));
    assert!(keep(&mut near, 2, "c", 1));
    assert_eq!(dropped(&mut near), ["b"], "`a` was read again");
    assert_eq!(near.counts().0, 2);
}

#[test]
fn without_room_nothing_is_kept_or_remembered() {
    let mut near = near(0);
    near.pushed_write(at(0), 0, 1, b"a", 1);
    near.clear(at(0), b"", 1);
    assert!(!keep(&mut near, 0, "a", 2));
    assert_eq!(near.counts(), (0, 0));
}

#[test]
fn a_flush_lets_go_of_all_and_voids_what_is_under_way() {
    let mut near = near(8);
    let ticket = near.ticket();
    assert!(keep(&mut near, 0, "a", 1));
    near.flush();
    assert_eq!((dropped(&mut near), near.counts().0), (vec!["a".to_owned()], 0));
    assert!(!fill(&mut near, 0, ticket, "a", 1));
    assert!(keep(&mut near, 0, "a", 1));
    let ticket = near.ticket();
    assert!(!fill_from(&mut near, 0, ticket, "a", 1, 3), "there is no such node");
}
