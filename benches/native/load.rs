//! The keys that are asked for: seeded, so that every contestant gets the same.

/// Keys that one reading of the clock covers.
pub(crate) const BATCH: usize = 1 << 16;

/// Makes batches of keys outside the timed parts.
pub(crate) struct Load {
    keys: Vec<u64>,
    draw: Draw,
    state: u64,
}

/// How the next number is chosen.
enum Draw {
    /// One after the other: nobody has seen it.
    New(u64),
    /// By Zipf's law, looked up in the sums of the weights.
    Zipf(Vec<f64>),
}

impl Load {
    /// Returns the load of an operation on a cache of `entries`.
    pub(crate) fn new(operation: &str, entries: u64) -> Self {
        let draw = match operation {
            "hit" => Draw::Zipf(sums(entries)),
            "mix" => Draw::Zipf(sums(4 * entries)),
            _ => Draw::New(entries),
        };
        Self { keys: vec![0; BATCH], draw, state: 0x2545_f491_4f6c_dd1d }
    }

    /// Returns the next batch.
    pub(crate) fn next(&mut self) -> &[u64] {
        for at in 0..BATCH {
            let uniform = self.uniform();
            let number = match &mut self.draw {
                Draw::New(next) => {
                    *next += 1;
                    *next
                }
                Draw::Zipf(sums) => {
                    let wanted = uniform * sums[sums.len() - 1];
                    sums.partition_point(|&sum| sum < wanted) as u64
                }
            };
            self.keys[at] = key(number);
        }
        &self.keys
    }

    /// Draws from 0 to 1: xorshift64.
    fn uniform(&mut self) -> f64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Returns the key of a number: what is popular does not lie side by side.
pub(crate) fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Returns the sums of the weights of Zipf's law, exponent 0.99.
fn sums(count: u64) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |rank| {
        sum += f64::powf(rank as f64, -0.99);
        sum
    };
    (1..=count).map(add).collect()
}
