//! `cargo xtask test`: every step of the table, one after the other, on after a failure.
//!
//! A step is worth the tests it counts, so the last line can be one sum: `N passed, N failed`. Two
//! things that other runners let through are failures here: a skipped test, and a step that should
//! count tests and ran none.

mod command;
mod count;
mod steps;

use std::time::{Duration, Instant};

use self::command::Invocation;
use self::count::{Counting, Tally};
use self::steps::{STEPS, Step};
use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth, WasmCompiler};
use crate::shell::Failure;

/// Sets up, builds, runs the steps that `arguments` choose and returns whether all passed.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<bool, Failure> {
    let chosen = match parse(arguments)? {
        Request::List => {
            for step in STEPS {
                println!("{:<28}{}", step.name, step.about);
            }
            return Ok(true);
        }
        Request::Run(chosen) => chosen,
    };
    let started = Instant::now();
    let compiler = setup::run(project, Depth::Everything)?;
    let mut total = Tally::default();
    let mut failures = Vec::new();
    // A build that fails is one failed test: the Rust steps still say why, and those that use the
    // package fail at once rather than each after its patience.
    let built = build::run(project, compiler);
    if let Err(failure) = &built {
        println!("build: {failure}");
        total.failed += 1;
        failures.push("build: cargo xtask build".to_string());
    }
    for step in chosen {
        if built.is_err() && steps::uses_package(step) {
            println!("\n== {}: 0 passed, 1 failed: there is no package to test", step.name);
            total.failed += 1;
            continue;
        }
        let report = run_step(project, compiler, step);
        total.add(report.tally);
        failures.extend(report.failures);
    }
    println!();
    if !failures.is_empty() {
        println!("to repeat, with node_modules/.bin and target/xtask/tools/bin in PATH:");
    }
    for failure in &failures {
        println!("failed  {failure}");
    }
    println!("all of it took {:.0} s", started.elapsed().as_secs_f64());
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

/// What one step came to: its tests, and how to repeat each command that failed.
struct Report {
    tally: Tally,
    failures: Vec<String>,
}

/// Runs every command of `step`, also after one has failed.
fn run_step(project: &Project, compiler: WasmCompiler, step: &Step) -> Report {
    let started = Instant::now();
    println!("\n== {}: {}", step.name, step.about);
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for line in step.commands {
        let (counted, repeat) = match Invocation::parse(project, compiler, line) {
            Ok(invocation) => {
                println!("-- {}", invocation.shown());
                let streamed = invocation.tool(project).streamed(LIMIT);
                let counted = count::tally(step.counting, &streamed.text, streamed.success);
                (counted, invocation.shown().to_string())
            }
            Err(failure) => {
                println!("-- {line}: {failure}");
                (Tally { passed: 0, failed: 1 }, line.to_string())
            }
        };
        if counted.failed > 0 {
            failures.push(format!("{}: {repeat}", step.name));
        }
        tally.add(counted);
    }
    if step.counting == Counting::ExitCode {
        // Several commands of one step that counts no tests are one test.
        tally = Tally::of_one(tally.failed == 0);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("== {}: {} passed, {} failed, {seconds:.1} s", step.name, tally.passed, tally.failed);
    Report { tally, failures }
}

enum Request {
    List,
    Run(Vec<&'static Step>),
}

/// Returns what the arguments ask for; names keep the order of the table.
fn parse(arguments: &[String]) -> Result<Request, Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let names: Vec<&str> = match words[..] {
        [] => return Ok(Request::Run(STEPS.iter().collect())),
        ["--list"] => return Ok(Request::List),
        ["--only", names] => names.split(',').collect(),
        _ => return Err(Failure::new("test takes --list, or --only NAME[,NAME]")),
    };
    for name in &names {
        if !STEPS.iter().any(|step| step.name == *name) {
            let message = format!("no test step `{name}`; cargo xtask test --list shows them");
            return Err(Failure::new(message));
        }
    }
    Ok(Request::Run(STEPS.iter().filter(|step| names.contains(&step.name)).collect()))
}

/// No command of a step takes longer than this, on any machine, unless it hangs.
const LIMIT: Duration = Duration::from_mins(30);

#[cfg(test)]
mod tests {
    use super::{Request, STEPS, parse};

    #[test]
    fn only_chooses_steps_by_name_and_refuses_unknown_ones() {
        let chosen = parse(&["--only".to_string(), "rust,fmt".to_string()]);
        let Ok(Request::Run(steps)) = chosen else { panic!("two known steps") };
        assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["fmt", "rust"]);
        assert!(parse(&["--only".to_string(), "no-such-step".to_string()]).is_err());
        assert!(parse(&["--only".to_string()]).is_err());
    }

    #[test]
    fn steps_have_names_of_their_own_and_a_command() {
        for (position, step) in STEPS.iter().enumerate() {
            assert!(STEPS[..position].iter().all(|other| other.name != step.name));
            assert!(!step.commands.is_empty());
        }
    }
}
