//! Digests of what a policy means.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::domain::{Digest, Duty, Name, Resource};

use super::condition::Condition;
use super::model::{BreakGlass, Escalation, Group, Policy, Require, Role, RoleWindows, Stage, Who};
use super::parallel;
use super::source::SourceFile;
use super::ticket::TicketSystem;
use super::training::{Demand, Means};
use super::window::Window;

/// Digests of what roles refer to, made once for all roles, as they stand among the fields of a role.
pub(super) struct Meanings {
    groups: HashMap<Name, String>,
    resources: HashMap<Name, String>,
}

impl Meanings {
    pub fn new(policy: &Policy) -> Self {
        let groups = parallel::each(policy.groups.iter().collect(), |(name, group)| {
            (name.clone(), there(of_group(name, group)))
        });
        let resources = policy
            .resources
            .iter()
            .map(|(name, resource)| (name.clone(), there(of_resource(resource, policy))));
        Self { groups: groups.into_iter().collect(), resources: resources.collect() }
    }

    /// Of the role's meaning, not of its spelling: the same whatever the order, the layout or the file.
    pub fn of_role(&self, role: &Role, policy: &Policy) -> Digest {
        // Every field by name: a field that is added to `Role` has to be decided upon here.
        let Role {
            name,
            description,
            resources,
            requesters,
            when,
            auto_approve,
            auto_deny,
            stages,
            escalation,
            remind,
            max_duration,
            max_total,
            pending_timeout,
            claim_timeout,
            windows,
            single_use,
            max_open,
            break_glass,
            require,
            gives,
            // Rules beside the role: they are weighed at every use, whatever the digest.
            denies: _,
            limits: _,
            digest: _,
        } = role;
        let mut fields = Fields::default();
        fields.one("jit/v1 role");
        fields.one(name.as_str());
        fields.one(description.as_str());
        for span in [max_duration, max_total, pending_timeout, claim_timeout] {
            fields.one(span.secs().to_string());
        }
        fields.some(remind.map(|span| span.secs().to_string()).as_deref());
        fields.one(single_use.to_string());
        fields.some(max_open.map(|n| n.to_string()).as_deref());
        for condition in [when, auto_approve, auto_deny] {
            fields.some(condition.as_ref().map(Condition::text));
        }
        self.people(&mut fields, requesters);
        fields.one(stages.len().to_string());
        for Stage { name, approvers, approvals } in stages {
            fields.one(name.as_str());
            fields.one(approvals.to_string());
            self.people(&mut fields, approvers);
        }
        fields.some(escalation.as_ref().map(|_| "escalates"));
        if let Some(Escalation { after, to }) = escalation {
            fields.one(after.secs().to_string());
            self.people(&mut fields, to);
        }
        let RoleWindows { request, using, approve } = windows;
        for list in [request, using, approve] {
            fields
                .all("windows", list.iter().filter_map(|name| policy.windows.get(name)).map(Window::meaning));
        }
        fields.some(break_glass.as_ref().map(|_| "breaks"));
        if let Some(BreakGlass { requesters, max_duration, announce, debrief, debrief_within }) = break_glass
        {
            fields.one(max_duration.secs().to_string());
            fields.one(debrief_within.secs().to_string());
            for list in [requesters, announce, debrief] {
                self.people(&mut fields, list);
            }
        }
        let Require { reason, ticket, ticket_system, mfa, duties } = require;
        fields.one(reason.to_string());
        fields.some(ticket.as_ref().map(|pattern| pattern.text.as_str()));
        let system = ticket_system.as_ref().and_then(|name| policy.ticket_systems.get(name));
        fields.some(system.map(TicketSystem::meaning).as_deref());
        fields.some(mfa.map(|span| span.secs().to_string()).as_deref());
        // A role that asks for none keeps the digest that it had before there were any.
        if !duties.is_empty() {
            fields.one(format!("duties {}", duties.len()));
        }
        for duty in duties {
            self.duty(&mut fields, duty, policy.demands.get(duty));
        }
        fields.one(resources.len().to_string());
        for name in resources {
            fields.one(self.resources.get(name).map_or(ABSENT, String::as_str));
        }
        // Their own text form has every field by name, in one order.
        fields.json(gives);
        fields.digest()
    }

    fn duty<'f>(&'f self, fields: &mut Fields<'f>, duty: &Duty, demand: Option<&'f Demand>) {
        fields.one(duty.to_string());
        let Some(demand) = demand else { return fields.one(ABSENT) };
        // What it is called and where it is found changes nothing of what it proves.
        let Demand { duty: _, description: _, link: _, version, valid_for, means } = demand;
        fields.one(version.to_string());
        fields.some(valid_for.map(|span| span.secs().to_string()).as_deref());
        match means {
            Means::Training { trainers } => self.people(fields, trainers),
            Means::Terms { text: _, digest } => fields.one(digest.to_string()),
        }
    }

    fn people<'f>(&'f self, fields: &mut Fields<'f>, list: &'f [Who]) {
        let mut list: Vec<&Who> = list.iter().collect();
        list.sort();
        fields.one(list.len().to_string());
        for who in list {
            fields.one(who.to_string());
            if let Who::Group(group) = who {
                fields.one(self.groups.get(group).map_or(ABSENT, String::as_str));
            }
        }
    }
}

fn of_group(name: &Name, group: &Group) -> Digest {
    let mut fields = Fields::default();
    fields.one("jit/v1 group");
    fields.one(name.as_str());
    match group {
        Group::Members(members) => fields.all("members", members.iter().map(Name::as_str)),
        Group::OnCall(source) => fields.all("on call", [source.meaning()]),
        Group::Directory => fields.all("directory", [""; 0]),
    }
    fields.digest()
}

fn of_resource(resource: &Resource, policy: &Policy) -> Digest {
    let Resource { name, address, labels, target } = resource;
    let mut fields = Fields::default();
    fields.one("jit/v1 resource");
    fields.one(name.as_str());
    fields.json(target);
    fields.some(address.as_deref());
    fields.all("labels", labels.iter().flat_map(|(key, value)| [key.as_str(), value]));
    fields.all("owners", policy.owners.get(name).into_iter().flatten().map(Name::as_str));
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
struct Fields<'f>(Vec<Cow<'f, str>>);

/// In the place of what may be there, and is not.
const ABSENT: &str = "-";

/// In the place of what may be there, and is.
fn there(what: impl fmt::Display) -> String {
    format!("+{what}")
}

impl<'f> Fields<'f> {
    fn one(&mut self, field: impl Into<Cow<'f, str>>) {
        self.0.push(field.into());
    }

    fn some(&mut self, field: Option<&str>) {
        self.0.push(field.map_or(Cow::Borrowed(ABSENT), |text| there(text).into()));
    }

    fn all<T: Into<Cow<'f, str>>>(&mut self, tag: &str, list: impl IntoIterator<Item = T>) {
        let at = self.0.len();
        self.0.extend(list.into_iter().map(Into::into));
        let count = self.0.len() - at;
        self.0.insert(at, format!("{tag} {count}").into());
    }

    fn json(&mut self, value: &impl Serialize) {
        // Of types of ours, without maps of other keys than text: nothing in them can fail.
        self.0.push(serde_json::to_string(value).unwrap_or_else(|error| format!("! {error}")).into());
    }

    fn digest(&self) -> Digest {
        Digest::of_fields(self.0.iter().map(|field| field.as_bytes()))
    }
}
