//! Frames over a WebSocket: the browser's, Node's own, or that of the package `ws`.
//!
//! All three have the properties `on…`, `binaryType` and `bufferedAmount`; the constructor is
//! passed in. The token goes as a second subprotocol, `bearer.` and the token in base64url: a
//! browser's socket carries no header, and a URL would end up in logs. The server selects the first
//! protocol only.

use alloc::rc::{Rc, Weak};
use alloc::string::String;
use core::cell::Cell;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::{Driver, End, Frame, HANDSHAKE_MS, Kind, Wire, bytes_of, token, within};

/// A socket that is open.
struct SocketWire {
    socket: WebSocket,
    end: Rc<End>,
}

impl Wire for SocketWire {
    fn send(self: Rc<Self>, frame: Frame) {
        if self.socket.send_with_u8_array(&frame.bytes).is_err() {
            self.end.end();
        }
    }

    fn buffered(&self) -> usize {
        self.socket.buffered_amount() as usize
    }
}

/// A socket and what it calls; dropping it closes the socket.
struct Connection {
    socket: WebSocket,
    _on_open: Closure<dyn Fn(JsValue)>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_end: Closure<dyn Fn(JsValue)>,
}

/// Connects and returns when the link is lost or could not be had.
pub(super) async fn live(driver: &Weak<Driver>, node: u32, constructor: &Function, url: &str) {
    let Some(token) = token(driver).await else { return };
    let protocols = Array::of1(&JsValue::from_str(PROTOCOL));
    if let Some(token) = token {
        protocols.push(&JsValue::from_str(&["bearer.", &base64url(token.as_bytes())].concat()));
    }
    let arguments = Array::of2(&JsValue::from_str(url), &protocols);
    let Ok(socket) = Reflect::construct(constructor, &arguments) else { return };
    let (end, mut ended) = End::new();
    let is_open = Rc::new(Cell::new(false));
    let _connection = Connection::new(driver, node, socket.unchecked_into(), &end, &is_open);
    if within(HANDSHAKE_MS, &mut ended).await.is_none() && is_open.get() {
        // The sender lives in the connection: it is told, and not dropped before.
        let _ = ended.await;
    }
}

impl Connection {
    fn new(
        driver: &Weak<Driver>,
        node: u32,
        socket: WebSocket,
        end: &Rc<End>,
        is_open: &Rc<Cell<bool>>,
    ) -> Self {
        let generation = Rc::new(Cell::new(0));
        let on_open = {
            let (driver, end, is_open) = (driver.clone(), Rc::clone(end), Rc::clone(is_open));
            let (socket, generation) = (socket.clone(), Rc::clone(&generation));
            Closure::<dyn Fn(JsValue)>::new(move |_| {
                let Some(driver) = driver.upgrade() else { return };
                is_open.set(true);
                let wire = SocketWire { socket: socket.clone(), end: Rc::clone(&end) };
                generation.set(driver.up(node, Rc::new(wire), Kind::Ordered));
            })
        };
        let on_message = {
            let (driver, end) = (driver.clone(), Rc::clone(end));
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                let Some(driver) = driver.upgrade() else { return };
                let bytes = bytes_of(&event.data());
                // A text is none of ours.
                if !bytes.is_some_and(|bytes| driver.receive(node, generation.get(), &bytes)) {
                    end.end();
                }
            })
        };
        let on_end = {
            let (driver, end) = (driver.clone(), Rc::clone(end));
            Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                if let (true, Some(driver)) = (is_refusal(&event), driver.upgrade()) {
                    driver.refused(node);
                }
                end.end();
            })
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_end.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_end.as_ref().unchecked_ref()));
        Self { socket, _on_open: on_open, _on_message: on_message, _on_end: on_end }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // `ws` reports a socket that is closed before it is open as an error, and in Node an error
        // that nobody listens to ends the process. `Object(event)` does nothing.
        let nothing = Reflect::get(&js_sys::global(), &JsValue::from_str("Object"));
        self.socket.set_onerror(nothing.ok().as_ref().and_then(JsCast::dyn_ref));
        // It may be closed already.
        let _ = self.socket.close();
    }
}

/// Whether an event says that the server does not take the token. A browser does not tell why a
/// handshake failed; `ws` tells the status, and a server that is there closes with a code.
fn is_refusal(event: &JsValue) -> bool {
    let field = |name: &str| Reflect::get(event, &JsValue::from_str(name)).ok();
    let code = field("code").and_then(|code| code.as_f64());
    let message = field("message").and_then(|message| message.as_string()).unwrap_or_default();
    code == Some(POLICY_VIOLATION) || message.ends_with(" 401") || message.ends_with(" 403")
}

/// Returns `bytes` in base64 with the letters of URLs, without padding.
fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let part = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        let letters = (0..=chunk.len()).map(|at| (bits >> (18 - 6 * at)) as usize % 64);
        text.extend(letters.map(|letter| char::from(LETTERS[letter])));
    }
    text
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const PROTOCOL: &str = "tidecache.resp3.v1";

/// The close code of a server that does not take the token.
const POLICY_VIOLATION: f64 = 1008.0;
