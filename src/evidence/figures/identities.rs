use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{End, Moment, Part, Rows, ranked};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "identities",
    title: "People and services that came, paused and left, and the tool's own roles",
    from: "user.added, .disabled, .suspended, .reinstated, .role-granted, .role-removed, directory.changed. A name is never given to a second person.",
    controls: &["5.16", "5.3", "8.2"],
    columns: &["at", "event", "user", "by", "kind", "human", "admin", "role", "cause"],
};

#[derive(Default)]
pub struct Identities {
    known: BTreeSet<Id>,
    disabled: BTreeSet<Id>,
    before: u64,
    suspended: BTreeSet<Id>,
    own_roles: BTreeMap<Id, BTreeSet<String>>,
    kinds: BTreeMap<K, u64>,
}

const KINDS: &[K] = &[
    K::UserAdded,
    K::UserDisabled,
    K::UserSuspended,
    K::UserReinstated,
    K::UserRoleGranted,
    K::UserRoleRemoved,
    K::DirectoryChanged,
];

impl Identities {
    fn take(&mut self, moment: &Moment<'_, '_>) {
        let (event, user) = (moment.event, moment.user);
        let own_role =
            event.data("role").or((event.data("admin") == Some("true")).then_some("administrator"));
        match event.known {
            Some(K::UserAdded) => {
                self.known.insert(user);
                if let Some(role) = own_role {
                    self.own_roles.entry(user).or_default().insert(role.to_owned());
                }
            }
            Some(K::UserDisabled) => {
                self.known.insert(user);
                self.disabled.insert(user);
                self.own_roles.remove(&user);
            }
            Some(K::UserSuspended) => drop(self.suspended.insert(user)),
            Some(K::UserReinstated) => drop(self.suspended.remove(&user)),
            Some(K::UserRoleGranted) => {
                self.own_roles.entry(user).or_default().insert(event.role().to_owned());
            }
            Some(K::UserRoleRemoved) => {
                if let Some(roles) = self.own_roles.get_mut(&user) {
                    roles.remove(event.role());
                }
            }
            _ => {}
        }
    }

    fn enabled(&self) -> u64 {
        (self.known.len() - self.disabled.len()) as u64
    }
}

impl Part for Identities {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        self.take(moment);
        self.before = self.enabled();
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        let Some(kind) = event.known.filter(|kind| KINDS.contains(kind)) else { return Ok(()) };
        self.take(moment);
        *self.kinds.entry(kind).or_default() += 1;
        let text = |key| event.text(key);
        rows.row(
            ABOUT.id,
            &[
                &moment.at(),
                kind.as_str(),
                text("user"),
                event.actor(),
                text("kind"),
                text("human"),
                text("admin"),
                event.role(),
                text("cause"),
            ],
        )
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let count = |kind| self.kinds.get(&kind).copied().unwrap_or(0);
        let mut holders: Vec<Vec<String>> = self
            .own_roles
            .iter()
            .filter(|(_, roles)| !roles.is_empty())
            .map(|(id, roles)| {
                vec![end.names.text(*id).to_owned(), roles.iter().cloned().collect::<Vec<_>>().join(", ")]
            })
            .collect();
        holders.sort_unstable();
        let mut by_role: BTreeMap<&str, u64> = BTreeMap::new();
        for role in self.own_roles.values().flatten() {
            *by_role.entry(role).or_default() += 1;
        }
        let several = self.own_roles.values().filter(|roles| roles.len() > 1).count() as u64;
        Figure::new(self.kinds.is_empty())
            .count("enabled_at_start", "Enabled when the period began", self.before)
            .count("added", "Added", count(K::UserAdded))
            .count("disabled", "Disabled for good", count(K::UserDisabled))
            .count("enabled_at_end", "Enabled when the period ended", self.enabled())
            .count("suspended", "Suspensions", count(K::UserSuspended))
            .count("reinstated", "Reinstatements", count(K::UserReinstated))
            .count("suspended_at_end", "Suspended when the period ended", self.suspended.len() as u64)
            .count("roles_granted", "Roles of this tool given", count(K::UserRoleGranted))
            .count("roles_removed", "Roles of this tool taken away", count(K::UserRoleRemoved))
            .count("several_roles", "People with more than one of them when the period ended", several)
            .count(
                "directory_changes",
                "Changes that came from a directory outside",
                count(K::DirectoryChanged),
            )
            .table("Roles of this tool when the period ended", &["role", "people"], ranked(by_role))
            .table("Who held them", &["who", "roles"], holders)
    }
}
