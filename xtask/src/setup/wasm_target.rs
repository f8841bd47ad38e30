//! The wasm32-unknown-unknown target, in the first of three ways that works:
//!
//! 1. the pinned toolchain has its std already;
//! 2. rustup adds it, as on everybody's laptop;
//! 3. Debian's compiler, where rustup's server cannot be reached (`debian.rs`).
//!
//! `TIDECACHE_WASM_TARGET=debian` goes straight to the third. Once the third has been taken it is
//! preferred to the second, whose time-out nobody wants to sit through on every call.

use std::env;
use std::path::Path;
use std::time::Duration;

use super::debian;
use crate::project::Project;
use crate::shell::{Failure, Tool};

/// The compiler that builds for wasm32. Native work is always the pinned one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmCompiler {
    /// The toolchain that rust-toolchain.toml pins.
    Pinned,
    /// Debian's, linked into rustup by the name `web`.
    Debian,
}

impl WasmCompiler {
    /// Returns the value of `RUSTUP_TOOLCHAIN` for commands that compile for wasm32, if it must be
    /// set. The variable also reaches the cargo that wasm-pack starts, which `+web` would not.
    pub(crate) fn rustup_toolchain(self) -> Option<&'static str> {
        match self {
            Self::Pinned => None,
            Self::Debian => Some(debian::TOOLCHAIN),
        }
    }

    /// Returns cargo, set to compile for wasm32.
    pub(crate) fn cargo(self, project: &Project) -> Tool {
        let cargo = Tool::new(project, "cargo");
        match self.rustup_toolchain() {
            Some(toolchain) => cargo.env("RUSTUP_TOOLCHAIN", toolchain),
            None => cargo,
        }
    }
}

/// Returns the compiler to use and, in words, how it came to have the target.
pub(crate) fn ensure(project: &Project) -> Result<(WasmCompiler, String), Failure> {
    let forced = match env::var("TIDECACHE_WASM_TARGET").as_deref() {
        Ok("debian") => true,
        Ok(other) if !other.is_empty() => {
            let message = format!("TIDECACHE_WASM_TARGET={other}: only `debian` is known");
            return Err(Failure::new(message));
        }
        _ => false,
    };
    if !forced && pinned_has_target(project)? {
        return Ok((WasmCompiler::Pinned, "the pinned toolchain has it".into()));
    }
    if debian::is_current(project) {
        return Ok((
            WasmCompiler::Debian,
            format!("Debian's compiler, cargo +{}", debian::TOOLCHAIN),
        ));
    }
    let refusal = if forced {
        "TIDECACHE_WASM_TARGET asks for Debian's compiler".to_string()
    } else {
        match rustup_add(project) {
            Ok(()) => return Ok((WasmCompiler::Pinned, "added by rustup".into())),
            Err(refusal) => refusal.to_string(),
        }
    };
    println!("    {}", refusal.lines().next().unwrap_or_default());
    debian::install(project).map_err(|failure| Failure::new(format!("{failure}\n{ADVICE}")))?;
    Ok((WasmCompiler::Debian, format!("built for Debian's compiler, cargo +{}", debian::TOOLCHAIN)))
}

/// Returns whether the toolchain that plain cargo uses has std for wasm32.
fn pinned_has_target(project: &Project) -> Result<bool, Failure> {
    let sysroot = Tool::new(project, "rustc").args(["--print", "sysroot"]).output()?;
    Ok(has_std(Path::new(&sysroot)))
}

/// Returns whether `sysroot` holds a std for wasm32.
pub(super) fn has_std(sysroot: &Path) -> bool {
    let is_std = |name: &str| name.starts_with("libstd-");
    std::fs::read_dir(target_folder(sysroot).join("lib")).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|file| is_std(&file.file_name().to_string_lossy())))
    })
}

/// Returns the folder of the wasm32 target in `sysroot`.
pub(super) fn target_folder(sysroot: &Path) -> std::path::PathBuf {
    sysroot.join("lib/rustlib/wasm32-unknown-unknown")
}

/// Asks rustup for the target; the server may be out of reach, hence the short time-out.
fn rustup_add(project: &Project) -> Result<(), Failure> {
    Tool::new(project, "rustup").args(["target", "add", "wasm32-unknown-unknown"]).logged(
        project,
        "rustup-target-add",
        Duration::from_mins(1),
    )
}

/// What a person can do when neither way works from here.
const ADVICE: &str = "elsewhere, with a network: rustup target add wasm32-unknown-unknown";
