//! `cargo xtask sim`: seeds of the cluster's simulator, in a release build.

use crate::project::Project;
use crate::shell::{Failure, Tool};

/// Runs the seeds that `arguments` ask for.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let options = parse(arguments)?;
    let mut tool = Tool::new(project, "cargo")
        .args(["test", "--quiet", "--release", "--test", "sim", "no_seed", "--", "--nocapture"])
        .env("SEEDS", options.seeds)
        .env("SEED", options.seed)
        .env("SWARM", if options.is_swarm { "1" } else { "" })
        .env("WITHOUT", options.without);
    // A log of every failing frame is not what a replay is for.
    tool = tool.env("RUST_BACKTRACE", "0");
    tool.inherited()
}

#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    seeds: &'a str,
    seed: &'a str,
    without: &'a str,
    /// Whether a coin decides of each fault and feature whether a seed has it.
    is_swarm: bool,
}

fn parse(arguments: &[String]) -> Result<Options<'_>, Failure> {
    let mut options = Options { seeds: "10000", seed: "1", without: "", is_swarm: false };
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        let place = match argument {
            "--seeds" => &mut options.seeds,
            "--seed" => &mut options.seed,
            "--without" => &mut options.without,
            "--swarm" => {
                options.is_swarm = true;
                continue;
            }
            unknown => {
                let known = "--seeds N, --seed S, --without RULE, --swarm";
                return Err(Failure::new(format!("sim: no argument `{unknown}` ({known})")));
            }
        };
        *place = rest.next().ok_or_else(|| Failure::new(format!("{argument} needs a value")))?;
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::{Options, parse};

    #[test]
    fn sim_takes_a_seed_a_number_of_seeds_and_a_rule() {
        let arguments = ["--seed", "7", "--swarm", "--without", "memory"].map(String::from);
        let expected = Options { seeds: "10000", seed: "7", without: "memory", is_swarm: true };
        assert_eq!(parse(&arguments).ok(), Some(expected));
        assert!(parse(&["--seeds".to_string()]).is_err());
        assert!(parse(&["--sed".to_string()]).is_err());
    }
}
