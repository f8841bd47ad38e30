//! What the server is told: by flags, else by the environment, else by a file, else the default.
//!
//! Each setting is a name and a text, wherever it comes from: `max-weight` is `--max-weight`,
//! `TIDECACHE_MAX_WEIGHT`, and `max_weight` in the file. Everything is checked before anything
//! listens, and what is wrong is said with the name of the setting. Secrets are never repeated.

mod file;
mod text;
mod token;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt};

use crate::cluster::session::Token;
use crate::policy::PolicyKind;

use super::log::Level;

/// All settings, checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where RESP is spoken, `HOST:PORT`.
    pub listen: Option<String>,
    /// Where `WebSockets` and frames over HTTP are taken.
    pub ws: Option<String>,
    /// Where HTTP is spoken: keys, Upstash's commands, metrics.
    pub http: Option<String>,
    /// What tools call the node.
    pub id: String,
    /// The number of its set of nodes.
    pub epoch: u64,
    /// Entries it holds at most.
    pub max_entries: u32,
    /// Bytes it holds at most, 64 for each entry included.
    pub max_weight: u64,
    /// Who leaves when there is no room.
    pub policy: PolicyKind,
    /// The longest life of an entry, in milliseconds.
    pub max_ttl_ms: u64,
    /// The longest operation of a client, in milliseconds.
    pub max_timeout_ms: u64,
    /// How far two clocks of the cluster may be apart, in milliseconds.
    pub max_drift_ms: u64,
    /// Sockets it has open at most.
    pub max_connections: usize,
    /// How long it waits, when it is told to stop, for connections to end, in milliseconds.
    pub drain_ms: u64,
    /// Whose pages may use it: exact origins.
    pub origins: Vec<String>,
    /// The certificates and the key of TLS, as PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What opens it; nothing opens it to everybody.
    pub tokens: Vec<Token>,
    /// How much is told in the log.
    pub log: Level,
}

/// What is wrong with a setting, as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(super) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The settings that were given, as texts, and the tokens of the file.
#[derive(Debug, Default)]
pub(super) struct Given {
    texts: BTreeMap<&'static str, String>,
    tokens: Vec<Token>,
}

/// The names of all settings, as in the file.
pub(super) const NAMES: [&str; 18] = [
    "listen",
    "ws",
    "http",
    "id",
    "epoch",
    "max_entries",
    "max_weight",
    "policy",
    "max_ttl",
    "max_timeout",
    "max_drift",
    "max_connections",
    "drain",
    "origins",
    "tls_cert",
    "tls_key",
    "tokens_file",
    "log",
];

impl Given {
    /// Takes a setting, unless a more important place has given it.
    pub(super) fn offer(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let Some(name) = NAMES.into_iter().find(|it| *it == name) else {
            return Err(ConfigError(format!("there is no setting `{name}`")));
        };
        self.texts.entry(name).or_insert_with(|| text.into());
        Ok(())
    }

    /// Takes what the environment has: `TIDECACHE_` and the name, and `TIDECACHE_TOKENS`.
    pub(super) fn offer_environment(&mut self) -> Result<(), ConfigError> {
        for name in NAMES {
            if let Ok(text) = env::var(format!("TIDECACHE_{}", name.to_ascii_uppercase())) {
                self.offer(name, &text)?;
            }
        }
        if let Ok(text) = env::var("TIDECACHE_TOKENS") {
            let secrets = text.split([',', ' ', '\n']).filter(|secret| !secret.is_empty());
            let given = secrets.map(|secret| token::whole("TIDECACHE_TOKENS", secret));
            self.tokens.extend(given.collect::<Result<Vec<_>, _>>()?);
            if self.tokens.is_empty() {
                return Err(ConfigError("TIDECACHE_TOKENS: nobody could log in".into()));
            }
        }
        Ok(())
    }

    /// Takes what a file has.
    pub(super) fn offer_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let (texts, tokens) = file::read(path)?;
        for (name, text) in texts {
            self.offer(&name, &text)
                .map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
        }
        self.tokens.extend(tokens);
        Ok(())
    }

    /// Returns the checked settings.
    pub(super) fn check(mut self) -> Result<Config, ConfigError> {
        if let Some(path) = self.texts.remove("tokens_file") {
            self.tokens.extend(token::list(Path::new(&path))?);
        }
        let config = Config {
            listen: self.address("listen")?,
            ws: self.address("ws")?,
            http: self.address("http")?,
            id: self.read("id", text::id)?.unwrap_or_else(text::random_id),
            epoch: self.within("epoch", 1, 1, (1 << 53) - 1)?,
            max_entries: self.within("max_entries", 1 << 20, 1, 1 << 28)? as u32,
            max_weight: self.bytes("max_weight", 256 << 20, 1 << 16, 1 << 42)?,
            policy: self.read("policy", text::policy)?.unwrap_or(PolicyKind::S3Fifo),
            max_ttl_ms: self.span("max_ttl", 24 * 3_600_000, 366 * 86_400_000)?,
            max_timeout_ms: self.span("max_timeout", 5_000, 3_600_000)?,
            max_drift_ms: self.span("max_drift", 500, 60_000)?,
            max_connections: self.within("max_connections", 16_384, 1, 1 << 20)? as usize,
            drain_ms: self.span("drain", 10_000, 3_600_000)?,
            origins: self.read("origins", text::origins)?.unwrap_or_default(),
            tls: self.tls()?,
            log: self.read("log", text::level)?.unwrap_or(Level::Info),
            tokens: self.tokens,
        };
        config.check()
    }

    fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let said = |what| ConfigError(format!("{name}: {what}"));
        self.texts.get(name).map(|text| parse(text).map_err(said)).transpose()
    }

    fn address(&self, name: &str) -> Result<Option<String>, ConfigError> {
        Ok(self.read(name, text::address)?.flatten())
    }

    fn within(&self, name: &str, usual: u64, min: u64, max: u64) -> Result<u64, ConfigError> {
        let number = self.read(name, |text| text::within(text, min, max))?;
        Ok(number.unwrap_or(usual))
    }

    fn bytes(&self, name: &str, usual: u64, min: u64, max: u64) -> Result<u64, ConfigError> {
        Ok(self.read(name, |text| text::bytes(text, min, max))?.unwrap_or(usual))
    }

    fn span(&self, name: &str, usual: u64, max: u64) -> Result<u64, ConfigError> {
        Ok(self.read(name, |text| text::span(text, max))?.unwrap_or(usual))
    }

    fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
        match (self.texts.get("tls_cert"), self.texts.get("tls_key")) {
            (Some(cert), Some(key)) => Ok(Some((cert.into(), key.into()))),
            (None, None) => Ok(None),
            _ => Err(ConfigError("tls_cert and tls_key belong together".into())),
        }
    }
}

impl Config {
    /// Checks what one setting says of another.
    fn check(self) -> Result<Self, ConfigError> {
        let said = |what: &str| Err(ConfigError(what.into()));
        if self.listen.is_none() && self.ws.is_none() && self.http.is_none() {
            return said("nothing to listen at: give listen, ws or http");
        }
        let fixed = self.listen.as_ref().filter(|address| !address.ends_with(":0"));
        if fixed.is_some() && [&self.ws, &self.http].iter().any(|it| it.as_ref() == fixed) {
            return said("listen: RESP has a port of its own");
        }
        Ok(self)
    }
}
