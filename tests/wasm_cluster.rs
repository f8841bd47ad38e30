//! The client's driver against three nodes in the same thread, through real channels and through
//! objects with `request()`: in Node, pages and workers.
//!
//! WebSocket and fetch need a server, and are tested in tests/js/cluster-links.test.mjs.
#![cfg(all(target_arch = "wasm32", feature = "js-cluster"))]

#[path = "wasm_cluster/client.rs"]
mod client;
#[path = "wasm_cluster/node.rs"]
mod node;

use client::{
    Cluster, QUORUM, TIMEOUT_MS, TTL_MS, WAYS, Way, causes, kind, links, options, settled, states,
};
use gloo_timers::future::TimeoutFuture;
use js_sys::Date;
use node::{Mood, Node, get};
use tidecache::js::Lease;
use tidecache::wire::Version;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// What is `undefined`.
const NOTHING: JsValue = JsValue::UNDEFINED;

#[wasm_bindgen_test]
async fn what_is_stored_is_read_until_it_is_deleted() {
    for way in WAYS {
        let cluster = Cluster::new(way);
        assert_eq!(cluster.get("k").await, Ok(None));
        let version = cluster.put("k", "value").await.expect("a quorum is there");
        let hit = settled(cluster.client.get("k".into(), QUORUM, TIMEOUT_MS)).await;
        let hit = hit.expect("a quorum is there");
        assert_eq!(client::text(&get(&hit, "value")), "value");
        assert_eq!(get(&hit, "flags"), JsValue::from(7));
        assert_eq!(get(&hit, "mayFillNear"), JsValue::FALSE);
        let bytes = |value: &JsValue| js_sys::Uint8Array::new(value).to_vec();
        assert_eq!(bytes(&get(&hit, "version")), bytes(&version));
        let field = |name| get(&hit, name).as_f64().expect("a number");
        let life = field("expiresAtMs") - field("createdAtMs");
        assert_eq!(life.to_bits(), TTL_MS.to_bits());
        let delete = || settled(cluster.client.delete("k".into(), TIMEOUT_MS));
        assert_eq!(delete().await, Ok(JsValue::TRUE), "there was a record");
        assert_eq!(delete().await, Ok(JsValue::FALSE), "there was none");
        assert_eq!(cluster.get("k").await, Ok(None));
    }
}

#[wasm_bindgen_test]
async fn touch_and_clear_and_load_and_fill_do_what_they_say() {
    for way in WAYS {
        let cluster = Cluster::new(way);
        let client = &cluster.client;
        let touch = |key: &str| settled(client.touch(key.into(), TTL_MS, TIMEOUT_MS));
        assert_eq!(touch("a:1").await, Ok(JsValue::FALSE));
        cluster.put("a:1", "one").await.expect("a quorum is there");
        cluster.put("b:1", "two").await.expect("a quorum is there");
        assert_eq!(touch("a:1").await, Ok(JsValue::TRUE));
        assert_eq!(settled(client.clear("a".into(), TIMEOUT_MS)).await, Ok(NOTHING));
        assert_eq!(cluster.get("a:1").await, Ok(None));
        assert_eq!(cluster.get("b:1").await, Ok(Some("two".into())));
        let load = || settled(client.load("l".into(), TIMEOUT_MS));
        let lease = load().await.expect("nobody else loads");
        assert!(get(&lease, "value").is_undefined(), "it is to be loaded");
        let lease = || lease.clone().unchecked_into::<Lease>();
        let fill = || client.fill(lease(), "loaded".into(), 1, TTL_MS, TIMEOUT_MS);
        let Ok(stored) = fill() else { panic!("it is a lease") };
        assert_eq!(settled(stored).await, Ok(JsValue::TRUE));
        let hit = load().await.expect("a quorum is there");
        assert_eq!(client::text(&get(&hit, "value")), "loaded");
        cluster.put("l", "newer").await.expect("a quorum is there");
        let Ok(stored) = fill() else { panic!("it is a lease") };
        assert_eq!(settled(stored).await, Ok(JsValue::FALSE), "something newer is there");
        let forged = node::object(&[("key", NOTHING)]).unchecked_into::<Lease>();
        assert!(client.fill(forged, vec![], 0, TTL_MS, TIMEOUT_MS).is_err());
    }
}

#[wasm_bindgen_test]
async fn operations_of_one_turn_share_a_frame_to_each_node() {
    let cluster = Cluster::new(Way::Channel);
    settled(cluster.client.connect()).await.expect("the nodes are there");
    let before: Vec<u32> = cluster.nodes.iter().map(|node| node.frames.get()).collect();
    let key = |n: u32| format!("key {n}").into_bytes();
    let puts: Vec<_> = (0..100)
        .map(|n| cluster.client.put(key(n), b"value".to_vec(), 0, TTL_MS, TIMEOUT_MS))
        .collect();
    for put in puts {
        settled(put).await.expect("a quorum is there");
    }
    for (node, before) in cluster.nodes.iter().zip(before) {
        assert_eq!(node.frames.get(), before + 1);
        assert!(node.messages.get() >= 100);
    }
}

#[wasm_bindgen_test]
async fn a_silent_node_is_a_cause_and_two_of_them_a_failure() {
    for way in WAYS {
        let cluster = Cluster::new(way);
        settled(cluster.client.connect()).await.expect("the nodes are there");
        cluster.nodes[0].change(Mood::Silent);
        cluster.put("k", "value").await.expect("two of three are a quorum");
        assert_eq!(cluster.get("k").await, Ok(Some("value".into())));
        cluster.nodes[1].change(Mood::Silent);
        let begun = Date::now();
        let failure = cluster.put("k", "other").await.expect_err("one of three is no quorum");
        assert!(Date::now() - begun < TIMEOUT_MS * 2.0, "it ends by its deadline");
        assert_eq!(get(&failure, "isWrite"), JsValue::TRUE);
        let number = |name| get(&failure, name).as_f64().expect("a number") as u32;
        assert_eq!((number("required"), number("received")), (2, 1));
        let timeout = |node: &str| (node.to_string(), "timeout".to_string());
        assert_eq!(causes(&failure), [timeout("a"), timeout("b")]);
        let failure = cluster.get("k").await.expect_err("one of three is no quorum");
        assert_eq!(get(&failure, "isWrite"), JsValue::FALSE);
        cluster.nodes[0].change(Mood::Answers);
        cluster.nodes[1].change(Mood::Answers);
        // What a transport has not answered is given up when nobody waits for it any more.
        TimeoutFuture::new(TIMEOUT_MS as u32 + 100).await;
        cluster.put("k", "again").await.expect("the nodes are back");
        assert_eq!(cluster.get("k").await, Ok(Some("again".into())));
    }
}

#[wasm_bindgen_test]
async fn a_request_without_an_answer_is_aborted_when_the_client_closes() {
    let cluster = Cluster::new(Way::Transport);
    settled(cluster.client.connect()).await.expect("the nodes are there");
    cluster.nodes[0].change(Mood::Silent);
    cluster.put("k", "value").await.expect("two of three are a quorum");
    assert_eq!(cluster.nodes[0].aborted.get(), 0);
    settled(cluster.client.close()).await.expect("it closes");
    TimeoutFuture::new(0).await;
    assert!(cluster.nodes[0].aborted.get() > 0);
    assert_eq!(cluster.nodes[1].aborted.get(), 0, "what was answered is not aborted");
}

#[wasm_bindgen_test]
async fn nonsense_fails_its_node_and_nothing_else() {
    let moods = [Mood::Garbage, Mood::Half, Mood::Talkative];
    for (way, mood) in WAYS.into_iter().flat_map(|way| moods.map(|mood| (way, mood))) {
        let cluster = Cluster::new(way);
        cluster.put("k", "value").await.expect("a quorum is there");
        cluster.nodes[2].change(mood);
        for n in 0..10 {
            cluster.put("k", &n.to_string()).await.expect("two of three are a quorum");
            assert_eq!(cluster.get("k").await, Ok(Some(n.to_string())), "{way:?} {mood:?}");
        }
        // What a frame of its own is answered says nothing of the next one.
        assert!(way == Way::Transport || states(&cluster.client)[2] == "down", "{mood:?}");
    }
}

#[wasm_bindgen_test]
async fn a_node_that_does_not_know_the_client_says_so_in_the_causes() {
    for way in WAYS {
        let cluster = Cluster::new(way);
        cluster.nodes[0].change(Mood::Refuses);
        cluster.nodes[1].change(Mood::Refuses);
        let failure = settled(cluster.client.connect()).await.expect_err("one of three answers");
        let auth = |node: &str| (node.to_string(), "auth".to_string());
        // Two refusals are enough: the third node need not have been heard by then.
        let refusals = |failure| -> Vec<_> {
            causes(failure).into_iter().filter(|(_, cause)| cause != "pending").collect()
        };
        assert_eq!(refusals(&failure), [auth("a"), auth("b")], "{way:?}");
        let failure = cluster.put("k", "value").await.expect_err("one of three is no quorum");
        assert_eq!(refusals(&failure), [auth("a"), auth("b")], "{way:?}");
        // Greeted again after pauses, not in a loop.
        assert!(cluster.nodes[0].hellos.get() < 20, "{}", cluster.nodes[0].hellos.get());
    }
}

#[wasm_bindgen_test]
async fn a_transport_that_fails_is_tried_again_and_no_promise_is_lost() {
    let cluster = Cluster::new(Way::Transport);
    cluster.put("k", "value").await.expect("a quorum is there");
    for round in 0..6 {
        let node = &cluster.nodes[round % 3];
        node.change(Mood::Throws);
        let put = |n: usize| {
            let key = format!("key {n}").into_bytes();
            cluster.client.put(key, b"value".to_vec(), 0, TTL_MS, TIMEOUT_MS)
        };
        let puts: Vec<_> = (0..20).map(put).collect();
        for put in puts {
            settled(put).await.expect("two of three are a quorum");
        }
        node.change(Mood::Answers);
        let mut waited_ms = 0;
        while states(&cluster.client).iter().any(|state| state != "up") {
            assert!(waited_ms < 6_000, "the pause is five seconds at most");
            TimeoutFuture::new(10).await;
            waited_ms += 10;
        }
    }
}

#[wasm_bindgen_test]
async fn a_port_that_is_hung_up_stays_down() {
    let cluster = Cluster::new(Way::Channel);
    settled(cluster.client.connect()).await.expect("the nodes are there");
    cluster.nodes[1].hang_up();
    TimeoutFuture::new(50).await;
    assert_eq!(states(&cluster.client), ["up", "down", "up"]);
    cluster.put("k", "value").await.expect("two of three are a quorum");
    cluster.nodes[2].hang_up();
    TimeoutFuture::new(50).await;
    let failure = cluster.get("k").await.expect_err("one of three is no quorum");
    let open = |node: &str| (node.to_string(), "open".to_string());
    assert!(causes(&failure).ends_with(&[open("b"), open("c")]));
}

#[wasm_bindgen_test]
async fn closing_rejects_what_is_under_way_and_hangs_up() {
    for way in WAYS {
        let cluster = Cluster::new(way);
        settled(cluster.client.connect()).await.expect("the nodes are there");
        cluster.nodes.iter().for_each(|node| node.change(Mood::Silent));
        let under_way = cluster.client.get("k".into(), QUORUM, TIMEOUT_MS);
        let connecting = Cluster::new(way);
        let connect = connecting.client.connect();
        settled(cluster.client.close()).await.expect("it closes");
        settled(connecting.client.close()).await.expect("it closes");
        settled(cluster.client.close()).await.expect("twice is once");
        assert_eq!(kind(&settled(under_way).await.expect_err("it is closed")), "closed");
        assert_eq!(kind(&settled(connect).await.expect_err("it is closed")), "closed");
        let failure = cluster.put("k", "value").await.expect_err("it is closed");
        assert_eq!(kind(&failure), "closed");
        TimeoutFuture::new(50).await;
        let is_told = cluster.nodes.iter().all(|node| node.is_closed.get());
        assert_eq!(is_told, way == Way::Channel);
    }
}

#[wasm_bindgen_test]
async fn a_client_whose_clock_is_an_hour_off_writes_and_reads() {
    const HOUR_MS: f64 = 3_600_000.0;
    for offset in [HOUR_MS, -HOUR_MS] {
        let cluster = Cluster::with(Way::Channel, [offset; 3], 0);
        cluster.put("k", "value").await.expect("a quorum is there");
        let hit = settled(cluster.client.get("k".into(), QUORUM, TIMEOUT_MS)).await;
        let expires = get(&hit.expect("a quorum is there"), "expiresAtMs");
        let off = expires.as_f64().expect("a number") - (Date::now() + offset + TTL_MS);
        assert!(off.abs() < 2_000.0, "stamped by the nodes' clock: {off}");
    }
}

#[wasm_bindgen_test]
async fn what_is_too_long_is_refused_before_it_is_sent() {
    let cluster = Cluster::new(Way::Channel);
    let client = &cluster.client;
    settled(client.connect()).await.expect("the nodes are there");
    let frames = cluster.nodes[0].frames.get();
    let put = |key: Vec<u8>, value: Vec<u8>, ttl_ms, timeout_ms| {
        settled(client.put(key, value, 0, ttl_ms, timeout_ms))
    };
    let failure = put(vec![0; 1025], vec![], TTL_MS, TIMEOUT_MS).await.expect_err("a long key");
    assert_eq!(kind(&failure), "tooLarge");
    assert_eq!(get(&failure, "limit"), JsValue::from(1024));
    let value = vec![0; (1 << 20) + 1];
    let failure = put(vec![0], value, TTL_MS, TIMEOUT_MS).await.expect_err("a long value");
    assert_eq!(get(&failure, "limit"), JsValue::from(1 << 20));
    let failure = put(vec![0], vec![], f64::INFINITY, TIMEOUT_MS).await.expect_err("no end");
    assert_eq!(kind(&failure), "ttl");
    assert_eq!(get(&failure, "maxTtlMs"), JsValue::from(86_400_000));
    let failure = put(vec![0], vec![], TTL_MS, 60_000.0).await.expect_err("a long wait");
    assert_eq!(kind(&failure), "timeout");
    assert_eq!(get(&failure, "maxOpMs"), JsValue::from(5_000));
    assert_eq!(cluster.nodes[0].frames.get(), frames);
    put(vec![0; 1024], vec![0; 1 << 20], TTL_MS, 2_000.0).await.expect("just not too long");
}

#[wasm_bindgen_test]
async fn a_near_copy_is_used_until_a_node_pushes_its_key() {
    let cluster = Cluster::with(Way::Channel, [0.0; 3], 100);
    cluster.put("k", "value").await.expect("a quorum is there");
    let hit = settled(cluster.client.get("k".into(), QUORUM, TIMEOUT_MS)).await;
    assert_eq!(get(&hit.expect("a quorum is there"), "mayFillNear"), JsValue::TRUE);
    assert!(cluster.client.near_has(b"k"));
    let later = Version::new(Date::now() as u64 + 400, 0, 9);
    cluster.nodes.iter().for_each(|node| node.push("k", later, 1));
    TimeoutFuture::new(50).await;
    assert!(!cluster.client.near_has(b"k"));
    assert_eq!(*cluster.dropped.borrow(), [b"k".to_vec()]);
    // Whoever is not pushed to may not keep a copy.
    let cluster = Cluster::with(Way::Transport, [0.0; 3], 100);
    cluster.put("k", "value").await.expect("a quorum is there");
    let hit = settled(cluster.client.get("k".into(), QUORUM, TIMEOUT_MS)).await;
    assert_eq!(get(&hit.expect("a quorum is there"), "mayFillNear"), JsValue::FALSE);
}

#[wasm_bindgen_test]
async fn a_higher_epoch_has_other_links() {
    let cluster = Cluster::new(Way::Channel);
    cluster.put("k", "value").await.expect("a quorum is there");
    let nodes: Vec<_> = (0..3).map(|_| Node::new(0.0)).collect();
    let reconfigure =
        |epoch| cluster.client.reconfigure(&options(epoch, 0), &links(&nodes, Way::Channel));
    assert!(reconfigure(0).is_err(), "it is a lower epoch");
    assert_eq!(cluster.get("k").await, Ok(Some("value".into())), "nothing has changed");
    let Ok(changed) = reconfigure(2) else { panic!("it is a higher epoch") };
    settled(changed).await.expect("it has changed");
    let failure = cluster.get("k").await.expect_err("the nodes are in the first epoch");
    let causes = causes(&failure);
    assert!(causes.iter().filter(|(_, state)| state == "epoch").count() >= 2, "{causes:?}");
    TimeoutFuture::new(50).await;
    assert!(cluster.nodes.iter().all(|node| node.is_closed.get()), "the former are told");
}

#[wasm_bindgen_test]
async fn the_same_epoch_again_gives_nodes_other_links() {
    let cluster = Cluster::new(Way::Channel);
    cluster.put("k", "value").await.expect("a quorum is there");
    let nodes: Vec<_> = (0..3).map(|_| Node::new(0.0)).collect();
    let links = links(&nodes, Way::Channel);
    let Ok(changed) = cluster.client.reconfigure(&options(1, 0), &links) else {
        panic!("the nodes are the same")
    };
    settled(changed).await.expect("the links have changed");
    assert_eq!(cluster.get("k").await, Ok(None), "at the other ends is nothing");
    TimeoutFuture::new(50).await;
    assert!(cluster.nodes.iter().all(|node| node.is_closed.get()), "the former are told");
}
