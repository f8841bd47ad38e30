//! Links to nodes: four ways to carry frames, and one task for each node that keeps its link.
//!
//! A transport knows nothing of what is in a frame. It connects, tells the [`Driver`] that the link
//! is up, hands over what arrives, and returns when the link is lost; then the task pauses and
//! connects again. The pause is full jitter [1]: a random part of 50 ms, doubled with each attempt
//! up to 5 s, and 50 ms again once a node has answered the greeting.
//!
//! [1] M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.

mod fetch;
mod line;
mod port;
mod request;
mod websocket;

use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::pin;

use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable, Either, select};
use js_sys::{ArrayBuffer, Function, Math, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::driver::Driver;
use super::timer::Pause;

pub(super) use line::{Asked, Heard, Line, pushes};
use port::Port;
pub(super) use request::Answer;
use request::Transport;

/// What a link is made of.
#[derive(Clone, PartialEq)]
pub(super) enum Spec {
    /// A constructor, a URL.
    WebSocket(Function, String),
    /// The node's URL.
    Fetch(String),
    /// A port or a worker.
    Port(Port),
    /// An object of the application's with `request()`.
    Transport(Transport),
}

/// How answers belong to frames.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Replies come in the order of all messages of the link, and pushes between them.
    Ordered,
    /// Each frame has its own answer, and begins with a greeting.
    Alone {
        /// Whether pushes come beside the answers.
        pushes: bool,
    },
}

/// Many messages to one node.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    /// Whose answers it will have, where each frame has its own answer.
    pub(super) asked: Vec<Asked>,
}

/// A link that is up. None of these is called while anything is borrowed.
pub(super) trait Wire {
    /// Sends a frame. One that cannot be sent ends the link.
    fn send(self: Rc<Self>, frame: Frame);

    /// Returns how many bytes have not left yet.
    fn buffered(&self) -> usize;

    /// Whether a frame would be sent at once; if not, the driver is told when.
    fn is_ready(&self) -> bool {
        true
    }
}

impl Spec {
    /// Returns what the link of a plain object is made of; `None` if it is none.
    pub(super) fn from_js(link: &JsValue) -> Option<Self> {
        let field = |name: &str| Reflect::get(link, &JsValue::from_str(name)).ok();
        let url = || field("url")?.as_string();
        match field("kind")?.as_string()?.as_str() {
            "websocket" => Some(Self::WebSocket(field("WebSocket")?.dyn_into().ok()?, url()?)),
            "fetch" => Some(Self::Fetch(url()?)),
            "port" => {
                field("port").filter(JsValue::is_object).map(|it| Self::Port(it.unchecked_into()))
            }
            "transport" => {
                let transport = field("transport").filter(JsValue::is_object)?;
                Some(Self::Transport(transport.unchecked_into()))
            }
            _ => None,
        }
    }
}

/// The task that keeps a link; dropping it ends the link.
pub(super) struct Task(AbortHandle);

impl Task {
    /// Starts to connect.
    pub(super) fn start(driver: Weak<Driver>, node: u32, spec: Spec) -> Self {
        let (handle, registration) = AbortHandle::new_pair();
        let task = Abortable::new(keep(driver, node, spec, handle.clone()), registration);
        spawn_local(async move {
            // Ended by its handle or by the end of the driver: there is nobody to tell.
            let _ = task.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep(driver: Weak<Driver>, node: u32, spec: Spec, handle: AbortHandle) {
    let mut attempt = 0;
    if let Spec::Transport(transport) = &spec {
        request::listen(&driver, node, transport, handle);
    }
    loop {
        match &spec {
            Spec::WebSocket(constructor, url) => {
                websocket::live(&driver, node, constructor, url).await;
            }
            Spec::Fetch(url) => fetch::live(&driver, node, url).await,
            Spec::Port(port) => port::live(&driver, node, port).await,
            Spec::Transport(transport) => request::live(&driver, node, transport).await,
        }
        let Some(was_good) = driver.upgrade().map(|driver| driver.lost(node)) else { return };
        // Nothing tells the late replies of a port's last session from those of its next.
        if let Spec::Port(_) = spec {
            return;
        }
        attempt = if was_good { 0 } else { attempt + 1 };
        let longest = PAUSE_MS_MAX.min(PAUSE_MS_MIN << attempt.min(16));
        Pause::of_nobody((Math::random() * f64::from(longest)) as u32).await;
    }
}

/// Asks for the client's token; `None` if there is none to be had now.
async fn token(driver: &Weak<Driver>) -> Option<Option<String>> {
    let token = driver.upgrade()?.token();
    let Some(ask) = token.dyn_ref::<Function>() else { return Some(token.as_string()) };
    let answer = ask.call0(&JsValue::UNDEFINED).ok()?;
    let answer = within(HANDSHAKE_MS, JsFuture::from(Promise::resolve(&answer))).await?.ok()?;
    Some(answer.as_string())
}

/// Returns what `future` gives, unless `ms` milliseconds pass before.
async fn within<F: Future>(ms: u32, future: F) -> Option<F::Output> {
    match select(pin!(future), Pause::new(ms)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Ends what waits for the other end; once.
#[derive(Debug)]
struct End(core::cell::RefCell<Option<oneshot::Sender<()>>>);

impl End {
    fn new() -> (Rc<Self>, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Rc::new(Self(core::cell::RefCell::new(Some(sender)))), receiver)
    }

    fn end(&self) {
        let sender = self.0.borrow_mut().take();
        // Nobody waits any more if the task was ended.
        sender.map(|sender| sender.send(()));
    }
}

#[wasm_bindgen]
extern "C" {
    /// What has bytes.
    type View;
    /// Throws if `buffer` is no buffer, of whichever realm.
    #[wasm_bindgen(constructor, catch, js_class = DataView)]
    fn new(buffer: &JsValue) -> Result<View, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn buffer(this: &View) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = byteOffset)]
    fn byte_offset(this: &View) -> u32;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &View) -> u32;
}

/// Returns the bytes of what should be a buffer or a view of one; `None` if it is something else,
/// longer than any answer is, or empty. What only has a `length` would be given so much memory.
fn bytes_of(data: &JsValue) -> Option<Vec<u8>> {
    let view: View = if ArrayBuffer::is_view(data) {
        data.clone().unchecked_into()
    } else {
        View::new(data).ok()?
    };
    let (from, len) = (view.byte_offset(), view.byte_length());
    let array = Uint8Array::new_with_byte_offset_and_length(&view.buffer(), from, len);
    let len = array.length() as usize;
    (len > 0 && len <= ANSWER_BYTES_MAX).then(|| array.to_vec())
}

/// A link that is not up after this is given up; so is the question for a token.
const HANDSHAKE_MS: u32 = 5_000;

const PAUSE_MS_MIN: u32 = 50;
const PAUSE_MS_MAX: u32 = 5_000;

/// What arrives at once is not longer: a frame may ask for many values of a megabyte each.
const ANSWER_BYTES_MAX: usize = 64 << 20;
