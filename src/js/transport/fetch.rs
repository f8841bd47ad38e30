//! Frames as bodies of HTTP requests: `POST {url}/v1/frames`.
//!
//! A link is up as soon as there is a token, since nothing is connected: a node that is not there
//! fails the greeting. The token is asked for again when the node does not take it.
//!
//! Who answers may be anybody: a body is read piece by piece, and no further than an answer goes;
//! and a redirection is not followed, since it would carry the token to somebody else's server.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit};

use crate::wire::{NO_AUTH, NO_PERM};

use super::request::{Answer, Ask, run};
use super::{ANSWER_BYTES_MAX, Driver, token};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    type Response;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Response) -> Option<Body>;

    type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;
    #[wasm_bindgen(method)]
    fn cancel(this: &Reader) -> Promise;

    type Chunk;
    #[wasm_bindgen(method, getter)]
    fn done(this: &Chunk) -> bool;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Chunk) -> JsValue;
}

/// Opens the link and returns when it is lost.
pub(super) async fn live(driver: &Weak<Driver>, node: u32, url: &str) {
    let Some(token) = token(driver).await else { return };
    let url: Rc<str> = [url, "/v1/frames"].concat().into();
    let token: Option<Rc<str>> = token.map(|token| ["Bearer ", &token].concat().into());
    let ask: Ask = Box::new(move |frame, signal| {
        let sent = send(&url, token.as_deref(), &frame, &signal);
        Box::pin(async move {
            match sent {
                Ok(promise) => answer(promise).await.unwrap_or(Answer::Lost),
                Err(_) => Answer::Lost,
            }
        })
    });
    run(driver, node, false, ask).await;
}

fn send(
    url: &str,
    token: Option<&str>,
    frame: &Uint8Array,
    signal: &AbortSignal,
) -> Result<Promise, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/vnd.tidecache.resp3")?;
    if let Some(token) = token {
        headers.set("authorization", token)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(frame);
    init.set_signal(Some(signal));
    // Not "error", which edge workers do not know; what comes of this is no 200 anywhere.
    Reflect::set(&init, &JsValue::from_str("redirect"), &JsValue::from_str("manual"))?;
    fetch(url, &init)
}

async fn answer(promise: Promise) -> Result<Answer, JsValue> {
    let response: Response = JsFuture::from(promise).await?.unchecked_into();
    let status = response.status();
    let bytes_max = if status == 200 { ANSWER_BYTES_MAX } else { ERROR_BYTES_MAX };
    // The body of an error is read too: until then the connection is not free.
    let body = match response.body() {
        Some(body) => read(&body.reader()?, bytes_max).await?,
        None => None,
    };
    Ok(match status {
        200 => body.filter(|bytes| !bytes.is_empty()).map_or(Answer::Failed, Answer::Frame),
        401 => Answer::Refused(NO_AUTH),
        403 => Answer::Refused(NO_PERM),
        429 | 503 => Answer::Busy,
        _ => Answer::Failed,
    })
}

/// Returns a body; `None` if it has more than `bytes_max` bytes, of which no more is read then.
async fn read(reader: &Reader, bytes_max: usize) -> Result<Option<Vec<u8>>, JsValue> {
    let mut bytes = Vec::new();
    loop {
        let chunk: Chunk = JsFuture::from(reader.read()).await?.unchecked_into();
        if chunk.done() {
            return Ok(Some(bytes));
        }
        let part: Uint8Array = chunk.value().dyn_into()?;
        let len = bytes.len();
        if part.length() as usize > bytes_max - len {
            // Whether the server hears of it is its own affair.
            let _ = JsFuture::from(reader.cancel()).await;
            return Ok(None);
        }
        bytes.resize(len + part.length() as usize, 0);
        part.copy_to(&mut bytes[len..]);
    }
}

/// What is read of an answer that is an error: ours are a line.
const ERROR_BYTES_MAX: usize = 4096;
