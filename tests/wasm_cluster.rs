//! The two doors of the cluster, joined inside WebAssembly: what a client's module wants sent goes
//! to three nodes' modules and back, in the test's own time. In Node, pages and workers.
//!
//! The driver around the client's door is TypeScript, and tested with real channels, sockets and
//! servers in tests/js/cluster-driver.test.mjs and tests/js/cluster-links.test.mjs.
#![cfg(all(target_arch = "wasm32", feature = "js-cluster"))]

#[path = "wasm_cluster/cluster.rs"]
mod cluster;

use cluster::{Cluster, DELETE, FALSE, GET, HIT, LEASE, LOAD, MISS, PUT, QUORUM, STORED, TIMEOUT};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn what_is_stored_is_read_until_it_is_deleted() {
    let mut cluster = Cluster::new();
    assert_eq!(cluster.ask(GET, "k", "").tag, MISS);
    assert_eq!(cluster.ask(PUT, "k", "value").tag, STORED);
    let hit = cluster.ask(GET, "k", "");
    assert_eq!(hit.tag, HIT);
    assert!(hit.bytes.ends_with(b"value"));
    assert_eq!(cluster.ask(DELETE, "k", "").bytes.last(), Some(&1), "there was a record");
    assert_eq!(cluster.ask(DELETE, "k", "").bytes.last(), Some(&0), "there was none");
    assert_eq!(cluster.ask(GET, "k", "").tag, MISS);
}

#[wasm_bindgen_test]
fn what_is_begun_together_shares_a_frame_to_each_node() {
    let mut cluster = Cluster::new();
    assert_eq!(cluster.ask(GET, "k", "").tag, MISS);
    let before = cluster.frames;
    let ids: Vec<f64> = (0..100).map(|n| cluster.begin(PUT, &n.to_string(), "value")).collect();
    cluster.exchange();
    assert_eq!(cluster.frames, before + 3);
    assert!(ids.into_iter().all(|id| cluster.outcome(id).is_some_and(|it| it.tag == STORED)));
}

#[wasm_bindgen_test]
fn a_load_is_filled_unless_something_newer_was_written() {
    let mut cluster = Cluster::new();
    let lease = cluster.ask(LOAD, "k", "");
    assert_eq!(lease.tag, LEASE);
    assert_eq!(cluster.fill(&lease, "loaded").tag, STORED);
    assert_eq!(cluster.ask(LOAD, "k", "").tag, HIT);
    assert_eq!(cluster.ask(PUT, "k", "newer").tag, STORED);
    assert_eq!(cluster.fill(&lease, "loaded").tag, FALSE);
}

#[wasm_bindgen_test]
fn a_silent_node_fails_nothing_and_two_of_them_a_quorum() {
    let mut cluster = Cluster::new();
    cluster.silent[0] = true;
    assert_eq!(cluster.ask(PUT, "k", "value").tag, STORED);
    assert_eq!(cluster.ask(GET, "k", "").tag, HIT);
    cluster.silent[1] = true;
    let begun = cluster.now_ms;
    assert_eq!(cluster.ask(GET, "k", "").tag, QUORUM);
    assert!(cluster.now_ms - begun <= TIMEOUT + 1.0, "it ends by its deadline");
}

#[wasm_bindgen_test]
fn nonsense_ends_its_link_and_nothing_else() {
    let mut cluster = Cluster::new();
    assert_eq!(cluster.ask(PUT, "k", "value").tag, STORED);
    for nonsense in ["<html>\r\n", "*3\r\n+held\r\n", "+OK\r\n"] {
        assert!(cluster.receive(2, nonsense.as_bytes()), "{nonsense}");
        cluster.connect(2);
        assert_eq!(cluster.ask(GET, "k", "").tag, HIT);
    }
}

#[wasm_bindgen_test]
async fn a_turn_of_the_event_loop_passes_between_two_calls() {
    let mut cluster = Cluster::new();
    let id = cluster.begin(PUT, "k", "value");
    TimeoutFuture::new(0).await;
    cluster.exchange();
    assert_eq!(cluster.outcome(id).map(|it| it.tag), Some(STORED));
}
