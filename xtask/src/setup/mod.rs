//! Brings what the other commands need, and nothing twice: every part first looks, cheaply, whether
//! its work is done.
//!
//! As root on a machine with apt it installs what is missing. Anywhere else it installs only below
//! `target/` and `node_modules/`, and prints the one command that brings the rest.

mod browsers;
mod crates;
mod debian;
mod engines;
mod node;
mod redis;
mod wasm_target;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::lock::Lock;
use crate::project::Project;
use crate::shell::{Failure, Tool, find, is_root};

pub(crate) use wasm_target::WasmCompiler;

/// How much is brought: whoever only builds should not wait for browsers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The wasm32 target, wasm-bindgen and the Node packages.
    Build,
    /// Those, wasm-pack and the browsers with their drivers.
    Everything,
}

/// Runs every part, one line each, and returns the compiler that has the wasm32 target.
pub(crate) fn run(project: &Project, depth: Depth) -> Result<WasmCompiler, Failure> {
    let _alone = Lock::acquire(project)?;
    let mut compiler = WasmCompiler::Pinned;
    part("setup: wasm32 target", || {
        let (found, how) = wasm_target::ensure(project)?;
        compiler = found;
        Ok(how)
    })?;
    part("setup: wasm-bindgen", || crates::wasm_bindgen(project))?;
    part("setup: Node packages", || node::ensure(project))?;
    if depth == Depth::Everything {
        part("setup: wasm-pack", || crates::wasm_pack(project))?;
        part("setup: Chromium", || Ok(browsers::chromium(project)))?;
        part("setup: Firefox", || browsers::firefox(project))?;
        part("setup: redis-tools", || Ok(redis::tools(project)))?;
        engines(project)?;
    }
    Ok(compiler)
}

/// Brings the engines, which the demonstration wants too.
pub(crate) fn engines(project: &Project) -> Result<(), Failure> {
    part("setup: engines", || Ok(engines::ensure(project)))
}

/// Runs `work` and prints one line: its name, what came of it, and the seconds it took.
pub(crate) fn part<F>(name: &str, work: F) -> Result<(), Failure>
where
    F: FnOnce() -> Result<String, Failure>,
{
    let started = Instant::now();
    let outcome = work()?;
    println!("{name}: {outcome} ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(())
}

/// Returns the programs the browser tests use, as environment variables for every test step: what
/// the caller has set already, otherwise what is on this machine.
pub(crate) fn browser_environment(project: &Project) -> Vec<(&'static str, PathBuf)> {
    browsers::environment(project)
}

/// Installs Debian packages, or says how a person can.
fn apt_install(project: &Project, packages: &[&str]) -> Result<(), Failure> {
    let command = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if find(project, "apt-get").is_none() || !is_root(project) {
        let advice = format!("missing here; as root on Debian: {command}");
        return Err(Failure::new(advice));
    }
    let apt = || Tool::new(project, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    if !LISTS_ARE_FRESH.swap(true, Ordering::Relaxed) {
        apt().arg("update").logged(project, "apt-update", Duration::from_mins(5))?;
    }
    println!("    {command}");
    apt().args(["install", "--yes", "--no-install-recommends"]).args(packages).logged(
        project,
        "apt-install",
        Duration::from_mins(20),
    )
}

/// Set by the first `apt-get update` of this process: one is enough.
static LISTS_ARE_FRESH: AtomicBool = AtomicBool::new(false);
