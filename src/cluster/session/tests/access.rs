//! Who is answered what: logins, and epochs.

use super::*;

const NO_AUTH: &str = "-NOAUTH Authentication required.\r\n";
const WRONG: &str = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

/// One command of each kind that a stranger must not get an answer to.
const GUARDED: [&str; 24] = [
    "GET a",
    "SET a 1",
    "DEL a",
    "MGET a",
    "MSET a 1",
    "EXISTS a",
    "EXPIRE a 1",
    "PEXPIRE a 1",
    "TTL a",
    "PTTL a",
    "DBSIZE",
    "FLUSHDB",
    "INFO",
    "COMMAND",
    "CLIENT ID",
    "SELECT 0",
    "TC.HELLO 1 7",
    "TC.HELLO 1 7 PUSH",
    "TC.GET a",
    "TC.PUT a 0123456789abcdef 1 0 v",
    "TC.TOUCH a 0123456789abcdef 1",
    "TC.CLEAR a 0123456789abcdef",
    "TC.LEASE a 1 1",
    "NONSENSE secret",
];

#[test]
fn a_stranger_is_answered_ping_and_quit_and_may_log_in() {
    let mut host = guarded();
    let mut session = stranger(&mut host);
    for command in GUARDED {
        assert_eq!(say(&mut host, &mut session, &format!("{command}\r\n")), NO_AUTH, "{command}");
    }
    assert_eq!(say(&mut host, &mut session, "PING\r\nPING a\r\n"), "+PONG\r\n$1\r\na\r\n");
    assert!(say(&mut host, &mut session, "HELLO 3\r\n").starts_with("-NOAUTH HELLO must be"));
    assert_eq!(say(&mut host, &mut session, "QUIT\r\n"), "+OK\r\n");
    assert_eq!(host.counts(), (0, 0));
}

#[test]
fn a_token_opens_the_node_by_auth_and_by_hello() {
    for login in [
        "AUTH secret",
        "AUTH default secret",
        "HELLO 3 AUTH default secret",
        "hello 2 auth default secret",
    ] {
        let mut host = guarded();
        let mut session = stranger(&mut host);
        assert!(!session.is_admitted());
        assert!(!say(&mut host, &mut session, &format!("{login}\r\n")).starts_with('-'), "{login}");
        assert!(session.is_admitted());
        assert_eq!(say(&mut host, &mut session, "SET a 1\r\n"), "+OK\r\n");
    }
}

#[test]
fn a_wrong_token_is_refused_without_being_repeated() {
    let mut host = guarded();
    let mut session = stranger(&mut host);
    let logins =
        ["AUTH Secret", "AUTH secret secret", "AUTH default ''", "HELLO 3 AUTH default secre"];
    for login in logins {
        assert_eq!(say(&mut host, &mut session, &format!("{login}\r\n")), WRONG, "{login}");
        assert_eq!(say(&mut host, &mut session, "GET a\r\n"), NO_AUTH);
    }
    assert_eq!(host.stats().wrong_logins, 4);
    assert_eq!(
        say(&mut host, &mut session, "AUTH secret\r\nAUTH no\r\nDBSIZE\r\n"),
        format!("+OK\r\n{WRONG}:0\r\n")
    );
}

#[test]
fn a_hello_that_is_refused_changes_nothing() {
    let mut host = guarded();
    let mut session = stranger(&mut host);
    assert_eq!(say(&mut host, &mut session, "HELLO 2 AUTH default no SETNAME me\r\n"), WRONG);
    let refused = say(&mut host, &mut session, "HELLO 2 AUTH default secret SETNAME 'a b'\r\n");
    assert!(refused.starts_with("-ERR Client names") && !session.is_admitted());
    assert_eq!(say(&mut host, &mut session, "AUTH secret\r\nCLIENT GETNAME\r\n"), "+OK\r\n_\r\n");
}

#[test]
fn a_transport_may_vouch_for_a_client_or_say_that_its_token_was_wrong() {
    let mut host = guarded();
    let mut known = host.open(NOW, Trust::Known, Protocol::Resp3).expect("there is room");
    assert_eq!(say(&mut host, &mut known, "DBSIZE\r\n"), ":0\r\n");
    let mut refused = host.open(NOW, Trust::Refused, Protocol::Resp3).expect("there is room");
    assert_eq!(say(&mut host, &mut refused, "TC.HELLO 1 7\r\n"), WRONG);
    assert_eq!(say(&mut host, &mut refused, "AUTH secret\r\nDBSIZE\r\n"), "+OK\r\n:0\r\n");
    let counted = host.stats().wrong_logins;
    assert!(host.permits(b"secret") && !host.permits(b"") && !host.permits(b"secrets"));
    assert_eq!(host.stats().wrong_logins, counted + 1);
}

#[test]
fn a_node_without_tokens_is_open_and_says_that_it_has_none() {
    let mut host = host();
    let mut session = stranger(&mut host);
    assert_eq!(say(&mut host, &mut session, "DBSIZE\r\n"), ":0\r\n");
    assert!(
        say(&mut host, &mut session, "AUTH secret\r\n").starts_with("-ERR AUTH called without")
    );
    assert_eq!(say(&mut host, &mut session, "AUTH default secret\r\n"), "+OK\r\n");
    assert_eq!(say(&mut host, &mut session, "AUTH ada secret\r\n"), WRONG);
    let mut refused = host.open(NOW, Trust::Refused, Protocol::Resp3).expect("there is room");
    assert_eq!(say(&mut host, &mut refused, "DBSIZE\r\n"), ":0\r\n");
}

#[test]
fn versioned_commands_wait_for_the_right_epoch() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let epoch = Reply::Epoch { epoch: EPOCH };
    let get = || Request::Get { key: b"a".into(), digest: false };
    let version = Version::new(NOW, 0, 1);
    let requests = [
        get(),
        put("a", NOW),
        Request::Touch { key: b"a".into(), version, expires_at_ms: NOW },
        Request::Clear { namespace: Vec::new(), version },
        Request::Lease { key: b"a".into(), holder: 1, ttl_ms: 1 },
    ];
    for request in requests {
        assert_eq!(ask(&mut host, &mut session, request), epoch);
    }
    assert_eq!(ask(&mut host, &mut session, Request::Hello { epoch: 6, pushes: false }), epoch);
    assert_eq!(ask(&mut host, &mut session, get()), epoch);
    let hello = Request::Hello { epoch: EPOCH, pushes: false };
    assert!(matches!(ask(&mut host, &mut session, hello), Reply::Hello { wall_ms: NOW, .. }));
    assert!(matches!(ask(&mut host, &mut session, get()), Reply::Forgot { .. }));
    assert_eq!(ask(&mut host, &mut session, Request::Hello { epoch: 8, pushes: false }), epoch);
    assert_eq!(ask(&mut host, &mut session, get()), epoch, "a wrong epoch is not forgiven");
}

#[test]
fn a_new_epoch_is_an_empty_start_that_ends_the_old_sessions() {
    let mut host = host();
    let mut old = peer(&mut host, true);
    assert_eq!(ask(&mut host, &mut old, put("a", NOW)), Reply::Applied);
    host.restart(NOW, EPOCH + 1);
    let (answer, standing) = feed(&mut host, &mut old, b"PING\r\n");
    assert_eq!((&answer[..], standing), (&b"-EPOCH 8\r\n"[..], Standing::Ended));
    let mut new = stranger(&mut host);
    let hello = Request::Hello { epoch: EPOCH + 1, pushes: false };
    assert!(matches!(ask(&mut host, &mut new, hello), Reply::Hello { epoch: 8, .. }));
    let Reply::Forgot { floor } = ask(&mut host, &mut new, put("a", NOW)) else {
        unreachable!("what was acknowledged in the old epoch is below the floor")
    };
    assert!(floor.ms() > NOW);
    host.close(&old);
    assert_eq!(host.stats().sessions, 1);
    assert_eq!(host.counts(), (0, 0));
}
