//! The picture of a curve: one panel for each trace, readable in light and in dark.
//!
//! The size is on a logarithmic scale, in per cent of the different keys, so that traces compare;
//! the miss ratio is on a linear one. Lines differ by dashes as well as by colour.

use std::fmt::Write;

use crate::curve::{Panel, Point};
use crate::policy::POLICIES;

/// Returns the picture of `panels`.
pub(crate) fn picture(panels: &[Panel]) -> String {
    let columns = panels.len().clamp(1, COLUMNS);
    let rows = panels.len().div_ceil(columns).max(1);
    let (width, height) = (columns as f64 * WIDTH, rows as f64 * HEIGHT + LEGEND);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"Miss ratio by cache size\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    legend(&mut text, panels);
    for (at, panel) in panels.iter().enumerate() {
        let (column, row) = (at % columns, at / columns);
        let (left, top) = (column as f64 * WIDTH, row as f64 * HEIGHT + LEGEND);
        let _ = writeln!(text, "<g transform=\"translate({left} {top})\">");
        draw(&mut text, panel);
        text.push_str("</g>\n");
    }
    text.push_str("</svg>\n");
    text
}

fn legend(text: &mut String, panels: &[Panel]) {
    let names = panels.first().into_iter().flat_map(|panel| &panel.lines).map(|line| line.name);
    text.push_str("<text class=\"tick\" x=\"10\" y=\"22\">miss ratio of</text>\n");
    let mut left = 96.0;
    for name in names {
        let (class, wide) = (class_of(name), left + 26.0);
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{left} 18H{wide}\"/>\
             <text x=\"{}\" y=\"22\">{name}</text>",
            wide + 6.0
        );
        left = wide + 22.0 + 7.2 * name.len() as f64;
    }
}

fn draw(text: &mut String, panel: &Panel) {
    let scale = Scale::of(panel);
    let name = escaped(&panel.name);
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let _ = writeln!(text, "<text class=\"title\" x=\"{LEFT}\" y=\"14\">{name}</text>");
    for step in 0..=4 {
        let miss = scale.lowest + (scale.highest - scale.lowest) * f64::from(step) / 4.0;
        let y = scale.y(miss);
        let _ = writeln!(
            text,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>\
             <text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{:.0} %</text>",
            LEFT - 6.0,
            y + 4.0,
            100.0 * miss
        );
    }
    for percent in [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0] {
        if percent >= scale.first * 0.999 && percent <= scale.last * 1.001 {
            let x = scale.x(percent);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>\
                 <text class=\"tick\" text-anchor=\"middle\" \
                 x=\"{x:.1}\" y=\"{}\">{percent}</text>",
                bottom + 16.0
            );
        }
    }
    let _ = writeln!(
        text,
        "<text class=\"tick\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">size, % of all keys</text>",
        f64::midpoint(LEFT, right),
        bottom + 32.0
    );
    for line in &panel.lines {
        let mut way = String::new();
        for &Point { percent, miss, .. } in &line.points {
            let letter = if way.is_empty() { 'M' } else { 'L' };
            let _ = write!(way, "{letter}{:.1} {:.1}", scale.x(percent), scale.y(miss));
        }
        let _ = writeln!(text, "<path class=\"{}\" d=\"{way}\"/>", class_of(line.name));
    }
}

/// Where things are in a panel.
struct Scale {
    first: f64,
    last: f64,
    lowest: f64,
    highest: f64,
}

impl Scale {
    fn of(panel: &Panel) -> Self {
        let points = || panel.lines.iter().flat_map(|line| &line.points);
        let first = points().map(|point| point.percent).fold(f64::INFINITY, f64::min);
        let last = points().map(|point| point.percent).fold(0.0, f64::max);
        let lowest = points().map(|point| point.miss).fold(1.0, f64::min);
        let highest = points().map(|point| point.miss).fold(0.0, f64::max);
        // Steps of a quarter are whole per cents.
        let lowest = (lowest * 25.0).floor() / 25.0;
        let highest = (highest * 25.0).ceil().max(lowest * 25.0 + 1.0) / 25.0;
        Self { first, last: last.max(first * 1.01), lowest, highest }
    }

    fn x(&self, percent: f64) -> f64 {
        let share = (percent / self.first).ln() / (self.last / self.first).ln();
        LEFT + share * (WIDTH - RIGHT - LEFT)
    }

    fn y(&self, miss: f64) -> f64 {
        let share = (miss - self.lowest) / (self.highest - self.lowest);
        HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
    }
}

/// Returns the class of a policy's line: its place among all policies, whichever are shown.
fn class_of(name: &str) -> String {
    let at = POLICIES.iter().position(|policy| policy.name == name).unwrap_or(0);
    format!("line p{at}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

const COLUMNS: usize = 3;
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 270.0;
const LEGEND: f64 = 40.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 44.0;

const STYLE: &str = "\
.paper { fill: #ffffff }
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.tick { font-size: 11px; fill: #59636e }
.grid { stroke: #d8dee4; fill: none }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.p0 { stroke: #7d8590; stroke-dasharray: 2 3 }
.p1 { stroke: #1f6feb }
.p2 { stroke: #7d8590; stroke-dasharray: 7 3 }
.p3 { stroke: #9a6700; stroke-dasharray: 7 3 2 3 }
.p4 { stroke: #8250df; stroke-dasharray: 5 3 }
.p5 { stroke: #1a7f37; stroke-dasharray: 9 3 }
.p6 { stroke: #cf222e; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 }
text { fill: #e6edf3 }
.tick { fill: #9198a1 }
.grid { stroke: #30363d }
.p0, .p2 { stroke: #9198a1 }
.p1 { stroke: #58a6ff }
.p3 { stroke: #d29922 }
.p4 { stroke: #bc8cff }
.p5 { stroke: #3fb950 }
.p6 { stroke: #ff7b72 }
}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Line;

    fn panel(points: &[(f64, f64)]) -> Panel {
        let points = points.iter().map(|&(percent, miss)| Point { size: 1, percent, miss });
        Panel { name: "a<b".into(), lines: vec![Line { name: "lru", points: points.collect() }] }
    }

    #[test]
    fn a_line_goes_from_left_to_right_and_falls() {
        let text = picture(&[panel(&[(1.0, 0.8), (10.0, 0.4)])]);
        assert!(text.contains("a&lt;b") && text.contains("prefers-color-scheme: dark"));
        assert!(text.contains("d=\"M50.0 24.0L326.0 226.0\""), "{text}");
    }

    #[test]
    fn one_point_and_none_are_pictures_too() {
        for panels in [vec![], vec![panel(&[])], vec![panel(&[(5.0, 1.0)])]] {
            let text = picture(&panels);
            assert!(text.ends_with("</svg>\n") && !text.contains("NaN"), "{text}");
        }
    }
}
