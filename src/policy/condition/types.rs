//! The types of the language. Strings have a domain: which names they may be.

use super::super::diagnostic::shown;
use super::super::source::At;
use super::Vocabulary;

#[derive(Debug, Clone)]
pub(super) enum Type {
    Bool,
    Int,
    Double,
    Duration,
    Timestamp,
    Text(Domain),
    List(Box<Type>),
    /// `resource.labels`: from declared labels to one of their values.
    Labels,
    Record(Record),
}

/// What a string may be.
#[derive(Debug, Clone)]
pub(super) enum Domain {
    /// Anything, such as a reason.
    Free,
    /// Written in the condition. What they have to be is known once they meet another string.
    Literals(Vec<Literal>),
    /// A name that the policy defines.
    Names(Names),
}

#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub at: At,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    Roles,
    Resources,
    People,
    Groups,
    Companies,
    Kinds,
    Labels,
    /// Of the label of that name.
    Values(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    Request,
    Requester,
    Resource,
}

pub(super) const VARIABLES: [&str; 4] = ["request", "requester", "resource", "now"];

/// A field of a record.
pub(super) struct Field {
    pub name: &'static str,
    pub kind: Type,
    /// Not always there.
    pub optional: bool,
}

impl Names {
    /// A name of these: "the name of a role".
    pub fn one(&self) -> String {
        match self {
            Self::Roles => "the name of a role".to_owned(),
            Self::Resources => "the name of a resource".to_owned(),
            Self::People => "the id of a person or service".to_owned(),
            Self::Groups => "the name of a group".to_owned(),
            Self::Companies => "the name of a company".to_owned(),
            Self::Kinds => "the kind of a requester".to_owned(),
            Self::Labels => "the name of a label".to_owned(),
            Self::Values(label) => format!("the value of label `{label}`"),
        }
    }

    pub fn noun(&self) -> String {
        match self {
            Self::Roles => "role".to_owned(),
            Self::Resources => "resource".to_owned(),
            Self::People => "person or service".to_owned(),
            Self::Groups => "group".to_owned(),
            Self::Companies => "company".to_owned(),
            Self::Kinds => "kind of requester".to_owned(),
            Self::Labels => "label".to_owned(),
            Self::Values(label) => format!("value of label `{label}`"),
        }
    }

    /// Of the error that a name is not among these.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Roles => "unknown-role",
            Self::Resources => "unknown-resource",
            Self::People => "unknown-person",
            Self::Groups => "unknown-group",
            Self::Companies => "unknown-company",
            Self::Kinds => "unknown-kind",
            Self::Labels => "unknown-label",
            Self::Values(_) => "unknown-value",
        }
    }

    pub fn has(&self, names: &Vocabulary<'_>, text: &str) -> bool {
        match self {
            Self::Roles => names.roles.contains(text),
            Self::Resources => names.resources.contains(text),
            Self::People => names.people.contains(text),
            Self::Groups => names.groups.contains(text),
            Self::Companies => names.companies.contains(text),
            Self::Labels => names.labels.contains_key(text),
            Self::Kinds | Self::Values(_) => self.all(names).contains(&text),
        }
    }

    /// For messages: a large policy has many.
    pub fn all<'v>(&self, names: &'v Vocabulary<'_>) -> Vec<&'v str> {
        match self {
            Self::Roles => names.roles.iter().copied().collect(),
            Self::Resources => names.resources.iter().copied().collect(),
            Self::People => names.people.iter().copied().collect(),
            Self::Groups => names.groups.iter().copied().collect(),
            Self::Companies => names.companies.iter().copied().collect(),
            Self::Kinds => vec!["person", "service"],
            Self::Labels => names.labels.keys().copied().collect(),
            Self::Values(label) => names.labels.get(label.as_str()).into_iter().flatten().copied().collect(),
        }
    }

    /// What a message says of a text that is none of these.
    pub fn unknown(&self, text: &str) -> String {
        match self {
            Self::Values(label) => format!("label `{label}` has no value `{}`", shown(text)),
            _ => format!("there is no {} `{}`", self.noun(), shown(text)),
        }
    }

    /// A hint that lists them, where they are few.
    pub fn listed(&self, names: &Vocabulary<'_>) -> Option<String> {
        const MANY: usize = 8;
        let all = self.all(names);
        match all.len() {
            0 => Some(format!("no {} is defined", self.noun())),
            1..=MANY => Some(format!(
                "defined: {}",
                all.iter().map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ")
            )),
            _ => None,
        }
    }
}

impl Type {
    pub fn names(names: Names) -> Self {
        Self::Text(Domain::Names(names))
    }

    /// With its article, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Int => "a whole number".to_owned(),
            Self::Double => "a number with a point".to_owned(),
            Self::Duration => "a duration".to_owned(),
            Self::Timestamp => "a time".to_owned(),
            Self::Text(Domain::Names(names)) => names.one(),
            Self::Text(_) => "text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Labels => "`resource.labels`".to_owned(),
            Self::Record(record) => format!("`{}`", record.name()),
        }
    }
}

impl Record {
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Requester => "requester",
            Self::Resource => "resource",
        }
    }

    pub fn fields(self) -> Vec<Field> {
        let always = |name, kind| Field { name, kind, optional: false };
        let maybe = |name, kind| Field { name, kind, optional: true };
        match self {
            Self::Request => vec![
                always("role", Type::names(Names::Roles)),
                always("resource", Type::names(Names::Resources)),
                always("duration", Type::Duration),
                always("reason", Type::Text(Domain::Free)),
                maybe("ticket", Type::Text(Domain::Free)),
                maybe("start", Type::Timestamp),
                always("break_glass", Type::Bool),
            ],
            Self::Requester => vec![
                always("id", Type::names(Names::People)),
                always("groups", Type::List(Box::new(Type::names(Names::Groups)))),
                always("kind", Type::names(Names::Kinds)),
                maybe("company", Type::names(Names::Companies)),
                maybe("contract_end", Type::Timestamp),
                maybe("mfa_age", Type::Duration),
            ],
            Self::Resource => {
                vec![always("name", Type::names(Names::Resources)), always("labels", Type::Labels)]
            }
        }
    }
}
