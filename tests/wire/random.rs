//! Random messages, and random ways to cut and break their bytes.

use std::env;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tidecache::wire::limits::{DEPTH_MAX, KEY_BYTES_MAX};
use tidecache::wire::{Encoder, Held, Protocol, Push, Reply, Request, Value, Version};

/// Runs `rule` on `cases` random inputs. A failure prints the shortest input that fails and the
/// seed; `SEED=7 cargo test --test wire` runs that one.
pub(crate) fn check<S: Strategy>(cases: u32, inputs: S, rule: impl Fn(S::Value)) {
    let seed: u64 = env::var("SEED").map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let ran = runner.run(&inputs, |input| {
        rule(input);
        Ok(())
    });
    if let Err(failure) = ran {
        panic!("SEED={seed} fails: {failure}");
    }
}

/// Strings of all bytes, some of them such as the protocol itself writes.
pub(crate) fn bytes(len_max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..24),
        2 => vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'$'), Just(b'1')], 0..8),
        1 => vec(any::<u8>(), 0..=len_max),
    ]
}

/// Texts without line breaks.
fn line() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>().prop_filter("no break", |byte| !matches!(byte, b'\r' | b'\n')), 0..24)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        bytes(2000).prop_map(Value::Bulk),
        line().prop_map(Value::Simple),
        bytes(200).prop_map(Value::Error),
        bytes(200).prop_map(|text| Value::Verbatim { format: *b"txt", text }),
        any::<i64>().prop_map(Value::Integer),
        "[+-]?[0-9]{1,40}".prop_map(|digits| Value::Big(digits.into_bytes())),
        any::<f64>()
            .prop_filter("equal to itself", |number| !number.is_nan())
            .prop_map(Value::Double),
        Just(Value::Double(f64::NEG_INFINITY)),
        any::<bool>().prop_map(Value::Boolean),
        Just(Value::Null),
    ]
}

/// Values of every type, nested as deep as is allowed.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let nested = scalar().prop_recursive(DEPTH_MAX as u32 - 1, 64, 8, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::Array),
            vec(inner, 0..8).prop_map(Value::Set),
            vec(pair, 0..4).prop_map(Value::Map),
        ]
    });
    prop_oneof![4 => nested.clone(), 1 => vec(nested, 0..4).prop_map(Value::Push)]
}

pub(crate) fn version() -> impl Strategy<Value = Version> {
    any::<[u8; 16]>().prop_map(Version::from_bytes)
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..100_u64, Just(i64::MAX as u64 + 1)]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let key = || bytes(KEY_BYTES_MAX);
    let record = (key(), version(), number(), any::<u32>(), option::of(bytes(5000)));
    prop_oneof![
        (number(), any::<bool>()).prop_map(|(epoch, pushes)| Request::Hello { epoch, pushes }),
        (key(), any::<bool>()).prop_map(|(key, digest)| Request::Get { key, digest }),
        record.prop_map(|(key, version, expires_at_ms, flags, value)| {
            Request::Put { key, version, expires_at_ms, flags, value }
        }),
        (key(), version(), number()).prop_map(|(key, version, expires_at_ms)| Request::Touch {
            key,
            version,
            expires_at_ms
        }),
        (key(), version()).prop_map(|(namespace, version)| Request::Clear { namespace, version }),
        (key(), any::<u64>(), number()).prop_map(|(key, holder, ttl_ms)| Request::Lease {
            key,
            holder,
            ttl_ms
        }),
    ]
}

/// Why a node refuses: sentences, and what could be read as another reply.
fn reason() -> impl Strategy<Value = Vec<u8>> {
    let words = ["", "ERR", "ERR ", "ERR ERR ", "BUSY", "BUSY ", "CLOCK 7", "EPOCH 7", "EPOCH x"];
    let others = ["NOAUTH", "NOAUTH who", "TTL is too long", "busy", "OK", "\r\n+OK"];
    let known = [&words[..], &others[..]].concat();
    prop_oneof![
        bytes(300),
        proptest::sample::select(known).prop_map(|text| text.as_bytes().to_vec()),
    ]
}

pub(crate) fn reply() -> impl Strategy<Value = Reply> {
    let (clock, limit) = (0..1_u64 << 48, || number().prop_map(|limit| limit.max(1)));
    let hello = (number(), clock, limit(), limit(), number(), number());
    let held = (version(), number(), any::<u32>(), option::of(bytes(5000)));
    prop_oneof![
        hello.prop_map(|(epoch, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms)| {
            Reply::Hello { epoch, wall_ms, max_ttl_ms, max_op_ms, max_drift_ms, floor_ms }
        }),
        held.prop_map(|(version, expires_at_ms, flags, value)| {
            Reply::Held(Held { version, expires_at_ms, flags, value })
        }),
        (version(), number(), any::<bool>()).prop_map(|(version, expires_at_ms, dead)| {
            Reply::Gone { version, expires_at_ms, dead }
        }),
        version().prop_map(|floor| Reply::Forgot { floor }),
        version().prop_map(|version| Reply::Superseded { version }),
        number().prop_map(|wall_ms| Reply::Clock { wall_ms }),
        number().prop_map(|until_ms| Reply::Denied { until_ms }),
        number().prop_map(|epoch| Reply::Epoch { epoch }),
        reason().prop_map(|reason| Reply::Refused { reason }),
        Just(Reply::Applied),
        Just(Reply::Removed),
        Just(Reply::Granted),
        Just(Reply::Busy),
    ]
}

pub(crate) fn push() -> impl Strategy<Value = Push> {
    (bytes(KEY_BYTES_MAX), version(), number(), any::<bool>()).prop_map(
        |(key, version, seq, is_clear)| {
            if is_clear {
                Push::Clear { namespace: key, version, seq }
            } else {
                Push::Invalidate { key, version, seq }
            }
        },
    )
}

/// Returns the bytes of `values`, one after the other.
pub(crate) fn encoded(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, Protocol::Resp3);
    for value in values {
        value.encode(&mut encoder);
    }
    out
}

/// What clients send: commands, inline ones among them, and empty ones.
pub(crate) fn commands() -> impl Strategy<Value = Vec<u8>> {
    let words = vec(bytes(1200), 1..6).prop_map(|words| {
        let mut out = Vec::new();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        Encoder::new(&mut out, Protocol::Resp3).command(&words);
        out
    });
    let inline =
        "[a-z]{1,5}( [a-z0-9]{1,9}| \"[a-z ]{0,5}\"){0,3}\r?\n".prop_map(String::into_bytes);
    let empty = proptest::sample::select(vec!["\r\n", "\n", "*0\r\n", "*-1\r\n", "  \r\n"])
        .prop_map(|text| text.as_bytes().to_vec());
    let any = prop_oneof![4 => words, 3 => inline, 1 => empty];
    vec(any, 0..8).prop_map(|all| all.concat())
}

/// Where to cut bytes.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..24)
}

/// Returns `bytes` in parts, cut at `cuts`.
pub(crate) fn parts<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

/// Ways to break bytes: another byte, one more, one less, a part twice.
pub(crate) type Break = (u8, Index, u8);

pub(crate) fn breaks() -> impl Strategy<Value = Vec<Break>> {
    let byte = prop_oneof![
        any::<u8>(),
        proptest::sample::select(b"\r\n*$+-:_#,(!=%~>|0123456789?te\"'".to_vec()),
    ];
    vec((0..4_u8, any::<Index>(), byte), 1..6)
}

/// Breaks `bytes`.
pub(crate) fn break_bytes(bytes: &mut Vec<u8>, breaks: &[Break]) {
    for (way, at, byte) in breaks {
        let at = at.index(bytes.len() + 1);
        match way {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => {
                let end = bytes.len().min(at + usize::from(*byte));
                bytes.extend_from_within(at..end);
            }
            _ => bytes.insert(at, *byte),
        }
    }
}
