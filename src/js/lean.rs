//! What `core.wasm` has instead of the standard library: an allocator and an end.
//!
//! std would bring its own of both, and the machinery that turns a panic into a text: 7 kB after
//! gzip, half of the module (docs/decisions.md). Nothing here would read that text. A panic is a
//! trap, which JavaScript sees as a `RuntimeError`, just as it is with std.
//!
//! Builds with `std` or `js-cluster`, the tests of the door among them, have std's.

use core::arch::wasm32;
use core::panic::PanicInfo;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

/// Reuses what was freed, joins it with its neighbours, and extends the memory at its end.
#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}
