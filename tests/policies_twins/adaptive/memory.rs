//! What `adaptive` remembers of keys that left: sets of eight, searched from end to end.

/// A ghost: part of a hash, how often and when last the key was asked for.
type Ghost = (u32, u32, u32);

#[derive(Default)]
pub(crate) struct Memory {
    sets: Vec<[Option<Ghost>; 8]>,
}

impl Memory {
    pub(crate) fn put(&mut self, hash: u32, (count, last): (u32, u32), now: u32, entries: u32) {
        let wanted = entries as usize * 5 / 2;
        if self.sets.len() * 8 < wanted {
            let grown = if self.sets.is_empty() { wanted } else { wanted + wanted / 8 };
            self.sets = vec![[None; 8]; grown.div_ceil(8)];
        }
        let (print, Some(set)) = self.set(hash) else { return };
        let age = |ghost: &Option<Ghost>| match *ghost {
            None => u32::MAX,
            Some((_, count, last)) => {
                ((now - last) >> count.checked_ilog2().map_or(0, |log| log + 1)).max(1) | 1
            }
        };
        let oldest = set.iter().map(age).max().expect("eight");
        let at = set.iter().position(|ghost| age(ghost) == oldest).expect("one of them");
        set[at] = Some((print, count, last));
    }

    pub(crate) fn take(&mut self, hash: u32) -> Option<(u32, u32)> {
        let (print, set) = self.set(hash);
        let ghost = set?.iter_mut().find(|ghost| ghost.is_some_and(|ghost| ghost.0 == print))?;
        ghost.take().map(|(_, count, last)| (count, last))
    }

    fn set(&mut self, hash: u32) -> (u32, Option<&mut [Option<Ghost>; 8]>) {
        let spread = mix(hash ^ 0x5bd1_e995);
        let set = u64::from(spread) * self.sets.len() as u64 / (1 << 32);
        ((spread % 4_096).max(1), self.sets.get_mut(set as usize))
    }
}

/// The last step of `MurmurHash3`.
pub(crate) fn mix(mut bits: u32) -> u32 {
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}
