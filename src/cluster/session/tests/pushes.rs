//! What is pushed to whom, and what is left out.

use super::*;

fn write_of(key: &str, ms: u64, seq: u64) -> Push {
    Push::Invalidate { key: key.into(), version: Version::new(ms, 0, 1), seq }
}

#[test]
fn every_applied_write_is_pushed_to_all_subscribers_but_the_writer() {
    let mut host = host();
    let (mut writer, reader, silent) =
        (peer(&mut host, true), peer(&mut host, true), peer(&mut host, false));
    assert_eq!(ask(&mut host, &mut writer, put("a", NOW)), Reply::Applied);
    assert!(matches!(ask(&mut host, &mut writer, put("a", NOW - 1)), Reply::Superseded { .. }));
    let version = Version::new(NOW, 0, 1);
    let touch = Request::Touch { key: b"a".into(), version, expires_at_ms: NOW + 6_000 };
    assert_eq!(ask(&mut host, &mut writer, touch), Reply::Applied);
    let delete = Request::Put {
        key: b"a".into(),
        version: Version::new(NOW + 1, 0, 1),
        expires_at_ms: NOW + 5_000,
        flags: 0,
        value: None,
    };
    assert_eq!(ask(&mut host, &mut writer, delete), Reply::Removed);
    let clear = Request::Clear { namespace: b"n".into(), version };
    assert!(
        matches!(ask(&mut host, &mut writer, clear), Reply::Superseded { .. }),
        "a floor is raised all the same"
    );
    assert_eq!(host.pop_waiting(), Some(reader.id()));
    assert_eq!(host.pop_waiting(), None, "once, and neither the writer nor who did not ask");
    let cleared = Push::Clear { namespace: b"n".into(), version, seq: 3 };
    assert_eq!(
        pushed(&mut host, &reader),
        [write_of("a", NOW, 1), write_of("a", NOW + 1, 2), cleared]
    );
    assert_eq!(pushed(&mut host, &reader), []);
    assert_eq!((pushed(&mut host, &writer), pushed(&mut host, &silent)), (Vec::new(), Vec::new()));
}

#[test]
fn a_standard_command_is_pushed_too() {
    let mut host = host();
    let (reader, mut tool) = (peer(&mut host, true), stranger(&mut host));
    assert_eq!(
        say(&mut host, &mut tool, "SET a 1\r\nEXPIRE a 9\r\nDEL a\r\nDEL a\r\nFLUSHDB\r\n"),
        "+OK\r\n:1\r\n:1\r\n:0\r\n+OK\r\n"
    );
    let pushes = pushed(&mut host, &reader);
    assert_eq!(pushes.len(), 4, "{pushes:?}");
    assert!(matches!(&pushes[3], Push::Clear { namespace, seq: 4, .. } if namespace.is_empty()));
}

#[test]
fn pushes_beyond_the_bound_are_left_out_and_leave_a_gap() {
    let mut host = host();
    let (mut writer, reader) = (peer(&mut host, false), peer(&mut host, true));
    let key = "k".repeat(1000);
    let count = 1200;
    for at in 0..count {
        assert_eq!(ask(&mut host, &mut writer, put(&key, NOW - count + at)), Reply::Applied);
    }
    let bytes = host.pushes(&reader);
    assert!((1 << 20..FRAME_BYTES_MAX).contains(&bytes.len()), "{} bytes", bytes.len());
    let kept = values(&bytes).len() as u64 - 1;
    let mut frame = &bytes[..];
    let (mut decoder, mut last) = (Decoder::of_replies(), None);
    while let Some(frame) = decoder.decode(&mut frame).expect("it is RESP") {
        last = Some(Push::decode(frame).expect("it is a push"));
    }
    let gap = Push::Invalidate { key: Vec::new(), version: Version::ZERO, seq: count + 1 };
    assert_eq!(last, Some(gap), "the gap is told with what had room");
    assert_eq!((host.stats().pushes, host.stats().skipped), (kept, count - kept));
    assert!(kept < count);
    assert_eq!(ask(&mut host, &mut writer, put("b", NOW)), Reply::Applied);
    assert_eq!(host.pop_waiting(), Some(reader.id()));
    assert_eq!(pushed(&mut host, &reader), [write_of("b", NOW, count + 2)]);
}

#[test]
fn a_subscription_ends_with_the_epoch_the_protocol_or_the_session() {
    let mut host = host();
    let mut writer = peer(&mut host, false);
    let (mut wrong, mut old, gone) =
        (peer(&mut host, true), peer(&mut host, true), peer(&mut host, true));
    ask(&mut host, &mut wrong, Request::Hello { epoch: 1, pushes: true });
    say(&mut host, &mut old, "HELLO 2\r\n");
    assert_eq!(
        say(&mut host, &mut old, "TC.HELLO 1 7 PUSH\r\n"),
        "-NOPROTO pushes need HELLO 3\r\n"
    );
    host.close(&gone);
    assert_eq!(ask(&mut host, &mut writer, put("a", NOW)), Reply::Applied);
    assert_eq!((host.pop_waiting(), host.stats().pushes), (None, 0));
}

#[test]
fn a_greeting_that_asks_for_the_time_keeps_the_subscription_and_its_numbers() {
    let mut host = host();
    let (mut writer, mut reader) = (peer(&mut host, false), peer(&mut host, true));
    assert_eq!(ask(&mut host, &mut writer, put("a", NOW)), Reply::Applied);
    for pushes in [false, true] {
        ask(&mut host, &mut reader, Request::Hello { epoch: EPOCH, pushes });
    }
    assert_eq!(ask(&mut host, &mut writer, put("b", NOW)), Reply::Applied);
    assert_eq!(pushed(&mut host, &reader), [write_of("a", NOW, 1), write_of("b", NOW, 2)]);
}
