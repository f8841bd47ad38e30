//! One set-up or build at a time in a folder: two at once would write the same files.

use std::fs::{self, File, TryLockError};

use crate::project::Project;
use crate::shell::Failure;

/// The right to write what set-up and build write; given back when dropped, or when the process
/// ends however it ends.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until no other `cargo xtask` sets up or builds in this folder.
    pub(crate) fn acquire(project: &Project) -> Result<Self, Failure> {
        let path = project.own("lock");
        let failed = |error| Failure::new(format!("cannot lock {}: {error}", path.display()));
        fs::create_dir_all(project.own("")).map_err(failed)?;
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                println!("another cargo xtask is at work in this folder; waiting for it");
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self { _file: file })
    }
}
