//! The standard commands, as Redis answers them.

use super::*;

/// Says each command and compares its answer; `>` is a command, what follows is the answer.
fn dialogue(host: &mut Host, session: &mut Session, lines: &[(&str, &str)]) {
    for (command, answer) in lines {
        let said = say(host, session, &format!("{command}\r\n"));
        assert_eq!(said, *answer, "to {command}");
    }
}

#[test]
fn values_are_set_read_counted_and_removed() {
    let mut host = host();
    let mut session = host.open(NOW, Trust::Stranger, Protocol::Resp2).expect("there is room");
    dialogue(
        &mut host,
        &mut session,
        &[
            ("GET a", "$-1\r\n"),
            ("SET a 1", "+OK\r\n"),
            ("GET a", "$1\r\n1\r\n"),
            ("SET a 2 NX", "$-1\r\n"),
            ("SET b 2 XX", "$-1\r\n"),
            ("SET a 2 XX", "+OK\r\n"),
            ("SET b 3 NX EX 10", "+OK\r\n"),
            ("MGET a b c", "*3\r\n$1\r\n2\r\n$1\r\n3\r\n$-1\r\n"),
            ("MSET c 4 d ''", "+OK\r\n"),
            ("EXISTS a a c x", ":3\r\n"),
            ("DBSIZE", ":4\r\n"),
            ("DEL a x a", ":1\r\n"),
            ("GET d", "$0\r\n\r\n"),
            ("SELECT 0", "+OK\r\n"),
            ("SELECT 1", "-ERR DB index is out of range\r\n"),
            ("FLUSHDB", "+OK\r\n"),
            ("EXISTS b c d", ":0\r\n"),
            ("HELLO 4", "-NOPROTO unsupported protocol version\r\n"),
            ("KEYS *", "-ERR unknown command\r\n"),
        ],
    );
    assert_eq!((host.stats().hits, host.stats().misses), (4, 2));
}

#[test]
fn lives_are_told_lengthened_shortened_and_ended() {
    let mut host = host();
    let mut session = stranger(&mut host);
    dialogue(
        &mut host,
        &mut session,
        &[
            ("SET a 1", "+OK\r\n"),
            ("TTL a", ":86400\r\n"),
            ("TTL x", ":-2\r\n"),
            ("PTTL x", ":-2\r\n"),
            ("SET a 1 PX 1499", "+OK\r\n"),
            ("TTL a", ":1\r\n"),
            ("PTTL a", ":1499\r\n"),
            ("EXPIRE a 100", ":1\r\n"),
            ("TTL a", ":100\r\n"),
            ("PEXPIRE a 50", ":1\r\n"),
            ("PTTL a", ":50\r\n"),
            ("GET a", "$1\r\n1\r\n"),
            ("EXPIRE x 1", ":0\r\n"),
            ("EXPIRE a -1", ":1\r\n"),
            ("EXISTS a", ":0\r\n"),
            ("SET a 1 EX 0", "-ERR invalid expire time in 'set' command\r\n"),
            ("SET a 1 EX 86400", "+OK\r\n"),
        ],
    );
    for command in ["SET a 1 EX 86401", "EXPIRE a 86401", "SET a 1 PX 9223372036854775807"] {
        let said = say(&mut host, &mut session, &format!("{command}\r\n"));
        assert!(said.starts_with("-TTL the node keeps nothing that long"), "to {command}: {said}");
    }
}

#[test]
fn a_value_dies_at_its_deadline() {
    let mut host = host();
    let mut session = stranger(&mut host);
    assert_eq!(say(&mut host, &mut session, "SET a 1 PX 100\r\n"), "+OK\r\n");
    let mut get = |wall_ms| {
        let mut out = Vec::new();
        session.receive(&mut host, wall_ms, &mut &b"GET a\r\n"[..], &mut out);
        out
    };
    assert_eq!(get(NOW + 99), b"$1\r\n1\r\n");
    assert_eq!(get(NOW + 100), b"_\r\n");
}

#[test]
fn a_cluster_reads_what_a_tool_has_set_and_the_other_way_round() {
    let mut host = host();
    let (mut tool, mut client) = (stranger(&mut host), peer(&mut host, false));
    // A client's clock may be ahead; the node's own versions go above what they have seen.
    assert_eq!(ask(&mut host, &mut client, put("a", NOW + 400)), Reply::Applied);
    assert_eq!(say(&mut host, &mut tool, "GET a\r\nSET a tool\r\n"), "$5\r\nvalue\r\n+OK\r\n");
    let get = Request::Get { key: b"a".into(), digest: false };
    let Reply::Held(held) = ask(&mut host, &mut client, get) else { unreachable!("it was set") };
    assert_eq!((held.flags, held.value), (0, Some(b"tool".into())));
    assert!(held.version > Version::new(NOW + 400, 0, 1));
    assert_eq!(held.version.writer(), 9);
    assert_eq!(say(&mut host, &mut tool, "DEL a\r\n"), ":1\r\n");
    assert!(matches!(ask(&mut host, &mut client, put("a", NOW)), Reply::Superseded { .. }));
}

#[test]
fn a_shorter_life_keeps_the_codecs_flags() {
    let mut host = host();
    let (mut tool, mut client) = (stranger(&mut host), peer(&mut host, false));
    assert_eq!(ask(&mut host, &mut client, put("a", NOW)), Reply::Applied);
    assert_eq!(say(&mut host, &mut tool, "PEXPIRE a 9\r\n"), ":1\r\n");
    let get = Request::Get { key: b"a".into(), digest: false };
    let Reply::Held(held) = ask(&mut host, &mut client, get) else { unreachable!("it lives") };
    assert_eq!((held.flags, held.expires_at_ms), (3, NOW + 9));
}

#[test]
fn a_clock_that_was_set_back_refuses_writes_and_loses_nothing() {
    let mut host = host();
    let mut session = stranger(&mut host);
    assert_eq!(say(&mut host, &mut session, "SET a 1\r\n"), "+OK\r\n");
    let mut out = Vec::new();
    session.receive(&mut host, NOW - 5_000, &mut &b"SET a 2\r\nGET a\r\n"[..], &mut out);
    assert!(out.starts_with(b"-TRYAGAIN ") && out.ends_with(b"$1\r\n1\r\n"));
}

#[test]
fn a_node_says_what_it_is() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let hello = say(&mut host, &mut session, "HELLO 3 SETNAME tool\r\n");
    assert!(hello.starts_with("%7\r\n$6\r\nserver\r\n$9\r\ntidecache\r\n"), "{hello}");
    assert_eq!(say(&mut host, &mut session, "CLIENT GETNAME\r\n"), "$4\r\ntool\r\n");
    assert_eq!(say(&mut host, &mut session, "CLIENT ID\r\n"), ":1\r\n");
    assert_eq!(say(&mut host, &mut session, "CLIENT SETINFO LIB-NAME x\r\n"), "+OK\r\n");
    assert!(say(&mut host, &mut session, "CLIENT LIST\r\n").contains("id=1 name=tool age=0"));
    assert!(say(&mut host, &mut session, "CLIENT INFO\r\n").contains("id=1 name=tool"));
    let long = format!("CLIENT SETNAME {}\r\n", "n".repeat(129));
    assert!(say(&mut host, &mut session, &long).starts_with("-ERR"));
    let info = say(&mut host, &mut session, "INFO\r\n");
    for line in ["node_id:a\r\n", "epoch:7\r\n", "# Keyspace\r\ndb0:keys=0", "max_ttl_ms:86400000"]
    {
        assert!(info.contains(line), "{line} in {info}");
    }
    let part = say(&mut host, &mut session, "INFO keyspace\r\n");
    assert!(part.contains("db0:") && !part.contains("node_id"));
}

#[test]
fn the_catalogue_lists_what_is_answered() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let count = say(&mut host, &mut session, "COMMAND COUNT\r\n");
    assert_eq!(count, ":26\r\n");
    let Value::Array(names) = &values(&feed(&mut host, &mut session, b"COMMAND LIST\r\n").0)[0]
    else {
        unreachable!("it is a list")
    };
    for name in names {
        let Value::Bulk(name) = name else { unreachable!("a name is a string") };
        let mut session = stranger(&mut host);
        let said = feed(&mut host, &mut session, &[&name[..], b" a b c d e f g\r\n"].concat()).0;
        assert!(!said.starts_with(b"-ERR unknown command"), "{name:?}");
        host.close(&session);
    }
    let listed = say(&mut host, &mut session, "COMMAND INFO GET nope\r\n");
    assert_eq!(listed, "*2\r\n*6\r\n$3\r\nget\r\n:2\r\n~1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n_\r\n");
    assert_eq!(say(&mut host, &mut session, "COMMAND DOCS\r\n"), "%0\r\n");
    assert_eq!(say(&mut host, &mut session, "COMMAND GETKEYS\r\n"), "-ERR unknown subcommand\r\n");
}
