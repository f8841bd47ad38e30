//! The one timer of a driver, and pauses.
//!
//! The timer is set anew only to ring earlier. One that rings too early finds nothing due and is
//! set again, which is cheaper than a `clearTimeout` and a `setTimeout` with every operation.

use alloc::rc::Weak;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::time::Instant;

use super::driver::Driver;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(ring: &JsValue, millis: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// When the driver is to be woken, if it is.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    set: Option<(Instant, Timeout)>,
}

/// A timer that is set; dropping it calls JavaScript.
#[derive(Debug)]
pub(super) struct Timeout {
    timer: JsValue,
    /// What the timer calls.
    _ring: Closure<dyn FnMut()>,
}

/// A span of time; dropping it calls JavaScript.
#[derive(Debug)]
pub(super) struct Pause {
    timer: JsValue,
    end: JsFuture,
}

impl Alarm {
    /// Whether it rings at `at` or before.
    pub(super) fn is_by(&self, at: Instant) -> bool {
        self.set.as_ref().is_some_and(|(set, _)| *set <= at)
    }

    /// Replaces the timer and returns the former one. To drop that calls JavaScript, so it is to be
    /// done while nothing is borrowed.
    #[must_use = "to drop a timer is to clear it"]
    pub(super) fn replace(&mut self, timer: Option<(Instant, Timeout)>) -> Option<Timeout> {
        core::mem::replace(&mut self.set, timer).map(|(_, timeout)| timeout)
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

impl Pause {
    /// Returns what is over after `millis`; calls JavaScript.
    pub(super) fn new(millis: u32) -> Self {
        let mut timer = JsValue::UNDEFINED;
        let end = Promise::new(&mut |resolve, _| timer = set_timeout(&resolve, millis));
        Self { timer, end: JsFuture::from(end) }
    }

    /// Returns the same, but a process that has nothing else to do ends meanwhile.
    pub(super) fn of_nobody(millis: u32) -> Self {
        let pause = Self::new(millis);
        let unref = Reflect::get(&pause.timer, &JsValue::from_str("unref"));
        // In a page a timer is a number.
        if let Some(unref) = unref.ok().as_ref().and_then(JsCast::dyn_ref::<Function>) {
            let _ = unref.call0(&pause.timer);
        }
        pause
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.end).poll(context).map(|_| ())
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// Starts the timer that wakes `driver` at `at`; calls JavaScript.
pub(super) fn start(now: Instant, at: Instant, driver: Weak<Driver>) -> (Instant, Timeout) {
    let nanos = at.as_nanos().saturating_sub(now.as_nanos());
    let millis = nanos.div_ceil(NANOS_PER_MS).min(MILLIS_MAX) as u32;
    let ring = Closure::<dyn FnMut()>::new(move || {
        if let Some(driver) = driver.upgrade() {
            driver.ring();
        }
    });
    (at, Timeout { timer: set_timeout(ring.as_ref(), millis), _ring: ring })
}

const NANOS_PER_MS: u64 = 1_000_000;

/// A longer span would make `setTimeout` ring at once.
const MILLIS_MAX: u64 = i32::MAX as u64;
