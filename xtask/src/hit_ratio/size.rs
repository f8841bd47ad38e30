//! How large the cache is, as one says it.

use std::fmt;

use crate::complaint::Complaint;
use crate::trace::Trace;

/// A size, of any trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Size {
    /// So many entries, or so much weight where a trace has weights.
    Entries(u64),
    /// So many hundredths of all different keys, or of the weight of all of them.
    Percent(f64),
}

impl Size {
    /// Returns the sizes that `texts` list.
    pub(crate) fn list(texts: &str) -> Result<Vec<Self>, Complaint> {
        texts.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, Complaint> {
        let size = match text.strip_suffix('%') {
            Some(number) => number.parse().map(Self::Percent).ok(),
            None => text.parse().map(Self::Entries).ok(),
        };
        let usable = |size: &Self| match *size {
            Self::Entries(entries) => (1..=MAX).contains(&entries),
            Self::Percent(percent) => percent > 0.0 && percent <= 100.0,
        };
        size.filter(usable).ok_or_else(|| {
            Complaint::new(format!(
                "--sizes has `{text}`; give whole numbers of entries from 1 to {MAX}, or per cent \
                 of the different keys, as in --sizes 100,1000 or --sizes 0.5%,10%"
            ))
        })
    }

    /// Returns what it is on `trace`, at least 1.
    pub(crate) fn on(self, trace: &Trace) -> u64 {
        match self {
            Self::Entries(entries) => entries,
            Self::Percent(percent) => {
                let all = trace.footprint() as f64;
                ((all * percent / 100.0).round() as u64).clamp(1, MAX)
            }
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries(entries) => write!(formatter, "{entries}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}

/// More than any trace that fits memory, and less than what the caches can count.
const MAX: u64 = 1 << 28;

/// The sizes of a trace that reference.csv does not have.
pub(crate) const USUAL: [Size; 5] = [
    Size::Percent(1.0),
    Size::Percent(5.0),
    Size::Percent(10.0),
    Size::Percent(25.0),
    Size::Percent(50.0),
];

/// The points of a curve, per cent.
pub(crate) const CURVE: [Size; 14] = [
    Size::Percent(0.1),
    Size::Percent(0.2),
    Size::Percent(0.5),
    Size::Percent(1.0),
    Size::Percent(2.0),
    Size::Percent(3.5),
    Size::Percent(5.0),
    Size::Percent(7.5),
    Size::Percent(10.0),
    Size::Percent(15.0),
    Size::Percent(25.0),
    Size::Percent(40.0),
    Size::Percent(60.0),
    Size::Percent(80.0),
];
