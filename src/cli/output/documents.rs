//! What commands print besides requests.

use serde::Serialize;

use crate::api;
use crate::domain::{Kind, Name, Principal, Time};

use super::tool_roles::held;
use super::{Document, Lines, Page, Style, Table, Text};

/// The answer to an ask: the request, and whether it is a new one.
#[derive(Debug, Serialize)]
pub struct Filed<'a> {
    pub filing: api::Filing,
    #[serde(flatten)]
    pub request: &'a api::Request,
}

impl Document for Filed<'_> {
    const KIND: &'static str = "request";

    fn human(&self, page: &mut Page) {
        let note = match self.filing {
            api::Filing::Filed => None,
            api::Filing::Reused => Some("there was one already for this role and resource"),
            api::Filing::WouldFile => Some("a dry run: nothing was filed"),
        };
        if let Some(note) = note {
            page.styled(&Text::new(note).style(Style::Waiting));
        }
        self.request.human(page);
    }
}

impl Document for api::Roles {
    const KIND: &'static str = "roles";

    fn human(&self, page: &mut Page) {
        if self.roles.is_empty() {
            page.styled(&Text::new("no roles for you").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["ROLE", "ON", "MAX", "APPROVALS", "YOU MAY", "DESCRIPTION"]).gives_way(5);
        for role in &self.roles {
            table.row([
                Text::new(&role.name),
                Text::new(resources(role, page.wide)),
                Text::new(role.max_duration),
                Text::new(approvals(role)),
                Text::new(may(role)),
                Text::new(&role.description),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.roles.iter().try_for_each(|role| lines.push(api::Role::KIND, role))
    }
}

impl Document for api::Role {
    const KIND: &'static str = "role";

    fn human(&self, page: &mut Page) {
        page.field("role", &Text::new(&self.name).style(Style::Bold));
        page.field("description", &Text::new(&self.description));
        page.field("provider", &Text::new(self.provider));
        page.field("longest", &Text::new(self.max_duration));
        page.field_if("in all", self.max_total.map(|total| format!("{total}, with extensions")));
        page.field("approvals", &Text::new(approvals(self)));
        page.field_if("none where", self.auto_approve.as_ref());
        page.field_if("only where", self.when.as_ref());
        page.field_if(
            "break-glass",
            self.break_glass.map(|max| format!("at most {max}, announced and debriefed")),
        );
        for (row, window) in self.windows.iter().enumerate() {
            page.field(if row == 0 { "windows" } else { "" }, &Text::new(window));
        }
        page.field("you may", &Text::new(may(self)));
        page.field("reason", &Text::new(if self.reason_required { "required" } else { "optional" }));
        page.field_if("ticket", self.ticket_pattern.as_ref().map(|p| format!("required, as {p}")));
        for (row, resource) in self.resources.iter().enumerate() {
            let address = resource.address.as_ref().map(|a| format!(" at {a}")).unwrap_or_default();
            let labels: Vec<_> = resource.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
            let name = if row == 0 { "resources" } else { "" };
            page.field(name, &Text::new(format_args!("{}{address}{labels}", resource.name)));
        }
    }
}

fn approvals(role: &api::Role) -> String {
    let people = match (role.approvals, role.stages.as_slice()) {
        (0, _) => return "policy".to_owned(),
        (1, _) => "1 person".to_owned(),
        (n, [_, _, ..]) => format!("{n} people in {} stages", role.stages.len()),
        (n, _) => format!("{n} people"),
    };
    if role.auto_approve.is_some() { format!("{people}, or policy") } else { people }
}

fn may(role: &api::Role) -> &'static str {
    match (role.may_request, role.may_approve) {
        (true, true) => "request, approve",
        (true, false) => "request",
        (false, true) => "approve",
        (false, false) => "-",
    }
}

fn resources(role: &api::Role, all: bool) -> String {
    let names: Vec<&str> = role.resources.iter().map(|r| r.name.as_str()).collect();
    match names.split_first() {
        Some((first, rest)) if rest.len() > 1 && !all => format!("{first} +{}", rest.len()),
        _ => names.join(","),
    }
}

impl Document for api::Explanation {
    const KIND: &'static str = "explanation";

    fn human(&self, page: &mut Page) {
        self.role.human(page);
        let mut because = self.because.iter();
        page.field_if("because", because.next());
        for more in because {
            page.field("", &Text::new(more));
        }
        let approvers: Vec<&str> = self.approvers.iter().map(Name::as_str).collect();
        if !approvers.is_empty() {
            page.field("who decides", &Text::new(approvers.join(", ")));
        }
        page.field("decided in", &Text::new(self.pending_timeout));
        page.field("used in", &Text::new(self.claim_timeout));
        let mut missing = self.missing.iter();
        if let Some(first) = missing.next() {
            page.field("missing", &Text::new(first).style(Style::Waiting));
        }
        for more in missing {
            page.field("", &Text::new(more).style(Style::Waiting));
        }
        page.field_if("try", self.example.as_ref());
    }
}

impl Document for api::Delegation {
    const KIND: &'static str = "delegation";

    fn human(&self, page: &mut Page) {
        page.field("from", &Text::new(&self.from));
        page.field("to", &Text::new(&self.to).style(Style::Bold));
        page.field_if("role", self.role.as_ref());
        let since = page.moment(self.since);
        page.field("since", &since);
        let until = page.moment(self.until);
        page.field("until", &until);
    }
}

impl Document for api::Delegations {
    const KIND: &'static str = "delegations";

    fn human(&self, page: &mut Page) {
        if self.delegations.is_empty() {
            page.styled(&Text::new("no delegations").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["FROM", "TO", "ROLE", "SINCE", "UNTIL"]);
        for delegation in &self.delegations {
            table.row([
                Text::new(&delegation.from),
                Text::new(&delegation.to),
                Text::opt(delegation.role.as_ref()),
                page.moment(delegation.since),
                page.moment(delegation.until),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.delegations.iter().try_for_each(|one| lines.push(api::Delegation::KIND, one))
    }
}

impl Document for api::TicketEnded {
    const KIND: &'static str = "ticket";

    fn human(&self, page: &mut Page) {
        if self.ended.is_empty() {
            page.styled(&Text::new("no access ended").style(Style::Dim));
        }
        for id in &self.ended {
            page.line(format_args!("{id} is ending"));
        }
    }
}

impl Document for api::Revoked {
    const KIND: &'static str = "revocation";

    fn human(&self, page: &mut Page) {
        if self.items.is_empty() {
            page.styled(&Text::new("nothing to revoke").style(Style::Dim));
            return;
        }
        for (number, item) in self.items.iter().enumerate() {
            if number > 0 {
                page.blank();
            }
            item.human(page);
        }
    }
}

impl Document for api::Drift {
    const KIND: &'static str = "drift";

    fn human(&self, page: &mut Page) {
        if self.found.is_empty() {
            let resources = match self.resources {
                1 => "1 resource agrees".to_owned(),
                n => format!("{n} resources agree"),
            };
            page.styled(&Text::new(format_args!("{resources} with the records")).style(Style::Good));
            return;
        }
        let mut table = Table::new(["WHAT", "ON", "CREDENTIAL", "REQUEST", "ENDED", "DETAIL"]).gives_way(5);
        for found in &self.found {
            let what = match found.what {
                api::Difference::Orphan => "orphan",
                api::Difference::Missing => "missing",
                api::Difference::Changed => "changed",
                api::Difference::Unknown => "unknown",
            };
            table.row([
                Text::new(what).style(if found.ended { Style::Good } else { Style::Bad }),
                Text::new(&found.resource),
                Text::opt(found.credential),
                Text::opt(found.request),
                Text::new(if found.ended { "yes" } else { "no" }),
                Text::new(&found.detail),
            ]);
        }
        page.table(&table);
    }
}

impl Document for api::RevokedItem {
    const KIND: &'static str = "receipt";

    /// The receipt: each leg, and how long it took.
    fn human(&self, page: &mut Page) {
        let request = &self.request;
        page.field("request", &Text::new(request.id).style(Style::Bold));
        page.field("role", &Text::new(format_args!("{} on {}", request.role, request.resource)));
        page.field("closed", &Text::new(format_args!("after {} ms: nothing new is given", self.closed_ms)));
        for leg in &self.credentials {
            let sessions = match leg.sessions {
                None => String::new(),
                Some(1) => ", 1 session closed".to_owned(),
                Some(n) => format!(", {n} sessions closed"),
            };
            let what = format!("{} credential {}", leg.provider, leg.credential);
            let text = match (&leg.trouble, leg.absent) {
                (None, true) => {
                    Text::new(format_args!("{what}{sessions}, absence read back, {} ms", leg.took_ms))
                        .style(Style::Good)
                }
                (trouble, _) => Text::new(format_args!(
                    "{what}{sessions}: {}",
                    trouble.as_deref().unwrap_or("still there")
                ))
                .style(Style::Bad),
            };
            page.field("taken away", &text);
        }
        if self.confirmed {
            let text = format!("{}, all confirmed after {} ms", request.state, self.took_ms);
            page.field("result", &Text::new(text).style(Style::Good));
        } else {
            let trouble = self.trouble.as_deref().unwrap_or("not confirmed yet");
            page.field("result", &Text::new(format_args!("{}: {trouble}", request.state)).style(Style::Bad));
        }
    }
}

impl Document for api::Credential {
    const KIND: &'static str = "credential";

    fn human(&self, page: &mut Page) {
        page.field("credential", &Text::new(self.id).style(Style::Bold));
        page.field("request", &Text::new(self.request.id));
        super::request::gives(&self.request, page);
        page.field_if("address", self.request.address.as_ref());
        let ends = page.moment(self.ends);
        page.field("ends", &ends);
    }
}

/// Who the caller is. Field by field, as `kind` is the document's own.
#[derive(Debug, Serialize)]
pub struct WhoAmI {
    principal: Principal,
    principal_kind: Kind,
    human: Principal,
    admin: bool,
    #[serde(flatten)]
    in_jit: api::HeldToolRoles,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_s: Option<i64>,
}

impl From<api::WhoAmI> for WhoAmI {
    fn from(who: api::WhoAmI) -> Self {
        let api::WhoAmI { principal, kind, human, admin, in_jit, expires, expires_in_s } = who;
        Self { principal, principal_kind: kind, human, admin, in_jit, expires, expires_in_s }
    }
}

impl Document for WhoAmI {
    const KIND: &'static str = "whoami";

    fn human(&self, page: &mut Page) {
        page.field("you are", &Text::new(&self.principal).style(Style::Bold));
        page.field("kind", &Text::new(kind(self.principal_kind)));
        if self.human != self.principal {
            page.field("answers", &Text::new(&self.human));
        }
        if !self.in_jit.is_empty() {
            page.field("in jit", &held(&self.in_jit));
        }
        if let Some(expires) = self.expires {
            let expires = page.moment(expires);
            page.field("login until", &expires);
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Service => "service",
    }
}

/// `scim until in 3d (18:05)`, of each purpose its last.
fn tokens(page: &Page, tokens: &[api::TokenHeld]) -> Text {
    let last =
        tokens.iter().map(|token| (token.purpose, token)).collect::<std::collections::BTreeMap<_, _>>();
    let each = last.into_values().map(|token| {
        let on: Vec<&str> = token.on.iter().map(crate::domain::Name::as_str).collect();
        let on = if on.is_empty() { String::new() } else { format!(" on {}", on.join(",")) };
        format!("{}{on} until {}", token.purpose, page.moment(token.until).as_str())
    });
    Text::new(each.collect::<Vec<_>>().join("; "))
}

impl Document for api::Users {
    const KIND: &'static str = "users";

    fn human(&self, page: &mut Page) {
        let mut table = Table::new(["NAME", "KIND", "ANSWERS", "IN JIT", "STATE", "ADDED", "TOKENS"]);
        for user in &self.users {
            let human = if user.human == user.name { Text::default() } else { Text::new(&user.human) };
            table.row([
                Text::new(&user.name),
                Text::new(kind(user.kind)),
                human,
                held(&user.in_jit),
                match user.disabled {
                    None => Text::new("enabled").style(Style::Good),
                    Some(_) => Text::new("disabled").style(Style::Bad),
                },
                page.moment(user.created),
                tokens(page, &user.tokens),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            user: &'a api::User,
        }
        self.users.iter().try_for_each(|user| lines.push("user", &Line { user }))
    }
}

impl Document for api::Enrolled {
    const KIND: &'static str = "user-enrolled";

    fn human(&self, page: &mut Page) {
        page.field("user", &Text::new(&self.user.name).style(Style::Bold));
        page.field("kind", &Text::new(kind(self.user.kind)));
        page.field("code", &Text::new(&self.code).style(Style::Bold));
        let expires = page.moment(self.expires);
        page.field("use until", &expires);
        page.field("with", &Text::new("jit login SERVER"));
    }
}

impl Document for api::Disabled {
    const KIND: &'static str = "user-disabled";

    fn human(&self, page: &mut Page) {
        page.field("disabled", &Text::new(&self.user.name).style(Style::Bold));
        page.field("votes", &Text::new(format_args!("{} withdrawn", self.votes)));
        self.revoked.human(page);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    fn page(document: &impl Document) -> String {
        let now = "2026-11-21T17:23:00Z".parse().unwrap();
        let mut page = Page::new(now, Zone::UTC, Some(80), false, false);
        document.human(&mut page);
        page.finish()
    }

    #[test]
    fn roles_tell_how_long_and_who_decides_and_an_explanation_what_is_missing() {
        let role = serde_json::json!({
            "name": "web-deploy", "description": "deploy the shop", "provider": "ssh",
            "resources": [{"name": "web-1", "address": "web-1:22", "labels": {"env": "prod"}}, {"name": "web-2"},
                          {"name": "web-3"}],
            "max_duration": "2h", "approvals": 2, "may_request": true, "may_approve": false,
            "reason_required": true, "ticket_pattern": "OPS-[0-9]+"
        });
        let role: api::Role = serde_json::from_value(role).unwrap();
        insta::assert_snapshot!(page(&api::Roles { roles: vec![role.clone()] }), @r"
        ROLE        ON        MAX  APPROVALS  YOU MAY  DESCRIPTION
        web-deploy  web-1 +2  2h   2 people   request  deploy the shop
        ");
        let explanation = api::Explanation {
            role,
            because: vec!["group:dev".to_owned()],
            approvers: vec!["bob".parse().unwrap(), "dora".parse().unwrap()],
            pending_timeout: "1d".parse().unwrap(),
            claim_timeout: "8h".parse().unwrap(),
            missing: vec!["a ticket".to_owned()],
            example: Some("jit request web-deploy --on web-1 --for 1h".to_owned()),
        };
        insta::assert_snapshot!(page(&explanation), @r"
        role:        web-deploy
        description: deploy the shop
        provider:    ssh
        longest:     2h
        approvals:   2 people
        you may:     request
        reason:      required
        ticket:      required, as OPS-[0-9]+
        resources:   web-1 at web-1:22 (env=prod)
                     web-2
                     web-3
        because:     group:dev
        who decides: bob, dora
        decided in:  1d
        used in:     8h
        missing:     a ticket
        try:         jit request web-deploy --on web-1 --for 1h
        ");
    }

    #[test]
    fn an_enrolment_prints_its_code_once_and_debug_never() {
        let enrolled: api::Enrolled = serde_json::from_value(serde_json::json!({
            "user": {"name": "carol", "kind": "person", "human": "carol", "admin": false,
                     "created": "2026-11-21T17:00:00.000Z"},
            "code": "abcd-canary", "expires": "2026-11-22T17:23:00.000Z", "expires_in_s": 86400
        }))
        .unwrap();
        assert_eq!(page(&enrolled).matches("canary").count(), 1);
        assert!(!format!("{enrolled:?}").contains("canary"));
    }
}
