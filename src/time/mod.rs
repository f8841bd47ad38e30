//! Time comes in from outside: [`Instant`] is a number, [`Clock`] says which one it is now, and
//! [`Timer`] is told when somebody has to look again.
//!
//! No room of rank five or less asks the platform for the time. Each public call reads its clock
//! once, at the door, and passes `now` down; tests move time by hand.

mod clock;
mod instant;
mod timer;

pub use clock::{Clock, ManualClock};
pub use instant::Instant;
pub use timer::Timer;
