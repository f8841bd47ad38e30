//! Who may come in: tokens, compared in constant time.

use alloc::vec::Vec;
use core::{fmt, hint};

use crate::wire::{Login, NO_AUTH, WRONG_PASS};

/// What the transport knows of whoever opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Nothing: they have to log in, if the node asks for that.
    #[default]
    Stranger,
    /// They have shown a token that [`Host::permits`](super::Host::permits), or are of the same
    /// program.
    Known,
    /// They have shown a wrong token, and hear so, rather than that one is missing.
    Refused,
}

impl Trust {
    /// Returns what those are told who are not let in.
    pub(super) const fn refusal(self) -> &'static [u8] {
        match self {
            Self::Refused => WRONG_PASS,
            Self::Stranger | Self::Known => NO_AUTH,
        }
    }
}

/// The tokens that open a node; none opens it to everybody. Its `Debug` shows only how many.
#[derive(Clone)]
pub(super) struct Tokens(Vec<Vec<u8>>);

impl Tokens {
    /// Returns these tokens.
    ///
    /// # Panics
    ///
    /// Panics if one is empty: everybody has that one.
    pub(super) fn new(tokens: Vec<Vec<u8>>) -> Self {
        assert!(tokens.iter().all(|token| !token.is_empty()), "a token is not empty");
        Self(tokens)
    }

    /// Whether everybody may come in.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `given` is one of them, or none is asked for. How long that takes depends on the
    /// length of `given` and on the number of tokens, never on what is in them.
    pub(super) fn permit(&self, given: &[u8]) -> bool {
        self.0.iter().fold(self.is_empty(), |found, token| found | is_equal(token, given))
    }

    /// Whether this login is right. There is one user, `default`, whose password is any token.
    pub(super) fn admit(&self, login: Login<'_>) -> bool {
        // The name is no secret, the token is compared in any case.
        let is_permitted = self.permit(login.password);
        is_permitted && login.user == b"default"
    }
}

/// Compares without stopping at the first difference.
fn is_equal(token: &[u8], given: &[u8]) -> bool {
    let mut difference = token.len() ^ given.len();
    for (&byte, &other) in given.iter().zip(token.iter().cycle()) {
        difference |= usize::from(hint::black_box(byte ^ other));
    }
    hint::black_box(difference) == 0
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tokens").field("len", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn only_the_whole_token_is_equal() {
        let tokens = Tokens::new(["ab".into(), "secret".into()].into());
        assert!(tokens.permit(b"secret") && tokens.permit(b"ab"));
        for wrong in ["", "a", "abab", "secre", "secret ", "secretsecret", "Secret", "\0\0"] {
            assert!(!tokens.permit(wrong.as_bytes()), "{wrong:?}");
        }
        assert!(!tokens.admit(Login { user: b"admin", password: b"secret" }));
        assert!(Tokens::new(Vec::new()).permit(b""), "no token is asked for");
    }

    #[test]
    fn a_token_is_never_shown() {
        let tokens = Tokens::new(["secret".into()].into());
        assert!(
            !format!("{tokens:?}").contains("115") && !format!("{tokens:?}").contains("secret")
        );
    }
}
