//! An outside directory (SCIM) that says who is there, and who belongs to which group.
//!
//! A user's id is their name: it is never given to a second person, so it is as good an id as any. The
//! users that are shown are the enabled people: no services, no second identities.

mod groups;
mod people;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Problem;
use crate::audit::{Draft, EventKind};
use crate::domain::{Kind, Name, Purpose, Time};
use crate::policy::Listed;
use crate::policy::model::Group as PolicyGroup;
use crate::scim::{self, Filter, ListResponse, Object, Query, Refusal, Selection};
use crate::store::{RecordKind, User};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine};
use super::error::Error;

/// Why somebody is kept from everything; they are told.
const DEACTIVATED: &str = "the directory has deactivated you";

/// A directory that calls. Its token is good for nothing else, and nothing else is good for this.
#[derive(Debug, Clone)]
pub struct ScimCaller(Caller);

/// What the directory says of a person, by user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryUser {
    user: Name,
    said: scim::User,
    modified: Time,
    /// Kept from everything since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inactive: Option<Time>,
    /// Not everything of theirs has its end yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leaving: bool,
}

impl Document for DirectoryUser {
    const KIND: RecordKind = RecordKind::DirectoryUser;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

/// A group, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryGroup {
    id: String,
    said: scim::Group,
    created: Time,
    modified: Time,
}

impl Document for DirectoryGroup {
    const KIND: RecordKind = RecordKind::DirectoryGroup;
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// A person with what the directory has said of them, if anything.
struct Person {
    user: User,
    stored: Option<Stored<DirectoryUser>>,
}

/// Where a resource is asked for: under which address, and which version of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Of `/scim/v2`, for locations.
    pub base: &'a str,
    /// `If-Match`.
    pub if_match: Option<&'a str>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let problem = Problem::from(error);
        Self::new(problem.code.http_status(), problem.message)
    }
}

fn changed_meanwhile() -> Refusal {
    Refusal::new(409, "it was changed at the same time; read it again")
}

impl Engine {
    /// Which directory a token stands for. Every doubt is "not logged in".
    pub async fn authenticate_scim(
        &self,
        token: Option<&str>,
        from: Option<String>,
    ) -> Result<ScimCaller, Error> {
        let (caller, _) = self.authenticate_service(Purpose::Scim, token, from).await?;
        Ok(ScimCaller(caller))
    }

    /// Records that the directory was refused something, and gives the refusal back.
    pub async fn scim_refused(&self, caller: &ScimCaller, asked: &str, refusal: Refusal) -> Refusal {
        let draft = self.draft(EventKind::AccessRefused, Some(&caller.0)).data("asked", asked);
        // A failure of ours is no refusal.
        if refusal.status < 500 {
            drop(self.refuse(draft, Error::Forbidden(refusal.to_string())).await);
        }
        refusal
    }

    /// What the directory says of people, into what decisions see.
    pub(super) async fn list_directory(
        &self,
        users: &[User],
        people: &mut HashMap<Name, Listed>,
    ) -> Result<(), Error> {
        let enabled: HashSet<&Name> =
            users.iter().filter(|u| u.disabled.is_none()).map(|u| &u.name).collect();
        for Stored { document, .. } in self.documents::<DirectoryUser>("").await? {
            if document.inactive.is_some() {
                people.entry(document.user).or_default().suspended.get_or_insert(DEACTIVATED.to_owned());
            }
        }
        for Stored { document, .. } in self.documents::<DirectoryGroup>("").await? {
            // INVARIANT 9: whom the policy lists itself, or does not know, gains nothing from here.
            let Some(group) = self.gives_rights(&document.said) else { continue };
            for member in document.said.members.iter().filter(|member| enabled.contains(member)) {
                people.entry(member.clone()).or_default().groups.insert(group.clone());
            }
        }
        Ok(())
    }

    /// The policy's group that this one fills.
    fn gives_rights(&self, group: &scim::Group) -> Option<Name> {
        let name: Name = group.display_name.parse().ok()?;
        let in_force = self.in_force();
        matches!(in_force.policy.groups.get(&name), Some(PolicyGroup::Directory)).then_some(name)
    }

    fn directory_changed(&self, caller: &ScimCaller) -> Draft {
        self.draft(EventKind::DirectoryChanged, Some(&caller.0))
    }

    /// Users that are shown.
    async fn people(&self) -> Result<Vec<Person>, Error> {
        let stored = self.documents::<DirectoryUser>("").await?.into_iter();
        let mut stored: BTreeMap<Name, _> = stored.map(|s| (s.document.user.clone(), s)).collect();
        let users = self.store.users().await?.into_iter().filter(is_shown);
        Ok(users.map(|user| Person { stored: stored.remove(&user.name), user }).collect())
    }

    async fn person(&self, id: &str) -> Result<Person, Refusal> {
        let missing = || Refusal::not_found("user", id);
        let name: Name = id.parse().map_err(|_| missing())?;
        let user = self.store.user(&name).await.map_err(Error::from)?;
        let user = user.filter(is_shown).ok_or_else(missing)?;
        Ok(Person { stored: self.document(name.as_str()).await?, user })
    }

    /// Both kinds of resources, users first, as they are shown.
    pub async fn scim_search(
        &self,
        _: &ScimCaller,
        query: &Query,
        base: &str,
    ) -> Result<ListResponse, Refusal> {
        let selection = Selection::of(query)?;
        let mut found = Vec::new();
        for kind in scim::discovery::RESOURCES {
            // A filter on what only one of them has finds none of the other.
            let filter = match query.filter.as_deref().map(|text| Filter::parse(kind, text)).transpose() {
                Ok(filter) => filter,
                Err(_) if scim::discovery::RESOURCES.iter().any(|other| parses(other, query)) => continue,
                Err(refusal) => return Err(refusal),
            };
            let all =
                if kind.name == "User" { self.all_users(base).await? } else { self.all_groups(base).await? };
            let all = all.into_iter().map(Value::Object);
            let matching = all.filter(|one| filter.as_ref().is_none_or(|filter| filter.matches(one)));
            found.extend(matching.map(|one| (kind, one)));
        }
        Ok(ListResponse::page(query, found, |(kind, one)| match one {
            Value::Object(object) => Value::Object(selection.apply(kind, object)),
            other => other,
        }))
    }
}

fn parses(schema: &'static scim::schema::Schema, query: &Query) -> bool {
    query.filter.as_deref().is_none_or(|text| Filter::parse(schema, text).is_ok())
}

/// The page of one kind of resources that the query asks for.
fn list(
    schema: &'static scim::schema::Schema,
    query: &Query,
    all: Vec<Object>,
) -> Result<ListResponse, Refusal> {
    let selection = Selection::of(query)?;
    let filter = query.filter.as_deref().map(|text| Filter::parse(schema, text)).transpose()?;
    let all = all.into_iter().map(Value::Object);
    let found = all.filter(|one| filter.as_ref().is_none_or(|filter| filter.matches(one))).collect();
    Ok(ListResponse::page(query, found, |one| match one {
        Value::Object(object) => Value::Object(selection.apply(schema, object)),
        other => other,
    }))
}

fn is_shown(user: &User) -> bool {
    user.kind == Kind::Person && user.human == user.name && user.disabled.is_none()
}

/// Puts the common attributes around what is said of a resource.
fn whole(
    schema: &scim::schema::Schema,
    base: &str,
    id: &str,
    mut object: Object,
    version: &str,
    (created, modified): (Time, Time),
) -> Object {
    object.insert("schemas".to_owned(), json!([schema.urn]));
    object.insert("id".to_owned(), id.into());
    let meta = json!({
        "resourceType": schema.name,
        "created": created,
        "lastModified": modified,
        "location": format!("{base}{}/{id}", schema.endpoint),
        "version": version,
    });
    object.insert("meta".to_owned(), meta);
    object
}

/// The names of the attributes that differ, for the log: their values are people's own.
fn differences(before: &Object, after: &Object) -> String {
    let names = before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
    let names: std::collections::BTreeSet<&str> = names.map(String::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join(",")
}

fn names<'n>(names: impl IntoIterator<Item = &'n Name>) -> String {
    names.into_iter().map(Name::as_str).collect::<Vec<_>>().join(",")
}
