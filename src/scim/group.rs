//! What a client says of a group.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schema::GROUP;
use super::{Object, Refusal, ScimType};
use crate::domain::Name;

/// Of the attributes that a client may say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Ids of people, which are their names.
    pub members: BTreeSet<Name>,
}

impl Group {
    /// Of a whole body.
    pub fn parse(body: Object) -> Result<Self, Refusal> {
        Self::of(GROUP.normalised(body)?)
    }

    /// Of attributes under their canonical names.
    pub fn of(attributes: Object) -> Result<Self, Refusal> {
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        let members =
            attributes.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let display_name = text("displayName").filter(|name| !name.trim().is_empty());
        Ok(Self {
            display_name: display_name.ok_or_else(|| Refusal::value("displayName is missing"))?,
            external_id: text("externalId"),
            members: members.iter().map(member).collect::<Result<_, _>>()?,
        })
    }

    /// `base`: where the resources are.
    pub fn attributes(&self, base: &str) -> Object {
        let mut object = Object::new();
        object.insert("displayName".to_owned(), self.display_name.clone().into());
        if let Some(external_id) = &self.external_id {
            object.insert("externalId".to_owned(), external_id.clone().into());
        }
        if !self.members.is_empty() {
            let members = self.members.iter();
            let members: Vec<Value> = members
                .map(|id| json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" }))
                .collect();
            object.insert("members".to_owned(), members.into());
        }
        object
    }
}

fn member(value: &Value) -> Result<Name, Refusal> {
    if value.get("type").and_then(Value::as_str).is_some_and(|kind| !kind.eq_ignore_ascii_case("User")) {
        return Err(Refusal::of(ScimType::InvalidValue, "a group has people as members, not groups"));
    }
    let id = value.get("value").and_then(Value::as_str).unwrap_or_default();
    id.parse().map_err(|_| Refusal::value(format!("there is no user {id:?}")))
}
