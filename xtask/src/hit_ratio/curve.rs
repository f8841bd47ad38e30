//! The miss ratio by size, as a table for programs or a picture for people.

use std::fmt::Write;
use std::path::Path;

use crate::cell::Cell;
use crate::options::Options;
use crate::svg;
use crate::trace::Trace;

/// Returns what `path` is to hold: CSV, or a picture if it ends in `.svg`.
pub(crate) fn text(path: &Path, options: &Options, traces: &[Trace], cells: &[Cell]) -> String {
    if path.extension().is_some_and(|ending| ending == "svg") {
        return svg::picture(&panels(options, traces, cells));
    }
    let mut text = String::from("trace,size,percent,policy,miss_ratio\n");
    for panel in panels(options, traces, cells) {
        for line in panel.lines {
            for point in line.points {
                let Point { size, percent, miss } = point;
                let (trace, policy) = (quoted(&panel.name), line.name);
                let _ = writeln!(text, "{trace},{size},{percent:.4},{policy},{miss:.6}");
            }
        }
    }
    text
}

/// The curves of one trace.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

/// The curve of one policy.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    /// By size.
    pub(crate) points: Vec<Point>,
}

/// One size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) size: u64,
    /// Of the different keys, or of their weight.
    pub(crate) percent: f64,
    pub(crate) miss: f64,
}

fn panels(options: &Options, traces: &[Trace], cells: &[Cell]) -> Vec<Panel> {
    let of = |(at, trace): (usize, &Trace)| {
        let footprint = trace.footprint().max(1) as f64;
        let line = |name| {
            let own = cells.iter().filter(|cell| cell.trace == at && cell.policy.name == name);
            let point = |cell: &Cell| Point {
                size: cell.size,
                percent: 100.0 * cell.size as f64 / footprint,
                miss: 1.0 - cell.hit_ratio(trace),
            };
            Line { name, points: own.map(point).collect() }
        };
        let lines = options.policies.iter().map(|policy| line(policy.name)).collect();
        Panel { name: trace.name.clone(), lines }
    };
    traces.iter().enumerate().map(of).collect()
}

/// Returns a field of CSV.
fn quoted(text: &str) -> String {
    if text.contains([',', '"']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_string()
}
