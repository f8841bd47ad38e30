//! Chromium and Firefox with their drivers, for the tests only.
//!
//! `CHROME`, `CHROMEDRIVER`, `FIREFOX` and `GECKODRIVER` name other programs than those found here.
//! A browser that cannot be had is no failure of set-up: the steps that need it fail by themselves,
//! and the line printed here says what to install.

use std::env;
use std::path::PathBuf;

use super::{apt_install, crates};
use crate::project::Project;
use crate::shell::{Failure, find};

/// Brings Chromium and its driver.
pub(super) fn chromium(project: &Project) -> String {
    bring(project, &[CHROME, CHROMEDRIVER], &["chromium", "chromium-driver"])
}

/// Brings Firefox and geckodriver.
pub(super) fn firefox(project: &Project) -> Result<String, Failure> {
    let browser = bring(project, &[FIREFOX], &["firefox-esr"]);
    if env::var_os(GECKODRIVER.variable).is_some() {
        return Ok(browser);
    }
    let driver = crates::geckodriver(project)?;
    Ok(format!("{browser}; geckodriver {driver}"))
}

/// Returns the variables of the four programs, as far as they are here.
pub(super) fn environment(project: &Project) -> Vec<(&'static str, PathBuf)> {
    [CHROME, CHROMEDRIVER, FIREFOX, GECKODRIVER]
        .into_iter()
        .filter_map(|program| Some((program.variable, program.locate(project)?)))
        .collect()
}

/// Installs `packages` if any of `programs` is missing, and says what came of it.
fn bring(project: &Project, programs: &[Program], packages: &[&str]) -> String {
    let complete = || programs.iter().all(|program| program.locate(project).is_some());
    if complete() {
        return "is there".into();
    }
    match apt_install(project, packages) {
        Ok(()) if complete() => "installed".into(),
        Ok(()) => "installed, but not found in PATH".into(),
        Err(failure) => failure.to_string(),
    }
}

/// One program: the variable that overrides it and the names it goes by.
#[derive(Clone, Copy)]
struct Program {
    variable: &'static str,
    names: &'static [&'static str],
}

impl Program {
    fn locate(self, project: &Project) -> Option<PathBuf> {
        match env::var_os(self.variable) {
            Some(chosen) => Some(chosen.into()),
            None => self.names.iter().find_map(|name| find(project, name)),
        }
    }
}

const CHROME: Program = Program {
    variable: "CHROME",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
};
const CHROMEDRIVER: Program = Program { variable: "CHROMEDRIVER", names: &["chromedriver"] };
const FIREFOX: Program = Program { variable: "FIREFOX", names: &["firefox-esr", "firefox"] };
const GECKODRIVER: Program = Program { variable: "GECKODRIVER", names: &["geckodriver"] };
