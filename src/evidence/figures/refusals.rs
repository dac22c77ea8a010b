use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, ranked};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "refusals",
    title: "What was refused",
    from: "request.refused, request.vote-refused, extension.refused, delegation.refused, credential.refused, access.refused, login.refused, engagement.refused. A flood of refusals without a name is counted, and not kept one by one (suppressed_before).",
    controls: &["5.15", "8.3", "8.5"],
    columns: &["at", "event", "who", "from", "request", "role", "resource", "why"],
};

#[derive(Default)]
pub struct Refusals {
    kinds: BTreeMap<&'static str, u64>,
    people: BTreeMap<Id, u64>,
    nobody: u64,
    suppressed: u64,
}

const KINDS: &[K] = &[
    K::RequestRefused,
    K::VoteRefused,
    K::ExtensionRefused,
    K::DelegationRefused,
    K::CredentialRefused,
    K::AccessRefused,
    K::LoginRefused,
    K::EngagementRefused,
];

impl Part for Refusals {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        let Some(kind) = event.known.filter(|kind| KINDS.contains(kind)) else { return Ok(()) };
        *self.kinds.entry(kind.as_str()).or_default() += 1;
        self.suppressed = self.suppressed.saturating_add(event.number("suppressed_before").unwrap_or(0));
        if event.actor.is_some() {
            *self.people.entry(moment.actor).or_default() += 1;
        } else {
            self.nobody += 1;
        }
        let text =
            |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().unwrap_or_default().to_owned();
        let role = event.role();
        let resource = event.resource.as_deref().unwrap_or(event.text("resource"));
        rows.row(
            ABOUT.id,
            &[
                &moment.at(),
                kind.as_str(),
                event.actor(),
                &text(&event.from),
                moment.request(),
                role,
                resource,
                &event.why(),
            ],
        )
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let all: u64 = self.kinds.values().sum();
        let mut people = ranked(self.people.iter().map(|(id, n)| (end.names.text(*id), *n)));
        people.truncate(100);
        Figure::new(all == 0)
            .count("refusals", "Refusals", all)
            .count("nobody", "Of these, before anybody had logged in", self.nobody)
            .count("suppressed", "More of those, counted and not kept", self.suppressed)
            .count("people", "People and services that were refused something", self.people.len() as u64)
            .table("By kind", &["event", "refusals"], ranked(self.kinds.iter().map(|(k, n)| (*k, *n))))
            .table("By person, most first", &["who", "refusals"], people)
    }
}
