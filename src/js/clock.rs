//! The two clocks of the platform, as the coordinator wants them: one that never steps back and
//! one that may be wrong.

use js_sys::Date;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cluster::Now;
use crate::time::Instant;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic_ms() -> f64;
}

/// Returns the present; calls JavaScript twice.
pub(super) fn now() -> Now {
    // A platform that says NaN or less than nothing says zero: casts of doubles saturate.
    let instant = Instant::from_nanos((monotonic_ms() * NANOS_PER_MS) as u64);
    Now { instant, wall_ms: Date::now() as u64 }
}

const NANOS_PER_MS: f64 = 1_000_000.0;
