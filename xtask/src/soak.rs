//! `cargo xtask soak http`: what the test run does a few times, many times: workers and processes
//! that are killed while they store responses.

use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth};
use crate::shell::{Failure, Tool};

/// Runs the kills that `arguments` ask for, on the package as built.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let options = parse(arguments)?;
    let compiler = setup::run(project, Depth::Everything)?;
    build::run(project, compiler)?;
    for file in FILES {
        setup::browser_environment(project)
            .into_iter()
            .fold(Tool::new(project, "node"), |tool, (name, path)| tool.env(name, path))
            .args(["--test", "--test-reporter=spec", file])
            .env("KILLS", options.kills)
            .env("SEED", options.seed)
            .inherited()?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    kills: &'a str,
    seed: &'a str,
}

fn parse(arguments: &[String]) -> Result<Options<'_>, Failure> {
    let mut options = Options { kills: "1000", seed: "1" };
    let mut rest = arguments.iter().map(String::as_str);
    if rest.next() != Some("http") {
        return Err(Failure::new("soak: say what: http"));
    }
    while let Some(argument) = rest.next() {
        let place = match argument {
            "--kills" => &mut options.kills,
            "--seed" => &mut options.seed,
            unknown => {
                let message = format!("soak: no argument `{unknown}` (--kills N, --seed S)");
                return Err(Failure::new(message));
            }
        };
        *place = rest.next().ok_or_else(|| Failure::new(format!("{argument} needs a value")))?;
    }
    Ok(options)
}

/// A worker in Chromium, and a process in Node.
const FILES: [&str; 2] = ["tests/browser/http-kills.test.mjs", "tests/js/http-crashes.test.mjs"];

#[cfg(test)]
mod tests {
    use super::{Options, parse};

    #[test]
    fn soak_takes_what_how_often_and_a_seed() {
        let arguments = ["http", "--kills", "7", "--seed", "3"].map(String::from);
        assert_eq!(parse(&arguments).ok(), Some(Options { kills: "7", seed: "3" }));
        assert!(parse(&[]).is_err());
        assert!(parse(&["http", "--kills"].map(String::from)).is_err());
    }
}
