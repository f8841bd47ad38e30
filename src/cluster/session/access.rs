//! Who may come in: tokens, compared in constant time, and what each of them opens.

use alloc::vec::Vec;
use core::{fmt, hint};

use super::scope::Scope;
use crate::wire::{Login, NO_AUTH, WRONG_PASS};

/// What the transport knows of whoever opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Nothing: they have to log in, if the node asks for that.
    #[default]
    Stranger,
    /// They have shown a token that [`Host::permits`](super::Host::permits) and that opens
    /// everything for good, or are of the same program.
    Known,
    /// They have shown this token, whose [scope](Scope) has limits.
    Scoped(u32),
    /// They have shown a wrong token, and hear so, rather than that one is missing.
    Refused,
}

impl Trust {
    /// Whether they are let in.
    pub const fn is_admitted(self) -> bool {
        matches!(self, Self::Known | Self::Scoped(_))
    }

    /// Returns what those are told who are not let in.
    pub(super) const fn refusal(self) -> &'static [u8] {
        match self {
            Self::Refused => WRONG_PASS,
            Self::Stranger | Self::Known | Self::Scoped(_) => NO_AUTH,
        }
    }
}

/// A secret, and what it opens. Its `Debug` does not show the secret.
#[derive(Clone)]
pub struct Token {
    /// What a client has to show; not empty.
    pub secret: Vec<u8>,
    /// What it opens.
    pub scope: Scope,
}

impl From<Vec<u8>> for Token {
    /// Returns a token that opens everything.
    fn from(secret: Vec<u8>) -> Self {
        Self { secret, scope: Scope::ALL }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Token").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// The tokens that open a node; none opens it to everybody.
#[derive(Debug, Clone)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    /// Returns these tokens.
    ///
    /// # Panics
    ///
    /// Panics if one is empty: everybody has that one.
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        assert!(tokens.iter().all(|token| !token.secret.is_empty()), "a token is not empty");
        Self(tokens)
    }

    /// Whether everybody may come in.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how far who shows `given` is trusted. How long that takes depends on the length of
    /// `given` and on the number of tokens, never on what is in them.
    pub(super) fn trust(&self, wall_ms: u64, given: &[u8]) -> Trust {
        if self.is_empty() {
            return Trust::Known;
        }
        let found = (0..).zip(&self.0).fold(None, |found, (at, token)| {
            if is_equal(&token.secret, given) { Some((at, &token.scope)) } else { found }
        });
        match found {
            None => Trust::Refused,
            Some((_, scope)) if scope.is_over(wall_ms) => Trust::Refused,
            Some((_, scope)) if *scope == ALL => Trust::Known,
            Some((at, _)) => Trust::Scoped(at),
        }
    }

    /// Returns how far a login is trusted. There is one user, `default`, whose password is any
    /// token.
    pub(super) fn trust_login(&self, wall_ms: u64, login: Login<'_>) -> Trust {
        // The name is no secret, the token is compared in any case.
        let trust = self.trust(wall_ms, login.password);
        if login.user == b"default" { trust } else { Trust::Refused }
    }

    /// Returns what a trust opens.
    pub(super) fn scope(&self, trust: Trust) -> &Scope {
        match trust {
            Trust::Scoped(at) => self.0.get(at as usize).map_or(&ALL, |token| &token.scope),
            Trust::Known | Trust::Stranger | Trust::Refused => &ALL,
        }
    }
}

/// What who needs no token has.
static ALL: Scope = Scope::ALL;

/// Compares without stopping at the first difference.
fn is_equal(token: &[u8], given: &[u8]) -> bool {
    let mut difference = token.len() ^ given.len();
    for (&byte, &other) in given.iter().zip(token.iter().cycle()) {
        difference |= usize::from(hint::black_box(byte ^ other));
    }
    hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn only_the_whole_token_is_equal() {
        let tokens = Tokens::new(["ab", "secret"].map(|it| Vec::from(it).into()).into());
        assert_eq!([b"secret".as_slice(), b"ab"].map(|it| tokens.trust(0, it)), [Trust::Known; 2]);
        for wrong in ["", "a", "abab", "secre", "secret ", "secretsecret", "Secret", "\0\0"] {
            assert_eq!(tokens.trust(0, wrong.as_bytes()), Trust::Refused, "{wrong:?}");
        }
        let login = Login { user: b"admin", password: b"secret" };
        assert_eq!(tokens.trust_login(0, login), Trust::Refused);
        assert_eq!(Tokens::new(Vec::new()).trust(0, b""), Trust::Known, "none is asked for");
    }

    #[test]
    fn a_token_with_an_end_opens_nothing_after_it() {
        let scope = Scope { expires_ms: 100, ..Scope::ALL };
        let tokens = Tokens::new([Token { secret: b"brief".to_vec(), scope }].into());
        assert_eq!(tokens.trust(99, b"brief"), Trust::Scoped(0));
        assert_eq!(tokens.trust(100, b"brief"), Trust::Refused);
    }

    #[test]
    fn a_token_is_never_shown() {
        let tokens = Tokens::new([Vec::from("secret").into()].into());
        assert!(
            !format!("{tokens:?}").contains("115") && !format!("{tokens:?}").contains("secret")
        );
    }
}
