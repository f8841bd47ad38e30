//! std for wasm32 from Debian's own compiler, for machines whose rustup reaches no server.
//!
//! Debian has a compiler with the wasm back end (rustc-web) and the source of std with its
//! dependencies, but no std built for wasm32-unknown-unknown. So we build one: an empty crate with
//! `-Zbuild-std` leaves all of std's rlibs in `deps/`, and copied into the compiler's sysroot they
//! are a target like any other; no later build needs a flag. `test` is among them because
//! wasm-bindgen-test needs it. The commit hash kept beside the rlibs tells when apt has brought
//! another compiler, which refuses the old ones.
//!
//! rustup then knows a folder of links to Debian's programs as the toolchain `web`.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::apt_install;
use super::wasm_target::{has_std, target_folder};
use crate::project::Project;
use crate::shell::{Failure, Tool, find};

/// The name by which rustup knows Debian's compiler.
pub(super) const TOOLCHAIN: &str = "web";

/// Returns whether the toolchain is linked and its std was built by that very compiler.
pub(super) fn is_current(project: &Project) -> bool {
    let linked = debian_tool(project, "rustc").env("RUSTUP_TOOLCHAIN", TOOLCHAIN);
    let Ok(version) = linked.arg("-vV").output() else { return false };
    // The linker is a link into another package: it is there only if both are.
    has_std(Path::new(SYSROOT))
        && Path::new("/usr/bin/rust-lld").exists()
        && fs::read_to_string(commit_file()).ok().as_deref() == field(&version, "commit-hash")
}

/// Installs Debian's packages, builds std and links the toolchain; about two minutes.
pub(super) fn install(project: &Project) -> Result<(), Failure> {
    if find(project, "rustup").is_none() {
        return Err(Failure::new("rustup is not here, and Debian's compiler is used through it"));
    }
    if missing(project, PACKAGES) {
        apt_install(project, PACKAGES)?;
    }
    let version = Tool::new(project, "/usr/bin/rustc").arg("-vV").output()?;
    // rust-web-llvm calls the linker of its own LLVM rust-lld, but does not bring it.
    let llvm = field(&version, "LLVM version").unwrap_or_default();
    let linker = format!("lld-{}", llvm.split('.').next().unwrap_or_default());
    if missing(project, &[&linker]) {
        apt_install(project, &[&linker])?;
    }
    let libraries = build_std(project)?;
    let commit = field(&version, "commit-hash").unwrap_or_default();
    put_into_sysroot(&libraries, commit).map_err(|error| said("the sysroot", &error))?;
    let folder = project.own("debian-toolchain");
    link_programs(&folder).map_err(|error| said("the toolchain's folder", &error))?;
    Tool::new(project, "rustup")
        .args(["toolchain", "link", TOOLCHAIN])
        .arg(&folder)
        .output()
        .map(|_| ())
}

/// Returns whether Debian lacks any of `packages`.
fn missing(project: &Project, packages: &[&str]) -> bool {
    let query = Tool::new(project, "dpkg-query").args(["-W", "-f=${db:Status-Abbrev}\n"]);
    let Ok(states) = query.args(packages).output() else { return true };
    states.lines().any(|state| state.trim() != "ii")
}

/// Builds an empty crate and all of std with it, and returns the folder of the libraries.
fn build_std(project: &Project) -> Result<PathBuf, Failure> {
    let folder = project.own("debian-std");
    let write = || -> io::Result<()> {
        // What an older compiler left there would be copied too.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join(".cargo"))?;
        fs::write(folder.join("Cargo.toml"), EMPTY_MANIFEST)?;
        fs::write(folder.join("lib.rs"), "#![no_std]\n")?;
        fs::write(folder.join(".cargo/config.toml"), VENDORED)
    };
    write().map_err(|error| said("the empty crate", &error))?;
    debian_tool(project, "/usr/bin/cargo")
        .args(["build", "--offline", "--release", "--target", "wasm32-unknown-unknown"])
        .arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .folder(&folder)
        .logged(project, "debian-std", Duration::from_mins(10))?;
    Ok(folder.join("target/wasm32-unknown-unknown/release/deps"))
}

/// Replaces the target's libraries by those in `built`, unless somebody else has put them there.
/// The commit is written last, so that a crash in between repeats the work.
fn put_into_sysroot(built: &Path, commit: &str) -> io::Result<()> {
    let target = target_folder(Path::new(SYSROOT)).join("lib");
    if target.exists() {
        if !commit_file().exists() {
            let wrong = format!("{} is not of this script; remove it first", target.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, wrong));
        }
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    fs::write(commit_file(), "unfinished")?;
    for entry in fs::read_dir(built)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libempty") {
            fs::copy(built.join(&name), target.join(&name))?;
        }
    }
    fs::write(commit_file(), commit)
}

/// Makes a folder that looks like a toolchain to rustup.
fn link_programs(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("bin"))?;
    fs::create_dir_all(folder.join("lib"))?;
    for program in PROGRAMS {
        symlink(Path::new("/usr/bin").join(program), folder.join("bin").join(program))?;
    }
    symlink("/usr/lib/rustlib", folder.join("lib/rustlib"))
}

/// Returns a tool without the variables by which the calling rustup would choose the compiler.
fn debian_tool(project: &Project, program: &str) -> Tool {
    Tool::new(project, program).without_env("RUSTUP_TOOLCHAIN").without_env("LD_LIBRARY_PATH")
}

/// Returns the value of a line `name: value` of `rustc -vV`.
fn field<'a>(version: &'a str, name: &str) -> Option<&'a str> {
    version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn commit_file() -> PathBuf {
    target_folder(Path::new(SYSROOT)).join("tidecache-commit-hash")
}

fn said(what: &str, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {what}: {error}"))
}

/// Where Debian's rustc finds its libraries (`/usr/bin/rustc --print sysroot`).
const SYSROOT: &str = "/usr";

const PACKAGES: &[&str] =
    &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "rustfmt-web", "rust-web-llvm"];

const PROGRAMS: &[&str] =
    &["rustc", "rustdoc", "cargo", "clippy-driver", "cargo-clippy", "rustfmt", "cargo-fmt"];

const EMPTY_MANIFEST: &str = "\
[package]
name = \"empty\"
version = \"0.0.0\"
edition = \"2021\"

[workspace]

[lib]
path = \"lib.rs\"

[profile.release]
panic = \"abort\"
";

/// The dependencies of std come with its source.
const VENDORED: &str = "\
[source.crates-io]
replace-with = \"debian\"

[source.debian]
directory = \"/usr/lib/rustlib/src/rust/library/vendor\"
";

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn field_is_found_by_its_whole_name() {
        let version = "rustc 1.96.0\ncommit-hash: ac68\nhost: x86_64\nLLVM version: 22.1.8\n";
        assert_eq!(field(version, "commit-hash"), Some("ac68"));
        assert_eq!(field(version, "LLVM version"), Some("22.1.8"));
        assert_eq!(field(version, "LLVM"), None);
    }
}
