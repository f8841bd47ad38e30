//! A module as its entry carries it: LZMA, which `src/js/unpack.rs` unpacks.

use std::fs;
use std::io::Write as _;

use lzma_rust2::{LzmaOptions, LzmaWriter};

use crate::project::Project;
use crate::shell::Failure;

/// The most bytes that may be packed, and that may come of them: the room of `src/js/unpack.rs`.
const ROOM: usize = 1 << 17;

/// Writes what is in `from` to the file `to`, packed: its length in three bytes, then LZMA without
/// a header and without a mark of the end.
pub(crate) fn press(project: &Project, from: &str, to: &str) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot pack {from}: {error}"));
    let bytes = fs::read(project.path(from)).map_err(failed)?;
    let mut packed = (bytes.len() as u32).to_be_bytes()[1..].to_vec();
    let mut writer = LzmaWriter::new_no_header(&mut packed, &options(), false).map_err(failed)?;
    writer.write_all(&bytes).map_err(failed)?;
    writer.finish().map_err(failed)?;
    // As text it is a third longer.
    if bytes.len().max(packed.len() / 3 * 4 + 4) > ROOM {
        return Err(Failure::new(format!("{from} is larger than unpack.wasm has room for")));
    }
    fs::write(project.path(to), packed).map_err(failed)
}

/// The parameters that `src/js/unpack.rs` has built in, and as much effort as there is.
fn options() -> LzmaOptions {
    let mut options = LzmaOptions::with_preset(9);
    (options.lc, options.lp, options.pb) = (3, 0, 0);
    options.dict_size = 1 << 17;
    options.nice_len = LzmaOptions::NICE_LEN_MAX;
    options.depth_limit = 1_000;
    options
}
