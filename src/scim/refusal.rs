//! Why something was not done, as RFC 7644, section 3.12 tells it.

use std::fmt;

use serde_json::{Value, json};

/// Characters of a detail.
const LONGEST: usize = 300;

/// The detail error keyword of a 400 or 409 (RFC 7644, table 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
}

impl ScimType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// What a client is told instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP's.
    pub status: u16,
    pub scim_type: Option<ScimType>,
    /// One line, safe to show.
    pub detail: String,
}

impl Refusal {
    /// `detail` is escaped here: it may quote what the client said.
    pub fn new(status: u16, detail: impl AsRef<str>) -> Self {
        // What a client says may be as long as a request.
        let detail: String = detail.as_ref().chars().take(LONGEST).collect();
        Self { status, scim_type: None, detail: crate::domain::text::escape(&detail).into_owned() }
    }

    pub fn of(scim_type: ScimType, detail: impl AsRef<str>) -> Self {
        let status = if scim_type == ScimType::Uniqueness { 409 } else { 400 };
        Self { scim_type: Some(scim_type), ..Self::new(status, detail) }
    }

    pub fn syntax(detail: impl AsRef<str>) -> Self {
        Self::of(ScimType::InvalidSyntax, detail)
    }

    pub fn value(detail: impl AsRef<str>) -> Self {
        Self::of(ScimType::InvalidValue, detail)
    }

    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(404, format!("there is no {what} {id:?}"))
    }

    pub fn document(&self) -> Value {
        let mut document = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            // A string, says the RFC.
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let (Some(object), Some(scim_type)) = (document.as_object_mut(), self.scim_type) {
            object.insert("scimType".to_owned(), scim_type.as_str().into());
        }
        document
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scim_type {
            Some(scim_type) => write!(f, "{}: {}", scim_type.as_str(), self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Refusal {}
