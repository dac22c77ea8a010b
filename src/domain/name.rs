//! Names of people, roles, resources and groups, in one canonical form.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

const LONGEST: usize = 64;

/// A name in its one canonical form: 1 to 64 characters, lower-case ASCII letters, digits and
/// `. _ - +`, with at most one `@` inside, starting with a letter or a digit.
///
/// Nothing is folded: `Alice`, full-width or Cyrillic look-alikes and `a@b@c` are refused, so that two
/// spellings can never be two identities, nor one spelling look like another (CASES, "Identity").
///
/// Shared, not copied, when it is cloned: a large policy has a million mentions of the same names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name may not be empty")]
    Empty,
    #[error("a name has at most {LONGEST} characters")]
    Long,
    #[error("a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit")]
    Character,
    #[error("a name has at most one `@`, between two parts")]
    At,
}

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > LONGEST {
            return Err(NameError::Long);
        }
        let ordinary = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !text.starts_with(ordinary) || !text.chars().all(|c| ordinary(c) || "._-+@".contains(c)) {
            return Err(NameError::Character);
        }
        if text.matches('@').count() > 1 || text.ends_with('@') {
            return Err(NameError::At);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_alike_is_refused_and_never_folded() {
        for good in ["alice", "a", "web-1", "alice@example.com", "ci_build.7", "0x+1"] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Alice",
            "аlice",
            "ａlice",
            "a@evil@corp",
            "alice@",
            "-oProxyCommand=x",
            "../x",
            "a\0",
            "a b",
            "a\n",
            "*",
            "a,b",
            "a;b",
            "a\u{200b}",
            ".x",
            "@x",
            &"a".repeat(300),
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
