//! Which requests a stored response answers, by Vary (RFC 9111, 4.1).
//!
//! Two values are the same if they are after several lines were joined and white space around
//! commas was removed; in the Accept fields also in another case, and in Accept-Language in another
//! order, which "cannot be relied upon" (RFC 9110, 12.5.4). Elsewhere the order of members counts.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::fields::Fields;
use super::list::tokens;

/// A Vary of more names matches nothing.
const NAMES_MAX: usize = 64;
/// A list of more members is compared in its order.
const MEMBERS_MAX: usize = 64;

/// Whether a line of Vary holds `*`, alone or among names.
pub(super) fn is_by_all(line: &str) -> bool {
    tokens(line).any(|token| token == "*")
}

/// Returns of a request's lines those that `vary` names, in one order and spelling, so that equal
/// keys are equal variants; `None` if `vary` holds `*`. A name without a line is left out.
pub fn variant_key(vary: &str, request: &str) -> Option<String> {
    if is_by_all(vary) {
        return None;
    }
    let mut names: Vec<String> = tokens(vary).map(str::to_ascii_lowercase).collect();
    if names.len() > NAMES_MAX {
        return None;
    }
    sort_by(&mut names, String::cmp);
    names.dedup();
    let request = Fields::new(request);
    let mut key = String::new();
    for name in &names {
        if request.first(name).is_some() {
            push_value(&mut key, name, request);
        }
    }
    Some(key)
}

/// Appends the line for `name`.
fn push_value(key: &mut String, name: &str, request: Fields<'_>) {
    let mut values: Vec<&str> = members(request, name).collect();
    if ignores_order(name) && values.len() <= MEMBERS_MAX {
        sort_by(&mut values, |a, b| compare_by_case(a, b));
    }
    key.push_str(name);
    let mut separator = ":";
    for value in values {
        key.push_str(separator);
        if ignores_case(name) {
            key.extend(value.chars().map(|char| char.to_ascii_lowercase()));
        } else {
            key.push_str(value);
        }
        separator = ", ";
    }
    // Nothing at all: the line is there all the same.
    if separator == ":" {
        key.push(':');
    }
    key.push('\n');
}

/// Whether `request` has what the stored request had in each field that the response's Vary names;
/// `stored` is a [`variant_key`] or the stored request's whole block. Allocates nothing.
pub(super) fn matches(response: Fields<'_>, stored: Fields<'_>, request: Fields<'_>) -> bool {
    response.values("vary").flat_map(tokens).all(|name| {
        let is_same = |name: &str| {
            if stored.values(name).eq(request.values(name)) {
                return true;
            }
            let ignores_case = ignores_case(name);
            let both = (stored.first(name).is_some(), request.first(name).is_some());
            both.0 == both.1
                && if ignores_order(name) {
                    have_same_members(stored, request, name)
                } else {
                    are_equal(members(stored, name), members(request, name), ignores_case)
                }
        };
        name != "*" && with_lower_case(name, is_same)
    })
}

fn members<'a: 'n, 'n>(fields: Fields<'a>, name: &'n str) -> impl Iterator<Item = &'a str> + 'n {
    fields.values(name).flat_map(tokens)
}

/// Whether case means nothing in the field (RFC 9110, 12.5).
fn ignores_case(name: &str) -> bool {
    matches!(name, "accept-language" | "accept-encoding" | "accept-charset" | "accept")
}

fn ignores_order(name: &str) -> bool {
    name == "accept-language"
}

/// Sorts by insertion: lists are short, and the standard sort would be a tenth of the module.
fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && compare(&list[at - 1], &list[at]).is_gt() {
            list.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn compare_by_case(a: &str, b: &str) -> Ordering {
    let lower = |text: &str, at: usize| text.as_bytes()[at].to_ascii_lowercase();
    let shared = a.len().min(b.len());
    let differs = (0..shared).map(|at| lower(a, at).cmp(&lower(b, at))).find(|order| order.is_ne());
    differs.unwrap_or(a.len().cmp(&b.len()))
}

/// Whether each member is as often in both. O(n²): a list that long is compared in its order.
fn have_same_members(stored: Fields<'_>, request: Fields<'_>, name: &str) -> bool {
    let count = members(stored, name).count();
    if count > MEMBERS_MAX {
        return are_equal(members(stored, name), members(request, name), true);
    }
    let times = |fields: Fields<'_>, wanted: &str| {
        members(fields, name).filter(|member| member.eq_ignore_ascii_case(wanted)).count()
    };
    members(request, name).count() == count
        && members(stored, name).all(|member| times(stored, member) == times(request, member))
}

/// Calls `act` with the name in lower case; copies it only if it is not.
fn with_lower_case(name: &str, act: impl Fn(&str) -> bool) -> bool {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        act(&name.to_ascii_lowercase())
    } else {
        act(name)
    }
}

/// Compares two sequences of members.
fn are_equal<'a, 'b>(
    mut one: impl Iterator<Item = &'a str>,
    mut other: impl Iterator<Item = &'b str>,
    ignores_case: bool,
) -> bool {
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) if ignores_case && a.eq_ignore_ascii_case(b) => {}
            _ => return false,
        }
    }
}
