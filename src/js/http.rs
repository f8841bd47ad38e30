//! The door of the response cache's rules: texts and numbers in, numbers and one text out.
//!
//! A decision is one call, and one export does them all: a string that crosses by itself costs glue
//! for each method that has one. The caller writes its texts one after the other into
//! [`HttpRules::room`] and says where each ends; what does not fit a number stands on the board
//! until the next call. Moments and spans cross as doubles, in milliseconds; times that are none
//! (NaN) count as 0.
//!
//! A stored response is [kept](Kept) here under a number of the caller's, so that a decision passes
//! the request's head alone.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::http::range::Range;
use crate::http::{
    Kept, Options, Reason, Stored, Times, conditional, head, invalidation, range, serve, storable,
    update, validation, vary,
};

// What is asked. In the comments: the texts, the numbers; what is answered.

/// Fields of RFC 9213, a line each.
const TARGETS: u32 = 0;
/// Code; its text.
const REASON: u32 = 1;
/// Method, URL, request, response; status, now; whether it may be stored in the lowest bit, and
/// the reason above it.
const STORABLE: u32 = 2;
/// Vary, request; 1 and the key, or 0.
const VARIANT_KEY: u32 = 3;
/// Response; the text that may be stored.
const TO_STORE: u32 = 4;
/// Method, response; status; 1 and the references, one a line, or 0.
const INVALIDATES: u32 = 5;
/// Stored method, stored request, response; place, status, two times. Those below ask about it by
/// its place.
const KEEP: u32 = 6;
/// Method, request; place, now; the verdict in the lowest three bits, whether it may be served on
/// an error and if nobody answers in the next two, the reason above them; age, lifetime, and the
/// conditional lines.
const PLAN: u32 = 7;
/// Nothing; place, now; the age.
const AGE: u32 = 8;
/// Update; place; the updated text.
const FRESHEN: u32 = 9;
/// Update; place; 1 if it is about what is kept.
const SELECTS: u32 = 10;
/// Update; place, status; a `HeadVerdict`.
const HEAD: u32 = 11;
/// Method, request; place; 1 for a 304.
const VALIDATES: u32 = 12;
/// Method, request; place, length; 0 whole, 1 a part with its start, end and Content-Range, 2 none
/// with its Content-Range.
const RANGE: u32 = 13;

/// What the last call has left, for the caller's views.
#[repr(C)]
#[derive(Debug, Default)]
struct Board {
    first: f64,
    second: f64,
    /// The address of the text.
    text: u32,
    length: u32,
}

/// The rules of one cache, and the rest of the last answer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct HttpRules {
    options: Options,
    input: Vec<u8>,
    output: String,
    kept: Vec<Kept>,
    board: Box<Board>,
}

type Texts<'a> = [&'a str; 4];
type Numbers = [f64; 4];

#[wasm_bindgen]
impl HttpRules {
    /// Returns the rules of one cache.
    #[wasm_bindgen(constructor)]
    pub fn new(
        is_shared: bool,
        heuristic_fraction: f64,
        default_ttl: f64,
        stale_while_revalidate: f64,
        stale_if_error: f64,
        ignores_cargo_cult: bool,
    ) -> Self {
        let options = Options {
            is_shared,
            heuristic_fraction,
            default_ttl_ms: default_ttl as i64,
            stale_while_revalidate_ms: stale_while_revalidate as i64,
            stale_if_error_ms: stale_if_error as i64,
            ignores_cargo_cult,
            targets: Vec::new(),
        };
        Self {
            options,
            input: Vec::new(),
            output: String::new(),
            kept: Vec::new(),
            board: Box::default(),
        }
    }

    /// Makes room for texts of so many bytes and returns its address, valid until the next call of
    /// this method.
    pub fn room(&mut self, bytes: u32) -> u32 {
        self.input = alloc::vec![0; bytes as usize];
        self.input.as_ptr() as usize as u32
    }

    /// Returns the address of the board.
    pub fn board(&self) -> u32 {
        core::ptr::from_ref(&*self.board) as usize as u32
    }

    /// Answers what is asked: see the constants. The ends are those of the texts in the room.
    #[expect(clippy::too_many_arguments, reason = "one call a decision")]
    pub fn ask(
        &mut self,
        what: u32,
        end_1: u32,
        end_2: u32,
        end_3: u32,
        end_4: u32,
        a: f64,
        b: f64,
        c: f64,
        d: f64,
    ) -> u32 {
        let input = core::mem::take(&mut self.input);
        let texts = split(&input, [end_1, end_2, end_3, end_4]);
        let numbers = [a, b, c, d];
        let answer = if what < KEEP {
            self.ask_texts(what, texts, numbers)
        } else {
            self.ask_kept(what, texts, numbers)
        };
        self.input = input;
        self.board.text = self.output.as_ptr() as usize as u32;
        self.board.length = self.output.len() as u32;
        answer
    }
}

impl HttpRules {
    fn ask_texts(&mut self, what: u32, texts: Texts<'_>, [a, b, ..]: Numbers) -> u32 {
        let [one, two, three, four] = texts;
        let text = match what {
            TARGETS => {
                for name in one.split('\n') {
                    self.options.targets.push(String::from(name));
                }
                None
            }
            REASON => Reason::from_number(a as u32).map(|reason| String::from(reason.as_str())),
            STORABLE => {
                let (request, response) = ((one, two, three), (a as u16, four));
                let reason = storable::storable(request, response, &self.options, b as i64);
                return (reason as u32) << 1 | u32::from(reason == Reason::Storable);
            }
            VARIANT_KEY => vary::variant_key(one, two),
            TO_STORE => Some(update::headers_to_store(one, &self.options)),
            INVALIDATES => invalidation::invalidates(one, a as u16, two).map(|[place, own]| {
                let mut lines = String::from(place.unwrap_or_default());
                lines.push('\n');
                lines.push_str(own.unwrap_or_default());
                lines
            }),
            _ => None,
        };
        let is_there = text.is_some();
        self.output = text.unwrap_or_default();
        u32::from(is_there)
    }

    fn ask_kept(&mut self, what: u32, texts: Texts<'_>, numbers: Numbers) -> u32 {
        let [one, two, three, _] = texts;
        let [place, b, requested_at, received_at] = numbers;
        let place = place as usize;
        if what == KEEP {
            let times =
                Times { requested_at_ms: requested_at as i64, received_at_ms: received_at as i64 };
            let stored =
                Stored { method: one, request: two, status: b as u16, headers: three, times };
            let kept = Kept::new(stored, &self.options);
            // The next place, or one again.
            match self.kept.get_mut(place) {
                Some(former) => *former = kept,
                None => self.kept.push(kept),
            }
            return 0;
        }
        let Some(kept) = self.kept.get(place) else { return 0 };
        let stored = kept.stored();
        let (headers, received_at_ms) = (stored.headers, stored.times.received_at_ms);
        match what {
            PLAN => {
                let plan = kept.plan((one, two), &self.options, b as i64);
                self.board.first = plan.age_ms as f64;
                self.board.second = plan.lifetime_ms as f64;
                self.output = plan.conditional;
                plan.verdict as u32
                    | u32::from(plan.may_serve_on_error) << 3
                    | u32::from(plan.may_serve_disconnected) << 4
                    | (plan.reason as u32) << 5
            }
            AGE => {
                self.board.first = serve::age_ms(headers, stored.times, b as i64) as f64;
                0
            }
            FRESHEN => {
                self.output = update::freshen(headers, one, &self.options);
                0
            }
            SELECTS => u32::from(validation::selects(headers, one)),
            HEAD => head::head(headers, b as u16, one) as u32,
            VALIDATES => {
                let stored = (stored.status, headers);
                let validation = conditional::validates((one, two), stored, received_at_ms);
                u32::from(validation == conditional::Validation::NotModified)
            }
            RANGE => {
                let range = range::range((one, two), (stored.status, headers), b as u64);
                Self::tell(&mut self.board, &mut self.output, range)
            }
            _ => 0,
        }
    }

    fn tell(board: &mut Board, output: &mut String, range: Range) -> u32 {
        match range {
            Range::Whole => 0,
            Range::Part { start, end, content_range } => {
                (board.first, board.second) = (start as f64, end as f64);
                *output = content_range;
                1
            }
            Range::Unsatisfiable { content_range } => {
                *output = content_range;
                2
            }
        }
    }
}

/// Returns the texts that end there. The encoder of JavaScript writes nothing but UTF-8; what is
/// none counts as empty.
fn split(input: &[u8], ends: [u32; 4]) -> Texts<'_> {
    let mut start = 0;
    ends.map(|end| {
        let end = end as usize;
        let bytes = input.get(start..end).unwrap_or_default();
        start = end;
        core::str::from_utf8(bytes).unwrap_or_default()
    })
}
