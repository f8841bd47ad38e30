//! Entries as resources: `/v1/kv/KEY`.
//!
//! A `GET` is 200 with the value, `ETag` (its version) and `Cache-Control: max-age` (what is left
//! of its life), 304 if the client has that version, 404 for a miss. A `PUT` stores the body, for
//! as long as `Cache-Control: max-age` says; `DELETE` removes. `If-Match` and `If-None-Match: *`
//! are checked against this node alone and with nothing in between.

use hyper::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Response, StatusCode};

use super::reply::{Body, busy, empty, refused, set};
use super::{Asked, Reply};
use crate::node::hub::wall_ms;
use crate::node::link::Link;
use crate::wire::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::wire::{Decoder, Encoder, Held, Protocol, Reply as Told, Request, Version};

impl Asked {
    /// Answers a request for one entry; `key` is as the path has it.
    pub(super) async fn kv(self, key: &str) -> Reply {
        let trust = match self.trust() {
            Ok(trust) => trust,
            Err(refusal) => return refusal,
        };
        let Some(key) = unescaped(key).filter(|key| key.len() <= KEY_BYTES_MAX) else {
            return refused(StatusCode::BAD_REQUEST);
        };
        let (hub, method) = (self.hub, self.request.method().clone());
        let headers = self.request.headers().clone();
        let body = match method {
            Method::PUT => match Self::body(self.request).await {
                Ok(body) if body.len() > VALUE_BYTES_MAX => {
                    return refused(StatusCode::PAYLOAD_TOO_LARGE);
                }
                Ok(body) => body,
                Err(refusal) => return refusal,
            },
            _ => bytes::Bytes::new(),
        };
        let Some(link) = Link::open(&hub, trust, Protocol::Resp3) else { return busy() };
        let mut entry = Entry { link, epoch: hub.config.epoch, key, headers };
        let answer = match method {
            Method::GET => entry.get(true),
            Method::HEAD => entry.get(false),
            Method::PUT => entry.put(&body),
            Method::DELETE => entry.delete(),
            _ => Ok(refused(StatusCode::METHOD_NOT_ALLOWED)),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

/// One entry, as one request sees it.
struct Entry {
    link: Link,
    epoch: u64,
    key: Vec<u8>,
    headers: HeaderMap,
}

impl Entry {
    fn get(&mut self, has_body: bool) -> Result<Reply, Reply> {
        let Some(held) = self.held(false)? else { return Ok(refused(StatusCode::NOT_FOUND)) };
        let is_known = self.names(&IF_NONE_MATCH, held.version);
        let value = held.value.unwrap_or_default();
        let mut reply = if is_known {
            empty(StatusCode::NOT_MODIFIED)
        } else {
            Response::new(Body::Whole(has_body.then(|| value.into())))
        };
        let kind = if held.flags == 1 { "text/plain; charset=utf-8" } else { BYTES };
        set(&mut reply, CONTENT_TYPE, kind);
        set(&mut reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
        let headers = reply.headers_mut();
        headers.insert(ETAG, tag(held.version));
        let ttl_ms = held.expires_at_ms.saturating_sub(wall_ms());
        if let Ok(text) = HeaderValue::try_from(format!("max-age={}", ttl_ms / 1000)) {
            headers.insert(CACHE_CONTROL, text);
        }
        headers.insert(FLAGS, HeaderValue::from(held.flags));
        Ok(reply)
    }

    fn put(&mut self, value: &[u8]) -> Result<Reply, Reply> {
        self.check()?;
        let ttl = max_age(&self.headers).map_err(|()| refused(StatusCode::BAD_REQUEST))?;
        let key = self.key.clone();
        let answer = match &ttl {
            Some(ttl) => self.say(&[b"SET", &key, value, b"EX", ttl.as_bytes()]),
            None => self.say(&[b"SET", &key, value]),
        };
        refusal_of(&answer)?;
        let mut reply = empty(StatusCode::NO_CONTENT);
        // A token that may not read hears no version.
        if let Ok(Some(held)) = self.held(true) {
            reply.headers_mut().insert(ETAG, tag(held.version));
        }
        Ok(reply)
    }

    fn delete(&mut self) -> Result<Reply, Reply> {
        self.check()?;
        let key = self.key.clone();
        let answer = self.say(&[b"DEL", &key]);
        refusal_of(&answer)?;
        Ok(match answer.as_slice() {
            b":0\r\n" => refused(StatusCode::NOT_FOUND),
            _ => empty(StatusCode::NO_CONTENT),
        })
    }

    /// Checks on what the request depends.
    fn check(&mut self) -> Result<(), Reply> {
        if !self.headers.contains_key(IF_MATCH) && !self.headers.contains_key(IF_NONE_MATCH) {
            return Ok(());
        }
        let version = self.held(true)?.map(|held| held.version);
        let is_met = match version {
            Some(version) => {
                let is_wanted =
                    !self.headers.contains_key(IF_MATCH) || self.names(&IF_MATCH, version);
                is_wanted && !self.names(&IF_NONE_MATCH, version)
            }
            None => !self.headers.contains_key(IF_MATCH),
        };
        if is_met { Ok(()) } else { Err(refused(StatusCode::PRECONDITION_FAILED)) }
    }

    /// Whether a header names this version, or any.
    fn names(&self, header: &HeaderName, version: Version) -> bool {
        let tag = tag(version);
        let values = self.headers.get_all(header).into_iter();
        let mut tags = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
        tags.any(|text| {
            let text = text.trim_ascii();
            let text = text.strip_prefix(b"W/").unwrap_or(text);
            text == b"*" || text == tag.as_bytes()
        })
    }

    /// Returns the record; with `digest` perhaps without its value.
    fn held(&mut self, digest: bool) -> Result<Option<Held>, Reply> {
        let mut bytes = Vec::new();
        let hello = Request::Hello { epoch: self.epoch, pushes: false };
        let get = Request::Get { key: self.key.clone(), digest };
        let encoded = hello.encode(&mut bytes).and_then(|()| get.encode(&mut bytes));
        encoded.map_err(|_| refused(StatusCode::BAD_REQUEST))?;
        let mut out = Vec::new();
        self.link.receive(&bytes, &mut out);
        // A value of the greatest length has no room beside the greeting.
        while self.link.standing() == crate::cluster::session::Standing::More {
            self.link.receive(&[], &mut out);
        }
        let (mut decoder, mut input) = (Decoder::of_replies(), out.as_slice());
        let mut last = None;
        while let Ok(Some(frame)) = decoder.decode(&mut input) {
            last = Told::decode(frame).ok();
        }
        match last {
            Some(Told::Held(held)) => Ok(Some(held)),
            Some(Told::Gone { .. } | Told::Forgot { .. }) => Ok(None),
            Some(Told::Refused { reason }) => Err(refusal(&reason)),
            _ => Err(busy()),
        }
    }

    /// Says one command and returns the answer.
    fn say(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let (mut bytes, mut out) = (Vec::new(), Vec::new());
        Encoder::new(&mut bytes, Protocol::Resp3).command(words);
        self.link.receive(&bytes, &mut out);
        out
    }
}

/// Turns an error of RESP into one of HTTP.
fn refusal_of(answer: &[u8]) -> Result<(), Reply> {
    match answer.strip_prefix(b"-") {
        Some(reason) => Err(refusal(reason)),
        None => Ok(()),
    }
}

fn refusal(reason: &[u8]) -> Reply {
    match reason.split(|&byte| byte == b' ').next().unwrap_or_default() {
        b"NOPERM" => refused(StatusCode::FORBIDDEN),
        b"NOAUTH" | b"WRONGPASS" => super::reply::unauthorized(),
        b"TRYAGAIN" | b"BUSY" => busy(),
        _ => refused(StatusCode::BAD_REQUEST),
    }
}

/// Returns the seconds of `Cache-Control: max-age`, as digits.
fn max_age(headers: &HeaderMap) -> Result<Option<String>, ()> {
    let Some(text) = headers.get(CACHE_CONTROL) else { return Ok(None) };
    let text = text.to_str().map_err(|_| ())?.to_ascii_lowercase();
    let found = text.split(',').find_map(|part| part.trim().strip_prefix("max-age="));
    match found {
        None => Ok(None),
        Some(digits) => match digits.parse::<u64>() {
            Ok(seconds) if seconds > 0 => Ok(Some(seconds.to_string())),
            _ => Err(()),
        },
    }
}

/// Returns a key as the path escapes it.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut key = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            key.push(byte);
            continue;
        }
        let digits = [bytes.next()?, bytes.next()?].map(|digit| char::from(digit).to_digit(16));
        key.push((digits[0]? * 16 + digits[1]?) as u8);
    }
    (!key.is_empty()).then_some(key)
}

fn tag(version: Version) -> HeaderValue {
    let text = format!("\"{:032x}\"", u128::from_be_bytes(version.to_bytes()));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

const BYTES: &str = "application/octet-stream";
/// How a cluster's client reads the value; 0 is bytes.
const FLAGS: HeaderName = HeaderName::from_static("tidecache-flags");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_any_bytes_escaped() {
        assert_eq!(unescaped("user%3A1").as_deref(), Some(&b"user:1"[..]));
        assert_eq!(unescaped("a/b%0d%0A%ff").as_deref(), Some(&b"a/b\r\n\xff"[..]));
        for wrong in ["", "%", "%4", "%zz"] {
            assert_eq!(unescaped(wrong), None, "{wrong}");
        }
    }
}
