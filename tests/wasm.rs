//! The door of the local caches, called from inside WebAssembly as `src/ts/slot-table.ts` calls it
//! from outside: by its methods and by views of memory.
//!
//! There is no `wasm_bindgen_test_configure!`, so the same file runs in Node, in pages and in every
//! kind of worker. A failed random run names its seed; `SEED=7` in the environment of the build
//! runs that one alone.
#![cfg(all(target_arch = "wasm32", feature = "js-core"))]

#[path = "wasm/door.rs"]
mod door;

use door::{
    Door, EVICTED, EXPIRED, FIFO, HIT_LOG, LFU, LRU, NEVER, NO_SLOT, SIEVE, Twin, UNLIMITED,
};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_record_holds_the_deadline_and_the_stamp_of_its_entry() {
    let mut door = Door::new(LRU, UNLIMITED, NEVER);
    let first = door.insert(0.0, 500.0, 1.0);
    let second = door.insert(0.0, NEVER, 1.0);
    assert_eq!((door.deadline(first), door.mark(first)), (500.0, 0));
    assert_eq!((door.deadline(second), door.mark(second)), (NEVER, 1));
    door.rearm(first, 900.0);
    assert_eq!(door.deadline(first).to_bits(), 900_f64.to_bits());
    assert!(door.removals().is_empty());
}

#[wasm_bindgen_test]
fn a_new_entry_takes_the_slot_of_the_one_that_was_evicted() {
    for policy in [LRU, LFU, FIFO] {
        let mut door = Door::new(policy, 2, NEVER);
        let (first, second) = (door.insert(0.0, 9.0, 1.0), door.insert(0.0, 9.0, 1.0));
        assert_eq!(door.insert(1.0, 9.0, 1.0), first);
        assert_eq!(door.removals(), [(first, EVICTED)]);
        assert_eq!(door.insert(2.0, 9.0, 1.0), second);
        assert_eq!(door.removals(), [(second, EVICTED)], "what was reported is forgotten");
        assert_eq!((door.held(), door.evictions()), (2, 2));
    }
}

#[wasm_bindgen_test]
fn a_mark_written_through_the_view_is_a_use() {
    let mut door = Door::new(LRU, 3, NEVER);
    let slots = [(); 3].map(|()| door.insert(0.0, 9.0, 1.0));
    door.hit(slots[0]);
    door.hit(slots[1]);
    door.insert(0.0, 9.0, 1.0);
    assert_eq!(door.removals(), [(slots[2], EVICTED)]);
    // The queue of victims is there now, and a use must take its slot out of it.
    door.hit(slots[0]);
    door.insert(0.0, 9.0, 1.0);
    assert_eq!(door.removals(), [(slots[1], EVICTED)]);
}

#[wasm_bindgen_test]
fn hits_in_the_log_count_before_the_next_victim_is_chosen() {
    let mut door = Door::new(LFU, 2, NEVER);
    let (first, second) = (door.insert(0.0, 9.0, 1.0), door.insert(0.0, 9.0, 1.0));
    door.hit(first);
    assert_eq!(door.logged(), 1);
    door.insert(0.0, 9.0, 1.0);
    assert_eq!(door.removals(), [(second, EVICTED)]);
    assert_eq!(door.logged(), 0);
    // A full log is drained by itself, and the hits of both its halves count.
    let third = second;
    for _ in 0..HIT_LOG {
        door.hit(third);
    }
    assert_eq!(door.logged(), 0, "the log was full");
    door.insert(0.0, 9.0, 1.0);
    assert_eq!(door.removals(), [(first, EVICTED)]);
}

/// Whoever takes over the slots that SIEVE names evicts those that calls would evict.
#[wasm_bindgen_test]
fn named_victims_are_those_that_calls_evict() {
    let mut doors = [Door::new(SIEVE, 100, NEVER), Door::new(SIEVE, 100, NEVER)];
    let (mut taken, mut random) = (0, 7_u32);
    for step in 0..20_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let slot = random >> 8 & 127;
        let is_held = slot < doors[0].held();
        if random >> 30 > 0 && is_held {
            for door in &mut doors {
                door.hit(slot);
            }
        } else if (random >> 16).is_multiple_of(64) && is_held && doors[0].held() == 100 {
            // The next insert takes its slot, so that the slots in use are those below `held`.
            for door in &mut doors {
                door.remove(slot);
                door.insert(0.0, NEVER, 0.0);
            }
        } else {
            let own = if doors[0].held() == 100 { doors[0].take_over() } else { None };
            taken += u32::from(own.is_some());
            let slots = [own.unwrap_or_else(|| doors[0].insert(0.0, NEVER, 0.0)), {
                doors[1].insert(0.0, NEVER, 0.0)
            }];
            assert_eq!(slots[0], slots[1], "step {step}");
        }
    }
    assert!(taken > 2_000, "{taken} of them without a call");
    doors[0].sweep(0.0);
    assert_eq!(doors[0].evictions(), doors[1].evictions());
}

#[wasm_bindgen_test]
fn a_replaced_entry_keeps_its_slot_and_is_used_last_in_lru_only() {
    for (policy, victim) in [(LRU, 1), (LFU, 0), (FIFO, 0)] {
        let mut door = Door::new(policy, 2, NEVER);
        let slots = [(); 2].map(|()| door.insert(0.0, 9.0, 1.0));
        assert!(door.replace(slots[0], 1.0, 20.0, 1.0));
        assert_eq!(door.deadline(slots[0]).to_bits(), 20_f64.to_bits());
        assert!(door.removals().is_empty());
        door.insert(1.0, 9.0, 1.0);
        assert_eq!(door.removals(), [(slots[victim], EVICTED)]);
    }
}

#[wasm_bindgen_test]
fn a_sweep_frees_the_dead_and_no_one_else() {
    let mut door = Door::new(LRU, UNLIMITED, NEVER);
    let slots: Vec<u32> = (0..5000).map(|n| door.insert(0.0, f64::from(n + 1), 1.0)).collect();
    assert_eq!(door.next_deadline().to_bits(), 1_f64.to_bits());
    assert_eq!(door.alive(4500.0), 500);
    let mut freed = Vec::new();
    let mut steps = 0;
    loop {
        let more = door.sweep(4500.0);
        freed.extend(door.removals());
        steps += 1;
        if !more {
            break;
        }
    }
    assert_eq!(steps, 2, "a step looks at 4096 slots");
    let dead: Vec<(u32, u32)> = slots[..4500].iter().map(|&slot| (slot, EXPIRED)).collect();
    assert_eq!(freed, dead);
    assert_eq!((door.held(), door.expirations()), (500, 4500));
    assert_eq!(door.next_deadline().to_bits(), 4501_f64.to_bits());
    assert!(!door.sweep(4500.0), "there is nothing to do until then");
}

#[wasm_bindgen_test]
fn inserts_sweep_on_their_way_unless_told_not_to() {
    let mut door = Door::new(FIFO, 2, NEVER);
    let old = door.insert(0.0, NEVER, 1.0);
    let dying = door.insert(0.0, 5.0, 1.0);
    door.insert(5.0, 9.0, 1.0);
    assert_eq!(door.removals(), [(dying, EXPIRED)], "the dead go before the living");
    door.set_sweeping(false);
    door.insert(9.0, NEVER, 1.0);
    assert_eq!(door.removals(), [(old, EVICTED)]);
    door.insert(9.0, NEVER, 1.0);
    assert_eq!(door.removals(), [(dying, EXPIRED)], "a victim that is dead counts as expired");
    assert_eq!((door.evictions(), door.expirations()), (1, 2));
}

#[wasm_bindgen_test]
fn renumbering_keeps_the_order_of_uses() {
    let mut door = Door::new(LRU, 4, NEVER);
    door.stamp = (1 << 30) - 6;
    let slots = [(); 4].map(|()| door.insert(0.0, 9.0, 1.0));
    door.hit(slots[0]);
    door.stamp = door.renumber();
    assert_eq!(door.stamp, 4);
    assert_eq!(slots.map(|slot| door.mark(slot)), [3, 0, 1, 2]);
    for victim in [1, 2, 3, 0] {
        door.insert(0.0, 9.0, 1.0);
        assert_eq!(door.removals(), [(slots[victim], EVICTED)]);
    }
}

#[wasm_bindgen_test]
fn weights_are_kept_exactly_and_what_is_too_heavy_changes_nothing() {
    let mut door = Door::new(LRU, UNLIMITED, 1.0);
    let slots: Vec<u32> = (0..10).map(|_| door.insert(0.0, 9.0, 0.1)).collect();
    assert_eq!(door.held(), 10, "ten tenths are not more than one");
    assert!((door.weight() - 1.0).abs() < 1e-12);
    assert_eq!(door.insert(0.0, 9.0, 1.5), NO_SLOT);
    assert_eq!((door.held(), door.removals().len()), (10, 0));
    door.insert(0.0, 9.0, 0.35);
    let gone: Vec<(u32, u32)> = slots[..4].iter().map(|&slot| (slot, EVICTED)).collect();
    assert_eq!(door.removals(), gone);
    assert!(!door.replace(slots[9], 0.0, 9.0, 2.0), "the older value goes all the same");
    assert_eq!((door.held(), door.removals().len()), (6, 0));
    assert!(door.replace(slots[8], 0.0, 9.0, 1.0));
    assert_eq!(door.held(), 1);
    assert_eq!(door.weight().to_bits(), 1_f64.to_bits());
}

#[wasm_bindgen_test]
fn records_stay_readable_while_memory_grows() {
    let mut door = Door::new(LRU, UNLIMITED, NEVER);
    let pages = door::memory_bytes();
    let slots: Vec<u32> = (0..200_000).map(|n| door.insert(0.0, f64::from(n) + 0.5, 0.0)).collect();
    assert!(door::memory_bytes() > pages, "memory has grown on the way");
    for (&slot, n) in slots.iter().zip(0_u32..) {
        let record = (door.deadline(slot).to_bits(), door.mark(slot));
        assert_eq!(record, ((f64::from(n) + 0.5).to_bits(), n));
    }
    assert!(door.bytes() >= 200_000 * 16);
    door.clear();
    assert_eq!((door.held(), door.weight() as u32), (0, 0));
    assert!(door.bytes() < 1_000, "clear gives the memory back");
    let slot = door.insert(0.0, 7.0, 1.0);
    assert_eq!(door.deadline(slot).to_bits(), 7_f64.to_bits());
}

#[wasm_bindgen_test]
fn counters_go_on_after_clear_and_end_at_reset() {
    let mut door = Door::new(FIFO, 1, NEVER);
    door.insert(0.0, 5.0, 1.0);
    let slot = door.insert(0.0, 5.0, 1.0);
    door.expire(slot);
    door.clear();
    assert_eq!((door.evictions(), door.expirations()), (1, 1));
    door.reset_stats();
    assert_eq!((door.evictions(), door.expirations()), (0, 0));
}

#[wasm_bindgen_test]
fn a_random_script_does_as_its_naive_twin() {
    let chosen: Option<u32> = option_env!("SEED").and_then(|seed| seed.parse().ok());
    let seeds = chosen.map_or(1..=6, |seed| seed..=seed);
    for seed in seeds {
        for policy in [LRU, LFU, FIFO] {
            for max_weight in [NEVER, 40.0] {
                let mut twin = Twin::new(policy, 12, max_weight, seed);
                for step in 0..1_500 {
                    twin.step(&format!("SEED={seed}, policy {policy}, step {step}"));
                }
                assert!(twin.saw_enough() || chosen.is_some(), "SEED={seed}: hardly any left");
            }
        }
    }
}
