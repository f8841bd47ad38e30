//! What is asked for on the command line.

use std::path::PathBuf;

use crate::complaint::Complaint;
use crate::generate::Generator;
use crate::policy::{POLICIES, Policy};
use crate::size::Size;

/// What the arguments ask for.
#[derive(Debug)]
pub(crate) enum Request {
    /// To be told the arguments.
    Help,
    /// To replay.
    Replay(Options),
}

/// The arguments, checked.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) source: Source,
    /// Only the traces of these names; empty for all.
    pub(crate) only: Vec<String>,
    pub(crate) policies: Vec<Policy>,
    /// Empty: those of reference.csv, or the usual ones.
    pub(crate) sizes: Vec<Size>,
    pub(crate) seeds: u32,
    pub(crate) through: Through,
    pub(crate) json: Option<PathBuf>,
    pub(crate) curve: Option<PathBuf>,
}

/// Where requests come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Files in a folder.
    Folder(PathBuf),
    /// Nowhere: they are made.
    Made(Vec<Generator>),
}

/// What replays them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    /// The crate.
    Native,
    /// The packed package, in Node.
    Npm,
}

/// Returns what `arguments` ask for.
pub(crate) fn parse(arguments: &[String]) -> Result<Request, Complaint> {
    let mut options = Options {
        source: Source::Made(Vec::new()),
        only: Vec::new(),
        policies: POLICIES.to_vec(),
        sizes: Vec::new(),
        seeds: 5,
        through: Through::Native,
        json: None,
        curve: None,
    };
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        if matches!(argument, "--help" | "-h") {
            return Ok(Request::Help);
        }
        if !KNOWN.contains(&argument) {
            return Err(Complaint::new(format!("no argument `{argument}`\n{USAGE}")));
        }
        let Some(value) = rest.next().filter(|value| !value.is_empty()) else {
            return Err(Complaint::new(format!("{argument} needs a value\n{USAGE}")));
        };
        options.set(argument, value)?;
    }
    if options.source == Source::Made(Vec::new()) {
        let message = "nothing to replay: give --traces DIR, or --generate all";
        return Err(Complaint::new(format!("{message}\n{USAGE}")));
    }
    Ok(Request::Replay(options))
}

impl Options {
    /// Notes that `argument` was given with `value`.
    fn set(&mut self, argument: &str, value: &str) -> Result<(), Complaint> {
        match argument {
            "--traces" | "--generate" if self.source != Source::Made(Vec::new()) => {
                let message = "give --traces or --generate, once: one run replays one set";
                return Err(Complaint::new(message));
            }
            "--traces" => self.source = Source::Folder(PathBuf::from(value)),
            "--generate" => self.source = Source::Made(Generator::list(value)?),
            "--only" => self.only = value.split(',').map(String::from).collect(),
            "--policies" => self.policies = Policy::list(value)?,
            "--sizes" => self.sizes = Size::list(value)?,
            "--seeds" => {
                self.seeds =
                    value.parse().ok().filter(|seeds| (1..=1000).contains(seeds)).ok_or_else(
                        || Complaint::new(format!("--seeds is `{value}`; give 1 to 1000")),
                    )?;
            }
            "--through" => {
                self.through = match value {
                    "native" => Through::Native,
                    "npm" => Through::Npm,
                    _ => {
                        let message = format!("--through is `{value}`; give native or npm");
                        return Err(Complaint::new(message));
                    }
                }
            }
            "--json" => self.json = Some(PathBuf::from(value)),
            _ => self.curve = Some(curve_file(value)?),
        }
        Ok(())
    }
}

fn curve_file(value: &str) -> Result<PathBuf, Complaint> {
    let path = PathBuf::from(value);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if matches!(ending, Some("csv" | "svg")) {
        return Ok(path);
    }
    Err(Complaint::new(format!("--curve is `{value}`; its name must end in .csv or .svg")))
}

const KNOWN: &[&str] = &[
    "--traces",
    "--generate",
    "--only",
    "--policies",
    "--sizes",
    "--seeds",
    "--through",
    "--json",
    "--curve",
];

pub(crate) const USAGE: &str = "\
usage: cargo xtask hit-ratio --traces DIR | --generate NAME[,NAME] | --generate all
         --only NAME[,NAME]     of DIR, these traces
         --policies NAME[,NAME] fifo,lru,lfu,sieve,s3-fifo,w-tinylfu,adaptive; default all
         --sizes N[,N]          entries, or P% of the different keys; default those of
                                DIR/reference.csv, else 1%,5%,10%,25%,50%
         --seeds N              of policies that hash keys; default 5
         --through native|npm   the crate, or the packed package in Node; default native
         --json FILE            every cell
         --curve FILE.csv|.svg  the miss ratio by size; with its own sizes unless --sizes
DIR holds NAME.u32.zst or NAME.u32 (little-endian ids, one a request), or NAME.csv (a header
`key` or `key,weight`, then a line for each request), and perhaps reference.csv.
made: zipf, scan, loop, zigzag, drift, mix, weights";

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, String> {
        let arguments: Vec<String> = line.split(' ').map(String::from).collect();
        match parse(&arguments) {
            Ok(Request::Replay(options)) => Ok(options),
            Ok(Request::Help) => Err("help".into()),
            Err(complaint) => Err(complaint.to_string()),
        }
    }

    #[test]
    fn arguments_come_in_any_order_and_have_defaults() {
        let options = options("--sizes 10,5% --policies lru,fifo --traces a --through npm");
        let options = options.expect("all of them are known");
        assert_eq!(options.source, Source::Folder(PathBuf::from("a")));
        assert_eq!(options.sizes, [Size::Entries(10), Size::Percent(5.0)]);
        let names: Vec<&str> = options.policies.iter().map(|policy| policy.name).collect();
        assert_eq!((names, options.seeds), (vec!["lru", "fifo"], 5));
        assert_eq!(options.through, Through::Npm);
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_to_do() {
        for (line, says) in [
            ("--policies lru", "give --traces DIR, or --generate all"),
            ("--trace a", "no argument `--trace`"),
            ("--traces", "--traces needs a value"),
            ("--traces a --generate all", "give --traces or --generate, once"),
            ("--traces a --policies lru,arc", "no policy `arc`; --policies takes fifo,lru"),
            ("--traces a --sizes 0", "--sizes has `0`; give whole numbers of entries from 1"),
            ("--traces a --sizes 200%", "--sizes has `200%`"),
            ("--traces a --sizes 1,,2", "--sizes has ``"),
            ("--traces a --seeds 0", "--seeds is `0`; give 1 to 1000"),
            ("--traces a --through wasm", "give native or npm"),
            ("--traces a --curve a.png", "must end in .csv or .svg"),
            ("--generate zipf,pareto", "no generator `pareto`"),
        ] {
            let said = options(line).expect_err(line);
            assert!(said.contains(says), "{line}: {said}");
        }
    }
}
