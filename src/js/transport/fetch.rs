//! Frames as bodies of HTTP requests: `POST {url}/v1/frames`.
//!
//! A link is up as soon as there is a token, since nothing is connected: a node that is not there
//! fails the greeting. The token is asked for again when the node does not take it.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use crate::wire::{NO_AUTH, NO_PERM};

use super::request::{Answer, Ask, run};
use super::{Driver, bytes_of, token};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
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
    fetch(url, &init)
}

async fn answer(promise: Promise) -> Result<Answer, JsValue> {
    let response: Response = JsFuture::from(promise).await?.unchecked_into();
    let status = response.status();
    // The body of an error is read too: until then the connection is not free.
    let body = JsFuture::from(response.array_buffer()?).await?;
    Ok(match status {
        200 => bytes_of(&body).map_or(Answer::Failed, Answer::Frame),
        401 => Answer::Refused(NO_AUTH),
        403 => Answer::Refused(NO_PERM),
        429 | 503 => Answer::Busy,
        _ => Answer::Failed,
    })
}
