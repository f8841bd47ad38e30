//! `cargo xtask release`: whether a version could be published. It publishes nothing: that is two
//! commands, which it prints, for whoever may.

use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth};
use crate::shell::{Failure, Tool};

/// Builds the package and checks it; `--dry-run` forgives what only the day of a release decides.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let options: &[&str] = match words[..] {
        [] => &[],
        ["--dry-run"] => &["--dry-run"],
        _ => return Err(Failure::new("release takes --dry-run, or nothing")),
    };
    let compiler = setup::run(project, Depth::Build)?;
    build::run(project, compiler)?;
    Tool::new(project, "node").arg("xtask/js/release.mjs").args(options).inherited()
}
