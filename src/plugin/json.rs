//! JSON in which no key stands twice: two readers may take two different ones for the meaning.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Reads one document, and nothing after it. A duplicate key is an error at every depth, also in parts
/// that `T` does not look at (INVARIANT 9).
///
/// # Errors
/// When it is no JSON, has a key twice, or is no `T`.
pub fn parse_strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Unique.deserialize(&mut reader)?;
    reader.end()?;
    serde_json::from_slice(bytes)
}

/// Looks at everything, and keeps nothing.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(serde::de::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            seen.insert(key);
            map.next_value_seed(Self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_that_stands_twice_at_any_depth_is_an_error() {
        for bad in [
            r#"{"id":1,"id":1}"#,
            r#"{"ok":[{"a":{"x":1,"y":2,"x":3}}]}"#,
            r#"{"ok":1,"\u006fk":2}"#,
            r#"{"ok":1} {"ok":1}"#,
            "",
            "{",
            "1e999",
            "\"\u{7}\"",
        ] {
            assert!(parse_strict::<Value>(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_strict::<Value>(b"\"\xff\"").is_err());
        let deep = "[".repeat(100_000);
        assert!(parse_strict::<Value>(deep.as_bytes()).is_err());
        let good = r#"{"a":{"x":[1,-2,3.5,null,true,"t"]},"b":{"x":1}}"#;
        assert_eq!(parse_strict::<Value>(good.as_bytes()).unwrap()["b"]["x"], 1);
    }
}
