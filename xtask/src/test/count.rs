//! How many tests a command ran, read from what it printed.
//!
//! A skipped, ignored, cancelled or to-do test counts as failed: it is a rule that nobody checks.

/// By which summary a step's tests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// There is none: the step is one test.
    ExitCode,
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; …`, also by wasm-bindgen's runner.
    Libtest,
    /// `ℹ pass 3` (spec) or `# pass 3` (TAP), by `node --test`.
    NodeTest,
}

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl Tally {
    /// Adds the tests of `other`.
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Returns one test.
    pub(super) fn of_one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }
}

/// Returns the tests in the output `text` of a command that ended with `success`.
///
/// A command that fails without a failed test (it did not compile, it crashed), or that ran no test
/// at all, is one failure.
pub(super) fn tally(counting: Counting, text: &str, success: bool) -> Tally {
    let mut sum = Tally::default();
    match counting {
        Counting::ExitCode => return Tally::of_one(success),
        Counting::Libtest => text.lines().filter_map(libtest).for_each(|tally| sum.add(tally)),
        Counting::NodeTest => text.lines().filter_map(node_test).for_each(|tally| sum.add(tally)),
    }
    if sum.failed == 0 && (!success || sum.passed == 0) {
        sum.failed = 1;
    }
    sum
}

/// Returns the tests of a line of libtest, if it is a summary.
fn libtest(line: &str) -> Option<Tally> {
    let line = without_colour(line);
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut tally = Tally::default();
    for part in numbers.split(';') {
        let Some((number, name)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match name {
            "passed" => tally.passed += number,
            "failed" | "ignored" => tally.failed += number,
            // "measured" are benchmarks; "filtered out" is what --test left to others.
            _ => {}
        }
    }
    Some(tally)
}

/// Returns the tests of a line of node:test, if it is one of the summary's.
fn node_test(line: &str) -> Option<Tally> {
    let line = without_colour(line);
    let (name, number) =
        line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?.split_once(' ')?;
    let number = number.parse().ok()?;
    match name {
        "pass" => Some(Tally { passed: number, failed: 0 }),
        "fail" | "cancelled" | "skipped" | "todo" => Some(Tally { passed: 0, failed: number }),
        _ => None,
    }
}

/// Returns `line` without the escape sequences that colour it.
fn without_colour(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let mut plain = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Counting, Tally, tally};

    fn count(counting: Counting, text: &str, success: bool) -> (u64, u64) {
        let Tally { passed, failed } = tally(counting, text, success);
        (passed, failed)
    }

    #[test]
    fn libtest_summaries_are_summed_and_ignored_tests_have_failed() {
        let text = "running 3 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; in 0.1s\n\
            test result: \u{1b}[32mok\u{1b}[0m. 5 passed; 0 failed; 0 ignored; 9 filtered out\n";
        assert_eq!(count(Counting::Libtest, text, true), (7, 1));
    }

    #[test]
    fn libtest_failures_are_not_counted_twice_for_the_exit_code() {
        let text = "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured\n";
        assert_eq!(count(Counting::Libtest, text, false), (4, 2));
    }

    #[test]
    fn crash_after_passing_tests_is_a_failure() {
        let text = "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured\nerror: aborted\n";
        assert_eq!(count(Counting::Libtest, text, false), (4, 1));
    }

    #[test]
    fn step_that_ran_no_test_has_failed() {
        let text = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n";
        assert_eq!(count(Counting::Libtest, text, true), (0, 1));
        let text = "ℹ tests 0\nℹ pass 0\nℹ fail 0\n";
        assert_eq!(count(Counting::NodeTest, text, true), (0, 1));
    }

    #[test]
    fn node_summary_is_read_in_both_forms() {
        let spec = "▶ pass 9\nℹ tests 6\n\u{1b}[34mℹ pass 3\u{1b}[39m\nℹ fail 1\n\
            ℹ cancelled 0\nℹ skipped 1\nℹ todo 1\nℹ duration_ms 12.5\n";
        assert_eq!(count(Counting::NodeTest, spec, false), (3, 3));
        let tap = "# tests 2\n# pass 2\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n";
        assert_eq!(count(Counting::NodeTest, tap, true), (2, 0));
    }

    #[test]
    fn step_without_summary_is_one_test() {
        assert_eq!(count(Counting::ExitCode, "test result: ok. 7 passed", true), (1, 0));
        assert_eq!(count(Counting::ExitCode, "", false), (0, 1));
    }
}
