//! Unpacks a module that its entry carries as LZMA [1], a seventh shorter than deflated.
//!
//! No runtime brings LZMA, and in JavaScript it takes five times as long as the runtime's own
//! inflating. So this is a module of its own, the smallest one: no allocator and no glue. Who uses
//! it writes what is packed behind the room for what comes out, calls [`unpack`] and reads
//! (`src/ts/cluster/unpack.ts`); the instance is garbage after that.
//!
//! What is read is what the build has written (`xtask/src/press.rs`): how many bytes come out, in
//! three bytes, then LZMA of `lc=3 lp=0 pb=0` without a header and without a mark of the end. Other
//! text gives bytes that are no module; no index leaves its array.
//!
//! [1] I. Pavlov, "LZMA specification", 2015.

#![expect(
    unsafe_code,
    reason = "a name for the linker; the glue of wasm-bindgen would be half of it"
)]

use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// What comes out, then what is packed. Atomics may be changed without unsafe code; where there are
/// no threads they are plain bytes.
static ROOM: [AtomicU8; ROOM_LEN] = [const { AtomicU8::new(0) }; ROOM_LEN];

/// Bytes of both. A power of two, as is the number of chances: an index is cut to it, which is
/// shorter than a check.
const ROOM_LEN: usize = 1 << 18;
/// Where what is packed begins: after the most that may come out.
const PACKED: u32 = 1 << 17;

/// Returns where in memory the room begins.
#[unsafe(no_mangle)]
pub extern "C" fn room() -> u32 {
    ROOM.as_ptr() as u32
}

/// Unpacks the text that stands 2¹⁷ bytes behind where the room begins to where it begins, and
/// returns how many bytes came out, at most so many.
#[unsafe(no_mangle)]
pub extern "C" fn unpack() -> u32 {
    read_digits();
    let mut chances = [EVEN; CHANCES];
    let mut packed = Packed { chances: &mut chances, range: u32::MAX, code: 0, at: PACKED };
    for _ in 0..3 {
        packed.take_byte();
    }
    let length = packed.code;
    // The first byte is always zero.
    for _ in 0..5 {
        packed.take_byte();
    }
    let mut former = [1; 4];
    let (mut state, mut size) = (0, 0);
    while size < length {
        let is_after_copy = state > LAST_AFTER_LITERAL;
        if packed.bit(IS_COPY + state) == 0 {
            let mask = u32::from(is_after_copy) << 8;
            let literal = packed.literal(byte_before(size, 1), byte_before(size, former[0]), mask);
            put(size, literal);
            size += 1;
            state = match state {
                ..4 => 0,
                4..10 => state - 3,
                _ => state - 6,
            };
        } else {
            let (copied, next) = packed.copied(state, &mut former);
            state = if is_after_copy { (next + 3).min(11) } else { next };
            for _ in 0..copied {
                put(size, byte_before(size, former[0]));
                size += 1;
            }
        }
    }
    length
}

/// Turns text of 64 digits, which are the characters from `#` without the backslash, into bytes.
fn read_digits() {
    let (mut from, mut to, mut bits) = (PACKED, PACKED, 0);
    loop {
        let digit = byte_before(from, 0);
        if digit == 0 {
            return;
        }
        bits = bits << 6 | (digit - if digit > 0x5c { 0x24 } else { 0x23 });
        if from & 3 > 0 {
            put(to, bits >> (6 - (from & 3) * 2));
            to += 1;
        }
        from += 1;
    }
}

/// What is packed, and how likely its bits are.
struct Packed<'a> {
    /// Of 2,048, that the next bit of this place is 0.
    chances: &'a mut [u16; CHANCES],
    range: u32,
    code: u32,
    /// Where the next byte stands.
    at: u32,
}

impl Packed<'_> {
    /// Returns how many bytes are copied and the state after that, had a literal been before it;
    /// how far back they stand leads `former`.
    fn copied(&mut self, state: u32, former: &mut [u32; 4]) -> (u32, u32) {
        let (length, distance, next);
        let mut which = 3;
        if self.bit(IS_FORMER + state) == 0 {
            length = self.length(LENGTHS);
            distance = self.distance(length);
            next = 7;
        } else {
            which = if self.bit(IS_SECOND + state) == 0 {
                if self.bit(IS_LONG + state) == 0 {
                    return (1, 9);
                }
                0
            } else if self.bit(IS_THIRD + state) == 0 {
                1
            } else {
                2 + self.bit(IS_FOURTH + state) as usize
            };
            distance = former[which & 3];
            length = self.length(FORMER_LENGTHS);
            next = 8;
        }
        while which > 0 {
            former[which & 3] = former[(which - 1) & 3];
            which -= 1;
        }
        former[0] = distance;
        (length, next)
    }

    /// Returns a byte that follows `before`; while `mask` is 0x100 its bits are told apart by those
    /// of `like`, which stands where a longer copy would have gone on, up to the first that
    /// differs.
    fn literal(&mut self, before: u32, mut like: u32, mut mask: u32) -> u32 {
        let place = LITERALS + (before >> 5) * 0x300;
        let mut number = 1;
        while number < 0x100 {
            like <<= 1;
            let wanted = like & mask;
            let bit = self.bit(place + mask + wanted + number);
            number = number << 1 | bit;
            mask &= if bit == 0 { !wanted } else { wanted };
        }
        number
    }

    /// Returns a length from 2 to 273.
    fn length(&mut self, place: u32) -> u32 {
        if self.bit(place) == 0 {
            2 + self.tree(place + 2, 3)
        } else if self.bit(place + 1) == 0 {
            10 + self.tree(place + 10, 3)
        } else {
            18 + self.tree(place + 18, 8)
        }
    }

    /// Returns how far back so many bytes stand that were not copied from there lately.
    fn distance(&mut self, length: u32) -> u32 {
        let slot = self.tree(SLOTS + (length - 2).min(3) * 64, 6);
        if slot < 4 {
            return slot + 1;
        }
        let bits = (slot >> 1) - 1;
        let base = (2 | slot & 1) << (bits & 31);
        let low = if slot < 14 {
            self.low_tree(MIDDLES + base - slot, bits)
        } else {
            self.even(bits - 4) << 4 | self.low_tree(LOWS, 4)
        };
        base + low + 1
    }

    /// Returns a number of so many bits, the highest first, each told apart by those before it.
    fn tree(&mut self, place: u32, bits: u32) -> u32 {
        let mut number = 1;
        for _ in 0..bits {
            number = number << 1 | self.bit(place + number);
        }
        number - (1 << bits)
    }

    /// Returns the same with the lowest first.
    fn low_tree(&mut self, place: u32, bits: u32) -> u32 {
        let (mut path, mut number) = (1, 0);
        for at in 0..bits {
            let bit = self.bit(place + path);
            path = path << 1 | bit;
            number |= bit << at;
        }
        number
    }

    /// Returns a number of so many bits that are always as likely as not.
    fn even(&mut self, bits: u32) -> u32 {
        let mut number = 0;
        for _ in 0..bits {
            self.widen();
            self.range >>= 1;
            let bit = u32::from(self.code >= self.range);
            self.code -= self.range * bit;
            number = number << 1 | bit;
        }
        number
    }

    /// Returns a bit that is as likely as those before it of the same place.
    #[inline(never)] // It has a dozen callers.
    fn bit(&mut self, place: u32) -> u32 {
        self.widen();
        let chance = &mut self.chances[place as usize % CHANCES];
        let bound = (self.range >> 11) * u32::from(*chance);
        if self.code < bound {
            self.range = bound;
            *chance += (2 * EVEN - *chance) >> 5;
            return 0;
        }
        self.range -= bound;
        self.code -= bound;
        *chance -= *chance >> 5;
        1
    }

    fn widen(&mut self) {
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.take_byte();
        }
    }

    fn take_byte(&mut self) {
        self.code = self.code << 8 | byte_before(self.at, 0);
        self.at += 1;
    }
}

fn byte_before(at: u32, distance: u32) -> u32 {
    u32::from(ROOM[at.wrapping_sub(distance) as usize % ROOM_LEN].load(Relaxed))
}

fn put(at: u32, byte: u32) {
    ROOM[at as usize % ROOM_LEN].store(byte as u8, Relaxed);
}

/// Half of 2,048.
const EVEN: u16 = 1_024;
/// In states up to this one the last thing was a literal.
const LAST_AFTER_LITERAL: u32 = 6;

/// Where the chances stand: twelve, one a state, for each question;
const IS_COPY: u32 = 0;
const IS_FORMER: u32 = 12;
const IS_SECOND: u32 = 24;
const IS_THIRD: u32 = 36;
const IS_FOURTH: u32 = 48;
const IS_LONG: u32 = 60;
/// for distances their size by four lengths, what is below that of middle ones, the lowest bits;
const SLOTS: u32 = 72;
const MIDDLES: u32 = SLOTS + 4 * 64;
const LOWS: u32 = MIDDLES + 115;
/// of lengths two questions and three trees;
const LENGTHS: u32 = LOWS + 16;
const FORMER_LENGTHS: u32 = LENGTHS + 274;
/// of literals three trees by what the byte before begins with.
const LITERALS: u32 = FORMER_LENGTHS + 274;
const CHANCES: usize = 1 << 13;
