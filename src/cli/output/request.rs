//! Requests, for a person.

use serde::Serialize;

use crate::api;
use crate::domain::request::Why;
use crate::domain::{Principal, State, Time};

use super::{Document, Lines, Page, Style, Table, Text, rough};

impl Document for api::Request {
    const KIND: &'static str = "request";

    fn human(&self, page: &mut Page) {
        page.field("id", &Text::new(self.id).style(Style::Bold));
        page.field("state", &Text::state(self.state));
        Shown(self).human(page);
        page.field_if("address", self.address.as_ref());
        let created = page.moment(self.created);
        page.field("asked", &created);
        if self.debrief.is_some() {
            page.field("approvals", &Text::new("none: by break-glass").style(Style::Waiting));
        } else {
            page.field("approvals", &Text::new(approvals(self)));
        }
        for vote in &self.votes {
            page.field("", &vote_line(vote));
        }
        if self.escalated && self.state == State::Pending {
            page.field("escalated", &Text::new("nobody decided in time").style(Style::Waiting));
        }
        if let Some(extension) = &self.extension {
            page.field("more time", &Text::new(format_args!("{}: {}", extension.by, extension.reason)));
            for vote in &extension.votes {
                page.field("", &vote_line(vote));
            }
            let until = page.moment(extension.until);
            page.field("waits until", &until);
        }
        if let Some(debrief) = &self.debrief {
            let text = debrief_line(debrief, page);
            page.field("debrief", &text);
        }
        if let Some(from) = self.active_from {
            let from = page.moment(from);
            page.field("since", &from);
        }
        let over = self.outcome.is_some();
        if let Some(ends) = self.ends.filter(|_| !over) {
            let ends = page.moment(ends);
            page.field("ends", &ends);
        } else if let Some(until) = self.until.filter(|_| !over) {
            let label = if self.state == State::Pending { "waits until" } else { "use until" };
            let until = page.moment(until);
            page.field(label, &until);
        }
        if let Some(outcome) = &self.outcome {
            let text = outcome_line(outcome, page);
            page.field("outcome", &text);
        }
        page.field_if("trouble", self.trouble.as_ref());
        if let Some(next) = next_command(self) {
            page.field("next", &Text::new(next).style(Style::Dim));
        }
    }
}

/// What an approver has to see: what their vote is bound to, and nothing cut.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Shown<'a>(pub &'a api::Request);

impl Document for Shown<'_> {
    const KIND: &'static str = "request";

    fn human(&self, page: &mut Page) {
        let request = self.0;
        let kind = match request.requester_kind {
            crate::domain::Kind::Person => "",
            crate::domain::Kind::Service => " (service)",
        };
        page.field("requester", &Text::new(format_args!("{}{kind}", who(&request.requester))));
        page.field("role", &Text::new(&request.role));
        page.field("resource", &Text::new(&request.resource));
        gives(request, page);
        let less = if request.longest == request.duration {
            String::new()
        } else {
            format!(", given {}", request.longest)
        };
        let once = if request.single_use { ", for one use" } else { "" };
        page.field("for", &Text::new(format_args!("{}{less}{once}", request.duration)));
        // A vote on more time is bound to this ask too.
        if let Some(extension) = &request.extension {
            page.field("more time", &Text::new(format_args!("{}: {}", extension.by, extension.reason)));
        }
        if let Some(start) = request.start {
            let start = page.moment(start);
            page.field("start", &start);
        }
        page.field("reason", &Text::new(&request.reason));
        page.field_if("ticket", request.ticket.as_ref());
    }
}

/// What it opens, a line each.
pub(super) fn gives(request: &api::Request, page: &mut Page) {
    for (number, line) in request.gives.iter().enumerate() {
        page.field(if number == 0 { "gives" } else { "" }, &Text::new(line));
    }
}

/// One page of requests, or what a command did to several.
#[derive(Debug, Serialize)]
pub struct RequestList {
    pub requests: Vec<api::Request>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<api::RequestPage> for RequestList {
    fn from(page: api::RequestPage) -> Self {
        Self { requests: page.requests, next: page.next }
    }
}

impl Document for RequestList {
    const KIND: &'static str = "request-list";

    fn human(&self, page: &mut Page) {
        if self.requests.is_empty() {
            page.styled(&Text::new("no requests").style(Style::Dim));
            return;
        }
        let table = if page.wide { self.wide(page) } else { self.narrow(page) };
        page.table(&table);
        if let Some(next) = &self.next {
            page.styled(&Text::new(format_args!("more: --after {next}")).style(Style::Dim));
        }
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.requests.iter().try_for_each(|request| lines.push(api::Request::KIND, request))
    }
}

impl RequestList {
    fn narrow(&self, page: &Page) -> Table {
        let mut table = Table::new(["ID", "STATE", "WHO", "ROLE", "ON", "TIME", "REASON"]).gives_way(6);
        for r in &self.requests {
            table.row([
                Text::new(r.id),
                Text::state(r.state),
                Text::new(who(&r.requester)),
                Text::new(&r.role),
                Text::new(&r.resource),
                time(r, page),
                Text::new(&r.reason),
            ]);
        }
        table
    }

    fn wide(&self, page: &Page) -> Table {
        let mut table = Table::new([
            "ID",
            "STATE",
            "WHO",
            "ROLE",
            "ON",
            "FOR",
            "TIME",
            "APPROVALS",
            "TICKET",
            "ASKED",
            "REASON",
        ]);
        for r in &self.requests {
            table.row([
                Text::new(r.id),
                Text::state(r.state),
                Text::new(&r.requester),
                Text::new(&r.role),
                Text::new(&r.resource),
                Text::new(r.longest),
                time(r, page),
                Text::new(approvals(r)),
                Text::opt(r.ticket.as_ref()),
                page.moment(r.created),
                Text::new(&r.reason),
            ]);
        }
        table
    }
}

/// What a command did to one request or several: each in full, so that nobody has to guess what it was.
#[derive(Debug, Serialize)]
pub struct Decided {
    pub requests: Vec<api::Request>,
}

impl Document for Decided {
    const KIND: &'static str = RequestList::KIND;

    fn human(&self, page: &mut Page) {
        for (row, request) in self.requests.iter().enumerate() {
            if row > 0 {
                page.blank();
            }
            request.human(page);
        }
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.requests.iter().try_for_each(|request| lines.push(api::Request::KIND, request))
    }
}

/// One line for a prompt's list or a note.
pub fn summary(request: &api::Request) -> String {
    let ticket = request.ticket.as_ref().map(|ticket| format!(" [{ticket}]")).unwrap_or_default();
    let text = format!(
        "{}  {}  {} on {} for {}{ticket}: {}",
        request.id,
        who(&request.requester),
        request.role,
        request.resource,
        request.longest,
        request.reason
    );
    Text::new(text).as_str().to_owned()
}

/// The name, with its issuer where that is not the server's own directory.
fn who(principal: &Principal) -> String {
    match principal.issuer.as_str() {
        "jit" => principal.subject.to_string(),
        _ => principal.to_string(),
    }
}

/// The one time that matters in this state.
fn time(request: &api::Request, page: &Page) -> Text {
    let at = |at: Option<Time>| at.map(|at| page.moment(at));
    let shown = match request.state {
        State::Active => at(request.ends),
        State::Pending | State::Approved => None,
        _ => at(request.outcome.as_ref().map(|outcome| outcome.at)),
    };
    shown.unwrap_or_else(|| Text::new(format_args!("for {}", request.longest)))
}

fn approvals(request: &api::Request) -> String {
    match request.approvals_needed {
        0 => "by the policy".to_owned(),
        needed => {
            let stage = match request.stage {
                Some(stage) if request.stages.len() > 1 => {
                    format!(", stage {stage} of {}", request.stages.len())
                }
                _ => String::new(),
            };
            format!("{} of {needed}{stage}", needed.saturating_sub(request.approvals_missing))
        }
    }
}

fn debrief_line(debrief: &api::Debrief, page: &Page) -> Text {
    let Some(verdict) = debrief.verdict else {
        let due = page.moment(debrief.due);
        let word = if debrief.due_in_s < 0 { "overdue since" } else { "due" };
        return Text::new(format_args!("{word} {}", due.as_str())).style(Style::Waiting);
    };
    let by = debrief.by.as_ref().map(|by| format!(" by {}", who(by))).unwrap_or_default();
    let comment = debrief.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    Text::new(format_args!("{verdict}{by}{comment}"))
}

fn vote_line(vote: &api::Vote) -> Text {
    let max = vote.max.map(|max| format!(" for at most {max}")).unwrap_or_default();
    let comment = vote.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    let behalf = vote.on_behalf.as_ref().map(|whose| format!(" for {}", who(whose))).unwrap_or_default();
    Text::new(format_args!("{}{behalf}{max}{comment}", who(&vote.by)))
}

fn outcome_line(outcome: &api::Outcome, page: &Page) -> Text {
    let why = match outcome.why {
        Why::Denied => "denied",
        Why::Cancelled => "cancelled",
        Why::Lapsed => "lapsed",
        Why::Expired => "time is up",
        Why::Revoked => "revoked",
    };
    let by = outcome.by.as_ref().map(|by| format!(" by {}", who(by))).unwrap_or_default();
    let comment = outcome.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    Text::new(format_args!("{why}{by} {}{comment}", page.moment(outcome.at).as_str()))
}

/// What the viewer may do next, as a command line.
fn next_command(request: &api::Request) -> Option<String> {
    use api::May;
    let id = request.id;
    let may = |may| request.may.contains(&may);
    if may(May::Use) {
        return Some(format!("jit exec {id} -- COMMAND, or: jit credential ssh {id}"));
    }
    if may(May::Approve) {
        return Some(format!("jit approve {id}"));
    }
    if may(May::Debrief) {
        return Some(format!("jit debrief {id} --ok, or: --flag --comment TEXT"));
    }
    (request.state == State::Pending).then(|| format!("jit wait {id}"))
}

/// `12m left`, `over`.
pub fn left(ends: Time, now: Time) -> String {
    match u64::try_from(ends.secs_after(now)) {
        Ok(0) | Err(_) => "over".to_owned(),
        Ok(secs) => format!("{} left", rough(secs)),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
pub mod tests;
