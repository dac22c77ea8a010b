//! The body of a call.

use serde_json::Value;

use super::{Object, Refusal};
use crate::domain::json::Strict;

/// The one object that a body is.
pub fn object(bytes: &[u8]) -> Result<Object, Refusal> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| Refusal::syntax(error.to_string()))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Refusal::syntax("the body is no JSON object")),
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
