//! Ids: twelve characters of Crockford's base 32, 60 random bits, lower case.
//!
//! The alphabet has no `i`, `l`, `o` or `u`, so an id survives being read aloud; what people type
//! for those letters is understood. See <https://www.crockford.com/base32.html>.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHARS: usize = 12;
const BITS: u64 = (1 << 60) - 1;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Something other than 12 characters.
    #[error("an id has 12 characters, this has {0}")]
    Length(usize),
    /// A character outside the alphabet.
    #[error("an id has digits and letters only")]
    Character,
}

fn canonical(c: char) -> Result<char, IdError> {
    let c = match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    };
    if c.is_ascii() && ALPHABET.contains(&(c as u8)) { Ok(c) } else { Err(IdError::Character) }
}

fn encode(value: u64) -> String {
    (0..CHARS)
        .rev()
        .filter_map(|i| ALPHABET.get(((value >> (5 * i)) & 31) as usize))
        .map(|&b| char::from(b))
        .collect()
}

fn decode(text: &str) -> Result<u64, IdError> {
    let count = text.chars().count();
    if count != CHARS {
        return Err(IdError::Length(count));
    }
    text.chars().try_fold(0u64, |value, c| {
        let c = canonical(c)?;
        let digit = ALPHABET.iter().position(|&b| char::from(b) == c).ok_or(IdError::Character)?;
        Ok((value << 5) | digit as u64)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Makes an id of eight random bytes (60 of the 64 bits are used).
            pub fn from_random(bytes: [u8; 8]) -> Self {
                Self(u64::from_be_bytes(bytes) & BITS)
            }

            /// The id as a number below 2^60.
            pub fn number(self) -> u64 {
                self.0
            }

            /// The id of that number; `None` at 2^60 and above.
            pub fn from_number(number: u64) -> Option<Self> {
                (number <= BITS).then_some(Self(number))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&encode(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A request's one id, from the asking to the end of the access.
    RequestId
}
id! {
    /// One credential made for a request. Target objects are named by it, and it is the serial
    /// number of an SSH certificate (INVARIANT 11: target identifiers are jit's own random ids).
    CredentialId
}

/// The beginning of an id, as a person may type it: 1 to 12 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPrefix(String);

impl IdPrefix {
    /// In the canonical alphabet.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole id, where all 12 characters are here.
    pub fn whole(&self) -> Option<RequestId> {
        self.0.parse().ok()
    }
}

impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<RequestId> for IdPrefix {
    fn from(id: RequestId) -> Self {
        Self(id.to_string())
    }
}

impl FromStr for IdPrefix {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let prefix = text.chars().map(canonical).collect::<Result<String, _>>()?;
        if (1..=CHARS).contains(&prefix.len()) {
            Ok(Self(prefix))
        } else {
            Err(IdError::Length(prefix.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself_in_any_case_and_with_the_look_alikes() {
        let id = RequestId::from_random([0xff, 0, 1, 2, 3, 4, 5, 6]);
        let text = id.to_string();
        assert_eq!(text.len(), 12);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_uppercase().replace('0', "O").replace('1', "l").parse(), Ok(id));
        assert_eq!(RequestId::from_number(id.number()), Some(id));
        assert_eq!(RequestId::from_number(1 << 60), None);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "abc", "0123456789abc", "0123456789a-", "0123456789au", "０123456789ab"] {
            assert!(text.parse::<RequestId>().is_err(), "{text:?}");
        }
        for text in ["", "0123456789abc", "../x", "u", "a b"] {
            assert!(text.parse::<IdPrefix>().is_err(), "{text:?}");
        }
    }
}
