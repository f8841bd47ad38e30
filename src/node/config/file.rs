//! The configuration file: TOML, flat but for the tokens.

use std::fs;
use std::path::Path;

use super::{ConfigError, token};
use crate::cluster::session::Token;

/// Settings as texts by their names, and tokens.
type Settings = (Vec<(String, String)>, Vec<Token>);

/// Returns the settings of a file as texts, and its tokens.
pub(super) fn read(path: &Path) -> Result<Settings, ConfigError> {
    let place = path.display().to_string();
    let text =
        fs::read_to_string(path).map_err(|error| ConfigError(format!("{place}: {error}")))?;
    parse(&place, &text)
}

/// Returns the settings of a file's text.
pub(super) fn parse(place: &str, text: &str) -> Result<Settings, ConfigError> {
    // The parser's message shows the line, which may hold a secret.
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError(format!("{place}: {}", error.message())))?;
    let (mut texts, mut tokens) = (Vec::new(), Vec::new());
    for (name, value) in &table {
        if name == "tokens" {
            tokens = tokens_of(place, value)?;
        } else {
            let text = text_of(value)
                .ok_or_else(|| ConfigError(format!("{place}: {name}: a text or a number")))?;
            texts.push((name.clone(), text));
        }
    }
    Ok((texts, tokens))
}

fn tokens_of(place: &str, value: &toml::Value) -> Result<Vec<Token>, ConfigError> {
    let said = || ConfigError(format!("{place}: write each token as a table [[tokens]]"));
    let tables = value.as_array().filter(|tables| !tables.is_empty()).ok_or_else(said)?;
    let tokens = tables.iter().map(|table| {
        let table = table.as_table().ok_or_else(said)?;
        token::of_table(place, table)
    });
    tokens.collect()
}

/// Returns a value as it would be a flag; lists are separated by commas.
fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(values) => {
            let texts: Option<Vec<_>> = values.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_settings_and_tokens() {
        let text = "listen = '127.0.0.1:1'\nepoch = 2\norigins = ['https://a', 'https://b']\n\
            [[tokens]]\nsecret = 'abc'\n";
        let (texts, tokens) = parse("file", text).expect("a right file");
        let origins = ("origins".to_string(), "https://a,https://b".to_string());
        assert!(texts.contains(&origins) && texts.len() == 3 && tokens.len() == 1);
    }

    #[test]
    fn a_broken_file_is_refused_without_being_shown() {
        for text in ["secret = ", "[[tokens]]\nsecret = 'hush", "tokens = 'hush'", "tokens = []"] {
            let error = parse("file", text).expect_err(text).to_string();
            assert!(error.starts_with("file: ") && !error.contains("hush"), "{error}");
        }
    }
}
