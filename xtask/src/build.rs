//! From source to the complete npm package in `pkg/`.
//!
//! ```text
//! cargo rustc   src/**/*.rs                  -> target/wasm32-unknown-unknown/wasm/tidecache.wasm
//! wasm-bindgen                               -> target/wasm/core/core.js core.d.ts core_bg.wasm
//! wasm-opt                                   -> target/wasm/core/core.wasm
//! xtask/js/build.mjs   that and src/ts       -> pkg/, target/package/tidecache.tgz
//! ```
//!
//! The module and the package are each skipped when nothing they are made from has changed. The
//! crate type is given here and not in the manifest: with `cdylib` there, a plain build silently
//! skips link-time optimisation.

use std::fs;
use std::time::Duration;

use crate::project::Project;
use crate::setup::{WasmCompiler, part};
use crate::shell::{Failure, Tool};
use crate::stamp::{Stamp, fingerprint};

/// Builds the WebAssembly module and the package, one line each.
pub(crate) fn run(project: &Project, compiler: WasmCompiler) -> Result<(), Failure> {
    part("build: core.wasm", || module(project, compiler))?;
    part("build: pkg", || package(project))
}

/// Makes `target/wasm/core/core.wasm` and its glue; returns the sizes in words.
fn module(project: &Project, compiler: WasmCompiler) -> Result<String, Failure> {
    let settings = [&format!("{compiler:?}"), CARGO.join(" ").as_str(), &BINDGEN.join(" ")]
        .map(str::to_string);
    let settings: Vec<&str> =
        settings.iter().map(String::as_str).chain(OPTIMISE.iter().copied()).collect();
    let inputs = ["src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"];
    let rust_only = fingerprint_of_rust(project, &inputs, &settings);
    let stamp = Stamp::of(project, "core-wasm");
    let sizes = Stamp::of(project, "core-wasm-sizes");
    let made =
        project.path(OPTIMISED).is_file() && project.path("target/wasm/core/core.js").is_file();
    if made && stamp.is(&rust_only) {
        return Ok(format!("unchanged, {}", sizes.read().unwrap_or_default()));
    }
    let limit = Duration::from_mins(15);
    compiler.cargo(project).args(CARGO).logged(project, "core-cargo", limit)?;
    Tool::new(project, "wasm-bindgen").args(BINDGEN).logged(project, "core-bindgen", limit)?;
    Tool::new(project, "wasm-opt").arg(BOUND).args(OPTIMISE).args(["-o", OPTIMISED]).logged(
        project,
        "core-wasm-opt",
        limit,
    )?;
    let measured = measure(project)?;
    sizes.write(&measured)?;
    stamp.write(&rust_only)?;
    Ok(measured)
}

/// Returns the fingerprint of the Rust inputs; the TypeScript below src/ is none of them.
fn fingerprint_of_rust(project: &Project, inputs: &[&str], settings: &[&str]) -> String {
    let files: Vec<String> = inputs
        .iter()
        .flat_map(|input| crate::stamp::files_below(&project.path(input)))
        .filter(|file| !file.starts_with(project.path("src/ts")))
        .map(|file| file.strip_prefix(project.root()).unwrap_or(&file).display().to_string())
        .collect();
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    fingerprint(project, &names, settings)
}

/// Returns the module's sizes as wasm-bindgen and wasm-opt left it.
fn measure(project: &Project) -> Result<String, Failure> {
    let size = |file: &str| {
        fs::metadata(project.path(file))
            .map(|metadata| metadata.len())
            .map_err(|error| Failure::new(format!("cannot read {file}: {error}")))
    };
    let packed = Tool::new(project, "node").args(["xtask/js/size.mjs", "--gzip", OPTIMISED]);
    Ok(format!(
        "{} bytes before wasm-opt, {} after, {} with gzip",
        size(BOUND)?,
        size(OPTIMISED)?,
        packed.output()?
    ))
}

/// Makes `pkg/` and the tarball of it; returns what the script says of them.
fn package(project: &Project) -> Result<String, Failure> {
    let wanted = fingerprint(project, PACKAGE_INPUTS, &[]);
    let stamp = Stamp::of(project, "package");
    let summary = Stamp::of(project, "package-summary");
    let made = project.path("pkg/package.json").is_file()
        && project.path("target/package/tidecache.tgz").is_file();
    if made && stamp.is(&wanted) {
        return Ok(format!("unchanged, {}", summary.read().unwrap_or_default()));
    }
    let script = Tool::new(project, "node").arg("xtask/js/build.mjs");
    script.logged(project, "package", Duration::from_mins(5))?;
    let printed = fs::read_to_string(project.own("logs/package.log")).unwrap_or_default();
    let measured = printed.lines().last().unwrap_or_default();
    summary.write(measured)?;
    stamp.write(&wanted)?;
    Ok(measured.to_string())
}

const CARGO: &[&str] = &[
    "rustc",
    "--package=tidecache",
    "--profile=wasm",
    "--lib",
    "--crate-type=cdylib",
    "--target=wasm32-unknown-unknown",
    "--no-default-features",
    "--features=js-core",
];

/// `web` is the one glue that every runtime can load; without `import.meta` in it, it also bundles
/// to CommonJS.
const BINDGEN: &[&str] = &[
    "--target=web",
    "--omit-default-module-path",
    "--remove-name-section",
    "--remove-producers-section",
    "--out-dir=target/wasm/core",
    "--out-name=core",
    "target/wasm32-unknown-unknown/wasm/tidecache.wasm",
];

/// Speed before size: with `-Oz` the module is no smaller after gzip. The features are those that
/// rustc compiles with for this target; once stripped, the module no longer says so itself.
const OPTIMISE: &[&str] = &[
    "-O3",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-target-features",
];

const BOUND: &str = "target/wasm/core/core_bg.wasm";
const OPTIMISED: &str = "target/wasm/core/core.wasm";

const PACKAGE_INPUTS: &[&str] = &[
    OPTIMISED,
    "target/wasm/core/core.js",
    "target/wasm/core/core.d.ts",
    "src/ts",
    "xtask/js/build.mjs",
    "tsconfig.json",
    "package-lock.json",
    "pkg.json",
    "Cargo.toml",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];
