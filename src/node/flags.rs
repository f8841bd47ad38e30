//! The command line. It never takes a token: everybody on the machine can read it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::config::{Config, ConfigError, Given, NAMES};

/// What the program is asked to do.
#[derive(Debug)]
pub enum Asked {
    /// To print its help.
    Help,
    /// To print its version.
    Version,
    /// To check its settings and end.
    Check(Box<Config>),
    /// To serve.
    Serve(Box<Config>),
}

/// Returns what the program is asked to do, by its arguments and environment.
///
/// # Errors
///
/// What is wrong with a flag or a setting. Nothing was opened but the files of the configuration.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, ConfigError> {
    let said = |error: lexopt::Error| ConfigError(error.to_string());
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut given, mut is_check) = (Given::default(), false);
    let mut file = std::env::var_os("TIDECACHE_CONFIG").map(PathBuf::from);
    while let Some(argument) = parser.next().map_err(said)? {
        match argument {
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => return Ok(Asked::Help),
            lexopt::Arg::Short('V') | lexopt::Arg::Long("version") => return Ok(Asked::Version),
            lexopt::Arg::Long("check") => is_check = true,
            lexopt::Arg::Short('c') | lexopt::Arg::Long("config") => {
                file = Some(parser.value().map_err(said)?.into());
            }
            lexopt::Arg::Long(flag) => {
                let name = flag.replace('-', "_");
                if !NAMES.contains(&name.as_str()) {
                    return Err(ConfigError(format!("there is no flag --{flag}; see --help")));
                }
                let value = parser.value().map_err(said)?;
                let value = value.to_str().ok_or_else(|| {
                    ConfigError(format!("--{}: no UTF-8", name.replace('_', "-")))
                })?;
                given.offer(&name, value)?;
            }
            other => return Err(said(other.unexpected())),
        }
    }
    given.offer_environment()?;
    if let Some(file) = file {
        given.offer_file(&file)?;
    }
    let config = Box::new(given.check()?);
    Ok(if is_check { Asked::Check(config) } else { Asked::Serve(config) })
}

/// What `--help` prints.
pub const HELP: &str = "\
tidecache-node: a node of a Tidecache cluster, and a small cache server of its own

usage: tidecache-node [--config FILE] [--check] [--SETTING VALUE]...

A setting is a flag, a variable TIDECACHE_SETTING, or a line of the file, in this order:

  --listen HOST:PORT     RESP2 and RESP3 over TCP, for the clients of Redis
  --ws HOST:PORT         WebSockets and frames over HTTP, for tidecache/cluster
  --http HOST:PORT       /v1/kv, Upstash's commands, /metrics; may be the address of --ws
  --tls-cert FILE        PEM certificates: every listener speaks TLS
  --tls-key FILE         their key
  --tokens-file FILE     secrets that open it, one a line; without tokens it is open to all
  --origins LIST         whose pages may use it, exact, such as https://app.example
  --max-weight SIZE      memory for entries (256MiB)
  --max-entries NUMBER   entries (1048576)
  --policy NAME          lru, lfu, fifo, sieve, s3-fifo, w-tinylfu, adaptive (s3-fifo)
  --max-ttl SPAN         the longest life of an entry (24h)
  --max-timeout SPAN     the longest operation of a client (5s)
  --max-drift SPAN       how far clocks of the cluster may be apart (500ms)
  --max-connections N    sockets at a time (16384)
  --drain SPAN           how long it waits for connections when it is told to stop (10s)
  --id NAME              what tools call it
  --epoch NUMBER         the number of its set of nodes (1)
  --log LEVEL            error, warn, info, debug (info)

  --config FILE          settings and [[tokens]] with scopes, as TOML (TIDECACHE_CONFIG)
  --check                checks all of it and ends
  --help, --version

docs/node.md says the rest.
";
