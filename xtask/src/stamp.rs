//! Stamps: small files under `target/xtask/stamps/` that say what a part was made from.
//!
//! A part is skipped when its stamp equals what it would write now. Fingerprints hash contents and
//! not times, because a fresh checkout gives every file a new time. The hash is std's `SipHash`
//! with fixed keys: it need not survive a new compiler, which only means to make the part again.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::shell::Failure;

/// The memory of one part.
pub(crate) struct Stamp {
    file: PathBuf,
}

impl Stamp {
    /// Returns the stamp called `name`, whether it exists or not.
    pub(crate) fn of(project: &Project, name: &str) -> Self {
        Self { file: project.own("stamps").join(name) }
    }

    /// Returns what was last written, without the final line break.
    pub(crate) fn read(&self) -> Option<String> {
        fs::read_to_string(&self.file).ok().map(|text| text.trim_end().to_string())
    }

    /// Returns whether the last thing written is `content`.
    pub(crate) fn is(&self, content: &str) -> bool {
        self.read().as_deref() == Some(content)
    }

    /// Records `content`; call it after the part has succeeded, so that a crash repeats the part.
    pub(crate) fn write(&self, content: &str) -> Result<(), Failure> {
        let folder = self.file.parent().expect("a stamp lies in stamps/");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&self.file, format!("{content}\n")))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", self.file.display())))
    }
}

/// Returns a fingerprint of the names and contents of `inputs`, files or folders below the root,
/// and of `settings`. A missing input counts as missing, so creating it changes the fingerprint.
pub(crate) fn fingerprint(project: &Project, inputs: &[&str], settings: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    settings.hash(&mut hasher);
    for input in inputs {
        for file in files_below(&project.path(input)) {
            file.strip_prefix(project.root()).unwrap_or(&file).hash(&mut hasher);
            fs::read(&file).ok().hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// Returns every file below `path` in a fixed order, or `path` itself when it is not a folder.
pub(crate) fn files_below(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return vec![path.to_path_buf()] };
    let mut children: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    children.sort();
    children.iter().flat_map(|child| files_below(child)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Stamp, fingerprint};
    use crate::project::Project;

    #[test]
    fn fingerprint_depends_on_settings_and_on_files_but_not_on_the_moment() {
        let project = Project::locate();
        let once = fingerprint(&project, &["xtask/src", "xtask/Cargo.toml"], &["-O3"]);
        assert_eq!(once, fingerprint(&project, &["xtask/src", "xtask/Cargo.toml"], &["-O3"]));
        assert_ne!(once, fingerprint(&project, &["xtask/src", "xtask/Cargo.toml"], &["-Oz"]));
        assert_ne!(once, fingerprint(&project, &["xtask/src"], &["-O3"]));
    }

    #[test]
    fn stamp_is_what_was_written_last() {
        let stamp = Stamp::of(&Project::locate(), "unit-test");
        stamp.write("one").expect("target/ is writable");
        stamp.write("two").expect("target/ is writable");
        assert!(stamp.is("two"));
        assert!(!stamp.is("one"));
        assert!(!Stamp::of(&Project::locate(), "never-written").is(""));
    }
}
