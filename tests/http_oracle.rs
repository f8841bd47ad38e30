//! The rules of `src/http` against the crate `http-cache-semantics`, with headers at random.
//!
//! Every disagreement must have a name here: what the crate does, what ours does, and the section
//! that decides. An exception that explains no case by itself fails too: it would be a hole.
//!
//! `SEED=…` repeats a run.
#![cfg(not(target_arch = "wasm32"))]

mod http_oracle {
    pub(crate) mod case;
    pub(crate) mod exceptions;
    pub(crate) mod verdicts;
}

use std::collections::BTreeMap;

use http_oracle::case::{Case, Dice};
use http_oracle::exceptions::EXCEPTIONS;
use http_oracle::verdicts::{ours, theirs};

const CASES: u32 = 120_000;

#[test]
fn every_disagreement_with_the_oracle_is_decided_by_an_rfc() {
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(9111);
    let mut dice = Dice::new(seed);
    let mut explained = BTreeMap::<&str, u32>::new();
    let (mut disagreements, mut storable, mut fresh) = (0, 0, 0);
    for number in 0..CASES {
        let case = Case::random(&mut dice);
        let (ours, theirs) = (ours(&case), theirs(&case));
        storable += u32::from(ours.storable);
        fresh += u32::from(ours.is_served);
        if ours == theirs {
            continue;
        }
        disagreements += 1;
        let mut names = EXCEPTIONS.iter().filter(|exception| (exception.applies)(&case));
        let first = names.next();
        if let (Some(exception), None) = (first, names.next()) {
            *explained.entry(exception.name).or_default() += 1;
        }
        assert!(
            first.is_some(),
            "seed {seed}, case {number}: {case:#?}\nours {ours:?}\ntheirs {theirs:?}"
        );
    }
    println!("{CASES} cases, {disagreements} disagreements; explained by one name: {explained:#?}");
    // The generator must not miss what it is for.
    assert!(storable > CASES / 10 && fresh > CASES / 50, "{storable} storable, {fresh} fresh");
    assert!(disagreements < CASES * 3 / 4, "{disagreements}: the exceptions swallow the test");
    for exception in EXCEPTIONS {
        assert!(explained.contains_key(exception.name), "{} explains nothing", exception.name);
    }
}

/// Without what the exceptions are about, both say the same: nothing is explained away.
#[test]
fn plain_headers_leave_no_room_for_disagreement() {
    let mut dice = Dice::new(5861);
    let mut compared = 0;
    while compared < 20_000 {
        let case = Case::random(&mut dice);
        if EXCEPTIONS.iter().any(|exception| (exception.applies)(&case)) {
            continue;
        }
        compared += 1;
        assert_eq!(ours(&case), theirs(&case), "{case:#?}");
    }
}
