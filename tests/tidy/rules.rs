//! The rules, each with a sample that breaks it.

use super::source::{Language, Source};

/// The rooms and their ranks. Those of rank 6 are the shells: only they know a platform. Programs
/// stand on all of them.
const RANKS: [(&str, u32); 14] = [
    ("index", 0),
    ("bytes", 1),
    ("time", 1),
    ("policy", 2),
    ("store", 3),
    ("http", 4),
    ("wire", 4),
    ("near", 4),
    ("cluster", 5),
    ("engine", 5),
    ("js", 6),
    ("native", 6),
    ("node", 6),
    ("bin", 7),
];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

fn rank(room: &str) -> Option<u32> {
    RANKS.iter().find(|(name, _)| *name == room).map(|(_, rank)| *rank)
}

/// Imports go down: a room that knew a higher one could not be read, tested or moved without it.
pub(crate) fn ranks(source: &Source) -> Vec<String> {
    let Some(room) = source.room().filter(|_| source.language == Language::Rust) else {
        return Vec::new();
    };
    let Some(own) = rank(room) else { return vec![format!("1: room `{room}` has no rank")] };
    let mut complaints = Vec::new();
    for (number, line) in source.numbered() {
        for other in imported(line) {
            if other != room && rank(other).is_some_and(|rank| rank >= own) {
                complaints
                    .push(format!("{number}: `{room}` knows `{other}`, which is not below it"));
            }
        }
    }
    complaints
}

/// Returns the rooms named after `crate::`, also in braces, and after `super::super::`.
fn imported(line: &str) -> Vec<&str> {
    let after = ["crate::", "super::super::"].map(|path| line.split(path).skip(1));
    after.into_iter().flatten().flat_map(rooms_at_start).collect()
}

fn rooms_at_start(path: &str) -> Vec<&str> {
    let name = |text: &str| text.find(|char: char| !is_word(char)).unwrap_or(text.len());
    match path.strip_prefix('{') {
        Some(list) => {
            let list = list.split('}').next().unwrap_or_default();
            list.split(',').map(|item| &item.trim()[..name(item.trim())]).collect()
        }
        None => vec![&path[..name(path)]],
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Below the shells nobody asks the platform for time or chance, and no test anywhere sleeps.
pub(crate) fn purity(source: &Source) -> Vec<String> {
    if source.language != Language::Rust {
        return Vec::new();
    }
    let is_shell = source.room().and_then(rank) >= Some(6);
    let is_ours = source.path.starts_with("src/");
    let mut banned = vec![];
    if is_ours && !is_shell {
        banned.extend(["std::time", "rand::", "getrandom"]);
    }
    if is_ours || source.path.starts_with("tests/") {
        banned.push("sleep(");
    }
    forbid(source, &banned)
}

/// A file is one thought.
pub(crate) fn file_length(source: &Source) -> Vec<String> {
    let lines = source.lines.len();
    if lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    vec![format!("{lines}: more than {FILE_LINES_MAX} lines")]
}

/// A function fits on a screen. Found by its indentation, which rustfmt keeps honest.
pub(crate) fn function_length(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    for (number, line) in source.numbered().filter(|_| source.language == Language::Rust) {
        let indent = &line[..line.len() - line.trim_start().len()];
        if open.is_none() && line.contains("fn ") && !line.trim_end().ends_with(';') {
            open = Some((number, indent));
        }
        let Some((start, outer)) = open else { continue };
        let at_outer = line.strip_prefix(outer).unwrap_or_default();
        let ends = at_outer.starts_with('}')
            || (at_outer.starts_with(')') && line.ends_with(';'))
            || (number == start && line.trim_end().ends_with('}'));
        if ends {
            open = None;
            if number - start >= FUNCTION_LINES_MAX {
                complaints
                    .push(format!("{start}: a function of more than {FUNCTION_LINES_MAX} lines"));
            }
        }
    }
    complaints
}

/// Two files fit side by side.
pub(crate) fn line_length(source: &Source) -> Vec<String> {
    let lines = (1..).zip(&source.lines).filter(|_| source.language != Language::JavaScript);
    lines
        .filter(|(_, line)| line.chars().count() > COLUMNS_MAX)
        .map(|(number, _)| format!("{number}: more than {COLUMNS_MAX} columns"))
        .collect()
}

/// What is not done is not merged, and a test that is skipped is a rule that is not kept.
pub(crate) fn leftovers(source: &Source) -> Vec<String> {
    match source.language {
        Language::Rust => forbid(source, &["#[ignore", "todo!", "unimplemented!", "dbg!"]),
        _ => forbid(source, &[".skip(", ".only(", "it.todo(", "test.todo("]),
    }
}

/// The library never gives up without a reason: `expect` says why it cannot happen.
pub(crate) fn unwraps(source: &Source) -> Vec<String> {
    if source.language != Language::Rust || !source.path.starts_with("src/") {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (number, line) in source.numbered().take(source.tests_from) {
        if line.contains(".unwrap()") {
            complaints.push(format!("{number}: `.unwrap()` outside tests"));
        }
    }
    complaints
}

/// Service workers refuse `import()` and top-level await; `any` and default exports are refused by
/// whoever reads types.
pub(crate) fn typescript(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/ts/") {
        return Vec::new();
    }
    // A declaration says what another tool exports, as bundlers do for a `.wasm` file.
    let is_declaration = source.path.contains(".d.");
    let defaults = if is_declaration { &[][..] } else { &["export default", "as default"] };
    let mut complaints = forbid(source, defaults);
    complaints.extend(forbid(source, &["import("]));
    for (number, line) in source.numbered() {
        let mut words = line.split(|char: char| !is_word(char) && char != '$');
        if words.any(|word| word == "any") {
            complaints.push(format!("{number}: the type `any`"));
        }
        let statement = ["await ", "const ", "let ", "for await", "export const "];
        let is_top = statement.iter().any(|start| line.starts_with(start));
        let is_awaited = line.split("=>").next().is_some_and(|line| line.contains("await "));
        if is_top && is_awaited {
            complaints.push(format!("{number}: await at the top level"));
        }
    }
    complaints
}

/// Complains of every line of code that holds one of `words`.
fn forbid(source: &Source, words: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in source.numbered() {
        for word in words.iter().filter(|word| line.contains(**word)) {
            complaints.push(format!("{number}: `{word}`"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how often `rule` complains of `text`.
    fn complaints(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) -> usize {
        rule(&Source::new(path, text).expect("a known language")).len()
    }

    #[test]
    fn an_import_from_above_or_beside_is_caught() {
        let store = |text| complaints(ranks, "src/store/a.rs", text);
        assert_eq!(store("use crate::index::Slab;\nuse crate::store::Slots;"), 0);
        assert_eq!(store("use crate::cluster::Tally;"), 1);
        assert_eq!(store("use crate::{index::Slab, native::SystemClock};"), 1);
        assert_eq!(store("fn a() -> super::super::js::Millis"), 1);
        assert_eq!(store("// crate::js is a comment"), 0);
        assert_eq!(complaints(ranks, "src/wire/a.rs", "use crate::near::Near;"), 1);
        assert_eq!(complaints(ranks, "src/attic/a.rs", ""), 1);
    }

    #[test]
    fn a_clock_a_die_and_a_nap_are_caught() {
        let store = |text| complaints(purity, "src/store/a.rs", text);
        assert_eq!(store("use std::time::Instant;"), 1);
        assert_eq!(store("let a = rand::random();"), 1);
        assert_eq!(store("std::thread::sleep(a);"), 1);
        assert_eq!(store("use core::time::Duration;"), 0);
        assert_eq!(complaints(purity, "src/native/a.rs", "use std::time::Instant;"), 0);
        assert_eq!(complaints(purity, "tests/a.rs", "sleep(a)"), 1);
        assert_eq!(complaints(purity, "tests/a.rs", "use std::time::Duration;"), 0);
    }

    #[test]
    fn what_is_too_long_is_caught() {
        assert_eq!(complaints(file_length, "tests/a.mjs", &"a\n".repeat(400)), 0);
        assert_eq!(complaints(file_length, "tests/a.mjs", &"a\n".repeat(401)), 1);
        assert_eq!(complaints(line_length, "src/ts/a.ts", &"ä".repeat(100)), 0);
        assert_eq!(complaints(line_length, "src/ts/a.ts", &"a".repeat(101)), 1);
        let function = |lines| format!("    fn a() {{\n{}    }}\n", "        b();\n".repeat(lines));
        assert_eq!(complaints(function_length, "src/a.rs", &function(68)), 0);
        assert_eq!(complaints(function_length, "src/a.rs", &function(69)), 1);
        let bodiless = "fn a(\n    b: c,\n) -> d;\n".repeat(100);
        assert_eq!(complaints(function_length, "src/a.rs", &bodiless), 0);
        let short = "fn a() {}\n".repeat(100);
        assert_eq!(complaints(function_length, "src/a.rs", &short), 0);
    }

    #[test]
    fn what_is_undone_or_skipped_is_caught() {
        assert_eq!(complaints(leftovers, "src/a.rs", "#[ignore]\nfn a() { todo!() }"), 2);
        assert_eq!(complaints(leftovers, "src/a.rs", "unimplemented!()"), 1);
        assert_eq!(complaints(leftovers, "tests/js/a.mjs", "test.skip('a', b)"), 1);
        assert_eq!(complaints(leftovers, "tests/js/a.ts", "describe.only('a', b)"), 1);
        assert_eq!(complaints(leftovers, "tests/js/a.mjs", "test('.skip(', b)"), 0);
    }

    #[test]
    fn an_unwrap_is_caught_unless_a_test_makes_it() {
        assert_eq!(complaints(unwraps, "src/a.rs", "a.unwrap();"), 1);
        assert_eq!(complaints(unwraps, "src/a.rs", "#[cfg(test)]\nmod tests { a.unwrap(); }"), 0);
        assert_eq!(complaints(unwraps, "src/a.rs", "/// a.unwrap()\nb.unwrap_or(c)"), 0);
        assert_eq!(complaints(unwraps, "tests/a.rs", "a.unwrap();"), 0);
    }

    #[test]
    fn typescript_that_is_lax_or_cannot_load_is_caught() {
        let ts = |text| complaints(typescript, "src/ts/a.ts", text);
        assert_eq!(ts("function a(b: any) {}"), 1);
        assert_eq!(ts("const many: unknown = anyone; // any"), 0);
        assert_eq!(ts("export default class A {}"), 1);
        assert_eq!(ts("const a = await import('b');"), 2);
        assert_eq!(ts("await a();"), 1);
        assert_eq!(ts("const a = async () => await b();\n  await c();"), 0);
    }
}
