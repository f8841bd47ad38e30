//! A node in the same thread: a real replica behind a real channel, and moods that break it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Date, Function, Object, Promise, Reflect, Uint8Array};
use tidecache::cluster::{Replica, ReplicaConfig};
use tidecache::wire::{Batch, Command, Decoder, Push, Reply, Request, Version};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessageEvent, MessagePort};

/// How a node answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Answers,
    /// Not before it has another mood; a transport's requests never.
    Silent,
    /// With bytes that are no messages.
    Garbage,
    /// With the first half of what it should say.
    Half,
    /// With one reply more than it was asked for.
    Talkative,
    /// As one that does not know the client.
    Refuses,
    /// With an error of the transport, where there can be one.
    Throws,
}

type Listener = Closure<dyn Fn(MessageEvent)>;

/// A node: what it remembers, and what it was sent.
pub(crate) struct Node {
    replica: RefCell<Replica>,
    offset_ms: f64,
    mood: Cell<Mood>,
    /// What came through the channel while it was silent.
    held: RefCell<Vec<Vec<u8>>>,
    pub(crate) frames: Cell<u32>,
    pub(crate) messages: Cell<u32>,
    pub(crate) hellos: Cell<u32>,
    /// Whether the client said that its link is closed.
    pub(crate) is_closed: Cell<bool>,
    pub(crate) aborted: Cell<u32>,
    port: RefCell<Option<MessagePort>>,
    listener: RefCell<Option<Listener>>,
}

impl Node {
    /// Returns a node whose clock is `offset_ms` ahead of this machine's.
    pub(crate) fn new(offset_ms: f64) -> Rc<Self> {
        // Started a while ago: what was written before then is not asked for.
        let started = Date::now() + offset_ms - 1_000.0;
        Rc::new(Self {
            replica: RefCell::new(Replica::new(ReplicaConfig::default(), started as u64)),
            offset_ms,
            mood: Cell::new(Mood::Answers),
            held: RefCell::default(),
            frames: Cell::new(0),
            messages: Cell::new(0),
            hellos: Cell::new(0),
            is_closed: Cell::new(false),
            aborted: Cell::new(0),
            port: RefCell::default(),
            listener: RefCell::default(),
        })
    }

    /// Returns the link to this node through a channel.
    pub(crate) fn channel(self: &Rc<Self>) -> JsValue {
        let channel = MessageChannel::new().expect("every runtime has channels");
        let node = Rc::clone(self);
        let port = channel.port2();
        let listener = Listener::new(move |event: MessageEvent| {
            let frame = get(&event.data(), "tidecache");
            if frame.is_null() {
                node.is_closed.set(true);
                return;
            }
            let frame: Uint8Array = frame.dyn_into().expect("frames are bytes");
            node.take(frame.to_vec());
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        *self.port.borrow_mut() = Some(port);
        *self.listener.borrow_mut() = Some(listener);
        object(&[("kind", "port".into()), ("port", channel.port1().into())])
    }

    /// Returns the link to this node through an object with `request()`.
    pub(crate) fn transport(self: &Rc<Self>) -> JsValue {
        let node = Rc::clone(self);
        let request = move |frame: Uint8Array, options: JsValue| node.request(&frame, &options);
        let request = Closure::<dyn Fn(Uint8Array, JsValue) -> Promise>::new(request);
        let transport = object(&[("request", request.into_js_value())]);
        object(&[("kind", "transport".into()), ("transport", transport)])
    }

    fn request(self: &Rc<Self>, frame: &Uint8Array, options: &JsValue) -> Promise {
        let node = Rc::clone(self);
        let listener = Closure::once_into_js(move || node.aborted.set(node.aborted.get() + 1));
        let signal = get(options, "signal");
        let listen: Function = get(&signal, "addEventListener").dyn_into().expect("a signal");
        listen.call2(&signal, &"abort".into(), &listener).expect("it listens");
        if self.mood.get() == Mood::Throws {
            return Promise::reject(&"no way".into());
        }
        match self.answer(&frame.to_vec()) {
            Some(answer) => Promise::resolve(&JsValue::from(Uint8Array::from(&answer[..]))),
            None => Promise::new(&mut |_, _| {}),
        }
    }

    /// Changes the mood; one that speaks again says first what it owes.
    pub(crate) fn change(&self, mood: Mood) {
        self.mood.set(mood);
        let held = self.held.take();
        for frame in held {
            self.take(frame);
        }
    }

    fn take(&self, frame: Vec<u8>) {
        if self.mood.get() == Mood::Silent {
            self.held.borrow_mut().push(frame);
        } else if let Some(answer) = self.answer(&frame) {
            self.say(&answer);
        }
    }

    /// Posts a frame to the client.
    pub(crate) fn say(&self, frame: &[u8]) {
        self.post(&Uint8Array::from(frame));
    }

    /// Says that the link is closed.
    pub(crate) fn hang_up(&self) {
        self.post(&JsValue::NULL);
    }

    /// Pushes that `key` was written.
    pub(crate) fn push(&self, key: &str, version: Version, seq: u64) {
        let mut batch = Batch::new();
        let push = Push::Invalidate { key: key.into(), version, seq };
        assert!(batch.write(|encoder| push.encode(encoder)).is_none());
        self.say(&batch.take().expect("a push"));
    }

    fn post(&self, frame: &JsValue) {
        let port = self.port.borrow();
        let port = port.as_ref().expect("there is a channel");
        port.post_message(&object(&[("tidecache", frame.clone())])).expect("it is posted");
    }

    /// Answers a frame, as its mood is.
    fn answer(&self, frame: &[u8]) -> Option<Vec<u8>> {
        self.frames.set(self.frames.get() + 1);
        let mut replies = self.replies(frame);
        match self.mood.get() {
            Mood::Answers => Some(replies),
            Mood::Silent | Mood::Throws => None,
            Mood::Garbage => Some(b"<html>\r\n".to_vec()),
            Mood::Half => {
                replies.truncate(replies.len() / 2);
                Some(replies)
            }
            Mood::Talkative => {
                replies.extend_from_slice(b"+OK\r\n");
                Some(replies)
            }
            Mood::Refuses => Some(b"-NOAUTH Authentication required.\r\n".repeat(count(frame))),
        }
    }

    fn replies(&self, mut frame: &[u8]) -> Vec<u8> {
        let mut decoder = Decoder::of_commands();
        let mut batch = Batch::new();
        let wall_ms = (Date::now() + self.offset_ms) as u64;
        while let Some(message) = decoder.decode(&mut frame).expect("the client's are good") {
            let Ok(Command::Request(request)) = Command::parse(message) else {
                panic!("a client sends no others")
            };
            self.messages.set(self.messages.get() + 1);
            let is_hello = matches!(request, Request::Hello { .. });
            self.hellos.set(self.hellos.get() + u32::from(is_hello));
            let reply: Reply = self.replica.borrow_mut().handle(wall_ms, request);
            assert!(batch.write(|encoder| reply.encode(encoder)).is_none(), "tests are small");
        }
        decoder.finish().expect("frames hold whole messages");
        batch.take().unwrap_or_default()
    }
}

fn count(mut frame: &[u8]) -> usize {
    let mut decoder = Decoder::of_commands();
    let mut count = 0;
    while let Ok(Some(_)) = decoder.decode(&mut frame) {
        count += 1;
    }
    count
}

/// Returns a plain object.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).expect("a plain object");
    }
    object.into()
}

/// Returns a field.
pub(crate) fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).expect("an object")
}

/// Returns the elements of an array.
pub(crate) fn array(value: &JsValue) -> Vec<JsValue> {
    value.dyn_ref::<Array>().expect("an array").iter().collect()
}
