//! Which requests a stored response answers, by Vary (RFC 9111, 4.1).
//!
//! Two values are the same if they are after several lines were joined and white space around
//! commas was removed; in the Accept fields also in another case, and in Accept-Language in another
//! order, which "cannot be relied upon" (RFC 9110, 12.5.4). Elsewhere the order of members counts.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::fields::Fields;
use super::list::Tokens;

/// A Vary of more names matches nothing.
const NAMES_MAX: usize = 64;
/// A list of more members is compared in its order.
const MEMBERS_MAX: usize = 64;

/// Whether a line of Vary holds `*`, alone or among names.
pub(super) fn is_by_all(line: &str) -> bool {
    Tokens::of(line).any(|token| token == "*")
}

/// Returns of a request's lines those that `vary` names, in one order and spelling, so that equal
/// keys are equal variants; `None` if `vary` holds `*`. A name without a line is left out.
pub fn variant_key(vary: &str, request: &str) -> Option<String> {
    if is_by_all(vary) {
        return None;
    }
    let names = collect(Tokens::of(vary), true);
    if names.len() > NAMES_MAX {
        return None;
    }
    let request = Fields::new(request);
    let mut key = String::new();
    let mut before = "";
    for &name in &names {
        if !name.eq_ignore_ascii_case(before) && request.first(name).is_some() {
            push_value(&mut key, name, request);
        }
        before = name;
    }
    Some(key)
}

/// Appends the line for `name`.
fn push_value(key: &mut String, name: &str, request: Fields<'_>) {
    push_lower_case(key, name);
    key.push(':');
    let mut separator = "";
    for value in collect(request.tokens(name), ignores_order(name)) {
        key.push_str(separator);
        if ignores_case(name) {
            push_lower_case(key, value);
        } else {
            key.push_str(value);
        }
        separator = ", ";
    }
    key.push('\n');
}

fn push_lower_case(text: &mut String, part: &str) {
    let start = text.len();
    text.push_str(part);
    if let Some(added) = text.get_mut(start..) {
        added.make_ascii_lowercase();
    }
}

/// Whether `request` has what the stored request had in each field that the response's Vary names;
/// `stored` is a [`variant_key`] or the stored request's whole block. Allocates nothing.
pub(super) fn matches(response: Fields<'_>, stored: Fields<'_>, request: Fields<'_>) -> bool {
    response.tokens("vary").all(|name| name != "*" && is_same(stored, request, name))
}

/// Whether both have the same in the field called `name`, in any case.
fn is_same(stored: Fields<'_>, request: Fields<'_>, name: &str) -> bool {
    let both = (stored.first(name).is_some(), request.first(name).is_some());
    both.0 == both.1
        && (are_equal(stored, request, name)
            || (ignores_order(name) && have_same_members(stored, request, name)))
}

/// Whether case means nothing in the field (RFC 9110, 12.5).
fn ignores_case(name: &str) -> bool {
    let fields = ["accept-language", "accept-encoding", "accept-charset", "accept"];
    fields.iter().any(|field| field.eq_ignore_ascii_case(name))
}

fn ignores_order(name: &str) -> bool {
    name.eq_ignore_ascii_case("accept-language")
}

/// Returns the members, in order if it is wanted and there are not too many. Sorts by insertion:
/// lists are short, and the standard sort would be a tenth of the module.
fn collect<'a>(members: impl Iterator<Item = &'a str>, is_sorted: bool) -> Vec<&'a str> {
    let mut list = Vec::new();
    for member in members {
        list.push(member);
    }
    if is_sorted && list.len() <= MEMBERS_MAX {
        sort(&mut list);
    }
    list
}

#[inline(never)]
fn sort(list: &mut [&str]) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && compare_by_case(list[at - 1], list[at]).is_gt() {
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
    let count = stored.tokens(name).count();
    let times = |fields: Fields<'_>, wanted: &str| {
        fields.tokens(name).filter(|member| member.eq_ignore_ascii_case(wanted)).count()
    };
    count <= MEMBERS_MAX
        && request.tokens(name).count() == count
        && stored.tokens(name).all(|member| times(stored, member) == times(request, member))
}

/// Whether both have the same members in the same order.
fn are_equal(stored: Fields<'_>, request: Fields<'_>, name: &str) -> bool {
    let ignores_case = ignores_case(name);
    let (mut one, mut other) = (stored.tokens(name), request.tokens(name));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) if ignores_case && a.eq_ignore_ascii_case(b) => {}
            _ => return false,
        }
    }
}
