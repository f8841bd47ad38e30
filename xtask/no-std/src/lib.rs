//! Proof that tidecache without its `std` feature needs no std: this module brings its own panic
//! handler and allocator and links the whole crate for wasm32-unknown-unknown.
//!
//! std defines the panic handler too, so if anything below pulls std in, the compiler stops with
//! "found duplicate lang item `panic_impl`". Checked by hand: it does with `features = ["std"]` at
//! the dependency in Cargo.toml, and with `extern crate std;` below.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::ptr::null_mut;

// The crate must be named, or it would not be linked at all.
use tidecache as _;

/// An allocator that has no memory: this module is linked and never run.
struct NoMemory;

// SAFETY: a null pointer is the documented answer of an allocator that has no memory, and memory
// that was never given out is never given back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _layout: Layout) -> *mut u8 {
        null_mut()
    }

    unsafe fn dealloc(&self, _pointer: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    loop {}
}
