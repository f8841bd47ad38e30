//! Every policy: whatever an owner does, and in whatever order, what must hold of slots, lists,
//! weights and ghosts does.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use tidecache::store::{Capacity, Slots};
use tidecache::{Instant, PolicyKind};

// The first three bytes choose the policy and the limits; then each two are one operation.
fuzz_target!(|input: &[u8]| {
    let &[kind, entries, weight, ref script @ ..] = input else { return };
    let capacity = Capacity {
        entries: if entries == 0 { Capacity::UNLIMITED.entries } else { u32::from(entries) },
        weight: if weight == 0 { u64::MAX } else { u64::from(weight) * 4 },
    };
    let mut slots: Slots<Instant> = Slots::new(PolicyKind::ALL[usize::from(kind) % PolicyKind::ALL.len()], capacity);
    let (mut slot_of, mut key_of) = (HashMap::new(), HashMap::new());
    let (mut stamp, mut now) = (0, Instant::ORIGIN);
    for &[what, key] in script.as_chunks().0 {
        stamp += 1;
        let weight = u64::from(what >> 3);
        let deadline = Instant::from_nanos(now.as_nanos() + weight * 8 + 1);
        let deadline = if what & 1 == 0 { Instant::NEVER } else { deadline };
        match (what & 7, slot_of.get(&key).copied()) {
            (0..4, None) => {
                let hash = u32::from(key).wrapping_mul(0x9e37_79b1);
                if let Some(slot) = slots.insert_hashed(hash, stamp, now, deadline, weight) {
                    give_up(&mut slots, &mut slot_of, &mut key_of);
                    slot_of.insert(key, slot);
                    key_of.insert(slot, key);
                }
            }
            (0..3, Some(slot)) => slots.touch(slot, stamp),
            (3 | 4, Some(slot)) => {
                if !slots.replace(slot, stamp, now, deadline, weight) {
                    slot_of.remove(&key);
                    key_of.remove(&slot);
                }
            }
            (5, Some(slot)) => {
                slots.remove(slot);
                slot_of.remove(&key);
                key_of.remove(&slot);
            }
            (6, _) if key == 0 => {
                slots.clear();
                (slot_of, key_of) = (HashMap::new(), HashMap::new());
            }
            (6, _) if key == 1 => stamp = slots.renumber(),
            (7, _) => now = Instant::from_nanos(now.as_nanos() + u64::from(key)),
            _ => drop(slots.sweep(now)),
        }
        give_up(&mut slots, &mut slot_of, &mut key_of);
        slots.validate();
        assert_eq!(slots.held() as usize, slot_of.len(), "every key has a slot or none");
        let sum: u64 = slot_of.values().map(|&slot| slots.weight_of(slot)).sum();
        assert_eq!(slots.weight(), sum, "the weight held is that of the entries");
        assert!(slots.ghosts() <= 720, "the ghosts are bounded");
    }
});

/// Forgets the keys whose slots were given up.
fn give_up(
    slots: &mut Slots<Instant>,
    slot_of: &mut HashMap<u8, u32>,
    key_of: &mut HashMap<u32, u8>,
) {
    for removal in slots.removals() {
        let key = key_of.remove(&removal.slot).expect("it was held");
        slot_of.remove(&key);
    }
    slots.forget_removals();
}
