//! `cargo xtask`: every chore of this repository, as one program that needs nothing but cargo.
//!
//! ```text
//! setup   what the others need: the wasm32 target, wasm-bindgen, Node packages, browsers
//! build   set-up, then the complete npm package in pkg/
//! test    set-up, build, then every step of the table in test/steps.rs
//! demo    set-up, build, then the demonstration in Node and the playground in a browser
//! bench   set-up, build, then the benchmarks in Node
//! sim     seeds of the cluster's simulator
//! soak    kills while something is written, and loads, many times
//! docs    set-up, build, then the site of the documentation in target/docs
//! release  set-up, build, then what has to hold before a version is published
//! hit-ratio  how often each policy finds what is asked for, on traces
//! ```
//!
//! CI runs `cargo xtask test` and nothing that a person cannot run by hand. Every file here has one
//! concern; all programs are started by `shell.rs`. A part that has nothing to do takes
//! milliseconds: `stamp.rs` remembers what was made from what, under `target/xtask/`.

mod build;
mod demo;
mod hit_ratio;
mod levels;
mod lock;
mod press;
mod project;
mod release;
mod setup;
mod shell;
mod sim;
mod soak;
mod stamp;
mod test;

use std::env;
use std::process::ExitCode;

use crate::project::Project;
use crate::setup::Depth;
use crate::shell::Failure;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    if command == "hit-ratio" {
        return hit_ratio::run(&Project::locate(), rest)
            .unwrap_or_else(|failure| fail(command, &failure));
    }
    match run(command, rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => fail(command, &failure),
    }
}

/// Says why `command` could not do its work.
fn fail(command: &str, failure: &Failure) -> ExitCode {
    eprintln!("xtask {command}: {failure}");
    ExitCode::FAILURE
}

/// Runs one command and returns whether it succeeded; a failed test is `Ok(false)`.
fn run(command: &str, arguments: &[String]) -> Result<bool, Failure> {
    let project = Project::locate();
    match command {
        "setup" => {
            reject_all(arguments)?;
            setup::run(&project, Depth::Everything)?;
        }
        "build" => {
            reject_all(arguments)?;
            let compiler = setup::run(&project, Depth::Build)?;
            build::run(&project, compiler)?;
        }
        "test" => return test::run(&project, arguments),
        "demo" => demo::demo(&project, arguments)?,
        "bench" => demo::bench(&project, arguments)?,
        "sim" => sim::run(&project, arguments)?,
        "docs" => {
            reject_all(arguments)?;
            demo::docs(&project)?;
        }
        "release" => release::run(&project, arguments)?,
        "soak" => soak::run(&project, arguments)?,
        "help" | "--help" | "-h" => println!("{USAGE}"),
        unknown => return Err(Failure::new(format!("no command `{unknown}`\n{USAGE}"))),
    }
    Ok(true)
}

/// Returns an error that names the first argument, for commands that take none.
fn reject_all(arguments: &[String]) -> Result<(), Failure> {
    match arguments.first() {
        Some(argument) => Err(Failure::new(format!("no argument `{argument}`\n{USAGE}"))),
        None => Ok(()),
    }
}

const USAGE: &str = "\
usage: cargo xtask setup
       cargo xtask build
       cargo xtask test [--only NAME[,NAME]] [--list]
       cargo xtask demo [--once] [--trace FILE | --engine NAME]
       cargo xtask bench [ARGUMENTS OF benches/js/main.mjs]
       cargo xtask sim [--seeds N] [--seed S] [--without RULE] [--swarm]
       cargo xtask soak http|persist [--kills N] [--seed S] | loads [--loads N]
       cargo xtask docs
       cargo xtask release [--dry-run]
       cargo xtask hit-ratio --traces DIR | --generate all | --help";
