//! The table of test steps. To add one, add its line; `test/command.rs` says what a command may
//! hold besides words, `test/count.rs` how tests are counted.

use super::count::Counting::{self, ExitCode, Libtest, NodeTest};

/// One line of the table.
pub(super) struct Step {
    /// What `--only` calls it.
    pub(super) name: &'static str,
    /// One line for `--list`.
    pub(super) about: &'static str,
    /// How its tests are counted.
    pub(super) counting: Counting,
    /// Its commands, all of which run.
    pub(super) commands: &'static [&'static str],
}

const fn step(
    name: &'static str,
    about: &'static str,
    counting: Counting,
    commands: &'static [&'static str],
) -> Step {
    Step { name, about, counting, commands }
}

/// Every step, cheapest first as far as that makes sense.
#[rustfmt::skip] // One step, one paragraph.
pub(super) const STEPS: &[Step] = &[
    step("fmt", "rustfmt and prettier leave every file as it is", ExitCode, &[
        "cargo fmt --all --check",
        "cargo fmt --check --manifest-path xtask/no-std/Cargo.toml",
        "prettier --check **/*.{ts,mts,cts,js,mjs,cjs} package.json webdriver.json",
    ]),
    step("clippy", "clippy is silent, in each set of features", ExitCode, &[
        "cargo clippy --quiet --workspace --all-targets \
         --features xtask/replay,node -- -D warnings",
        "cargo clippy --quiet --lib --no-default-features -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib {wasm-tests} -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-core -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-bytes,bare -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-http,bare -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-client,bare -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-node,bare -- -D warnings",
        "cargo clippy --quiet --target wasm32-unknown-unknown --lib --no-default-features \
         --features js-unpack,bare -- -D warnings",
    ]),
    step("rust", "the native tests and the doc examples", Libtest, &[
        "cargo test --quiet --workspace --no-fail-fast --features xtask/replay,node",
    ]),
    step("rustdoc", "the crate's documentation has no broken link", ExitCode, &[
        "RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps --package tidecache",
    ]),
    step("no-std", "the crate links without std (xtask/no-std)", ExitCode, &[
        "cargo build --quiet --manifest-path xtask/no-std/Cargo.toml --target-dir target \
         --target wasm32-unknown-unknown",
    ]),
    step("wasm-node", "tests/wasm*.rs in Node, by wasm-pack", Libtest, &[
        "wasm-pack test --node --mode no-install . {wasm-tests}",
    ]),
    step("sim-wasm", "the simulator's traces in WebAssembly are the native ones", Libtest, &[
        "wasm-pack test --node --mode no-install . --test sim_traces",
    ]),
    step("wasm-chrome-page", "tests/wasm*.rs in a Chromium page, by wasm-pack", Libtest, &[
        "WASM_BINDGEN_USE_BROWSER=1 wasm-pack test {chromium-page}",
    ]),
    step("wasm-chrome-worker", "tests/wasm*.rs in a Chromium worker", Libtest, &[
        "WASM_BINDGEN_USE_DEDICATED_WORKER=1 CHROMEDRIVER={CHROMEDRIVER} {cargo-test-wasm}",
    ]),
    step("wasm-chrome-service-worker", "tests/wasm*.rs in a Chromium service worker", Libtest, &[
        "WASM_BINDGEN_USE_SERVICE_WORKER=1 CHROMEDRIVER={CHROMEDRIVER} {cargo-test-wasm}",
    ]),
    step("wasm-firefox-page", "tests/wasm*.rs in a Firefox page", Libtest, &[
        "WASM_BINDGEN_USE_BROWSER=1 GECKODRIVER={GECKODRIVER} {cargo-test-wasm}",
    ]),
    step("lint-ts", "eslint with the strict, type-aware rules", ExitCode, &[
        "eslint --config xtask/js/eslint.config.mjs --max-warnings 0 .",
    ]),
    step("types", "the published types, under each module resolution", ExitCode, &[
        "node tests/package/types.mjs",
    ]),
    step("js", "the JavaScript API in Node", NodeTest, &[
        "node --test --test-reporter=spec {tests:tests/js}",
    ]),
    step("cluster", "three nodes and 32 clients in processes of their own, and faults", NodeTest, &[
        "node --test --test-concurrency=1 --test-reporter=spec {tests:tests/cluster-e2e}",
    ]),
    step("node", "tidecache-node: real clients, strangers, its end, a cluster", NodeTest, &[
        "node --test --test-force-exit --test-concurrency=1 \
         --test-reporter=spec {tests:tests/node}",
    ]),
    step("engines", "engines behind the cache: real servers, ended by kill -9", NodeTest, &[
        "node --test --test-concurrency=1 --test-timeout=300000 --test-reporter=spec \
         {tests:tests/engines}",
    ]),
    step("adapters", "Keyv, unstorage, Apollo, Hono, Fastify, Next.js over our caches", NodeTest, &[
        "node --test --test-concurrency=1 --test-reporter=spec {tests:tests/adapters}",
    ]),
    step("package", "the packed package in each runtime and bundler", NodeTest, &[
        "node --test --test-reporter=spec {tests:tests/package}",
    ]),
    step("browser", "the packed package in Chromium and Firefox", NodeTest, &[
        "node --test --test-concurrency=1 --test-reporter=spec {tests:tests/browser}",
    ]),
    step("http-conformance", "the outside suite of HTTP caches: fetch, proxy, worker", NodeTest, &[
        "node --test --test-concurrency=1 --test-reporter=spec {tests:tests/http-conformance}",
    ]),
    step("www", "the playground in Chromium: figures, keyboard, light and dark", NodeTest, &[
        "node --test --test-concurrency=1 --test-reporter=spec {tests:tests/www}",
    ]),
    step("examples", "the demo, the cluster and the Rust example run to their end", ExitCode, &[
        "node examples/demo.mjs",
        "node examples/three-nodes/main.mjs",
        "node examples/nats/main.mjs --once",
        "node examples/valkey-cluster/main.mjs --once",
        "cargo run --quiet --package tidecache --example native",
    ]),
    step("publint", "publint and attw find nothing in the tarball", ExitCode, &[
        "publint --strict target/package/tidecache.tgz",
        "attw target/package/tidecache.tgz --profile node16 \
         --exclude-entrypoints core.wasm bytes.wasm client.wasm node.wasm http.wasm",
    ]),
    step("size", "gzip sizes are within their limits", ExitCode, &[
        "node xtask/js/size.mjs",
    ]),
    step("docs", "the site of the documentation builds, links and reads well", NodeTest, &[
        "node --test --test-reporter=spec {tests:tests/docs}",
    ]),
    step("release", "a release could be made; the crate packs", ExitCode, &[
        "node xtask/js/release.mjs --dry-run",
        "cargo package --quiet --offline --allow-dirty --package tidecache",
    ]),
    step("readme", "the README's examples run", ExitCode, &[
        "node tests/package/readme.mjs",
    ]),
];

/// Returns whether `step` uses what the build made; all from the first such step on do.
pub(super) fn uses_package(step: &Step) -> bool {
    STEPS.iter().skip_while(|other| other.name != "lint-ts").any(|other| other.name == step.name)
}
