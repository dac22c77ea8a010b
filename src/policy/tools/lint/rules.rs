//! Roles next to each other, and rules that are about nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::Name;
use crate::policy::model::{Role, Who};

use super::{At, Lint};

impl<'p> Lint<'p> {
    /// `denies` and `limits`: those that bear on anything.
    pub(super) fn idle(&mut self, denies: &BTreeSet<&Name>, limits: &BTreeSet<&Name>) {
        for name in self.policy.denies.keys().filter(|name| !denies.contains(name)) {
            let message = format!("deny `{name}` can match nothing that anybody may ask for");
            let hint = "remove it, or look at whom and what it names";
            self.push("idle-deny", ("deny", name.as_str(), ""), message, hint);
        }
        for name in self.policy.limits.keys().filter(|name| !limits.contains(name)) {
            let message = format!("limit `{name}` shortens nothing that anybody may ask for");
            let hint = "remove it, or look at whom and what it names, and for how long";
            self.push("idle-limit", ("limit", name.as_str(), ""), message, hint);
        }
    }

    /// Two roles of which each is decided by those who ask for the other.
    pub(super) fn mutual(&mut self) {
        let mut by: BTreeMap<(&[Who], &[Who]), &Name> = BTreeMap::new();
        for role in self.policy.roles.values() {
            let [only] = role.stages.as_slice() else { continue };
            let (ask, decide) = (role.requesters.as_slice(), only.approvers.as_slice());
            // Of one role by itself, it is told there.
            if let Some(other) = by.get(&(decide, ask)).filter(|_| ask != decide) {
                let name = &role.name;
                let message = format!(
                    "those who ask for role `{name}` decide on role `{other}`, and the other way round"
                );
                self.push(
                    "mutual-approval",
                    ("role", name.as_str(), "approvers"),
                    message,
                    super::roles::OTHERS,
                );
            }
            by.entry((ask, decide)).or_insert(&role.name);
        }
    }

    /// A role that somebody else's entry gets for less, with the same rights on one of its resources.
    /// Looked for among roles with an entry of `requesters` in common, and only against the laxest.
    pub(super) fn overlaps(&mut self) {
        let roles: Vec<&'p Role> = self.policy.roles.values().collect();
        let mut alike: BTreeMap<(String, &Who), Vec<&'p Role>> = BTreeMap::new();
        for role in roles {
            // Of types of ours: nothing in them can fail.
            let gives = serde_json::to_string(&role.gives).unwrap_or_else(|_| role.name.to_string());
            for who in &role.requesters {
                alike.entry((gives.clone(), who)).or_default().push(role);
            }
        }
        let mut found: BTreeMap<&Name, (&Name, &Name)> = BTreeMap::new();
        for roles in alike.into_values().filter(|roles| roles.len() > 1) {
            let mut laxest: HashMap<&Name, &Role> = HashMap::new();
            for role in &roles {
                for resource in &role.resources {
                    let best = laxest.entry(resource).or_insert(role);
                    if needs(role) < needs(best) {
                        *best = role;
                    }
                }
            }
            for role in roles {
                let laxer = role.resources.iter().find_map(|resource| {
                    let other = laxest.get(resource).filter(|other| is_laxer(other, role))?;
                    Some((&other.name, resource))
                });
                if let Some(laxer) = laxer {
                    let at = found.entry(&role.name).or_insert(laxer);
                    *at = (*at).min(laxer);
                }
            }
        }
        for (role, (other, resource)) in found {
            let message = format!("role `{other}` gives the same as role `{role}` on `{resource}`, for less");
            let at: At<'_> = ("role", role.as_str(), "");
            let hint = "whoever may ask for both asks for the other: make them differ, or remove one";
            self.push("overlap", at, message, hint);
        }
    }
}

/// Less of it first.
fn needs(role: &Role) -> (u32, bool, bool, bool, &Name) {
    let bound = role.when.is_some() || role.auto_deny.is_some();
    let ticket = role.require.ticket.is_some() || role.require.ticket_system.is_some();
    (role.approvals().needed(), bound, ticket, role.require.mfa.is_some(), &role.name)
}

/// Asks for less in some way, and for more in none; how long it lasts does not make it laxer.
fn is_laxer(a: &Role, b: &Role) -> bool {
    let (less, more) = (needs(a), needs(b));
    let each = [
        (less.0, more.0),
        (less.1.into(), more.1.into()),
        (less.2.into(), more.2.into()),
        (less.3.into(), more.3.into()),
    ];
    a.name != b.name
        && each.iter().all(|(less, more)| less <= more)
        && each.iter().any(|(less, more)| less < more)
}
