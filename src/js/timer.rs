//! The one timer of a driver, and pauses that hold up nobody.
//!
//! It is set anew only to ring earlier. One that rings too early finds nothing due and is set
//! again, which is cheaper than a `clearTimeout` and a `setTimeout` with every operation.

use alloc::rc::Weak;

use gloo_timers::callback::Timeout;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::time::Instant;

use super::driver::Driver;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, millis: u32) -> JsValue;
}

/// When the driver is to be woken, if it is.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    set: Option<(Instant, Timeout)>,
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

/// Starts the timer that wakes `driver` at `at`; calls JavaScript.
pub(super) fn start(now: Instant, at: Instant, driver: Weak<Driver>) -> (Instant, Timeout) {
    let millis = at.saturating_since(now).as_nanos().div_ceil(NANOS_PER_MS);
    let millis = u32::try_from(millis).unwrap_or(MILLIS_MAX).min(MILLIS_MAX);
    let ring = move || {
        if let Some(driver) = driver.upgrade() {
            driver.ring();
        }
    };
    (at, Timeout::new(millis, ring))
}

/// Resolves after so many milliseconds. A process that has nothing else to do ends meanwhile.
pub(super) async fn rest(millis: u32) {
    let pause = Promise::new(&mut |resolve, _| {
        let timer = set_timeout(&resolve, millis);
        let unref = Reflect::get(&timer, &JsValue::from_str("unref"));
        // In a page a timer is a number.
        if let Some(unref) = unref.ok().as_ref().and_then(JsCast::dyn_ref::<Function>) {
            let _ = unref.call0(&timer);
        }
    });
    // It cannot be rejected.
    let _ = JsFuture::from(pause).await;
}

const NANOS_PER_MS: u128 = 1_000_000;

/// A longer span would make `setTimeout` ring at once.
const MILLIS_MAX: u32 = i32::MAX as u32;
