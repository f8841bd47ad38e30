//! What came out, for programs.

use std::fmt::Write;

use crate::cell::Cell;
use crate::trace::Trace;

/// Returns all cells of the table: `{"cells":[{"trace","size","policy","hitRatio","requests"}]}`,
/// each with `byteHitRatio` where the trace has weights.
pub(crate) fn text(traces: &[Trace], cells: &[Cell]) -> String {
    let mut text = String::from("{\"cells\":[");
    for cell in cells.iter().filter(|cell| !cell.is_between) {
        let trace = &traces[cell.trace];
        let separator = if text.ends_with('[') { "\n" } else { ",\n" };
        let (name, size, policy) = (quoted(&trace.name), cell.size, cell.policy.name);
        let (ratio, requests) = (cell.hit_ratio(trace), trace.requests.len());
        let _ = write!(
            text,
            "{separator}{{\"trace\":{name},\"size\":{size},\"policy\":\"{policy}\",\
             \"hitRatio\":{ratio},\"requests\":{requests}"
        );
        if let Some(ratio) = cell.byte_hit_ratio(trace) {
            let _ = write!(text, ",\"byteHitRatio\":{ratio}");
        }
        text.push('}');
    }
    text.push_str("\n]}\n");
    text
}

/// Returns `text` as a string of JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
    }
}
