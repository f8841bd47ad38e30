//! The commands that show something: the demonstration and the benchmarks, on the package as built.

use crate::build;
use crate::project::Project;
use crate::setup::{self, Depth};
use crate::shell::{Failure, Tool};

/// Runs the demonstration in Node, caches first and then a cluster, and serves the pages until
/// interrupted, unless `--once`. With `--engine` it is that of an existing engine.
pub(crate) fn demo(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let options = parse(arguments)?;
    let compiler = setup::run(project, Depth::Build)?;
    build::run(project, compiler)?;
    if let Some(script) = options.engine {
        setup::engines(project)?;
        let once = options.once.then_some("--once");
        return Tool::new(project, "node").arg(script).args(once).inherited();
    }
    let mut script = Tool::new(project, "node").arg("examples/demo.mjs");
    if let Some(file) = options.trace {
        script = script.args(["--trace", file]);
    }
    script.inherited()?;
    Tool::new(project, "node").arg(CLUSTER).inherited()?;
    if options.once { Ok(()) } else { Tool::new(project, "node").arg(SERVER).inherited() }
}

/// Runs the benchmarks in Node with `arguments` as they are.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let compiler = setup::run(project, Depth::Build)?;
    build::run(project, compiler)?;
    Tool::new(project, "node").arg("benches/js/main.mjs").args(arguments).inherited()
}

/// Makes the site of the documentation.
pub(crate) fn docs(project: &Project) -> Result<(), Failure> {
    let compiler = setup::run(project, Depth::Build)?;
    build::run(project, compiler)?;
    Tool::new(project, "node").arg("xtask/docs/build.mjs").inherited()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options<'a> {
    once: bool,
    trace: Option<&'a str>,
    /// The example that shows the engine.
    engine: Option<&'static str>,
}

fn parse(arguments: &[String]) -> Result<Options<'_>, Failure> {
    let mut options = Options::default();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--once" => options.once = true,
            "--trace" => {
                let file = rest.next().ok_or_else(|| Failure::new("--trace needs a file"))?;
                options.trace = Some(file);
            }
            "--engine" => {
                let name = rest.next().unwrap_or_default();
                let found = ENGINES.iter().find(|(engine, _)| *engine == name);
                let names = ENGINES.map(|(engine, _)| engine).join(", ");
                let (_, script) =
                    found.ok_or_else(|| Failure::new(format!("--engine needs one of: {names}")))?;
                options.engine = Some(script);
            }
            unknown => {
                let message =
                    format!("demo: no argument `{unknown}` (--once, --trace FILE, --engine NAME)");
                return Err(Failure::new(message));
            }
        }
    }
    Ok(options)
}

/// Engines and the examples that show them.
const ENGINES: [(&str, &str); 2] =
    [("nats", "examples/nats/main.mjs"), ("valkey", "examples/valkey-cluster/main.mjs")];

const CLUSTER: &str = "examples/three-nodes/main.mjs";
const SERVER: &str = "xtask/js/serve.mjs";

#[cfg(test)]
mod tests {
    use super::{ENGINES, Options, parse};

    #[test]
    fn demo_takes_a_trace_and_once_in_any_order() {
        let arguments = ["--trace", "a.zst", "--once"].map(String::from);
        let expected = Options { once: true, trace: Some("a.zst"), engine: None };
        assert_eq!(parse(&arguments).ok(), Some(expected));
        assert!(parse(&["--trace".to_string()]).is_err());
        assert!(parse(&["--twice".to_string()]).is_err());
        assert!(parse(&["--engine".to_string()]).is_err());
        let engine = ["--engine", "nats"].map(String::from);
        assert_eq!(parse(&engine).ok().and_then(|options| options.engine), Some(ENGINES[0].1));
    }
}
