//! Redis' own tools, which the tests of the native server speak to it with.
//!
//! Like a browser they are no failure of set-up when they cannot be had: the step that needs them
//! fails by itself, and the line printed here says what to install.

use super::apt_install;
use crate::project::Project;
use crate::shell::find;

/// Brings redis-cli and redis-benchmark.
pub(super) fn tools(project: &Project) -> String {
    let complete = || PROGRAMS.iter().all(|name| find(project, name).is_some());
    if complete() {
        return "is there".into();
    }
    match apt_install(project, &["redis-tools"]) {
        Ok(()) if complete() => "installed".into(),
        Ok(()) => "installed, but not found in PATH".into(),
        Err(failure) => failure.to_string(),
    }
}

const PROGRAMS: [&str; 2] = ["redis-cli", "redis-benchmark"];
