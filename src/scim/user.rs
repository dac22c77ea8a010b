//! What a client says of a person.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::USER;
use super::{Object, Refusal};
use crate::domain::Name;

/// Of the attributes that a client may say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    pub user_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<FullName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullName {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Email {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

impl User {
    /// Somebody of whom no client has said anything yet.
    pub fn named(name: &Name) -> Self {
        Self {
            user_name: name.to_string(),
            external_id: None,
            name: None,
            display_name: None,
            active: Some(true),
            emails: Vec::new(),
        }
    }

    /// Of a whole body.
    pub fn parse(body: Object) -> Result<Self, Refusal> {
        Self::of(USER.normalised(body)?)
    }

    /// Of attributes under their canonical names.
    pub fn of(attributes: Object) -> Result<Self, Refusal> {
        let user: Self = serde_json::from_value(Value::Object(attributes))
            .map_err(|error| Refusal::value(error.to_string()))?;
        if user.emails.iter().filter(|email| email.primary == Some(true)).count() > 1 {
            return Err(Refusal::value("one e-mail address is primary at most"));
        }
        user.canonical_name()?;
        Ok(user)
    }

    /// INVARIANT 9: nothing is folded or cut, so that two spellings are never two people, nor one.
    pub fn canonical_name(&self) -> Result<Name, Refusal> {
        self.user_name
            .parse()
            .map_err(|error| Refusal::value(format!("userName {:?}: {error}", self.user_name)))
    }

    pub fn attributes(&self) -> Object {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Object::new(),
        }
    }
}
