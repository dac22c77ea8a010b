//! A value that is shown by nothing.

use std::fmt;

use serde::Deserialize;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A token or a passphrase: wiped when dropped, and shown by no `Debug`. It has no `Display` and no
/// `Serialize`, so that it reaches an output only through [`Secret::expose`]; it can be read in.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self::new)
    }
}

impl Secret {
    pub fn new(text: impl Into<Zeroizing<String>>) -> Self {
        Self(text.into())
    }

    /// The value: for a request's header, a store or a file, and for nothing that is shown.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are the same, in a time that depends on the lengths only.
    pub fn is(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_by_no_debug_output() {
        let secret = Secret::new("canary".to_owned());
        assert_eq!(
            format!("{secret:?} {secret:#?} {:?}", Some(&secret)),
            "Secret(…) Secret(…) Some(Secret(…))"
        );
        assert!(secret.is(&Secret::new("canary".to_owned())) && !secret.is(&Secret::new("canar".to_owned())));
    }
}
