//! What neither shell would show alone: the slots as an owner drives them.

use crate::time::Instant;

use super::*;

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos * 1_000_000)
}

fn slots(entries: u32, weight: u64) -> Slots<Instant> {
    Slots::new(PolicyKind::Lru, Capacity { entries, weight })
}

#[test]
fn a_dead_entry_that_gets_a_new_value_is_not_swept_by_that() {
    let mut slots = slots(10, u64::MAX);
    let replaced = slots.insert(0, at(0), at(1), 0).expect("there is room");
    slots.insert(1, at(0), at(1), 0);
    assert!(slots.replace(replaced, 2, at(5), at(9), 0));
    assert_eq!(slots.removals(), [Removal { slot: 1, reason: RemovalReason::Expired }]);
    assert_eq!((slots.held(), slots.deadline(replaced)), (1, at(9)));
    slots.validate();
}

#[test]
fn a_slot_may_be_reported_and_taken_again_by_one_operation() {
    let mut slots = slots(1, u64::MAX);
    let first = slots.insert(0, at(0), Instant::NEVER, 0);
    assert_eq!(slots.insert(1, at(0), Instant::NEVER, 0), first);
    assert_eq!(slots.removals(), [Removal { slot: 0, reason: RemovalReason::Evicted }]);
    slots.forget_removals();
    assert!(slots.removals().is_empty());
}

#[test]
fn what_is_too_heavy_changes_nothing_or_leaves() {
    let mut slots = slots(10, 5);
    let slot = slots.insert(0, at(0), Instant::NEVER, 5).expect("it just fits");
    assert_eq!(slots.insert(1, at(0), Instant::NEVER, 6), None);
    assert_eq!((slots.held(), slots.weight()), (1, 5));
    assert!(!slots.replace(slot, 2, at(0), Instant::NEVER, 6));
    assert_eq!((slots.held(), slots.weight(), slots.removals().len()), (0, 0, 0));
    slots.validate();
}

#[test]
fn without_a_limit_no_weight_evicts_and_the_sum_stops_at_what_can_be_said() {
    let mut slots = slots(10, u64::MAX);
    slots.insert(0, at(0), Instant::NEVER, u64::MAX);
    let second = slots.insert(1, at(0), Instant::NEVER, 7).expect("nothing is too heavy");
    assert_eq!((slots.held(), slots.weight_of(second), slots.weight()), (2, 7, u64::MAX));
    slots.remove(0);
    assert_eq!(slots.weight(), 7);
    slots.validate();
}

#[test]
fn a_stopped_cache_sweeps_only_when_asked() {
    let mut slots = slots(10, u64::MAX);
    slots.set_sweeping(false);
    slots.insert(0, at(0), at(1), 0);
    slots.insert(1, at(2), at(3), 0);
    assert_eq!((slots.held(), slots.alive(at(2))), (2, 1));
    slots.sweep(at(2));
    assert_eq!(slots.held(), 1);
}

#[test]
fn clear_gives_all_memory_back() {
    for kind in PolicyKind::ALL {
        let capacity = Capacity { entries: 100, weight: u64::MAX };
        let mut slots: Slots<Instant> = Slots::new(kind, capacity);
        for stamp in 0..200 {
            slots.insert(stamp, at(0), at(1), 1);
        }
        assert!(slots.bytes() > 100 * 16, "{kind:?}");
        slots.clear();
        let left = (slots.bytes(), slots.held(), slots.weight(), slots.next_deadline());
        assert_eq!(left, (0, 0, 0, Instant::NEVER), "{kind:?}");
        slots.validate();
    }
}

#[test]
fn the_end_of_time_frees_no_free_slot() {
    let mut slots = slots(10, u64::MAX);
    let first = slots.insert(0, at(0), at(1), 0).expect("there is room");
    slots.insert(1, at(0), at(1), 0);
    slots.remove(first);
    slots.sweep(Instant::NEVER);
    assert_eq!((slots.held(), slots.stats().expirations), (0, 1));
    slots.validate();
}

#[test]
fn new_numbers_keep_the_order() {
    let mut slots = slots(3, u64::MAX);
    for stamp in [STAMP_LIMIT - 9, STAMP_LIMIT - 7, STAMP_LIMIT - 5] {
        slots.insert(stamp, at(0), Instant::NEVER, 0);
    }
    slots.touch(0, STAMP_LIMIT - 1);
    assert_eq!(slots.renumber(), 3);
    for (stamp, victim) in (3..).zip([1, 2, 0]) {
        slots.insert(stamp, at(0), Instant::NEVER, 0);
        let evicted = Removal { slot: victim, reason: RemovalReason::Evicted };
        assert_eq!(slots.removals().last(), Some(&evicted));
        slots.validate();
    }
}
