//! The attributes of users and groups (RFC 7643, section 4), and what may be said of them.
//!
//! The schemas that are published, the check of bodies, filters and PATCH read the same tables.

use serde_json::{Map, Value, json};

use super::{MOST_MEMBERS, Object, Refusal, ScimType};
use crate::domain::text::escape;

/// Characters of any text.
const LONGEST: usize = 256;
/// Values of an attribute that has several, members apart.
const MOST_VALUES: usize = 20;

/// RFC 7643, section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Boolean,
    DateTime,
    Reference,
    Complex,
}

/// RFC 7643, section 2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    Immutable,
}

/// One attribute, or a part of one.
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub description: &'static str,
    pub kind: Type,
    pub several: bool,
    pub required: bool,
    pub case_exact: bool,
    pub mutability: Mutability,
    /// In each answer, whatever is asked for.
    pub always: bool,
    pub unique: bool,
    pub canonical: &'static [&'static str],
    pub references: &'static [&'static str],
    pub parts: &'static [Self],
}

const fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute {
        name,
        description,
        kind: Type::Text,
        several: false,
        required: false,
        case_exact: false,
        mutability: Mutability::ReadWrite,
        always: false,
        unique: false,
        canonical: &[],
        references: &[],
        parts: &[],
    }
}

/// A kind of resource.
#[derive(Debug)]
pub struct Schema {
    pub urn: &'static str,
    /// Of the resource and of its type.
    pub name: &'static str,
    pub endpoint: &'static str,
    pub description: &'static str,
    attributes: &'static [Attribute],
    /// Attributes and schemas that clients send and jit has no use for: taken, and not kept.
    unused: &'static [&'static str],
}

/// Those that every resource has (RFC 7643, section 3.1).
const COMMON: &[Attribute] = &[
    Attribute {
        case_exact: true,
        always: true,
        mutability: Mutability::ReadOnly,
        ..text("id", "The name by which the server knows it")
    },
    Attribute { case_exact: true, ..text("externalId", "The name by which the client knows it") },
    Attribute {
        kind: Type::Complex,
        mutability: Mutability::ReadOnly,
        parts: &[
            Attribute { case_exact: true, ..text("resourceType", "") },
            Attribute { kind: Type::DateTime, ..text("created", "") },
            Attribute { kind: Type::DateTime, ..text("lastModified", "") },
            Attribute { kind: Type::Reference, case_exact: true, ..text("location", "") },
            Attribute { case_exact: true, ..text("version", "") },
        ],
        ..text("meta", "")
    },
];

pub static USER: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    endpoint: "/Users",
    description: "A person",
    attributes: &[
        Attribute {
            required: true,
            mutability: Mutability::Immutable,
            unique: true,
            ..text(
                "userName",
                "Lower-case letters, digits and `. _ - + @`; never changed, and never given to a second person",
            )
        },
        Attribute {
            kind: Type::Complex,
            parts: &[
                text("formatted", "The whole name"),
                text("familyName", "The family name"),
                text("givenName", "The given name"),
            ],
            ..text("name", "What the person is called")
        },
        text("displayName", "The name to show"),
        Attribute {
            kind: Type::Boolean,
            ..text("active", "Whether the person may log in and hold access; false ends all of it at once")
        },
        Attribute {
            kind: Type::Complex,
            several: true,
            parts: &[
                text("value", "The address"),
                Attribute { canonical: &["work", "home", "other"], ..text("type", "What it is for") },
                Attribute { kind: Type::Boolean, ..text("primary", "The preferred one; true once at most") },
            ],
            ..text("emails", "E-mail addresses")
        },
        Attribute {
            kind: Type::Complex,
            several: true,
            mutability: Mutability::ReadOnly,
            parts: &[
                Attribute {
                    case_exact: true,
                    mutability: Mutability::ReadOnly,
                    ..text("value", "The group's id")
                },
                Attribute {
                    kind: Type::Reference,
                    case_exact: true,
                    mutability: Mutability::ReadOnly,
                    references: &["Group"],
                    ..text("$ref", "Where the group is")
                },
                Attribute { mutability: Mutability::ReadOnly, ..text("display", "The group's name") },
                Attribute {
                    mutability: Mutability::ReadOnly,
                    canonical: &["direct"],
                    ..text("type", "How the person belongs to it")
                },
            ],
            ..text("groups", "The groups that the person is in; changed at the groups")
        },
    ],
    unused: &[
        "nickName",
        "profileUrl",
        "title",
        "userType",
        "preferredLanguage",
        "locale",
        "timezone",
        "password",
        "phoneNumbers",
        "ims",
        "photos",
        "addresses",
        "entitlements",
        "roles",
        "x509Certificates",
        "middleName",
        "honorificPrefix",
        "honorificSuffix",
        "display",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
};

pub static GROUP: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    endpoint: "/Groups",
    description: "People under one name; it gives rights where the policy leaves the group of that name to the directory",
    attributes: &[
        Attribute {
            required: true,
            unique: true,
            ..text("displayName", "The group's name, which is the one in the policy")
        },
        Attribute {
            kind: Type::Complex,
            several: true,
            parts: &[
                Attribute {
                    case_exact: true,
                    mutability: Mutability::Immutable,
                    ..text("value", "The person's id")
                },
                Attribute {
                    kind: Type::Reference,
                    case_exact: true,
                    mutability: Mutability::Immutable,
                    references: &["User"],
                    ..text("$ref", "Where the person is")
                },
                Attribute {
                    mutability: Mutability::Immutable,
                    canonical: &["User"],
                    ..text("type", "People only")
                },
            ],
            ..text("members", "Who is in the group")
        },
    ],
    unused: &["display"],
};

/// What `schemas` may name, beside the resource's own.
fn may_be_named(schema: &Schema, urn: &str) -> bool {
    urn.eq_ignore_ascii_case(schema.urn)
        || schema.unused.iter().any(|unused| urn.eq_ignore_ascii_case(unused))
}

impl Attribute {
    pub fn part(&self, name: &str) -> Option<&'static Self> {
        self.parts.iter().find(|part| part.name.eq_ignore_ascii_case(name))
    }

    /// The value as it is kept: parts under their own names, `"True"` as a boolean. `None` for no value.
    pub fn normalised(&'static self, schema: &Schema, value: Value) -> Result<Option<Value>, Refusal> {
        match value {
            Value::Null => Ok(None),
            Value::Array(values) if self.several => {
                let most = if self.name == "members" { MOST_MEMBERS } else { MOST_VALUES };
                if values.len() > most {
                    return Err(Refusal::value(format!("{} has {most} values at most", self.name)));
                }
                let values = values.into_iter().filter_map(|value| self.one(schema, value).transpose());
                let values = values.collect::<Result<Vec<_>, _>>()?;
                Ok((!values.is_empty()).then_some(Value::Array(values)))
            }
            _ if self.several => Err(Refusal::value(format!("{} is a list", self.name))),
            value => self.one(schema, value),
        }
    }

    /// The same for one value of an attribute that may have several.
    pub fn one(&'static self, schema: &Schema, value: Value) -> Result<Option<Value>, Refusal> {
        let wrong = || Err(Refusal::value(format!("{} is not of its type", self.name)));
        match (self.kind, value) {
            (_, Value::Null) => Ok(None),
            (Type::Boolean, Value::Bool(value)) => Ok(Some(value.into())),
            // As Entra ID sends them.
            (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => {
                Ok(Some(true.into()))
            }
            (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
                Ok(Some(false.into()))
            }
            (Type::Text | Type::Reference | Type::DateTime, Value::String(text)) => {
                if text.chars().count() > LONGEST {
                    return Err(Refusal::value(format!("{} has {LONGEST} characters at most", self.name)));
                }
                if escape(&text) != text.as_str() {
                    return Err(Refusal::value(format!("{} has characters that cannot be shown", self.name)));
                }
                Ok(Some(text.into()))
            }
            (Type::Complex, Value::Object(object)) => {
                let mut kept = Map::new();
                for (name, value) in object {
                    let Some(part) = self.part(&name) else {
                        if schema.is_unused(&name) {
                            continue;
                        }
                        return Err(Refusal::syntax(format!("{} has no {name}", self.name)));
                    };
                    if part.mutability != Mutability::ReadOnly
                        && let Some(value) = part.one(schema, value)?
                    {
                        kept.insert(part.name.to_owned(), value);
                    }
                }
                Ok((!kept.is_empty()).then_some(Value::Object(kept)))
            }
            _ => wrong(),
        }
    }

    fn document(&self) -> Value {
        let kind = match self.kind {
            Type::Text => "string",
            Type::Boolean => "boolean",
            Type::DateTime => "dateTime",
            Type::Reference => "reference",
            Type::Complex => "complex",
        };
        let mutability = match self.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::ReadOnly => "readOnly",
            Mutability::Immutable => "immutable",
        };
        let mut document = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.several,
            "description": self.description,
            "required": self.required,
            "mutability": mutability,
            "returned": if self.always { "always" } else { "default" },
            "uniqueness": if self.unique { "server" } else { "none" },
        });
        if let Some(object) = document.as_object_mut() {
            if matches!(self.kind, Type::Text | Type::Reference) {
                object.insert("caseExact".to_owned(), self.case_exact.into());
            }
            for (name, list) in [("canonicalValues", self.canonical), ("referenceTypes", self.references)] {
                if !list.is_empty() {
                    object.insert(name.to_owned(), list.into());
                }
            }
            if !self.parts.is_empty() {
                let parts: Vec<Value> = self.parts.iter().map(Self::document).collect();
                object.insert("subAttributes".to_owned(), parts.into());
            }
        }
        document
    }
}

impl Schema {
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().chain(COMMON).find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    pub fn is_unused(&self, name: &str) -> bool {
        self.unused.iter().any(|unused| name.eq_ignore_ascii_case(unused))
    }

    /// What is left of an attribute's path without this schema's URN; `None` for another schema's.
    pub fn own<'t>(&self, path: &'t str) -> Option<&'t str> {
        if !path.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
            return Some(path);
        }
        let (urn, rest) = path.split_at_checked(self.urn.len())?;
        if urn.eq_ignore_ascii_case(self.urn) { rest.strip_prefix(':') } else { None }
    }

    /// Whether the path is one of a schema that clients may send and jit does not keep.
    pub fn is_unused_path(&self, path: &str) -> bool {
        let own = self.own(path).unwrap_or(path);
        let first = own.split(['.', '[']).next().unwrap_or(own);
        let extension = |unused: &&'static str| {
            unused.starts_with("urn:")
                && path.get(..unused.len()).is_some_and(|start| start.eq_ignore_ascii_case(unused))
        };
        self.is_unused(first) || self.unused.iter().any(extension)
    }

    /// A whole resource as a client sends it, under canonical names and without what is the server's to
    /// say. Names that nobody knows are refused.
    pub fn normalised(&'static self, body: Object) -> Result<Object, Refusal> {
        let mut kept = Object::new();
        let mut named = false;
        for (name, value) in body {
            if name.eq_ignore_ascii_case("schemas") {
                self.check_schemas(&value)?;
                named = true;
                continue;
            }
            let own = self.own(&name).and_then(|name| self.attribute(name));
            let Some(attribute) = own else {
                if self.is_unused(&name) {
                    continue;
                }
                return Err(Refusal::syntax(format!("a {} has no attribute {name}", self.name)));
            };
            if attribute.mutability == Mutability::ReadOnly {
                continue;
            }
            if let Some(value) = attribute.normalised(self, value)?
                && kept.insert(attribute.name.to_owned(), value).is_some()
            {
                return Err(Refusal::syntax(format!("{} is there twice", attribute.name)));
            }
        }
        if !named {
            return Err(Refusal::syntax(format!("`schemas` is missing: [{:?}]", self.urn)));
        }
        Ok(kept)
    }

    fn check_schemas(&self, value: &Value) -> Result<(), Refusal> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let urns: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        match urns {
            Some(urns)
                if urns.iter().any(|urn| urn.eq_ignore_ascii_case(self.urn))
                    && urns.iter().all(|urn| may_be_named(self, urn)) =>
            {
                Ok(())
            }
            _ => Err(Refusal::of(
                ScimType::InvalidSyntax,
                format!("`schemas` of a {} names {:?}, and none that jit does not know", self.name, self.urn),
            )),
        }
    }

    /// As `/Schemas` publishes it.
    pub fn document(&self, base: &str) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(Attribute::document).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.urn,
            "name": self.name,
            "description": self.description,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", self.urn) },
        })
    }

    /// As `/ResourceTypes` publishes it.
    pub fn resource_type(&self, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": self.name,
            "name": self.name,
            "description": self.description,
            "endpoint": self.endpoint,
            "schema": self.urn,
            "schemaExtensions": [],
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name) },
        })
    }
}
