//! The standard commands, as the usual clients send them, and the errors that they know.

use std::time::Duration;

use tidecache::wire::limits::KEY_BYTES_MAX;
use tidecache::wire::{
    Client, Command, CommandError, Condition, Decoder, Encoder, Login, Protocol, Reply, Request,
    Version, WireError,
};

/// Calls `see` with what the words of `line`, sent as an inline command and as an array, parse to.
fn parse(line: &str, see: impl Fn(Result<Command<'_>, CommandError>)) {
    let inline = [line.as_bytes(), b"\r\n"].concat();
    let mut array = Vec::new();
    let mut decoder = Decoder::of_commands();
    let frame = decoder.decode(&mut &inline[..]).expect("it is well-formed").expect("and whole");
    let words: Vec<&[u8]> = frame.words().expect("of words").iter().collect();
    Encoder::new(&mut array, Protocol::Resp2).command(&words);
    see(Command::parse(frame));
    let frame = decoder.decode(&mut &array[..]).expect("it is well-formed").expect("and whole");
    see(Command::parse(frame));
}

fn is(line: &str, expected: &Command<'_>) {
    parse(line, |command| assert_eq!(command.as_ref(), Ok(expected), "{line}"));
}

fn fails(line: &str, expected: CommandError) {
    parse(line, |command| assert_eq!(command, Err(expected), "{line}"));
}

/// Checks that `line` parses to a command with the words `expected`.
fn lists(line: &str, expected: &str) {
    parse(line, |command| {
        let words = match command.expect("it is a command") {
            Command::Del { keys } | Command::MGet { keys } | Command::Exists { keys } => keys,
            Command::MSet { pairs } => pairs,
            Command::Info { sections: words } | Command::Catalog { query: words } => words,
            other => panic!("{other:?} has no words"),
        };
        let words: Vec<_> =
            words.iter().map(<[u8]>::escape_ascii).map(|it| it.to_string()).collect();
        assert_eq!(words.join(" "), expected, "{line}");
    });
}

#[test]
fn the_standard_commands_are_understood() {
    is("PING", &Command::Ping { message: None });
    is("ping \"a b\"", &Command::Ping { message: Some(b"a b") });
    is("Get k", &Command::Get { key: b"k" });
    is("ttl k", &Command::Ttl { key: b"k" });
    is("pttl k", &Command::PTtl { key: b"k" });
    is("DBSIZE", &Command::DbSize);
    is("FLUSHDB", &Command::FlushDb);
    is("FLUSHDB async", &Command::FlushDb);
    is("SELECT 0", &Command::Select);
    is("QUIT", &Command::Quit);
    is("EXPIRE k 2", &Command::Expire { key: b"k", ttl: Duration::from_secs(2) });
    is("PEXPIRE k 2", &Command::Expire { key: b"k", ttl: Duration::from_millis(2) });
    is("EXPIRE k -2", &Command::Expire { key: b"k", ttl: Duration::ZERO });
    lists("DEL a b", "a b");
    lists("MGET a", "a");
    lists("EXISTS a a", "a a");
    lists("MSET a 1 b 2", "a 1 b 2");
    lists("INFO server stats", "server stats");
    lists("INFO", "");
    lists("COMMAND DOCS", "DOCS");
}

#[test]
fn set_takes_its_four_options_in_any_order() {
    let set = |ttl_ms: Option<u64>, condition| {
        let ttl = ttl_ms.map(Duration::from_millis);
        Command::Set { key: b"k", value: b"v", ttl, condition }
    };
    is("SET k v", &set(None, Condition::Always));
    is("set k v ex 3", &set(Some(3000), Condition::Always));
    is("SET k v PX 3 NX", &set(Some(3), Condition::IfAbsent));
    is("SET k v XX EX 1", &set(Some(1000), Condition::IfPresent));
    for line in
        ["NX XX", "EX 1 PX 1", "EX", "KEEPTTL", "GET", "EXAT 9", "ex1", "a-very-long-option"]
    {
        fails(&format!("SET k v {line}"), CommandError::Syntax);
    }
    for line in ["EX 0", "PX -1", "EX 9223372036854775807"] {
        fails(&format!("SET k v {line}"), CommandError::Ttl("set"));
    }
    fails("SET k v EX 1.5", CommandError::Integer);
    fails("SET k", CommandError::Arity("set"));
}

#[test]
fn clients_say_who_they_are() {
    let hello = |protocol, login, name| Command::Hello { protocol, login, name };
    let ada = Login { user: b"ada", password: b"pw" };
    is("HELLO", &hello(None, None, None));
    is("HELLO 2", &hello(Some(Protocol::Resp2), None, None));
    is("hello 3 setname me auth ada pw", &hello(Some(Protocol::Resp3), Some(ada), Some(b"me")));
    is("AUTH pw", &Command::Auth(Login { user: b"default", password: b"pw" }));
    is("AUTH ada pw", &Command::Auth(ada));
    is("CLIENT ID", &Command::Client(Client::Id));
    is("CLIENT info", &Command::Client(Client::Info));
    is("CLIENT LIST", &Command::Client(Client::List));
    is("CLIENT GETNAME", &Command::Client(Client::GetName));
    is("CLIENT SETNAME me", &Command::Client(Client::SetName { name: b"me" }));
    let (attribute, value) = (&b"LIB-NAME"[..], &b"ioredis"[..]);
    is("CLIENT SETINFO LIB-NAME ioredis", &Command::Client(Client::SetInfo { attribute, value }));
    fails("HELLO 4", CommandError::Protocol);
    fails("HELLO 3 AUTH ada", CommandError::Syntax);
    fails("AUTH", CommandError::Arity("auth"));
    fails("AUTH a b c", CommandError::Syntax);
    fails("CLIENT", CommandError::Arity("client"));
    fails("CLIENT KILL", CommandError::Subcommand);
}

#[test]
fn versioned_commands_can_be_typed() {
    let key = || b"k".to_vec();
    is("tc.get k", &Command::Request(Request::Get { key: key(), digest: false }));
    is("TC.GET k digest", &Command::Request(Request::Get { key: key(), digest: true }));
    let hello = |pushes| Command::Request(Request::Hello { epoch: 7, pushes });
    is("TC.HELLO 1 7", &hello(false));
    is("TC.HELLO 1 7 push", &hello(true));
    let put = |value: Option<&[u8]>| {
        Command::Request(Request::Put {
            key: key(),
            version: Version::from_bytes(*b"0123456789abcdef"),
            expires_at_ms: 5,
            flags: 1,
            value: value.map(<[u8]>::to_vec),
        })
    };
    is("TC.PUT k 0123456789abcdef 5 1 v", &put(Some(b"v")));
    is("TC.PUT k 0123456789abcdef 5 1 ''", &put(Some(b"")));
    is("TC.PUT k 0123456789abcdef 5 1", &put(None));
    fails("TC.PUT k 0123456789abcde 5 1", CommandError::Version);
    fails("TC.PUT k 0123456789abcdef 5 4294967296", CommandError::Integer);
    fails("TC.PUT k 0123456789abcdef -5 1", CommandError::Integer);
    fails("TC.PUT k 0123456789abcdef 5", CommandError::Arity("tc.put"));
    fails("TC.HELLO 2 7", CommandError::Protocol);
    fails("TC.HELLO 1 7 PULL", CommandError::Syntax);
    fails("TC.HELLO 1", CommandError::Arity("tc.hello"));
    fails("TC.GET k WHOLE", CommandError::Syntax);
    fails("TC.GET", CommandError::Arity("tc.get"));
    fails("TC.KEYS", CommandError::Unknown);
}

#[test]
fn what_is_no_command_is_answered_as_redis_answers_it() {
    fails("LPUSH k v", CommandError::Unknown);
    fails("a-name-longer-than-any", CommandError::Unknown);
    fails("''", CommandError::Unknown);
    fails("GET", CommandError::Arity("get"));
    fails("MSET a 1 b", CommandError::Arity("mset"));
    fails("DEL", CommandError::Arity("del"));
    fails("SELECT 1", CommandError::Database);
    fails("EXPIRE k x", CommandError::Integer);
    fails("EXPIRE k 9223372036854775807", CommandError::Ttl("expire"));
    fails(&format!("GET {}", "k".repeat(KEY_BYTES_MAX + 1)), CommandError::Key);
    fails(&format!("MSET a 1 {} 2", "k".repeat(KEY_BYTES_MAX + 1)), CommandError::Key);
    for bytes in ["*1\r\n:1\r\n", "*2\r\n$4\r\nPING\r\n_\r\n", "*0\r\n", "+PING\r\n"] {
        let mut decoder = Decoder::of_replies();
        let frame = decoder.decode(&mut bytes.as_bytes()).expect("it is well-formed");
        let command = Command::parse(frame.expect("and whole"));
        assert_eq!(command, Err(CommandError::Shape), "{bytes:?}");
    }
    let line = |write: &dyn Fn(&mut Encoder<'_>)| {
        let mut out = Vec::new();
        write(&mut Encoder::new(&mut out, Protocol::Resp2));
        String::from_utf8(out).expect("it is text")
    };
    let arity = "-ERR wrong number of arguments for 'get' command\r\n";
    assert_eq!(line(&|out| CommandError::Arity("get").encode(out)), arity);
    assert_eq!(line(&|out| CommandError::Unknown.encode(out)), "-ERR unknown command\r\n");
    let quotes = "-ERR Protocol error: unbalanced quotes in request\r\n";
    assert_eq!(line(&|out| WireError::Quotes.encode(out)), quotes);
    assert_eq!(line(&|out| Reply::Epoch { epoch: 7 }.encode(out)), "-EPOCH 7\r\n");
    assert_eq!(line(&|out| Reply::Clock { wall_ms: 7 }.encode(out)), "-CLOCK 7\r\n");
    assert!(line(&|out| Reply::Busy.encode(out)).starts_with("-BUSY "));
    let refused = Reply::Refused { reason: b"WRONGPASS no".to_vec() };
    assert_eq!(line(&|out| refused.encode(out)), "-WRONGPASS no\r\n");
}
