//! ETags (RFC 7644, section 3.14): the version of a resource is a digest of what is shown of it.

use serde_json::Value;

use super::{Object, Refusal};
use crate::domain::Digest;

/// The weak ETag of what a resource is made of.
pub fn of(resource: &impl serde::Serialize) -> String {
    let bytes = serde_json::to_vec(resource).unwrap_or_default();
    let digest = Digest::of(&bytes).to_string();
    let short: String = digest.chars().filter(char::is_ascii_hexdigit).take(20).collect();
    format!("W/\"{short}\"")
}

/// The version that a finished resource carries.
pub fn in_meta(resource: &Object) -> Option<&str> {
    resource.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str)
}

/// `If-Match`: 412 where the resource is another one by now.
pub fn must_match(header: Option<&str>, version: &str) -> Result<(), Refusal> {
    match header {
        Some(list) if !lists(list, version) => {
            Err(Refusal::new(412, "it was changed since it was read; read it again"))
        }
        _ => Ok(()),
    }
}

/// `If-None-Match`: whether the client has this version already.
pub fn is_known(header: Option<&str>, version: &str) -> bool {
    header.is_some_and(|list| lists(list, version))
}

/// Weak comparison (RFC 9110, section 8.8.3.2): ours are all weak.
fn lists(list: &str, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_matches_itself_weak_or_strong_and_in_a_list_and_nothing_else() {
        let version = of(&Object::from_iter([("a".to_owned(), 1.into())]));
        assert_ne!(version, of(&Object::from_iter([("a".to_owned(), 2.into())])));
        let strong = version.trim_start_matches("W/");
        for good in [&version, strong, "*", &format!("\"x\", {version}")] {
            must_match(Some(good), &version).unwrap();
            assert!(is_known(Some(good), &version));
        }
        must_match(None, &version).unwrap();
        for bad in ["", "\"\"", "W/\"x\"", "x"] {
            assert_eq!(must_match(Some(bad), &version).unwrap_err().status, 412);
        }
    }
}
