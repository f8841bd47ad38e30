//! `cargo xtask soak WHAT`: what the test run does a few times, many times. `http` and `persist`
//! kill workers, pages and processes while they write; `loads` loads and looks at the memory.

use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth};
use crate::shell::{Failure, Tool};

/// One soak: tests that are told by an environment variable how often.
#[derive(Debug, PartialEq, Eq)]
struct Soak {
    what: &'static str,
    /// Its argument, and the variable.
    argument: &'static str,
    variable: &'static str,
    times: &'static str,
    files: &'static [&'static str],
}

const SOAKS: &[Soak] = &[
    // A worker in Chromium, and a process in Node.
    Soak {
        what: "http",
        argument: "--kills",
        variable: "KILLS",
        times: "1000",
        files: &["tests/browser/http-kills.test.mjs", "tests/js/http-crashes.test.mjs"],
    },
    // A page in Chromium, and a process in Node.
    Soak {
        what: "persist",
        argument: "--kills",
        variable: "KILLS",
        times: "200",
        files: &["tests/browser/persist.test.mjs", "tests/js/persist-kills.test.mjs"],
    },
    Soak {
        what: "loads",
        argument: "--loads",
        variable: "LOADS",
        times: "10000000",
        files: &["tests/js/loads-memory.test.mjs"],
    },
];

/// Runs what `arguments` ask for, on the package as built.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let options = parse(arguments)?;
    let compiler = setup::run(project, Depth::Everything)?;
    build::run(project, compiler)?;
    for file in options.soak.files {
        setup::browser_environment(project)
            .into_iter()
            .fold(Tool::new(project, "node"), |tool, (name, path)| tool.env(name, path))
            .args(["--test", "--test-reporter=spec", file])
            .env(options.soak.variable, options.times)
            .env("SEED", options.seed)
            .inherited()?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    soak: &'static Soak,
    times: &'a str,
    seed: &'a str,
}

fn parse(arguments: &[String]) -> Result<Options<'_>, Failure> {
    let mut rest = arguments.iter().map(String::as_str);
    let what = rest.next();
    let Some(soak) = SOAKS.iter().find(|soak| Some(soak.what) == what) else {
        return Err(Failure::new("soak: say what: http, persist or loads"));
    };
    let mut options = Options { soak, times: soak.times, seed: "1" };
    while let Some(argument) = rest.next() {
        let place = match argument {
            times if times == soak.argument => &mut options.times,
            "--seed" => &mut options.seed,
            unknown => {
                let known = soak.argument;
                let message = format!("soak: no argument `{unknown}` ({known} N, --seed S)");
                return Err(Failure::new(message));
            }
        };
        *place = rest.next().ok_or_else(|| Failure::new(format!("{argument} needs a value")))?;
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::{Options, SOAKS, parse};

    #[test]
    fn soak_takes_what_how_often_and_a_seed() {
        let arguments = ["http", "--kills", "7", "--seed", "3"].map(String::from);
        let [http, _, loads] = SOAKS else { panic!("three soaks") };
        assert_eq!(parse(&arguments).ok(), Some(Options { soak: http, times: "7", seed: "3" }));
        let arguments = ["loads", "--loads", "9"].map(String::from);
        assert_eq!(parse(&arguments).ok(), Some(Options { soak: loads, times: "9", seed: "1" }));
        assert!(parse(&["loads", "--kills", "9"].map(String::from)).is_err());
        assert!(parse(&[]).is_err());
        assert!(parse(&["http", "--kills"].map(String::from)).is_err());
    }
}
