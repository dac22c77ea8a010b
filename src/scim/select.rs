//! `attributes` and `excludedAttributes`: which part of a resource is shown (RFC 7644, section 3.9).

use serde_json::Value;

use super::list::Query;
use super::schema::Schema;
use super::{Object, Refusal};

/// What is shown. Names that nobody knows select nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl Selection {
    pub fn of(query: &Query) -> Result<Self, Refusal> {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        match (owned(query.attributes.list()), owned(query.excluded_attributes.list())) {
            (only, without) if only.is_empty() && without.is_empty() => Ok(Self::All),
            (only, without) if without.is_empty() => Ok(Self::Only(only)),
            (only, without) if only.is_empty() => Ok(Self::Without(without)),
            _ => Err(Refusal::value("`attributes` and `excludedAttributes` exclude each other")),
        }
    }

    /// The resource as it is shown; `schemas` and what is always returned stay.
    pub fn apply(&self, schema: &Schema, mut resource: Object) -> Object {
        let always = |name: &str| name == "schemas" || schema.attribute(name).is_some_and(|a| a.always);
        match self {
            Self::All => resource,
            Self::Only(list) => {
                let mut shown = Object::new();
                for (name, value) in resource {
                    if always(&name) {
                        shown.insert(name, value);
                        continue;
                    }
                    let mut parts = Vec::new();
                    let mut whole = false;
                    for (attribute, part) in list.iter().filter_map(|path| split(schema, path)) {
                        if attribute.eq_ignore_ascii_case(&name) {
                            whole |= part.is_none();
                            parts.extend(part);
                        }
                    }
                    if whole {
                        shown.insert(name, value);
                    } else if !parts.is_empty() {
                        shown.insert(
                            name,
                            keep(value, &|part| parts.iter().any(|p| p.eq_ignore_ascii_case(part))),
                        );
                    }
                }
                shown
            }
            Self::Without(list) => {
                for (attribute, part) in list.iter().filter_map(|path| split(schema, path)) {
                    let Some(name) =
                        resource.keys().find(|name| attribute.eq_ignore_ascii_case(name)).cloned()
                    else {
                        continue;
                    };
                    match (part, resource.remove(&name)) {
                        (_, Some(value)) if always(&name) => drop(resource.insert(name, value)),
                        (Some(part), Some(value)) => {
                            resource.insert(name, keep(value, &|kept| !kept.eq_ignore_ascii_case(part)));
                        }
                        _ => {}
                    }
                }
                resource
            }
        }
    }
}

/// An attribute and its part.
fn split<'p>(schema: &Schema, path: &'p str) -> Option<(&'p str, Option<&'p str>)> {
    let own = schema.own(path)?;
    Some(match own.split_once('.') {
        Some((attribute, part)) => (attribute, Some(part)),
        None => (own, None),
    })
}

fn keep(value: Value, wanted: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| keep(value, wanted)).collect(),
        Value::Object(object) => object.into_iter().filter(|(name, _)| wanted(name)).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::list::Names;
    use super::super::schema::USER;
    use super::*;

    fn shown(attributes: &str, excluded: &str) -> Value {
        let resource = json!({
            "schemas": [USER.urn], "id": "alice", "userName": "alice",
            "name": { "givenName": "A", "familyName": "B" }, "emails": [{ "value": "a@x", "type": "work" }],
        });
        let query = Query {
            attributes: Names::Commas(attributes.to_owned()),
            excluded_attributes: Names::Commas(excluded.to_owned()),
            ..Query::default()
        };
        let Value::Object(resource) = resource else { unreachable!() };
        Value::Object(Selection::of(&query).unwrap().apply(&USER, resource))
    }

    #[test]
    fn what_is_asked_for_is_shown_and_the_id_always() {
        let id = json!({ "schemas": [USER.urn], "id": "alice" });
        assert_eq!(shown("nonsense", ""), id);
        assert_eq!(shown("NAME.givenname", "")["name"], json!({ "givenName": "A" }));
        let urn = format!("{}:userName, emails.type", USER.urn);
        assert_eq!(shown(&urn, "")["emails"], json!([{ "type": "work" }]));
        assert_eq!(shown(&urn, "")["userName"], "alice");
        assert_eq!(shown("", "id,userName,name,emails,schemas"), id);
        assert_eq!(shown("", "emails.value")["emails"], json!([{ "type": "work" }]));
        assert_eq!(shown("", "").as_object().unwrap().len(), 5);
    }

    #[test]
    fn both_at_once_are_refused() {
        let both = |name: &str| Names::Commas(name.to_owned());
        let query = Query { attributes: both("a"), excluded_attributes: both("b"), ..Query::default() };
        assert_eq!(Selection::of(&query).unwrap_err().status, 400);
    }
}
