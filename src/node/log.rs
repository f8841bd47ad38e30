//! The log: a JSON object a line, on standard error. No line ever holds a token or a key.

use std::io::Write;

use serde_json::{Map, Value};

use super::hub::wall_ms;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What ends the server.
    Error,
    /// What somebody should look at.
    Warn,
    /// When it starts, listens, drains and stops.
    Info,
    /// Each connection that is turned away, too.
    Debug,
}

/// Writes lines of a level and those more important.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    level: Level,
}

impl Level {
    pub(super) const NAMES: [(&str, Self); 4] = [
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
    ];

    const fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

impl Log {
    pub(super) const fn new(level: Level) -> Self {
        Self { level }
    }

    /// Writes one line: when, how important, what, and more of it.
    pub(super) fn line(self, level: Level, event: &str, fields: &[(&str, Value)]) {
        if level > self.level {
            return;
        }
        let mut line = Map::new();
        line.insert("time_ms".into(), wall_ms().into());
        line.insert("level".into(), level.name().into());
        line.insert("event".into(), event.into());
        line.extend(fields.iter().map(|(name, value)| ((*name).into(), value.clone())));
        // Who has closed standard error wants no log.
        let _ = writeln!(std::io::stderr().lock(), "{}", Value::Object(line));
    }
}
