//! Replays through the packed package: traces and jobs into files, counts out of Node.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cell::{Cell, Outcome};
use crate::complaint::Complaint;
use crate::jobs::{Job, workers};
use crate::json;
use crate::trace::Trace;

/// Returns what comes of each job, in their order.
pub(crate) fn run(
    traces: &[Trace],
    cells: &[Cell],
    jobs: &[Job],
) -> Result<Vec<Outcome>, Complaint> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the root");
    let folder = root.join(format!("target/xtask/hit-ratio/{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| cannot("write", &folder, &error))?;
    let outcomes = replay(root, &folder, traces, cells, jobs);
    fs::remove_dir_all(&folder).map_err(|error| cannot("remove", &folder, &error))?;
    outcomes
}

fn replay(
    root: &Path,
    folder: &Path,
    traces: &[Trace],
    cells: &[Cell],
    jobs: &[Job],
) -> Result<Vec<Outcome>, Complaint> {
    for (at, trace) in traces.iter().enumerate() {
        write(folder, &format!("{at}.requests"), &words(&trace.requests))?;
        let keys: Vec<String> = trace.keys.iter().map(|key| json::quoted(key)).collect();
        write(folder, &format!("{at}.keys"), format!("[{}]", keys.join(",")).as_bytes())?;
        if let Some(weights) = &trace.weights {
            write(folder, &format!("{at}.weights"), &words(weights))?;
        }
    }
    // Each worker takes every so manieth job, so that large traces are shared.
    let workers = workers().min(jobs.len()).max(1);
    let mut started: Vec<Child> = Vec::new();
    for worker in 0..workers {
        let own = jobs.iter().skip(worker).step_by(workers).map(|job| text(job, &cells[job.cell]));
        let list = write(folder, &format!("{worker}.jobs"), own.collect::<String>().as_bytes())?;
        let script = Command::new("node")
            .arg(root.join("xtask/js/hit-ratio.mjs"))
            .arg(list)
            .stdout(Stdio::piped())
            .spawn();
        started.push(script.map_err(|error| {
            Complaint::new(format!("cannot start node: {error}; install Node 20 or later"))
        })?);
    }
    let mut outcomes = vec![Outcome::default(); jobs.len()];
    for (worker, child) in started.into_iter().enumerate() {
        let output = child.wait_with_output();
        let output = output.map_err(|error| Complaint::new(format!("lost node: {error}")))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let read: Option<Vec<Outcome>> = printed.lines().map(outcome).collect();
        let places = (worker..jobs.len()).step_by(workers);
        match read.filter(|read| output.status.success() && read.len() == places.len()) {
            Some(read) => places.zip(read).for_each(|(at, outcome)| outcomes[at] = outcome),
            None => return Err(Complaint::new("the replay in Node failed; it said why above")),
        }
    }
    Ok(outcomes)
}

/// Returns the line of a job: the trace, the size, the policy, the seed.
fn text(job: &Job, cell: &Cell) -> String {
    format!("{} {} {} {}\n", cell.trace, cell.size, cell.policy.name, job.seed)
}

/// Returns what the line of an outcome says: hits and their weight.
fn outcome(line: &str) -> Option<Outcome> {
    let (hits, weight) = line.split_once(' ')?;
    Some(Outcome { hits: hits.parse().ok()?, weight: weight.parse().ok()? })
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Complaint> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(|error| cannot("write", &path, &error))?;
    Ok(path)
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Complaint {
    Complaint::new(format!("cannot {what} {}: {error}", path.display()))
}
