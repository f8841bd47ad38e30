//! A stored exchange and a later request, at random.

/// A small generator of its own, so that a seed gives the same cases everywhere.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Sun, 06 Nov 1994 08:49:37 GMT, in seconds.
pub(crate) const RECEIVED_AT: u64 = 784_111_777;
const NOW_DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const DATES: [&str; 6] = [
    NOW_DATE,
    "Sun, 06 Nov 1994 08:49:47 GMT",
    "Sun, 06 Nov 1994 08:49:17 GMT",
    "Sunday, 06-Nov-94 08:49:57 GMT",
    "0",
    "Sun, 06 Nov 1994 09:49:37 GMT",
];
const RESPONSE_DIRECTIVES: [&str; 24] = [
    "max-age=30",
    "max-age=60",
    "max-age=60",
    "max-age=0",
    "max-age=x",
    "Max-Age=60",
    "max-age=99999999999",
    "s-maxage=10",
    "s-maxage=90",
    "no-cache",
    "no-cache=\"a\"",
    "no-store",
    "private",
    "private=\"a\"",
    "public",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "immutable",
    "stale-while-revalidate=30",
    "stale-if-error=30",
    "a=\"max-age=9, no-store, b\"",
    "b",
    "no-transform",
];
const REQUEST_DIRECTIVES: [&str; 11] = [
    "no-cache",
    "no-store",
    "max-age=10",
    "max-age=20",
    "max-age=x",
    "min-fresh=10",
    "max-stale",
    "max-stale=10",
    "only-if-cached",
    "no-transform",
    "stale-if-error=30",
];
const STATUSES: [u16; 16] =
    [200, 200, 200, 200, 200, 200, 203, 206, 301, 302, 304, 404, 410, 500, 503, 599];

/// Lines of one message.
pub(crate) type Lines = Vec<(&'static str, String)>;

/// A stored exchange, a later request, and how many seconds later.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) is_shared: bool,
    pub(crate) method: &'static str,
    pub(crate) request: Lines,
    pub(crate) status: u16,
    pub(crate) response: Lines,
    pub(crate) later_method: &'static str,
    pub(crate) later: Lines,
    pub(crate) after: u64,
}

impl Case {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let mut request = Lines::new();
        directives(dice, &mut request, &REQUEST_DIRECTIVES, 12);
        if dice.one_in(8) {
            request.push(("authorization", "a".into()));
        }
        let mut later = Lines::new();
        directives(dice, &mut later, &REQUEST_DIRECTIVES, 3);
        if dice.one_in(12) {
            later.push(("pragma", "no-cache".into()));
        }
        if dice.one_in(20) {
            later.push(("if-match", "\"a\"".into()));
        }
        for lines in [&mut request, &mut later] {
            if dice.one_in(2) {
                lines.push(("accept", dice.pick(&["a", "a, b", "A", "b"]).into()));
            }
        }
        Self {
            is_shared: dice.one_in(2),
            method: dice.pick(&["GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT"]),
            request,
            status: dice.pick(&STATUSES),
            response: response(dice),
            later_method: dice.pick(&["GET", "GET", "GET", "GET", "HEAD", "POST"]),
            later,
            after: dice.pick(&[0, 0, 5, 10, 20, 29, 30, 31, 59, 60, 61, 100]),
        }
    }

    pub(crate) fn value<'a>(lines: &'a Lines, name: &str) -> Option<&'a str> {
        lines.iter().find(|line| line.0 == name).map(|line| &*line.1)
    }

    /// Whether a line of Cache-Control of the response holds `text`.
    pub(crate) fn says(&self, text: &str) -> bool {
        holds(&self.response, text)
    }

    /// Whether a line of Cache-Control of the later request holds `text`.
    pub(crate) fn asks(&self, text: &str) -> bool {
        holds(&self.later, text)
    }
}

fn holds(lines: &Lines, text: &str) -> bool {
    lines.iter().any(|line| line.0 == "cache-control" && line.1.contains(text))
}

/// Adds a line of Cache-Control, in one of so many messages.
fn directives(dice: &mut Dice, lines: &mut Lines, from: &[&str], one_in: usize) {
    if dice.one_in(one_in) {
        let count = dice.below(3) + 1;
        let list: Vec<&str> = (0..count).map(|_| dice.pick(from)).collect();
        lines.push(("cache-control", list.join(dice.pick(&[",", ", ", " , "]))));
    }
}

fn response(dice: &mut Dice) -> Lines {
    let mut lines = Lines::new();
    if !dice.one_in(6) {
        directives(dice, &mut lines, &RESPONSE_DIRECTIVES, 1);
    }
    if dice.one_in(8) {
        directives(dice, &mut lines, &RESPONSE_DIRECTIVES, 1);
    }
    if dice.one_in(2) {
        let date = if dice.one_in(3) { dice.pick(&DATES) } else { NOW_DATE };
        lines.push(("date", date.into()));
    }
    if dice.one_in(3) {
        lines.push(("expires", dice.pick(&DATES).into()));
    }
    if dice.one_in(3) {
        let dates = ["Sun, 06 Nov 1994 08:41:17 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "x"];
        lines.push(("last-modified", dice.pick(&dates).into()));
    }
    if dice.one_in(5) {
        lines.push(("age", dice.pick(&["0", "10", "40", "x", "1, 2"]).into()));
    }
    if dice.one_in(4) {
        lines.push(("vary", dice.pick(&["accept", "Accept, b", "*", "a, *"]).into()));
    }
    if dice.one_in(8) {
        lines.push(("set-cookie", "a=b".into()));
    }
    if dice.one_in(10) {
        lines.push(("pragma", "no-cache".into()));
    }
    if dice.one_in(3) {
        lines.push(("etag", "\"a\"".into()));
    }
    if dice.one_in(4) {
        lines.push(("content-range", "bytes 0-4/10".into()));
    }
    lines
}
