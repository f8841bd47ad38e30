//! Where things are: the repository's root and the folders that xtask writes to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::Failure;

/// The checkout this xtask was compiled in.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// Returns the checkout, wherever in it cargo was called.
    pub(crate) fn locate() -> Self {
        let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest_folder.parent().expect("xtask/ lies in the root");
        Self { root: root.to_path_buf() }
    }

    /// Returns the root joined with `relative`.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns the repository's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of everything xtask keeps for itself: stamps, logs, tools.
    pub(crate) fn own(&self, relative: &str) -> PathBuf {
        self.root.join("target/xtask").join(relative)
    }

    /// Returns the text of a file of the repository.
    pub(crate) fn read(&self, relative: &str) -> Result<String, Failure> {
        fs::read_to_string(self.path(relative))
            .map_err(|error| Failure::new(format!("cannot read {relative}: {error}")))
    }

    /// Returns the version of `package` that Cargo.lock settled on.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String, Failure> {
        locked_version(&self.read("Cargo.lock")?, package)
            .ok_or_else(|| Failure::new(format!("Cargo.lock has no package `{package}`")))
    }
}

/// Returns the version that follows the name of `package` in the text of a Cargo.lock.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_string())
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn locked_version_is_the_one_of_that_package_and_not_of_a_longer_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
