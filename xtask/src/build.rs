//! From source to the complete npm package in `pkg/`.
//!
//! ```text
//! cargo rustc   src/**/*.rs          -> target/wasm32-unknown-unknown/PROFILE/tidecache.wasm
//! wasm-bindgen                       -> target/wasm/NAME/NAME.js NAME.d.ts NAME_bg.wasm
//! wasm-opt                           -> target/wasm/NAME/NAME.wasm
//! xtask/js/shorten.mjs               shorter names in NAME.wasm and NAME.js
//! press.rs                           -> target/wasm/NAME/NAME.lzma, of large modules
//! xtask/js/build.mjs   src/ts        -> pkg/, target/package/tidecache.tgz
//! ```
//!
//! All but the last once for each module of the table [`MODULES`], so that nobody downloads what
//! they do not import.
//!
//! Each module and the package are skipped when nothing they are made from has changed. The
//! crate type is given here and not in the manifest: with `cdylib` there, a plain build silently
//! skips link-time optimisation.

use std::env;
use std::fs;
use std::time::Duration;

use crate::levels::{FAST, FLATTENED, LEAST, LESS_INLINING, SMALL};
use crate::lock::Lock;
use crate::press::press;
use crate::project::Project;
use crate::setup::{WasmCompiler, part};
use crate::shell::{Failure, Tool};
use crate::stamp::{Stamp, fingerprint};

/// One WebAssembly module: a part of the crate with glue of its own.
struct Module {
    /// Its folder below `target/wasm` and the name of its files.
    name: &'static str,
    /// The features of the crate that it is built with.
    feature: &'static str,
    /// A profile of Cargo.toml.
    profile: &'static str,
    /// How wasm-opt optimises.
    level: &'static [&'static str],
    /// What rustc is told beside the profile.
    flags: &'static str,
    /// What follows.
    way: Way,
}

/// How a module goes from the compiler to its entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With glue, as it is.
    Plain,
    /// With glue, packed.
    Packed,
    /// Without glue: numbers go in and out.
    Bare,
}

const MODULES: &[Module] = &[
    // All seven policies: a byte more than 15,000 after gzip would be a goal missed.
    Module {
        name: "core",
        feature: "js-core,bare",
        profile: "wasm",
        level: LEAST,
        flags: LESS_INLINING,
        way: Way::Plain,
    },
    // All of an operation but the coding of strings happens here: speed before size.
    Module {
        name: "bytes",
        feature: "js-bytes,bare",
        profile: "wasm-fast",
        level: FAST,
        flags: "",
        way: Way::Plain,
    },
    // Every page with a service worker downloads it: size before speed.
    Module {
        name: "http",
        feature: "js-http,bare",
        profile: "wasm-least",
        level: LEAST,
        flags: LESS_INLINING,
        way: Way::Plain,
    },
    Module {
        name: "client",
        feature: "js-client,bare",
        profile: "wasm-small",
        level: FLATTENED,
        flags: LESS_INLINING,
        way: Way::Packed,
    },
    Module {
        name: "node",
        feature: "js-node,bare",
        profile: "wasm-small",
        level: SMALL,
        flags: LESS_INLINING,
        way: Way::Packed,
    },
    // Unpacks the last two. They are packed so as to be small, so this has to be.
    Module {
        name: "unpack",
        feature: "js-unpack,bare",
        profile: "wasm-least",
        level: FLATTENED,
        flags: "-Cllvm-args=-inline-threshold=10 -Clink-arg=-zstack-size=32768",
        way: Way::Bare,
    },
];

/// Builds the WebAssembly modules, the package and the playground, one line each.
pub(crate) fn run(project: &Project, compiler: WasmCompiler) -> Result<(), Failure> {
    let _alone = Lock::acquire(project)?;
    remove_former_modules(project)?;
    for module in MODULES {
        part(&format!("build: {}.wasm", module.name), || module.build(project, compiler))?;
    }
    part("build: pkg", || package(project))?;
    part("build: www", || playground(project))
}

/// Removes what modules of former names left, so that an import of one fails here as it would on a
/// fresh machine.
fn remove_former_modules(project: &Project) -> Result<(), Failure> {
    let Ok(entries) = fs::read_dir(project.path("target/wasm")) else { return Ok(()) };
    let former = entries
        .flatten()
        .filter(|entry| !MODULES.iter().any(|module| entry.file_name() == module.name));
    for entry in former {
        let path = entry.path();
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| Failure::new(format!("remove {}: {error}", path.display())))?;
    }
    Ok(())
}

impl Module {
    /// Makes `target/wasm/NAME/NAME.wasm` and its glue; returns the sizes in words.
    fn build(&self, project: &Project, compiler: WasmCompiler) -> Result<String, Failure> {
        let Self { name, profile, way, .. } = self;
        let cargo = self.cargo();
        let (folder, out_name) = (self.path(""), format!("--out-name={name}"));
        let built = format!("target/wasm32-unknown-unknown/{profile}/tidecache.wasm");
        let out_dir = format!("--out-dir={folder}");
        let bindgen = [BINDGEN, &[&out_dir, &out_name, &built]].concat();
        let has_glue = *way != Way::Bare;
        let bound = if has_glue { self.path("_bg.wasm") } else { built.clone() };
        let (optimised, glue) = (self.path(".wasm"), self.path(".js"));
        let optimise = [&[bound.as_str()], self.level, OPTIMISE, &["-o", &optimised]].concat();
        let steps = [cargo.join(" "), bindgen.join(" "), optimise.join(" ")].join("\n");
        let settings = [format!("{compiler:?}"), self.flags.to_string(), steps];
        let rust_only = fingerprint_of_rust(project, &settings.each_ref().map(String::as_str));
        let stamp = Stamp::of(project, &format!("{name}-wasm"));
        let sizes = Stamp::of(project, &format!("{name}-wasm-sizes"));
        let mut made = vec![&optimised];
        let packed = self.path(".lzma");
        made.extend(has_glue.then_some(&glue));
        made.extend((*way == Way::Packed).then_some(&packed));
        if made.iter().all(|file| project.path(file).is_file()) && stamp.is(&rust_only) {
            return Ok(format!("unchanged, {}", sizes.read().unwrap_or_default()));
        }
        let limit = Duration::from_mins(15);
        let log = |tool: &str| format!("{name}-{tool}");
        let compile = compiler.cargo(project).env("RUSTFLAGS", self.rust_flags());
        compile.args(&cargo).logged(project, &log("cargo"), limit)?;
        if has_glue {
            let bind = Tool::new(project, "wasm-bindgen").args(&bindgen);
            bind.logged(project, &log("bindgen"), limit)?;
        }
        fs::create_dir_all(project.path(&folder))
            .map_err(|error| Failure::new(format!("make {folder}: {error}")))?;
        Tool::new(project, "wasm-opt").args(&optimise).logged(project, &log("wasm-opt"), limit)?;
        if has_glue {
            let shorten = Tool::new(project, "node").arg("xtask/js/shorten.mjs");
            shorten.args([&optimised, &glue]).logged(project, &log("shorten"), limit)?;
        }
        if *way == Way::Packed {
            press(project, &optimised, &packed)?;
        }
        let measured = measure(project, &bound, &optimised)?;
        sizes.write(&measured)?;
        stamp.write(&rust_only)?;
        Ok(measured)
    }

    /// Returns the flags of rustc.
    fn rust_flags(&self) -> String {
        format!("{} {}", flags_that_hide_paths(), self.flags).trim().to_string()
    }

    /// Returns the arguments of cargo.
    fn cargo(&self) -> Vec<String> {
        let own = [format!("--profile={}", self.profile), format!("--features={}", self.feature)];
        CARGO.iter().map(ToString::to_string).chain(own).collect()
    }

    /// Returns its folder and its name with `ending`, or only the folder.
    fn path(&self, ending: &str) -> String {
        let Self { name, .. } = self;
        let file = if ending.is_empty() { String::new() } else { format!("/{name}{ending}") };
        format!("target/wasm/{name}{file}")
    }
}

/// Returns the flags of the caller and those by which a panic in a dependency does not tell where
/// on this machine its source was: the module is published.
fn flags_that_hide_paths() -> String {
    let own = env::var("RUSTFLAGS").unwrap_or_default();
    let home = env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", env::var("HOME").unwrap_or_default()));
    // Without sources there is nothing to hide.
    let sources = fs::read_dir(format!("{home}/registry/src")).into_iter().flatten().flatten();
    let hide =
        |source: fs::DirEntry| format!("--remap-path-prefix={}=crates", source.path().display());
    [own].into_iter().chain(sources.map(hide)).collect::<Vec<_>>().join(" ").trim().to_string()
}

/// Returns the fingerprint of the Rust inputs; the TypeScript below src/ is none of them.
fn fingerprint_of_rust(project: &Project, settings: &[&str]) -> String {
    let files: Vec<String> = RUST_INPUTS
        .iter()
        .flat_map(|input| crate::stamp::files_below(&project.path(input)))
        .filter(|file| !file.starts_with(project.path("src/ts")))
        .map(|file| file.strip_prefix(project.root()).unwrap_or(&file).display().to_string())
        .collect();
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    fingerprint(project, &names, settings)
}

/// Returns the module's sizes as wasm-bindgen and wasm-opt left it.
fn measure(project: &Project, bound: &str, optimised: &str) -> Result<String, Failure> {
    let size = |file: &str| {
        fs::metadata(project.path(file))
            .map(|metadata| metadata.len())
            .map_err(|error| Failure::new(format!("cannot read {file}: {error}")))
    };
    let packed = Tool::new(project, "node").args(["xtask/js/size.mjs", "--gzip", optimised]);
    Ok(format!(
        "{} bytes before wasm-opt, {} after, {} with gzip",
        size(bound)?,
        size(optimised)?,
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

/// Makes `www/dist` on the tarball; returns what the script says of it.
fn playground(project: &Project) -> Result<String, Failure> {
    let wanted = fingerprint(project, PLAYGROUND_INPUTS, &[]);
    let stamp = Stamp::of(project, "playground");
    let summary = Stamp::of(project, "playground-summary");
    let made = project.path("www/dist/service-worker.js").is_file()
        && project.path("target/www/node_modules/tidecache/package.json").is_file();
    if made && stamp.is(&wanted) {
        return Ok(format!("unchanged, {}", summary.read().unwrap_or_default()));
    }
    let script = Tool::new(project, "node").arg("xtask/js/www.mjs");
    script.logged(project, "playground", Duration::from_mins(5))?;
    let printed = fs::read_to_string(project.own("logs/playground.log")).unwrap_or_default();
    let measured = printed.lines().last().unwrap_or_default();
    summary.write(measured)?;
    stamp.write(&wanted)?;
    Ok(measured.to_string())
}

const RUST_INPUTS: &[&str] = &[
    "src",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "package-lock.json",
    "xtask/js/shorten.mjs",
    "xtask/src/press.rs",
];

const CARGO: &[&str] = &[
    "rustc",
    "--package=tidecache",
    "--lib",
    "--crate-type=cdylib",
    "--target=wasm32-unknown-unknown",
    "--no-default-features",
];

/// `web` is the one glue that every runtime can load; without `import.meta` in it, it also bundles
/// to CommonJS.
const BINDGEN: &[&str] = &[
    "--target=web",
    "--omit-default-module-path",
    "--remove-name-section",
    "--remove-producers-section",
];

/// The features are those that rustc compiles with for this target; once stripped, the module no
/// longer says so itself.
const OPTIMISE: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-target-features",
];

const PLAYGROUND_INPUTS: &[&str] = &[
    "target/package/tidecache.tgz",
    "www/index.html",
    "www/source",
    "www/style",
    "www/tsconfig.json",
    "docs/benchmarks.md",
    "xtask/js/www.mjs",
    "tsconfig.json",
    "package-lock.json",
];

const PACKAGE_INPUTS: &[&str] = &[
    "target/wasm/core/core.wasm",
    "target/wasm/core/core.js",
    "target/wasm/core/core.d.ts",
    "target/wasm/bytes/bytes.wasm",
    "target/wasm/bytes/bytes.js",
    "target/wasm/bytes/bytes.d.ts",
    "target/wasm/http/http.wasm",
    "target/wasm/http/http.js",
    "target/wasm/http/http.d.ts",
    "target/wasm/client/client.wasm",
    "target/wasm/client/client.js",
    "target/wasm/client/client.d.ts",
    "target/wasm/node/node.wasm",
    "target/wasm/node/node.js",
    "target/wasm/node/node.d.ts",
    "target/wasm/unpack/unpack.wasm",
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
    "LICENSE-THIRD-PARTY",
];
