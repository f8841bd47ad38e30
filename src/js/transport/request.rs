//! Frames of which each has its own answer: any object with `request(frame, { signal })`, and what
//! `fetch` is made of.
//!
//! Nothing ties one frame to the next, so each begins with a greeting, which costs some 40 bytes:
//! the node may answer it in a session of its own. A few frames are under way at a time; what is
//! asked meanwhile is gathered for the next.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use futures::future::{AbortHandle, LocalBoxFuture, abortable};
use js_sys::{Object, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal};

use super::{Driver, End, Frame, Kind, Wire, bytes_of, within};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, PartialEq)]
    pub(in crate::js) type Transport;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &Transport,
        frame: &Uint8Array,
        options: &RequestOptions,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = onPush)]
    fn push_method(this: &Transport) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = onPush)]
    fn on_push(this: &Transport, listener: &JsValue) -> Result<JsValue, JsValue>;

    type RequestOptions;
    #[wasm_bindgen(method, setter)]
    fn set_signal(this: &RequestOptions, signal: &AbortSignal);
}

/// What came of a frame.
pub(in crate::js) enum Answer {
    /// The replies.
    Frame(Vec<u8>),
    /// The same for every message.
    Refused(&'static [u8]),
    /// The node has too much to do.
    Busy,
    /// Nothing, or nothing in time.
    Failed,
    /// There is no way to the node.
    Lost,
}

/// Sends one frame.
pub(super) type Ask = Box<dyn Fn(Uint8Array, AbortSignal) -> LocalBoxFuture<'static, Answer>>;

/// A link on which each frame has its own answer.
pub(super) struct Requests {
    driver: Weak<Driver>,
    node: u32,
    generation: Cell<u32>,
    ask: Ask,
    end: Rc<End>,
    under_way: RefCell<Vec<UnderWay>>,
    next: Cell<u32>,
    bytes: Cell<usize>,
}

/// A frame that has no answer yet.
struct UnderWay {
    number: u32,
    controller: AbortController,
    task: AbortHandle,
}

/// The requests under way; dropping it ends them.
struct Connection(Rc<Requests>);

/// Opens such a link and returns when it is lost.
pub(super) async fn run(driver: &Weak<Driver>, node: u32, pushes: bool, ask: Ask) {
    let (end, ended) = End::new();
    let Some(strong) = driver.upgrade() else { return };
    let requests = Rc::new(Requests {
        driver: driver.clone(),
        node,
        generation: Cell::new(0),
        ask,
        end,
        under_way: RefCell::default(),
        next: Cell::new(0),
        bytes: Cell::new(0),
    });
    let connection = Connection(Rc::clone(&requests));
    let kind = Kind::Alone { pushes };
    requests.generation.set(strong.up(node, Rc::clone(&requests) as Rc<dyn Wire>, kind));
    drop((strong, requests));
    // The sender lives in the connection: it is told, and not dropped before.
    let _ = ended.await;
    drop(connection);
}

/// Has the pushes of an application's transport brought to the driver, if it has any, as long as
/// the task of `handle` keeps the link: after that the number may be another node's.
pub(super) fn listen(driver: &Weak<Driver>, node: u32, transport: &Transport, handle: AbortHandle) {
    if !has_pushes(transport) {
        return;
    }
    let driver = driver.clone();
    let listener = Closure::<dyn Fn(JsValue)>::new(move |frame: JsValue| {
        let driver = driver.upgrade().filter(|_| !handle.is_aborted());
        if let (Some(driver), Some(bytes)) = (driver, bytes_of(&frame)) {
            driver.pushed(node, &bytes);
        }
    });
    // There is no way to take it back, so it lives as long as the transport keeps it.
    let _ = transport.on_push(&listener.into_js_value());
}

/// Opens the link of an application's transport and returns when it is lost.
pub(super) async fn live(driver: &Weak<Driver>, node: u32, transport: &Transport) {
    let pushes = has_pushes(transport);
    let transport = transport.clone();
    let ask: Ask = Box::new(move |frame, signal| {
        let options: RequestOptions = Object::new().unchecked_into();
        options.set_signal(&signal);
        let answer = transport.request(&frame, &options);
        Box::pin(async move {
            let Ok(promise) = answer else { return Answer::Lost };
            match JsFuture::from(Promise::resolve(&promise)).await {
                Ok(frame) => bytes_of(&frame).map_or(Answer::Failed, Answer::Frame),
                Err(_) => Answer::Lost,
            }
        })
    });
    run(driver, node, pushes, ask).await;
}

fn has_pushes(transport: &Transport) -> bool {
    transport.push_method().is_ok_and(|method| method.is_function())
}

impl Wire for Requests {
    fn send(self: Rc<Self>, frame: Frame) {
        let Ok(controller) = AbortController::new() else { return self.end.end() };
        let number = self.next.replace(self.next.get().wrapping_add(1));
        let len = frame.bytes.len();
        self.bytes.set(self.bytes.get() + len);
        let answer = (self.ask)(Uint8Array::from(&frame.bytes[..]), controller.signal());
        let Some(timeout_ms) = self.driver.upgrade().map(|driver| driver.longest_ms()) else {
            return;
        };
        let (this, asked, signal) = (Rc::clone(&self), frame.asked, controller.clone());
        let (work, task) = abortable(async move {
            let answer = within(timeout_ms, answer).await.unwrap_or_else(|| {
                signal.abort();
                Answer::Failed
            });
            this.bytes.set(this.bytes.get() - len);
            let is_it = |one: &UnderWay| one.number == number;
            let at = this.under_way.borrow().iter().position(is_it);
            let ended = at.map(|at| this.under_way.borrow_mut().swap_remove(at));
            drop(ended);
            let Some(driver) = this.driver.upgrade() else { return };
            if !driver.answered(this.node, this.generation.get(), asked, answer) {
                this.end.end();
            }
        });
        self.under_way.borrow_mut().push(UnderWay { number, controller, task });
        spawn_local(async move {
            // Ended with the link: everything that waits for it has failed.
            let _ = work.await;
        });
    }

    fn buffered(&self) -> usize {
        self.bytes.get()
    }

    fn is_ready(&self) -> bool {
        self.under_way.borrow().len() < UNDER_WAY_MAX
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let under_way = self.0.under_way.take();
        for UnderWay { controller, task, .. } in under_way {
            task.abort();
            controller.abort();
        }
    }
}

/// As many frames are under way at a time: a browser opens six connections to a server.
const UNDER_WAY_MAX: usize = 4;
