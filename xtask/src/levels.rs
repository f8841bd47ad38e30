//! How rustc and wasm-opt optimise a module.

/// Inlines less than `-Oz` alone, which is what gzip likes. Nothing of Rust's lies in the first
/// kilobyte of memory, where the stack ends.
pub(crate) const SMALL: &[&str] = &[
    "-Oz",
    "--low-memory-unused",
    "--always-inline-max-function-size=6",
    "--one-caller-inline-max-function-size=20",
    "--dealign",
];

/// The same, flat in between: what was nested by hand folds into less, in the client's module only.
pub(crate) const FLATTENED: &[&str] = &[
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--always-inline-max-function-size=6",
    "--one-caller-inline-max-function-size=20",
    "--dealign",
];

/// The same, for modules that it makes smaller still: larger ones grow by it.
pub(crate) const LEAST: &[&str] = &[
    "-Oz",
    "--low-memory-unused",
    "--always-inline-max-function-size=6",
    "--one-caller-inline-max-function-size=20",
    "--converge",
    "--reorder-functions",
    "--dealign",
];

/// For speed.
pub(crate) const FAST: &[&str] = &["-O3", "--low-memory-unused"];

/// A twentieth of the size of `core.wasm`, a fortieth of that of `cluster.wasm`.
pub(crate) const LESS_INLINING: &str = "-Cllvm-args=-inline-threshold=10";
