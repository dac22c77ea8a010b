//! Digests of what a policy means.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::{Digest, Name, Resource};

use super::model::{Role, Who};
use super::source::SourceFile;

/// Of the role's meaning, not of its spelling: the same whatever the order, the layout or the file.
pub(super) fn of_role(
    role: &Role,
    groups: &BTreeMap<Name, BTreeSet<Name>>,
    resources: &BTreeMap<Name, Resource>,
) -> Digest {
    // Every field by name: a field that is added to `Role` has to be decided upon here.
    let Role {
        name,
        description,
        resources: names,
        requesters,
        approvers,
        approvals,
        max_duration,
        pending_timeout,
        claim_timeout,
        require,
        gives,
        digest: _,
    } = role;
    let mut fields = Fields::default();
    fields.one("jit/v1 role");
    fields.one(name.as_str());
    fields.one(description);
    fields.one(&approvals.needed().to_string());
    for span in [max_duration, pending_timeout, claim_timeout] {
        fields.one(&span.secs().to_string());
    }
    fields.one(&require.reason.to_string());
    fields.some(require.ticket.as_ref().map(|pattern| pattern.text.as_str()));
    for list in [requesters, approvers] {
        let list: BTreeSet<&Who> = list.iter().collect();
        fields.one(&list.len().to_string());
        for who in list {
            match who {
                Who::User(user) => fields.all("user", [user.as_str()]),
                Who::Group(group) => {
                    fields.one(group.as_str());
                    fields.all("group", groups.get(group).into_iter().flatten().map(Name::as_str));
                }
            }
        }
    }
    fields.one(&names.len().to_string());
    for resource in names.iter().filter_map(|name| resources.get(name)) {
        let Resource { name, address, labels, target } = resource;
        fields.one(name.as_str());
        fields.json(target);
        fields.some(address.as_deref());
        fields.all("labels", labels.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
    }
    // Their own text form has every field by name, in one order.
    fields.json(gives);
    fields.digest()
}

/// Of the files, names and contents, in the order of their names.
pub(super) fn of_files(files: &[SourceFile]) -> Digest {
    let mut files: Vec<_> = files.iter().map(|file| (&file.name, &file.text)).collect();
    files.sort();
    let fields = files.into_iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
    Digest::of_fields(std::iter::once(b"jit/v1 policy".as_slice()).chain(fields))
}

/// Fields in an order from which they could be read back, so that two meanings never give the same.
#[derive(Default)]
struct Fields(Vec<String>);

impl Fields {
    fn one(&mut self, field: &str) {
        self.0.push(field.to_owned());
    }

    fn some(&mut self, field: Option<&str>) {
        self.0.push(field.map_or_else(|| "-".to_owned(), |text| format!("+{text}")));
    }

    fn all<'a>(&mut self, tag: &str, list: impl IntoIterator<Item = &'a str>) {
        let at = self.0.len();
        self.0.extend(list.into_iter().map(str::to_owned));
        let count = self.0.len() - at;
        self.0.insert(at, format!("{tag} {count}"));
    }

    fn json(&mut self, value: &impl Serialize) {
        // Of types of ours, without maps of other keys than text: nothing in them can fail.
        self.0.push(serde_json::to_string(value).unwrap_or_else(|error| format!("! {error}")));
    }

    fn digest(&self) -> Digest {
        Digest::of_fields(self.0.iter().map(String::as_bytes))
    }
}
