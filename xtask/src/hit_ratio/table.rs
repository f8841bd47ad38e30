//! What came out, for people: every cell beside what others reach there, and the sums.

use crate::belady;
use crate::cell::Cell;
use crate::native;
use crate::options::Options;
use crate::policy::{POLICIES, Policy};
use crate::reference::Reference;
use crate::trace::Trace;

/// Prints the table and the sums; false if a policy that must equal the reference does not.
pub(crate) fn print(
    options: &Options,
    traces: &[Trace],
    cells: &[Cell],
    reference: &Reference,
) -> bool {
    let shown: Vec<&Cell> = cells.iter().filter(|cell| !cell.is_between).collect();
    let rows: Vec<Row<'_>> = shown
        .chunks(options.policies.len())
        .map(|cells| Row::new(cells, &traces[cells[0].trace], reference))
        .collect();
    print_rows(options, &rows);
    if rows.iter().any(|row| row.trace.weights.is_some()) {
        print_bytes(options, &rows);
    }
    print_gaps(options, &rows);
    print_equality(options, &rows)
}

/// A line of the table.
struct Row<'a> {
    trace: &'a Trace,
    cells: Vec<&'a Cell>,
    /// What others reach, by the columns of [`OTHERS`].
    others: [Option<f64>; OTHERS.len()],
    /// What reference.csv has for each policy that must equal it, and for no other.
    exact: Vec<Option<f64>>,
}

impl<'a> Row<'a> {
    fn new(cells: &[&'a Cell], trace: &'a Trace, reference: &Reference) -> Self {
        let size = cells[0].size;
        let known = |column: &str| reference.value(&trace.name, size, column);
        let mut others = OTHERS.map(known);
        if trace.weights.is_none() {
            let requests = trace.requests.len() as f64;
            others[OPT] =
                others[OPT].or_else(|| Some(belady::hits(&trace.requests, size) as f64 / requests));
        }
        others[LRU] = others[LRU].or_else(|| Some(lru(cells[0], trace)));
        let exact =
            |cell: &&Cell| if cell.policy.is_exact { known(cell.policy.name) } else { None };
        Self { trace, cells: cells.to_vec(), others, exact: cells.iter().map(exact).collect() }
    }

    /// Whether the cell is to the last digit what reference.csv has; `None` if it need not be.
    fn equals(&self, at: usize) -> Option<bool> {
        let wanted = self.exact[at]?;
        let difference = wanted - self.cells[at].hit_ratio(self.trace);
        // Six digits, rounded; what lies in the middle may have gone either way.
        Some(difference.abs() < 0.500_001e-6)
    }

    fn gap_to_best(&self, at: usize) -> Option<f64> {
        Some(100.0 * (self.others[BEST]? - self.cells[at].hit_ratio(self.trace)))
    }
}

/// Returns the hit ratio of LRU where `cell` is.
fn lru(cell: &Cell, trace: &Trace) -> f64 {
    let policy = POLICIES.iter().find(|policy| policy.name == "lru").copied();
    let mut cell = Cell { policy: policy.unwrap_or(cell.policy), ..cell.clone() };
    cell.outcomes = vec![native::replay(&cell, trace, 0)];
    cell.hit_ratio(trace)
}

fn print_rows(options: &Options, rows: &[Row<'_>]) {
    println!("hits, per cent of the requests; right of the bar what others reach");
    let columns: Vec<usize> =
        (0..OTHERS.len()).filter(|&at| rows.iter().any(|row| row.others[at].is_some())).collect();
    let others: Vec<&str> = columns.iter().map(|&at| OTHERS[at]).collect();
    println!("{}{} |{}", head("trace"), line(options, names), cells(others.iter().copied()));
    for row in rows {
        let ours = line(options, |_, at| {
            let mark = match row.equals(at) {
                Some(true) => "=",
                Some(false) => "!",
                None => " ",
            };
            format!("{:.2}{mark}", 100.0 * row.cells[at].hit_ratio(row.trace))
        });
        let others = columns.iter().map(|&at| percent(row.others[at]));
        println!("{}{ours} |{}", label(row), cells(others));
    }
    let mean = |values: Vec<Option<f64>>| {
        let known: Option<Vec<f64>> = values.into_iter().collect();
        known.map(|known| known.iter().sum::<f64>() / known.len() as f64)
    };
    let ours = line(options, |_, at| {
        let ratios = rows.iter().map(|row| Some(row.cells[at].hit_ratio(row.trace)));
        format!("{} ", percent(mean(ratios.collect())))
    });
    let others =
        columns.iter().map(|&at| percent(mean(rows.iter().map(|r| r.others[at]).collect())));
    println!("{}{ours} |{}", head(&format!("mean of {}", rows.len())), cells(others));
}

fn print_bytes(options: &Options, rows: &[Row<'_>]) {
    println!("\nbytes: per cent of the requests' weight that was hit");
    println!("{}{}", head("trace"), line(options, names));
    for row in rows.iter().filter(|row| row.trace.weights.is_some()) {
        let ours =
            line(options, |_, at| format!("{} ", percent(row.cells[at].byte_hit_ratio(row.trace))));
        println!("{}{ours}", label(row));
    }
}

/// Prints how near each policy is to the best of the others.
fn print_gaps(options: &Options, rows: &[Row<'_>]) {
    if rows.iter().all(|row| row.others[BEST].is_none()) {
        return;
    }
    println!();
    for (at, policy) in options.policies.iter().enumerate() {
        let gaps: Vec<(f64, &Row<'_>)> =
            rows.iter().filter_map(|row| Some((row.gap_to_best(at)?, row))).collect();
        let near = gaps.iter().filter(|(gap, _)| *gap <= 0.5).count();
        let worst = gaps.iter().max_by(|one, two| one.0.total_cmp(&two.0));
        if let Some((gap, row)) = worst {
            println!(
                "{:<10} within 0.5 points of the best in {near} of {} cells ({:.0} %), at worst \
                 {gap:.2} below it ({} {})",
                policy.name,
                gaps.len(),
                100.0 * near as f64 / gaps.len() as f64,
                row.trace.name,
                row.cells[at].size,
            );
        }
    }
}

/// Prints of each policy that must equal the reference whether it does.
fn print_equality(options: &Options, rows: &[Row<'_>]) -> bool {
    let mut all = true;
    for (at, policy) in options.policies.iter().enumerate().filter(|(_, policy)| policy.is_exact) {
        let compared: Vec<(bool, &Row<'_>)> =
            rows.iter().filter_map(|row| Some((row.equals(at)?, row))).collect();
        let different: Vec<String> = compared
            .iter()
            .filter(|(equal, _)| !equal)
            .map(|(_, row)| format!("{} {}", row.trace.name, row.cells[at].size))
            .collect();
        let (name, count) = (policy.name, compared.len());
        if !different.is_empty() {
            println!("{name:<10} DIFFERS from reference.csv in {}", different.join(", "));
        } else if count > 0 {
            println!("{name:<10} equals reference.csv in all {count} cells, to the last digit (=)");
        }
        all = all && different.is_empty();
    }
    all
}

fn names(policy: Policy, _: usize) -> String {
    format!("{} ", policy.name)
}

/// Returns one column for each policy.
fn line(options: &Options, column: impl Fn(Policy, usize) -> String) -> String {
    let policies = options.policies.iter().enumerate();
    let columns: Vec<String> =
        policies.map(|(at, &policy)| format!("{:>11}", column(policy, at))).collect();
    columns.concat()
}

fn cells(texts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let columns: Vec<String> = texts.map(|text| format!("{:>10}", text.as_ref())).collect();
    columns.concat()
}

fn label(row: &Row<'_>) -> String {
    format!("{:<18}{:>9}", row.trace.name, row.cells[0].size)
}

fn head(text: &str) -> String {
    format!("{text:<27}")
}

fn percent(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_string(), |ratio| format!("{:.2}", 100.0 * ratio))
}

/// Columns of reference.csv that stand beside ours. LRU and Belady are computed where it has none.
const OTHERS: [&str; 6] = ["lru", "sieve", "s3-fifo", "caffeine", "best", "opt"];
const LRU: usize = 0;
const BEST: usize = 4;
const OPT: usize = 5;
