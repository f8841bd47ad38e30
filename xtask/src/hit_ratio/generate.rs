//! Traces for people who have none: made, the same for everybody.
//!
//! Each is one way in which requests come, and in which some policy is bad: none of them is what
//! any program does. 200,000 requests; the keys are numbered in the order in which they appear,
//! like those of files.

use crate::complaint::Complaint;
use crate::trace::Trace;

/// A way to make requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generator {
    /// Some keys are asked for much more often than others, always the same.
    Zipf,
    /// The same, and every now and then a run of keys that nobody asks for again.
    Scan,
    /// The same keys, all of them, in the same order, again and again.
    Loop,
    /// The same keys up, then down.
    Zigzag,
    /// As Zipf, but what is popular changes.
    Drift,
    /// One after the other, of all the others.
    Mix,
    /// As Zipf, with a weight for each key, from a few to many thousands.
    Weights,
}

/// All of them by name.
const GENERATORS: [(&str, Generator); 7] = [
    ("zipf", Generator::Zipf),
    ("scan", Generator::Scan),
    ("loop", Generator::Loop),
    ("zigzag", Generator::Zigzag),
    ("drift", Generator::Drift),
    ("mix", Generator::Mix),
    ("weights", Generator::Weights),
];

const REQUESTS: usize = 200_000;
/// How many keys Zipf has.
const KEYS: usize = 20_000;
/// How steep it is: the key of rank r is asked for in proportion to r to the power of minus this.
const STEEPNESS: f64 = 0.9;
/// How many keys a loop and a zigzag have.
const ROUND: u32 = 2000;
/// The lengths of a part of `mix` and of what is between two changes of `drift`.
const PART: usize = 10_000;

impl Generator {
    /// Returns the generators that `names` list, or all for `all`.
    pub(crate) fn list(names: &str) -> Result<Vec<Self>, Complaint> {
        if names == "all" {
            return Ok(GENERATORS.map(|(_, generator)| generator).to_vec());
        }
        let known = GENERATORS.map(|(name, _)| name).join(",");
        let find = |name: &str| {
            GENERATORS.iter().find(|(other, _)| *other == name).map(|&(_, found)| found).ok_or_else(
                || Complaint::new(format!("no generator `{name}`; give all, or of {known}")),
            )
        };
        names.split(',').map(find).collect()
    }

    /// Returns its requests.
    pub(crate) fn trace(self) -> Trace {
        let known = GENERATORS.iter().find(|(_, generator)| *generator == self);
        let ids = self.ids(REQUESTS);
        let weights = (self == Self::Weights).then(|| ids.iter().map(|&id| weight(id)).collect());
        Trace::new(known.expect("all are listed").0, &ids, weights)
    }

    fn ids(self, count: usize) -> Vec<u32> {
        let mut chance = Chance(0x7469_6465);
        let zipf = Zipf::new(KEYS, STEEPNESS);
        let far = KEYS as u32;
        match self {
            Self::Zipf | Self::Weights => (0..count).map(|_| zipf.draw(&mut chance)).collect(),
            Self::Loop => (0..count as u32).map(|at| at % ROUND).collect(),
            Self::Zigzag => {
                let turn = |at: u32| at.min(2 * ROUND - 1 - at);
                (0..count as u32).map(|at| turn(at % (2 * ROUND))).collect()
            }
            Self::Drift => (0..count)
                .map(|at| (zipf.draw(&mut chance) + (at / PART) as u32 * 300) % far)
                .collect(),
            Self::Scan => {
                let mut new = far..;
                (0..count)
                    .map(|at| match at % PART {
                        0..3000 => new.next().expect("there are more numbers than requests"),
                        _ => zipf.draw(&mut chance),
                    })
                    .collect()
            }
            Self::Mix => {
                let parts = [Self::Zipf, Self::Loop, Self::Scan, Self::Zigzag, Self::Drift];
                let made = parts.map(|part| part.ids(count.div_ceil(parts.len())));
                let chunks = (0..count.div_ceil(PART)).flat_map(|round| {
                    made.iter().filter_map(move |ids| ids.chunks(PART).nth(round))
                });
                chunks.flatten().copied().take(count).collect()
            }
        }
    }
}

/// Returns what a key weighs: 64 to about 64 thousand, most of them little.
fn weight(id: u32) -> u32 {
    let drawn = Chance(u64::from(id) + 1).fraction();
    (64.0 * 1000_f64.powf(drawn * drawn)) as u32
}

/// Draws ranks by Zipf's law.
struct Zipf {
    /// The share of the ranks up to each.
    shares: Vec<f64>,
}

impl Zipf {
    fn new(keys: usize, steepness: f64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=keys).map(|rank| {
            sum += (rank as f64).powf(-steepness);
            sum
        });
        Self { shares: sums.collect() }
    }

    fn draw(&self, chance: &mut Chance) -> u32 {
        let all = self.shares.last().copied().unwrap_or_default();
        let drawn = chance.fraction() * all;
        self.shares.partition_point(|&share| share <= drawn) as u32
    }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    /// Returns a number, at least 0 and less than 1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ bits >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_shape() {
        let first = |generator: Generator, count| generator.ids(count);
        assert_eq!(first(Generator::Loop, 2001)[1999..], [1999, 0]);
        assert_eq!(first(Generator::Zigzag, 4001)[1998..2002], [1998, 1999, 1999, 1998]);
        assert_eq!(first(Generator::Zigzag, 4001)[3999..], [0, 0]);
        let zipf = first(Generator::Zipf, 50_000);
        let often = |rank| zipf.iter().filter(|&&id| id == rank).count();
        assert!(often(0) > 3 * often(9) && often(9) > 3 * often(99), "{}", often(0));
        let scan = first(Generator::Scan, 13_000);
        assert!(scan[..3000].iter().all(|&id| id >= KEYS as u32));
        assert!(scan[3000..10_000].iter().all(|&id| id < KEYS as u32));
        assert_ne!(scan[0], scan[10_000], "a scan brings keys that nobody asked for before");
    }

    #[test]
    fn they_are_the_same_every_time_and_all_different() {
        for (at, (name, generator)) in GENERATORS.iter().enumerate() {
            let trace = generator.trace();
            assert_eq!((trace.name.as_str(), trace.requests.len()), (*name, REQUESTS));
            assert_eq!(trace, generator.trace());
            for (other, _) in &GENERATORS[..at] {
                assert_ne!(*other, *name);
            }
        }
    }

    #[test]
    fn weights_belong_to_keys_and_spread() {
        let trace = Generator::Weights.trace();
        let weights = trace.weights.as_ref().expect("it has weights");
        assert!(*weights.iter().min().expect("some") >= 64);
        assert!(*weights.iter().max().expect("some") > 30_000);
        let mut of_key = vec![None; trace.keys.len()];
        for (&key, &weight) in trace.requests.iter().zip(weights) {
            assert_eq!(*of_key[key as usize].get_or_insert(weight), weight);
        }
    }
}
