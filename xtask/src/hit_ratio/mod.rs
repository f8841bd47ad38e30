//! `cargo xtask hit-ratio`: how often each policy finds what is asked for, on traces.
//!
//! xtask itself knows nothing but std, so that a fresh machine and a library that does not compile
//! cannot stop it. The replay needs the library and speed: it is a program of its own
//! (`replay.rs`, feature `replay` of this package), built in release and given all arguments.

use std::process::ExitCode;

use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth};
use crate::shell::{Failure, Tool};

/// Runs the replay with `arguments` as they are and returns its exit code: 0, 1 if a policy that
/// must equal the reference does not, 2 if it was asked for what it cannot do.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<ExitCode, Failure> {
    let through_npm = arguments.windows(2).any(|pair| pair == ["--through", "npm"]);
    if through_npm {
        let compiler = setup::run(project, Depth::Build)?;
        build::run(project, compiler)?;
    }
    let built = ["build", "--quiet", "--release", "--package=xtask", "--features=replay"];
    Tool::new(project, "cargo").args(built).arg("--bin=hit-ratio").inherited()?;
    let replay = project.path("target/release/hit-ratio");
    let code = Tool::new(project, &replay.to_string_lossy()).args(arguments).code()?;
    Ok(ExitCode::from(code))
}
