//! The public items of the library, line by line, against `tests/golden/api.txt`: nobody changes
//! what others build on without seeing it in the diff.
//!
//! `BLESS=1 cargo test --test api` writes the file anew. The list is read from the sources, since
//! rustdoc tells it to machines only on nightly: what is `pub` in a file counts, whether or not its
//! module is; what is implemented for a type does not. The doors and the server (`src/js`,
//! `src/node`, `src/bin`) are no interface.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

const GOLDEN: &str = "tests/golden/api.txt";
const OTHERS: [&str; 4] = ["src/js", "src/node", "src/bin", "src/ts"];

#[test]
fn public_items_are_those_of_the_list() {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files.sort();
    let mut list = String::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source can be read");
        let items = public_items(&text);
        if !items.is_empty() {
            let name = file.to_str().expect("our paths are ASCII").replace('\\', "/");
            list.extend([name.as_str(), "\n    ", &items.join("\n    "), "\n"]);
        }
    }
    assert!(list.lines().count() > 300, "the library was not found");
    if std::env::var_os("BLESS").is_some() {
        fs::write(GOLDEN, &list).expect("the list can be written");
    }
    let golden = fs::read_to_string(GOLDEN).expect("the list is there");
    let gone: Vec<_> = golden.lines().filter(|line| !list.contains(*line)).collect();
    let come: Vec<_> = list.lines().filter(|line| !golden.contains(*line)).collect();
    assert!(list == golden, "BLESS=1 if that is meant.\ngone: {gone:#?}\ncome: {come:#?}");
}

#[test]
fn items_are_found_wherever_their_lines_break() {
    let text = "
/// pub fn in_words()
pub fn long(
    one: u32,
    other: &str,
) -> Option<u32> {
    pub(crate) fn hidden() {}
}
pub(crate) struct Hidden { pub inside: u8 }
pub struct Open {
    pub field: Vec<u8>,
    closed: u8,
}
pub trait Named {
    fn name(&self) -> &str;
}
impl Named for Open {
    fn name(&self) -> &str { \"\" }
}
pub enum Kind {
    /// One.
    One,
    Other { inside: u8 },
}
pub use other::Thing;
#[cfg(test)]
mod tests { pub fn not_this() {} }
";
    let expected = [
        "pub fn long( one: u32, other: &str, ) -> Option<u32>",
        "pub struct Open",
        "pub field: Vec<u8>",
        "pub trait Named",
        "fn name(&self) -> &str",
        "pub enum Kind",
        "One",
        "Other { inside: u8 }",
        "pub use other::Thing",
    ];
    assert_eq!(public_items(text), expected);
}

/// Puts the Rust sources of the library below `folder` into `files`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("so can its entries").path();
        let is_other = OTHERS.iter().any(|other| path.starts_with(other));
        if path.is_dir() && !is_other {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_other {
            files.push(path);
        }
    }
}

/// Returns the public items of a file, each on one line and without what is inside it.
fn public_items(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let (mut is_in_trait, mut is_in_enum) = (false, false);
    while let Some(line) = lines.next() {
        let code = line.trim();
        is_in_trait &= line != "}";
        is_in_enum &= line != "}";
        if is_in_enum && line.strip_prefix("    ").is_some_and(starts_with_capital) {
            items.push(code.trim_end_matches([',', '{', ' ']).to_string());
            continue;
        }
        let is_public = code.starts_with("pub ");
        let is_of_trait = is_in_trait && ["fn ", "type ", "const "].iter().any(starts(code));
        if !is_public && !is_of_trait {
            continue;
        }
        is_in_trait |= is_public && code.starts_with("pub trait ");
        is_in_enum |= code.starts_with("pub enum ");
        let mut item = code.to_string();
        while !is_whole(&item) {
            let Some(next) = lines.next() else { break };
            item.push(' ');
            item.push_str(next.trim());
        }
        items.push(head(&item).to_string());
    }
    items
}

fn starts_with_capital(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
}

fn starts(code: &str) -> impl Fn(&&str) -> bool + '_ {
    move |word| code.starts_with(*word)
}

/// Whether an item's head has ended: by its body, its semicolon, or a field's comma.
fn is_whole(item: &str) -> bool {
    let is_use = item.starts_with("pub use ");
    let depth = item.matches(['(', '[']).count().abs_diff(item.matches([')', ']']).count());
    depth == 0 && (item.contains(';') || (!is_use && item.contains('{')) || item.ends_with(','))
}

/// Returns an item without its body, value or end.
fn head(item: &str) -> &str {
    if item.starts_with("pub use ") {
        return item.trim_end_matches(';');
    }
    let end = item.find(" {").or_else(|| item.find(" = ")).unwrap_or(item.len());
    item[..end].trim_end_matches([';', ','])
}
