//! The replay behind `cargo xtask hit-ratio`: traces through policies, counted and compared.
//!
//! ```text
//! options  what is asked for          trace, generate    requests, from files or made
//! reference  what others reach        belady             what nobody can exceed
//! native, npm  one replay each        jobs               all of them, on every core
//! table, json, curve, svg             what came out
//! ```
//!
//! A request is a read; a miss is followed by an insert of the key. The first requests count,
//! too: nothing is warmed up. Policies that know keys by hash are replayed with several seeds, the
//! others once, and every figure is the mean. Both ways give the same hits for the same keys and
//! seed, because the native one hashes keys as the package does (`hash.rs`).

mod belady;
mod cell;
mod complaint;
mod curve;
mod generate;
mod hash;
mod jobs;
mod json;
mod native;
mod npm;
mod options;
mod policy;
mod reference;
mod size;
mod svg;
mod table;
mod trace;

use std::env;
use std::process::ExitCode;

use crate::complaint::Complaint;
use crate::options::{Options, Request};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(complaint) => {
            eprintln!("hit-ratio: {complaint}");
            ExitCode::from(2)
        }
    }
}

/// Does what `arguments` ask for; false if a policy that must equal the reference does not.
fn run(arguments: &[String]) -> Result<bool, Complaint> {
    let options = match options::parse(arguments)? {
        Request::Help => {
            println!("{}", options::USAGE);
            return Ok(true);
        }
        Request::Replay(options) => options,
    };
    let (traces, reference) = trace::load(&options)?;
    let wanted = cell::wanted(&options, &traces, &reference)?;
    let cells = jobs::run(&options, &traces, wanted)?;
    let equal = table::print(&options, &traces, &cells, &reference);
    write(&options, &traces, &cells)?;
    Ok(equal)
}

/// Writes the files that were asked for.
fn write(
    options: &Options,
    traces: &[trace::Trace],
    cells: &[cell::Cell],
) -> Result<(), Complaint> {
    let json = options.json.iter().map(|path| (path, json::text(traces, cells)));
    let curve = options.curve.iter().map(|path| (path, curve::text(path, options, traces, cells)));
    for (path, text) in json.chain(curve) {
        std::fs::write(path, text).map_err(|error| {
            Complaint::new(format!(
                "cannot write {}: {error}; is its folder there?",
                path.display()
            ))
        })?;
        println!("written: {}", path.display());
    }
    Ok(())
}
