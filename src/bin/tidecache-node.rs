//! `tidecache-node`: the native server. Parses, builds, runs; the rest is `tidecache::node`.

use std::process::ExitCode;

use tidecache::node::{self, Asked};

fn main() -> ExitCode {
    let asked = match node::parse(std::env::args_os().skip(1)) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("tidecache-node: {error}");
            return ExitCode::from(2);
        }
    };
    let config = match asked {
        Asked::Help => {
            print!("{}", node::HELP);
            return ExitCode::SUCCESS;
        }
        Asked::Version => {
            println!("tidecache-node {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Asked::Check(config) => {
            return match node::check(&config) {
                Ok(()) => {
                    println!("tidecache-node: the configuration is right");
                    ExitCode::SUCCESS
                }
                Err(fault) => failed(&fault),
            };
        }
        Asked::Serve(config) => *config,
    };
    match node::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => failed(&fault),
    }
}

fn failed(fault: &node::Fault) -> ExitCode {
    eprintln!("tidecache-node: {fault}");
    ExitCode::FAILURE
}
