//! What no policy can exceed: Belady's choice [1], which knows the requests to come.
//!
//! The entry that is asked for last goes, and a newcomer that is asked for later than all of them
//! does not enter (*bypass*). With entries of one weight that is optimal. O(n log n).
//!
//! [1] L. A. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM
//! Systems Journal 5(2), 1966.

use std::collections::BinaryHeap;

/// Returns how many of `requests` are hits at best, in a cache of `size` entries.
pub(crate) fn hits(requests: &[u32], size: u64) -> u64 {
    let next = next_uses(requests);
    let keys = requests.iter().max().map_or(0, |&key| key as usize + 1);
    // When each held key is asked for next.
    let mut held: Vec<Option<usize>> = vec![None; keys];
    // The same, the last first; entries of keys that were asked for since are stale.
    let mut queue: BinaryHeap<(usize, u32)> = BinaryHeap::new();
    let (mut count, mut hits) = (0, 0);
    for (&key, &coming) in requests.iter().zip(&next) {
        let is_hit = held[key as usize].take().is_some();
        hits += u64::from(is_hit);
        count -= u64::from(is_hit);
        if coming == NEVER {
            continue;
        }
        if count == size {
            while queue.peek().is_some_and(|&(at, other)| held[other as usize] != Some(at)) {
                queue.pop();
            }
            match queue.peek() {
                Some(&(at, other)) if at > coming => {
                    queue.pop();
                    held[other as usize] = None;
                    count -= 1;
                }
                _ => continue,
            }
        }
        held[key as usize] = Some(coming);
        queue.push((coming, key));
        count += 1;
    }
    hits
}

/// Returns for each request when its key is asked for again.
fn next_uses(requests: &[u32]) -> Vec<usize> {
    let keys = requests.iter().max().map_or(0, |&key| key as usize + 1);
    let (mut next, mut seen) = (vec![NEVER; requests.len()], vec![NEVER; keys]);
    for (at, &key) in requests.iter().enumerate().rev() {
        next[at] = seen[key as usize];
        seen[key as usize] = at;
    }
    next
}

const NEVER: usize = usize::MAX;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::hits;

    /// Every choice at every miss, by the keys that are held (a bit each).
    fn best(requests: &[u32], size: u32, held: u32, known: &mut HashMap<(usize, u32), u64>) -> u64 {
        let Some((&key, rest)) = requests.split_first() else { return 0 };
        let memo = (requests.len(), held);
        if let Some(&best) = known.get(&memo) {
            return best;
        }
        let bit = 1 << key;
        let found = if held & bit != 0 {
            1 + best(rest, size, held, known)
        } else if held.count_ones() < size {
            best(rest, size, held | bit, known).max(best(rest, size, held, known))
        } else {
            let victims = (0..32).map(|other| 1 << other).filter(|other| held & other != 0);
            let evicting =
                victims.map(|victim| best(rest, size, held & !victim | bit, known)).max();
            evicting.unwrap_or(0).max(best(rest, size, held, known))
        };
        known.insert(memo, found);
        found
    }

    #[test]
    fn no_choice_is_better_than_beladys() {
        let mut state = 1_u32;
        for round in 0..400 {
            let keys = 2 + round % 7;
            let requests: Vec<u32> = (0..40)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 16) % keys
                })
                .collect();
            for size in 1..=keys {
                let expected = best(&requests, size, 0, &mut HashMap::new());
                assert_eq!(hits(&requests, u64::from(size)), expected, "{size} of {requests:?}");
            }
        }
    }

    #[test]
    fn a_loop_hits_in_all_but_one_place_at_best() {
        let requests: Vec<u32> = (0..1000).map(|at| at % 10).collect();
        assert_eq!(hits(&requests, 9), 99 * 9);
        assert_eq!(hits(&[], 3), 0);
    }
}
