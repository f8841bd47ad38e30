//! The rules of the house, kept by a program: what a reviewer would otherwise have to remember.
//!
//! Each rule is a function from one file to its complaints, so that its own test can show it a
//! sample that breaks it: a check that cannot fail checks nothing.
#![cfg(not(target_arch = "wasm32"))]

#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use std::fs;
use std::path::Path;

use source::Source;

/// A rule: what is wrong with this file, `line: what`.
type Rule = fn(&Source) -> Vec<String>;

/// Where the house's own code is.
const ROOTS: [&str; 6] = ["src", "tests", "examples", "benches", "xtask", "www"];

#[test]
fn rooms_import_rooms_of_lower_rank_only() {
    enforce(&[rules::ranks]);
}

#[test]
fn time_and_chance_come_from_outside_below_rank_six() {
    enforce(&[rules::purity]);
}

#[test]
fn files_functions_and_lines_are_short() {
    enforce(&[rules::file_length, rules::function_length, rules::line_length]);
}

#[test]
fn nothing_is_left_undone_skipped_or_unwrapped() {
    enforce(&[rules::leftovers, rules::unwraps]);
}

#[test]
fn typescript_keeps_to_what_service_workers_and_strict_readers_accept() {
    enforce(&[rules::typescript]);
}

/// Runs `rules` over every file of the house and lists all that they complain of.
fn enforce(rules: &[Rule]) {
    let sources: Vec<Source> = ROOTS.iter().flat_map(|root| read(Path::new(root))).collect();
    assert!(sources.len() > 20, "the house was not found");
    let mut complaints = Vec::new();
    for source in &sources {
        let found = rules.iter().flat_map(|rule| rule(source));
        complaints.extend(found.map(|complaint| format!("{}:{complaint}", source.path)));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Returns the sources under `path`; what tools have made or fetched is not ours to judge.
fn read(path: &Path) -> Vec<Source> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if matches!(name, "node_modules" | "target" | "pkg" | "dist") || name.starts_with('.') {
        return Vec::new();
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a directory can be read");
        let mut paths: Vec<_> =
            entries.map(|entry| entry.expect("so can its entries").path()).collect();
        paths.sort();
        return paths.iter().flat_map(|path| read(path)).collect();
    }
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    Source::new(path.to_str().expect("our paths are ASCII"), &text).into_iter().collect()
}
