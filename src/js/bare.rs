//! What a module without std brings itself: an allocator, and what a panic does.
//!
//! A panic is a bug, and reaches JavaScript as `RuntimeError: unreachable` with std too. Without
//! std nothing is there that would write its text, so that the linker leaves out all those texts,
//! the places in the source, and what formats numbers for them.
//!
//! The allocator takes and gives back in constant time [1], with half the code of the one that std
//! has.
//!
//! [1] M. Masmano et al., "TLSF: A New Dynamic Memory Allocator for Real-Time Systems", ECRTS 2004.

use core::panic::PanicInfo;

#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
