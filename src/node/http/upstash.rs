//! Upstash's REST interface, as far as `@upstash/redis` uses it: commands as arrays of JSON.
//!
//! `POST /` is one command, answered `{"result": …}` or `{"error": …}`; `/pipeline` and
//! `/multi-exec` are several, answered as an array, with nothing in between: the node does one
//! thing at a time. With `Upstash-Encoding: base64` strings come as base64, `OK` excepted.

use hyper::{Method, StatusCode};
use serde_json::Value;

use super::reply::{busy, refused, told};
use super::{Asked, Reply};
use crate::cluster::session::Standing;
use crate::node::link::Link;
use crate::wire::limits::ARGUMENTS_MAX;
use crate::wire::{Decoder, Encoder, Protocol, Value as Told};

impl Asked {
    /// Answers the commands of a body.
    pub(super) async fn upstash(self, path: &str) -> Reply {
        if *self.request.method() != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        let trust = match self.trust() {
            Ok(trust) => trust,
            // Its client reads the reason as JSON.
            Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => {
                return error(StatusCode::UNAUTHORIZED, "Unauthorized");
            }
            Err(refusal) => return refusal,
        };
        let is_base64 = self.request.headers().get("upstash-encoding");
        let is_base64 = is_base64.is_some_and(|value| value.as_bytes() == b"base64");
        let hub = self.hub;
        let body = match Self::body(self.request).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        // Deep nesting is refused by the parser.
        let Ok(Value::Array(given)) = serde_json::from_slice(&body) else {
            return error(StatusCode::BAD_REQUEST, "ERR a command is an array of JSON");
        };
        let Some(link) = Link::open(&hub, trust, Protocol::Resp2) else { return busy() };
        let mut speaker = Speaker { link, is_base64 };
        if path == "/" {
            return match speaker.answer(&given) {
                Ok(result) => json(StatusCode::OK, &wrapped("result", result)),
                Err(text) => error(StatusCode::BAD_REQUEST, &text),
            };
        }
        if given.len() > ARGUMENTS_MAX {
            return error(StatusCode::BAD_REQUEST, "ERR a pipeline has at most 1024 commands");
        }
        let text = speaker.answer_all(&given);
        told(StatusCode::OK, "application/json", text)
    }
}

/// Says commands and reads the replies.
struct Speaker {
    link: Link,
    is_base64: bool,
}

impl Speaker {
    /// Answers commands as an array. What is longer together than a body may be is an error each.
    fn answer_all(&mut self, given: &[Value]) -> String {
        let mut text = String::from("[");
        for (at, command) in given.iter().enumerate() {
            let answer = match command {
                _ if text.len() > REPLIES_BYTES_MAX => {
                    Err("ERR the replies are longer than 4 MiB together, ask for fewer".into())
                }
                Value::Array(words) => self.answer(words),
                _ => Err("ERR a command is an array of JSON".into()),
            };
            if at > 0 {
                text.push(',');
            }
            let answer = match answer {
                Ok(result) => wrapped("result", result),
                Err(why) => wrapped("error", Value::String(why)),
            };
            text.push_str(&answer.to_string());
        }
        text.push(']');
        text
    }

    /// Answers one command; an error is its text.
    fn answer(&mut self, words: &[Value]) -> Result<Value, String> {
        let words: Option<Vec<Vec<u8>>> = words.iter().map(word).collect();
        let words = words.ok_or("ERR a word of a command is a string, a number or a boolean")?;
        if words.len() > ARGUMENTS_MAX {
            return Err("ERR a command has at most 1024 words".into());
        }
        let borrowed: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let (mut bytes, mut out) = (Vec::new(), Vec::new());
        Encoder::new(&mut bytes, Protocol::Resp2).command(&borrowed);
        self.link.receive(&bytes, &mut out);
        while self.link.standing() == Standing::More {
            self.link.receive(&[], &mut out);
        }
        let (mut decoder, mut input) = (Decoder::of_replies(), out.as_slice());
        match decoder.decode(&mut input) {
            Ok(Some(frame)) => self.json(frame.value()),
            _ => Err("ERR there is no answer to this".into()),
        }
    }

    fn json(&self, told: Told) -> Result<Value, String> {
        Ok(match told {
            Told::Error(text) => return Err(String::from_utf8_lossy(&text).into_owned()),
            Told::Simple(text)
            | Told::Bulk(text)
            | Told::Big(text)
            | Told::Verbatim { text, .. } => self.text(&text),
            Told::Integer(number) => number.into(),
            Told::Double(number) => number.into(),
            Told::Boolean(is_true) => is_true.into(),
            Told::Null => Value::Null,
            Told::Array(values) | Told::Set(values) | Told::Push(values) => {
                values.into_iter().map(|value| self.json(value)).collect::<Result<_, _>>()?
            }
            Told::Map(pairs) => {
                let flat = pairs.into_iter().flat_map(|(key, value)| [key, value]);
                flat.map(|value| self.json(value)).collect::<Result<_, _>>()?
            }
        })
    }

    fn text(&self, text: &[u8]) -> Value {
        if self.is_base64 && text != b"OK" {
            return Value::String(base64(text));
        }
        String::from_utf8_lossy(text).into()
    }
}

/// Returns a word as RESP has it.
fn word(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        Value::Bool(is_true) => Some(is_true.to_string().into_bytes()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn wrapped(name: &str, value: Value) -> Value {
    Value::Object([(name.to_string(), value)].into_iter().collect())
}

fn error(status: StatusCode, text: &str) -> Reply {
    json(status, &wrapped("error", text.into()))
}

fn json(status: StatusCode, value: &Value) -> Reply {
    told(status, "application/json", value.to_string())
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3)
            .fold(0, |word, at| word << 8 | u32::from(chunk.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

const REPLIES_BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        let texts = [&b""[..], b"f", b"fo", b"foo", b"foob", b"\xff\xfe"].map(base64);
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "//4="]);
    }
}
