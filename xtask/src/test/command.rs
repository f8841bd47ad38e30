//! One command of the table, made ready to run.
//!
//! A command is words between blanks, without quotes. Leading words `NAME=VALUE` are environment
//! variables. Words in braces are replaced:
//!
//! - `{CHROMEDRIVER}`, `{GECKODRIVER}`, `{CHROME}`, `{FIREFOX}`: that program's path;
//! - `{tests:FOLDER}`: the files `*.test.mjs`, `*.test.cjs`, `*.test.js` and `*.test.ts` below it
//!   (Node 20 and Node 22 disagree on what a folder after `--test` means);
//! - `{cargo-test-wasm}`: cargo running tests/wasm*.rs by wasm-bindgen's runner;
//! - `{wasm-tests}`: what selects those files and their features;
//! - `{chromium-page}`: what has wasm-pack run them in Chromium.
//!
//! A command that compiles for wasm32 runs under the compiler that has the target.

use std::path::Path;

use crate::project::Project;
use crate::setup::{WasmCompiler, browser_environment};
use crate::shell::{Failure, Tool};
use crate::stamp::files_below;

/// A command with everything replaced.
#[derive(Debug)]
pub(super) struct Invocation {
    variables: Vec<(String, String)>,
    words: Vec<String>,
    shown: String,
}

impl Invocation {
    /// Returns the command that `line` of the table means on this machine.
    ///
    /// # Errors
    /// When it needs a browser's driver or test files that are not here.
    pub(super) fn parse(
        project: &Project,
        compiler: WasmCompiler,
        line: &str,
    ) -> Result<Self, Failure> {
        let line = SHORTHANDS
            .iter()
            .fold(line.to_string(), |line, (name, words)| line.replace(name, words));
        let mut variables: Vec<(String, String)> = Vec::new();
        if let (true, Some(name)) = (compiles_for_wasm(&line), compiler.rustup_toolchain()) {
            variables.push(("RUSTUP_TOOLCHAIN".into(), name.into()));
        }
        let mut words = Vec::new();
        for word in line.split_whitespace() {
            match word.split_once('=') {
                Some((name, value)) if words.is_empty() => {
                    variables.push((name.into(), program(project, value)?));
                }
                _ => words.extend(expand(project, word)?),
            }
        }
        let shown: Vec<String> = variables
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .chain(words.iter().map(|word| quoted(word)))
            .collect();
        Ok(Self { variables, words, shown: shown.join(" ") })
    }

    /// Returns the command as a person can type it, with node_modules/.bin and our tools in PATH.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns it ready to run; every step sees the browsers' paths.
    pub(super) fn tool(&self, project: &Project) -> Tool {
        let tool = Tool::new(project, &self.words[0]).args(&self.words[1..]);
        let tool = browser_environment(project)
            .into_iter()
            // The test runner starts the first driver that its environment names, so each of its
            // steps names one.
            .filter(|(name, _)| !name.ends_with("DRIVER") || !compiles_for_wasm(&self.shown))
            .fold(tool, |tool, (name, path)| tool.env(name, path));
        self.variables.iter().fold(tool, |tool, (name, value)| tool.env(name, value))
    }
}

/// Returns whether a command of the table needs the wasm32 target.
fn compiles_for_wasm(line: &str) -> bool {
    line.contains("wasm32-unknown-unknown") || line.contains("wasm-pack ")
}

/// Returns the word or words that `word` stands for.
fn expand(project: &Project, word: &str) -> Result<Vec<String>, Failure> {
    match word.strip_prefix("{tests:").and_then(|rest| rest.strip_suffix('}')) {
        Some(folder) => test_files(project, folder),
        None => Ok(vec![program(project, word)?]),
    }
}

/// Returns the path of a program for its name in braces, and any other word as it is.
fn program(project: &Project, word: &str) -> Result<String, Failure> {
    let name = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let Some(name) = name else { return Ok(word.to_string()) };
    browser_environment(project)
        .into_iter()
        .find(|(variable, _)| *variable == name)
        .map(|(_, path)| path.display().to_string())
        .ok_or_else(|| Failure::new(format!("{name} is not here; cargo xtask setup says more")))
}

/// Returns the test files below `folder`, relative to the root.
fn test_files(project: &Project, folder: &str) -> Result<Vec<String>, Failure> {
    let files: Vec<String> = files_below(&project.path(folder))
        .iter()
        .filter(|file| is_test_file(file))
        .map(|file| file.strip_prefix(project.root()).unwrap_or(file).display().to_string())
        .collect();
    if files.is_empty() {
        return Err(Failure::new(format!("no test files (*.test.mjs) below {folder}")));
    }
    Ok(files)
}

fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let inside_packages = path.components().any(|part| part.as_os_str() == "node_modules");
    !inside_packages && TEST_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Returns a word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| !"*{}$'\" ".contains(letter);
    if word.chars().all(plain) { word.to_string() } else { format!("'{word}'") }
}

const TEST_ENDINGS: &[&str] = &[".test.mjs", ".test.cjs", ".test.js", ".test.ts"];

/// What several steps share; later ones may stand in earlier ones.
const SHORTHANDS: &[(&str, &str)] = &[
    (
        "{cargo-test-wasm}",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
         cargo test --target wasm32-unknown-unknown {wasm-tests}",
    ),
    (
        "{chromium-page}",
        "--headless --chrome --chromedriver {CHROMEDRIVER} --mode no-install . {wasm-tests}",
    ),
    (
        "{wasm-tests}",
        "--no-default-features --features js-core,js-cluster --test wasm --test wasm_cluster",
    ),
];

#[cfg(test)]
mod tests {
    use super::{Invocation, is_test_file};
    use crate::project::Project;
    use crate::setup::WasmCompiler;

    fn shown(compiler: WasmCompiler, line: &str) -> String {
        let parsed = Invocation::parse(&Project::locate(), compiler, line);
        parsed.expect("nothing to look up").shown().to_string()
    }

    #[test]
    fn command_for_wasm32_runs_under_the_compiler_that_has_it() {
        let line = "A=1 cargo build --target wasm32-unknown-unknown";
        assert_eq!(shown(WasmCompiler::Pinned, line), line);
        assert_eq!(shown(WasmCompiler::Debian, line), format!("RUSTUP_TOOLCHAIN=web {line}"));
        assert_eq!(shown(WasmCompiler::Debian, "cargo test"), "cargo test");
    }

    #[test]
    fn word_with_an_equals_sign_is_a_variable_only_before_the_program() {
        let line = "node --test-reporter=spec *.mjs";
        assert_eq!(shown(WasmCompiler::Pinned, line), "node --test-reporter=spec '*.mjs'");
    }

    #[test]
    fn helpers_beside_the_tests_are_no_tests() {
        assert!(is_test_file("tests/js/ttl.test.mjs".as_ref()));
        assert!(!is_test_file("tests/js/clock.mjs".as_ref()));
        assert!(!is_test_file("tests/package/node_modules/x/x.test.js".as_ref()));
    }

    #[test]
    fn folder_without_test_files_is_an_error() {
        let line = "node --test {tests:xtask/js}";
        assert!(Invocation::parse(&Project::locate(), WasmCompiler::Pinned, line).is_err());
    }
}
