//! Commands: what a client may ask of a node, as it stands in the message.
//!
//! Two families. The standard ones are Redis', so that its clients and tools work against a single
//! node; they are lent, not copied. Those that start with `TC.` carry versions and are a
//! [`Request`], owned, since a replica keeps what it is given.
//!
//! Names and options are the same in either case. What is not listed in [`Command`] is refused, an
//! option like a command: a `SET` that ignored `KEEPTTL` would be another `SET`.
//!
//! [1] "Redis commands", <https://redis.io/docs/latest/commands/>.

use core::fmt;
use core::time::Duration;

use super::encode::Protocol;
use super::error::CommandError;
use super::frame::{Frame, Words};
use super::limits::KEY_BYTES_MAX;
use super::message::Request;
use super::number;

/// One command. Keys are at most [`KEY_BYTES_MAX`] long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `PING [message]`
    Ping {
        /// What is to be sent back instead of `PONG`.
        message: Option<&'a [u8]>,
    },
    /// `HELLO [version [AUTH user password] [SETNAME name]]`
    Hello {
        /// The version of the protocol to change to.
        protocol: Option<Protocol>,
        /// Who it is.
        login: Option<Login<'a>>,
        /// What the connection is to be called.
        name: Option<&'a [u8]>,
    },
    /// `AUTH [user] password`
    Auth(Login<'a>),
    /// `GET key`
    Get {
        /// The key.
        key: &'a [u8],
    },
    /// `SET key value [EX seconds | PX milliseconds] [NX | XX]`
    Set {
        /// The key.
        key: &'a [u8],
        /// The value.
        value: &'a [u8],
        /// How long it lives, not zero; `None` leaves that to the node.
        ttl: Option<Duration>,
        /// On what the write depends.
        condition: Condition,
    },
    /// `DEL key...`
    Del {
        /// At least one.
        keys: Words<'a>,
    },
    /// `MGET key...`
    MGet {
        /// At least one.
        keys: Words<'a>,
    },
    /// `MSET key value...`
    MSet {
        /// Each key and its value, at least one pair.
        pairs: Words<'a>,
    },
    /// `EXISTS key...`
    Exists {
        /// At least one; a key counts as often as it is named.
        keys: Words<'a>,
    },
    /// `EXPIRE key seconds` or `PEXPIRE key milliseconds`
    Expire {
        /// The key.
        key: &'a [u8],
        /// How long it lives from now on; zero or less, which is zero here, removes it.
        ttl: Duration,
    },
    /// `TTL key`: seconds, rounded; -1 without an end, -2 without an entry.
    Ttl {
        /// The key.
        key: &'a [u8],
    },
    /// `PTTL key`: milliseconds, else as `TTL`.
    PTtl {
        /// The key.
        key: &'a [u8],
    },
    /// `DBSIZE`
    DbSize,
    /// `FLUSHDB [ASYNC | SYNC]`
    FlushDb,
    /// `INFO [section...]`
    Info {
        /// Which parts; none for the usual ones.
        sections: Words<'a>,
    },
    /// `COMMAND [subcommand...]`
    Catalog {
        /// `COUNT`, `DOCS` and the like; none for the whole list.
        query: Words<'a>,
    },
    /// `CLIENT subcommand`
    Client(Client<'a>),
    /// `SELECT 0`
    Select,
    /// `QUIT`
    Quit,
    /// `TC.HELLO`, `TC.GET`, `TC.PUT`, `TC.TOUCH`, `TC.CLEAR`, `TC.LEASE`
    Request(Request),
}

/// Who somebody says to be. Its `Debug` does not show the password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Login<'a> {
    /// The user; `default` if none is named.
    pub user: &'a [u8],
    /// The password or token. To be compared in constant time.
    pub password: &'a [u8],
}

/// On what a write depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// On nothing.
    #[default]
    Always,
    /// `NX`: there is no entry.
    IfAbsent,
    /// `XX`: there is one.
    IfPresent,
}

/// What `CLIENT` does here: enough for the greetings of the usual clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Client<'a> {
    /// `CLIENT ID`
    Id,
    /// `CLIENT INFO`
    Info,
    /// `CLIENT LIST`; filters are not known.
    List,
    /// `CLIENT GETNAME`
    GetName,
    /// `CLIENT SETNAME name`
    SetName {
        /// What the connection is to be called.
        name: &'a [u8],
    },
    /// `CLIENT SETINFO attribute value`
    SetInfo {
        /// `LIB-NAME` or `LIB-VER`.
        attribute: &'a [u8],
        /// The library's name or version.
        value: &'a [u8],
    },
}

impl<'a> Command<'a> {
    /// Returns the command of a message. O(n) in its words; only a [`Request`] allocates.
    ///
    /// # Errors
    ///
    /// Why it is none, as it is to be answered. The connection goes on.
    pub fn parse(frame: Frame<'a>) -> Result<Self, CommandError> {
        let Some((name, words)) = frame.words()?.split_first() else {
            return Err(CommandError::Shape);
        };
        let mut buffer = [0; NAME_BYTES_MAX];
        let name = upper(name, &mut buffer).ok_or(CommandError::Unknown)?;
        match name {
            b"GET" => one_key("get", words).map(|key| Self::Get { key }),
            b"SET" => set(words),
            b"PING" => ping(words),
            b"DEL" => keys("del", words).map(|keys| Self::Del { keys }),
            b"MGET" => keys("mget", words).map(|keys| Self::MGet { keys }),
            b"EXISTS" => keys("exists", words).map(|keys| Self::Exists { keys }),
            b"MSET" => mset(words),
            b"EXPIRE" => expire("expire", 1000, words),
            b"PEXPIRE" => expire("pexpire", 1, words),
            b"TTL" => one_key("ttl", words).map(|key| Self::Ttl { key }),
            b"PTTL" => one_key("pttl", words).map(|key| Self::PTtl { key }),
            b"DBSIZE" => exactly("dbsize", words).map(|[]| Self::DbSize),
            b"FLUSHDB" => flush(words),
            b"INFO" => Ok(Self::Info { sections: words }),
            b"COMMAND" => Ok(Self::Catalog { query: words }),
            b"CLIENT" => client(words).map(Self::Client),
            b"SELECT" => select(words),
            b"QUIT" => Ok(Self::Quit),
            b"AUTH" => auth(words),
            b"HELLO" => hello(words),
            [b'T', b'C', b'.', name @ ..] => Request::parse(name, words).map(Self::Request),
            _ => Err(CommandError::Unknown),
        }
    }
}

impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Words<'_> {}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Login").finish_non_exhaustive()
    }
}

fn ping(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    if words.len() > 1 {
        return Err(CommandError::Arity("ping"));
    }
    Ok(Command::Ping { message: words.get(0) })
}

fn set(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    let mut rest = words.iter();
    let (Some(key), Some(value)) = (rest.next(), rest.next()) else {
        return Err(CommandError::Arity("set"));
    };
    let (key, mut ttl, mut condition) = (checked(key)?, None, Condition::Always);
    while let Some(option) = rest.next() {
        let mut buffer = [0; NAME_BYTES_MAX];
        match upper(option, &mut buffer) {
            Some(name @ (b"EX" | b"PX")) if ttl.is_none() => {
                let number = integer(rest.next().ok_or(CommandError::Syntax)?)?;
                let unit_ms = if name == b"EX" { 1000 } else { 1 };
                ttl = span(number, unit_ms).filter(|ttl| !ttl.is_zero());
                if ttl.is_none() {
                    return Err(CommandError::Ttl("set"));
                }
            }
            Some(b"NX") if condition == Condition::Always => condition = Condition::IfAbsent,
            Some(b"XX") if condition == Condition::Always => condition = Condition::IfPresent,
            _ => return Err(CommandError::Syntax),
        }
    }
    Ok(Command::Set { key, value, ttl, condition })
}

fn mset(pairs: Words<'_>) -> Result<Command<'_>, CommandError> {
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(CommandError::Arity("mset"));
    }
    pairs.iter().step_by(2).try_for_each(|key| checked(key).map(drop))?;
    Ok(Command::MSet { pairs })
}

fn expire<'a>(
    name: &'static str,
    unit_ms: i64,
    words: Words<'a>,
) -> Result<Command<'a>, CommandError> {
    let [key, number] = exactly(name, words)?;
    let ttl = span(integer(number)?, unit_ms).ok_or(CommandError::Ttl(name))?;
    Ok(Command::Expire { key: checked(key)?, ttl })
}

fn flush(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    let mut buffer = [0; NAME_BYTES_MAX];
    let is_known = match words.get(0) {
        None => true,
        Some(mode) => matches!(upper(mode, &mut buffer), Some(b"ASYNC" | b"SYNC")),
    };
    if is_known && words.len() < 2 { Ok(Command::FlushDb) } else { Err(CommandError::Syntax) }
}

fn select(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    let [index] = exactly("select", words)?;
    if integer(index)? == 0 { Ok(Command::Select) } else { Err(CommandError::Database) }
}

fn auth(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    match (words.get(0), words.get(1), words.len()) {
        (Some(password), None, _) => Ok(Command::Auth(Login { user: b"default", password })),
        (Some(user), Some(password), 2) => Ok(Command::Auth(Login { user, password })),
        (Some(_), ..) => Err(CommandError::Syntax),
        (None, ..) => Err(CommandError::Arity("auth")),
    }
}

fn hello(words: Words<'_>) -> Result<Command<'_>, CommandError> {
    let mut rest = words.iter();
    let protocol = match rest.next() {
        None => None,
        Some(b"2") => Some(Protocol::Resp2),
        Some(b"3") => Some(Protocol::Resp3),
        Some(_) => return Err(CommandError::Protocol),
    };
    let (mut login, mut name) = (None, None);
    while let Some(option) = rest.next() {
        let mut buffer = [0; NAME_BYTES_MAX];
        match (upper(option, &mut buffer), rest.next()) {
            (Some(b"AUTH"), Some(user)) => {
                let password = rest.next().ok_or(CommandError::Syntax)?;
                login = Some(Login { user, password });
            }
            (Some(b"SETNAME"), Some(given)) => name = Some(given),
            _ => return Err(CommandError::Syntax),
        }
    }
    Ok(Command::Hello { protocol, login, name })
}

fn client(words: Words<'_>) -> Result<Client<'_>, CommandError> {
    let Some((name, words)) = words.split_first() else {
        return Err(CommandError::Arity("client"));
    };
    let mut buffer = [0; NAME_BYTES_MAX];
    match upper(name, &mut buffer).unwrap_or_default() {
        b"ID" => exactly("client|id", words).map(|[]| Client::Id),
        b"INFO" => exactly("client|info", words).map(|[]| Client::Info),
        b"LIST" => exactly("client|list", words).map(|[]| Client::List),
        b"GETNAME" => exactly("client|getname", words).map(|[]| Client::GetName),
        b"SETNAME" => exactly("client|setname", words).map(|[name]| Client::SetName { name }),
        b"SETINFO" => exactly("client|setinfo", words)
            .map(|[attribute, value]| Client::SetInfo { attribute, value }),
        _ => Err(CommandError::Subcommand),
    }
}

fn one_key<'a>(name: &'static str, words: Words<'a>) -> Result<&'a [u8], CommandError> {
    let [key] = exactly(name, words)?;
    checked(key)
}

fn keys<'a>(name: &'static str, words: Words<'a>) -> Result<Words<'a>, CommandError> {
    if words.is_empty() {
        return Err(CommandError::Arity(name));
    }
    words.iter().try_for_each(|key| checked(key).map(drop))?;
    Ok(words)
}

/// Returns a key that is not too long.
pub(super) fn checked(key: &[u8]) -> Result<&[u8], CommandError> {
    if key.len() <= KEY_BYTES_MAX { Ok(key) } else { Err(CommandError::Key) }
}

/// Returns the words of the command `name` if there are exactly so many.
pub(super) fn exactly<'a, const N: usize>(
    name: &'static str,
    words: Words<'a>,
) -> Result<[&'a [u8]; N], CommandError> {
    words.all().ok_or(CommandError::Arity(name))
}

fn integer(text: &[u8]) -> Result<i64, CommandError> {
    number::signed(text).ok_or(CommandError::Integer)
}

/// Returns so many units as a span, zero for fewer than none; `None` if that is more milliseconds
/// than Redis counts.
fn span(number: i64, unit_ms: i64) -> Option<Duration> {
    Some(Duration::from_millis(number.checked_mul(unit_ms)?.max(0) as u64))
}

/// The longest name of a command or an option.
const NAME_BYTES_MAX: usize = 16;

/// Returns `name` in capitals; `None` if it is longer than any that is known.
fn upper<'a>(name: &[u8], buffer: &'a mut [u8; NAME_BYTES_MAX]) -> Option<&'a [u8]> {
    let upper = buffer.get_mut(..name.len())?;
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    Some(upper)
}
