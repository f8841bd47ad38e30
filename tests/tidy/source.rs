//! One source file as the rules see it.

/// The languages that have rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    TypeScript,
    JavaScript,
}

/// A file, its lines, and its lines without what is not code.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) language: Language,
    pub(crate) lines: Vec<String>,
    /// The same lines without comments and without what stands in quotes.
    pub(crate) code: Vec<String>,
    /// From this line on a Rust file is its own unit tests.
    pub(crate) tests_from: usize,
}

impl Source {
    /// Returns the source, or `None` if no rule knows its language.
    pub(crate) fn new(path: &str, text: &str) -> Option<Self> {
        let language = match path.rsplit('.').next() {
            Some("rs") => Language::Rust,
            Some("ts" | "tsx" | "mts") => Language::TypeScript,
            Some("js" | "mjs" | "cjs") => Language::JavaScript,
            _ => return None,
        };
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let tests_from = lines.iter().position(|line| line == "#[cfg(test)]");
        let tests_from = tests_from.unwrap_or(lines.len());
        let code = strip(text, language == Language::Rust);
        let code = code.lines().map(str::to_owned).collect();
        Some(Self { path: path.replace('\\', "/"), language, lines, code, tests_from })
    }

    /// Returns the numbered lines of code, the first being 1.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.iter().map(String::as_str))
    }

    /// Returns the room of a file in the library, such as `store`.
    pub(crate) fn room(&self) -> Option<&str> {
        let (room, _) = self.path.strip_prefix("src/")?.split_once('/')?;
        Some(room)
    }
}

/// Blanks comments and the insides of quotes, keeping every line break.
///
/// A lifetime is told from a character by what follows; a regular expression in JavaScript that
/// holds a quote would mislead it, and can be written with `\x22`.
fn strip(text: &str, is_rust: bool) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' || (!is_rust && (first == '\'' || first == '`')) {
            quoted(rest, first)
        } else if is_rust && first == '\'' {
            character(rest)
        } else {
            0
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|&char| char == '\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

/// Returns the length of what stands in quotes, both included.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if char == quote => return at + char.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of a character literal, 0 if it is a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => quoted(text, '\''),
        (_, Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

#[test]
fn comments_and_quotes_are_not_code() {
    let text = "a(\"b // \\\" c\"); // d\nlet e = '\"'; f::<'g>(/* h\ni */ '\\'');\nj";
    let source = Source::new("a.rs", text).expect("Rust is known");
    assert_eq!(source.code, ["a(); ", "let e = ; f::<'g>(", " );", "j"]);
    assert_eq!(source.lines.len(), source.code.len());
}

#[test]
fn javascript_has_three_kinds_of_quotes() {
    let source = Source::new("a.ts", "a('b') + `c\nd` + \"e\" // f").expect("so is TypeScript");
    assert_eq!(source.code, ["a() + ", " +  + "].map(|line| line.replace(" +  + ", " +  ")));
}
