//! Node, and the packages that package-lock.json names.

use std::fs;
use std::time::Duration;

use crate::project::Project;
use crate::shell::{Failure, Tool};
use crate::stamp::{Stamp, fingerprint};

/// Runs `npm ci` when the lock file has changed since it last succeeded.
pub(super) fn ensure(project: &Project) -> Result<String, Failure> {
    unshadow(project);
    let version = node_version(project)?;
    let wanted = fingerprint(project, &["package-lock.json", ".npmrc"], &[&version]);
    let stamp = Stamp::of(project, "node-packages");
    // npm writes this file last, so a half-finished installation does not have it.
    let finished = project.path("node_modules/.package-lock.json").is_file();
    if finished && stamp.is(&wanted) {
        return Ok(format!("as locked, Node {version}"));
    }
    println!("    npm ci");
    Tool::new(project, "npm").arg("ci").logged(project, "npm-ci", Duration::from_mins(15))?;
    stamp.write(&wanted)?;
    unshadow(project);
    Ok(format!("installed, Node {version}"))
}

/// Removes the `node` that the packages node-22 and node-24 put among the npm tools: those are for
/// the tests that name them, and everything else is to run on the machine's Node.
fn unshadow(project: &Project) {
    // It is mostly not there, and that is well.
    let _ = fs::remove_file(project.path("node_modules/.bin/node"));
}

/// Returns Node's version, or says which one to install.
fn node_version(project: &Project) -> Result<String, Failure> {
    let needed = format!("Node {OLDEST} or newer is needed");
    let shown = Tool::new(project, "node")
        .arg("--version")
        .output()
        .map_err(|_| Failure::new(format!("{needed}, and there is none in PATH")))?;
    match major(&shown) {
        Some(major) if major >= OLDEST => Ok(shown),
        _ => Err(Failure::new(format!("{needed}; this one is {shown}"))),
    }
}

/// Returns the 20 of `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The oldest line of Node that the package and its tools support.
const OLDEST: u32 = 20;

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn major_version_is_the_number_after_the_v() {
        assert_eq!(major("v20.1.0"), Some(20));
        assert_eq!(major("20.1.0"), None);
    }
}
