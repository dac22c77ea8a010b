//! JSON in which no name stands twice: which of two would count is not said anywhere (INVARIANT 9).

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Object, Refusal};

/// The one object that a body is.
pub fn object(bytes: &[u8]) -> Result<Object, Refusal> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| Refusal::syntax(error.to_string()))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Refusal::syntax("the body is no JSON object")),
    }
}

/// Names differ where they differ in more than their case: that of an attribute does not count (RFC 7643,
/// section 2.1).
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Self)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(A::Error::custom(format!("{name:?} is there twice")));
            }
            let Strict(value) = map.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_twice_a_lone_surrogate_and_what_follows_the_object_are_refused() {
        assert!(object(br#"{"a": {"b": [1, true, null, "x", 1.5, -1]}}"#).is_ok());
        for bad in [
            r#"{"a": 1, "a": 2}"#,
            r#"{"active": true, "Active": false}"#,
            r#"{"a": [{"b": 1, "B": 1}]}"#,
            r#"{"a": "\ud800"}"#,
            "{} {}",
            "[]",
            "1",
            "",
            "{\"a\": \"\u{1}\"}",
            &format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
        ] {
            let refusal = object(bad.as_bytes()).unwrap_err();
            assert_eq!(
                (refusal.status, refusal.scim_type),
                (400, Some(crate::scim::ScimType::InvalidSyntax))
            );
        }
        assert!(object(b"{\"a\": \"\xff\"}").is_err());
    }
}
