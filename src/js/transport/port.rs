//! Frames over a `MessagePort`, a `Worker`, or whatever posts messages.
//!
//! A message is `{ tidecache: Uint8Array }`, its buffer transferred; `{ tidecache: null }` says
//! that the link is closed, and messages of others are passed over. A port has no state of its own
//! to tell one session from the next, so a link that is lost stays lost: there are new ports with
//! the next epoch.

use alloc::rc::{Rc, Weak};

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::js::object::field;

use super::{Driver, End, Frame, Kind, Wire, bytes_of};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, PartialEq)]
    pub(in crate::js) type Port;
    #[wasm_bindgen(method, js_name = postMessage, catch)]
    fn post(this: &Port, message: &JsValue, transfer: &Array) -> Result<(), JsValue>;

    type Message;
    #[wasm_bindgen(method, setter)]
    fn set_tidecache(this: &Message, frame: &JsValue);
}

/// A port that is listened to.
struct PortWire {
    port: Port,
    end: Rc<End>,
}

impl Wire for PortWire {
    fn send(self: Rc<Self>, frame: Frame) {
        let bytes = Uint8Array::from(&frame.bytes[..]);
        if self.port.post(&message(&bytes), &Array::of1(&bytes.buffer())).is_err() {
            self.end.end();
        }
    }

    /// A port does not tell.
    fn buffered(&self) -> usize {
        0
    }
}

/// A port and what it calls; dropping it tells the other end.
struct Connection {
    port: Port,
    /// What it is called by: the name of the method that adds listeners, and of its counterpart.
    methods: [&'static str; 2],
    on_message: Closure<dyn Fn(JsValue)>,
    on_end: Closure<dyn Fn(JsValue)>,
}

/// Listens and returns when the link is lost.
pub(super) async fn live(driver: &Weak<Driver>, node: u32, port: &Port) {
    let (end, ended) = End::new();
    let Some(strong) = driver.upgrade() else { return };
    let wire = PortWire { port: port.clone(), end: Rc::clone(&end) };
    let generation = strong.up(node, Rc::new(wire), Kind::Ordered);
    drop(strong);
    let _connection = Connection::new(driver, node, generation, port, &end);
    // The sender lives in the connection: it is told, and not dropped before.
    let _ = ended.await;
}

impl Connection {
    fn new(driver: &Weak<Driver>, node: u32, generation: u32, port: &Port, end: &Rc<End>) -> Self {
        // Node's workers are no event targets, and hand over the message without an event.
        let is_target = method(port, "addEventListener").is_some();
        let methods =
            if is_target { ["addEventListener", "removeEventListener"] } else { ["on", "off"] };
        let on_message = {
            let (driver, end) = (driver.clone(), Rc::clone(end));
            Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                let data = if is_target { field(&event, "data") } else { event };
                let frame = field(&data, "tidecache");
                let Some(driver) = driver.upgrade().filter(|_| !frame.is_undefined()) else {
                    return;
                };
                let bytes = bytes_of(&frame);
                if !bytes.is_some_and(|bytes| driver.receive(node, generation, &bytes)) {
                    end.end();
                }
            })
        };
        let on_end = {
            let end = Rc::clone(end);
            Closure::<dyn Fn(JsValue)>::new(move |_| end.end())
        };
        let connection = Self { port: port.clone(), methods, on_message, on_end };
        connection.listen(0);
        // Ports that were never listened to keep what arrives until they are started.
        if let Some(start) = method(port, "start") {
            let _ = start.call0(port);
        }
        connection
    }

    /// Adds (0) or removes (1) the listeners.
    fn listen(&self, which: usize) {
        let Some(listen) = method(&self.port, self.methods[which]) else { return };
        let (on_message, on_end) = (self.on_message.as_ref(), self.on_end.as_ref());
        let events = [
            ("message", on_message),
            ("messageerror", on_end),
            ("close", on_end),
            ("exit", on_end),
        ];
        for (name, listener) in events {
            let _ = listen.call2(&self.port, &JsValue::from_str(name), listener);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.listen(1);
        // The other end may be gone.
        let _ = self.port.post(&message(&JsValue::NULL), &Array::new());
    }
}

fn message(frame: &JsValue) -> JsValue {
    let message: Message = Object::new().unchecked_into();
    message.set_tidecache(frame);
    message.into()
}

fn method(port: &Port, name: &str) -> Option<Function> {
    Reflect::get(port, &JsValue::from_str(name)).ok()?.dyn_into().ok()
}
