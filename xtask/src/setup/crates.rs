//! Programs that come from crates: each below `target/xtask/tools`, in the version the project
//! needs, whatever the machine has elsewhere. Debug builds: they compile in a fraction of the time
//! and run for milliseconds.

use std::fs;
use std::time::Duration;

use crate::project::Project;
use crate::shell::{Failure, Tool};
use crate::stamp::Stamp;

/// Brings wasm-bindgen and its test runner in the version of the library that Cargo.lock names: the
/// two refuse to work with any other.
pub(super) fn wasm_bindgen(project: &Project) -> Result<String, Failure> {
    let version = project.locked_version("wasm-bindgen")?;
    // Without --locked: its own lock file wants a version that was withdrawn.
    install(project, "wasm-bindgen-cli", &version, "wasm-bindgen", &["--no-default-features"])
}

/// Brings wasm-pack, by which two of the test steps run.
pub(super) fn wasm_pack(project: &Project) -> Result<String, Failure> {
    install(project, "wasm-pack", "0.15.1", "wasm-pack", &["--locked"])
}

/// Brings Firefox's WebDriver, which Debian does not have.
pub(super) fn geckodriver(project: &Project) -> Result<String, Failure> {
    install(project, "geckodriver", "0.37.1", "geckodriver", &["--locked"])
}

/// Installs `package` unless its `program` is there in that version already.
fn install(
    project: &Project,
    package: &str,
    version: &str,
    program: &str,
    flags: &[&str],
) -> Result<String, Failure> {
    let stamp = Stamp::of(project, package);
    let tools = project.own("tools");
    if stamp.is(version) && tools.join("bin").join(program).is_file() {
        return Ok(format!("{version} is there"));
    }
    println!("    cargo install {package} --version {version}");
    let compiled = project.own("tools-compiled");
    Tool::new(project, "cargo")
        .args(["install", package, "--version", version, "--debug", "--root"])
        .arg(&tools)
        .args(flags)
        .env("CARGO_TARGET_DIR", &compiled)
        .logged(project, package, Duration::from_mins(20))?;
    stamp.write(version)?;
    // Half a gigabyte that nothing reads again; if it stays, that is no failure.
    let _ = fs::remove_dir_all(&compiled);
    Ok(format!("{version} installed"))
}
