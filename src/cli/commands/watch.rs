//! `jit watch`

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::{Follow, ListFilter, ListQuery};
use crate::audit::{Event, EventKind};
use crate::cli::output::{Document, Page, RequestList, Style, Text, stamp};
use crate::cli::session::Session;
use crate::domain::Span;
use crate::ops::Backend;

use super::Outcome;
use super::audit::EventList;

/// After a server that was away.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one call waits for the next event, where they are printed as they come.
const WAIT: Span = Span::clamped(30);
/// How often the times that are left are drawn anew.
const TICK: Span = Span::clamped(1);
/// In ticks: how often requests are read where no event says so, as after a clock that stood still.
const READ: u32 = 15;
/// Lines of each part of the screen.
const ROWS: usize = 12;

/// Watch what happens: what waits for a decision, live access with the time left, decisions and alerts
///
/// On a terminal, a screen that is drawn again with each change, until Ctrl-C. Elsewhere, and with `-o ndjson`,
/// one event a line as it comes. Administrators see everything, anybody else what happens to requests that they
/// may see. A server that is away for a moment is no end, and nothing is left out or shown twice.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Begin with what is among the last that many events of the log
    #[arg(long, value_name = "N", default_value_t = 200)]
    tail: u64,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    let mut ask = Follow { from_seq: 0, tail: Some(args.tail), wait: WAIT };
    if !session.out.redraws() {
        loop {
            let events = next(session, backend, &mut ask).await?;
            session.out.stream(&EventList { events })?;
        }
    }
    ask.wait = TICK;
    session.out.raw(b"\x1b[2J")?;
    let mut screen = Screen::default();
    let mut ticks = 0;
    loop {
        let events = next(session, backend, &mut ask).await?;
        if !events.is_empty() || ticks % READ == 0 {
            screen.read(session, backend).await?;
        }
        events.iter().filter_map(|event| serde_json::from_str(event.get()).ok()).for_each(|e| screen.take(e));
        ticks = ticks.wrapping_add(1);
        session.out.redraw(&screen)?;
    }
}

/// What comes next, or nothing for a while. `ask` moves on.
async fn next(
    session: &Session,
    backend: &dyn Backend,
    ask: &mut Follow,
) -> Result<Vec<Box<RawValue>>, super::CliError> {
    match backend.follow(ask).await {
        Ok(page) => {
            if page.next_seq > 0 {
                (ask.from_seq, ask.tail) = (page.next_seq, None);
            }
            Ok(page.events)
        }
        Err(problem) if problem.retryable => {
            session.out.warn(&format!("{problem}; trying again"));
            tokio::time::sleep(PAUSE).await;
            Ok(Vec::new())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// All that is shown at once.
#[derive(Debug, Default, Serialize)]
struct Screen {
    pending: Vec<crate::api::Request>,
    active: Vec<crate::api::Request>,
    /// The latest first.
    decisions: VecDeque<Event>,
    /// Those that nobody has answered.
    alerts: VecDeque<Event>,
}

impl Screen {
    async fn read(&mut self, session: &Session, backend: &dyn Backend) -> Outcome {
        for filter in [ListFilter::Pending, ListFilter::Active] {
            let query = ListQuery { filter, limit: Some(ROWS), after: None };
            let requests = match backend.list(&query).await {
                Ok(page) => page.requests,
                Err(problem) if problem.retryable => {
                    session.out.warn(&format!("{problem}; trying again"));
                    return Ok(());
                }
                Err(problem) => return Err(problem.into()),
            };
            match filter {
                ListFilter::Pending => self.pending = requests,
                _ => self.active = requests,
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) {
        if event.event.kind == EventKind::AlertAnswered {
            let id = event.event.data.get("id");
            self.alerts.retain(|alert| alert.event.data.get("id") != id);
            return;
        }
        let part = match event.event.kind {
            EventKind::AlertRaised => &mut self.alerts,
            EventKind::RequestApproved
            | EventKind::RequestDenied
            | EventKind::RequestRefused
            | EventKind::ExtensionApproved
            | EventKind::ExtensionDenied
            | EventKind::BreakGlass
            | EventKind::GrantRevoked
            | EventKind::UserSuspended => &mut self.decisions,
            _ => return,
        };
        part.push_front(event);
        part.truncate(ROWS);
    }
}

impl Document for Screen {
    const KIND: &'static str = "watch";

    fn human(&self, page: &mut Page) {
        for (title, requests) in [("WAITING", &self.pending), ("LIVE", &self.active)] {
            head(page, title);
            RequestList { requests: requests.clone(), next: None }.human(page);
            page.blank();
        }
        head(page, "DECISIONS");
        for event in &self.decisions {
            let text = decision(event, page);
            page.styled(&cut(&text, page));
        }
        page.blank();
        head(page, "ALERTS");
        for event in &self.alerts {
            let text = alert(event, page);
            page.styled(&cut(&text, page));
        }
    }
}

fn head(page: &mut Page, title: &str) {
    page.styled(&Text::new(title).style(Style::Bold));
}

/// One line of the terminal: a second one would push the screen up.
fn cut(text: &Text, page: &Page) -> Text {
    let width = page.width.unwrap_or(usize::MAX);
    Text::new(crate::cli::output::cut(text.as_str(), width)).style(text.style)
}

fn decision(event: &Event, page: &Page) -> Text {
    let draft = &event.event;
    let who = draft.actor.as_ref().map_or("jit", |actor| actor.subject.as_str());
    let mut text = format!("{}  {:<19} {who}", stamp(draft.at, page.zone), draft.kind);
    for (what, value) in [
        ("", draft.request.map(|id| id.to_string())),
        ("role ", draft.role.as_ref().map(ToString::to_string)),
        ("on ", draft.resource.as_ref().map(ToString::to_string)),
        ("", draft.data.get("comment").cloned()),
        ("", draft.why.first().cloned()),
    ] {
        if let Some(value) = value {
            text += &format!("  {what}{value}");
        }
    }
    let style = match draft.kind {
        EventKind::RequestApproved | EventKind::ExtensionApproved => Style::Good,
        EventKind::GrantRevoked => Style::Plain,
        EventKind::BreakGlass => Style::Waiting,
        _ => Style::Bad,
    };
    Text::new(text).style(style)
}

fn alert(event: &Event, page: &Page) -> Text {
    let draft = &event.event;
    let said = |key: &str| draft.data.get(key).map_or("", String::as_str);
    let why = draft.why.join("; ");
    let text = format!("{}  {:<8} {}: {why}", stamp(draft.at, page.zone), said("severity"), said("alert"));
    let style = if matches!(said("severity"), "high" | "critical") { Style::Bad } else { Style::Waiting };
    Text::new(text).style(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Draft;
    use crate::cli::output::{Zone, sample_request};
    use crate::domain::{Digest, Time};

    #[test]
    fn a_screen_has_what_waits_what_is_live_and_why_somebody_should_look() {
        let mut screen = Screen::default();
        screen.pending.push(sample_request("pending", "x"));
        let at: Time = "2026-11-16T09:00:00Z".parse().unwrap();
        let mut raised =
            Draft::new(at, EventKind::AlertRaised).data("alert", "night").data("severity", "high");
        raised.why =
            vec!["carol\u{1b}[2J was there at night, and this goes on for longer than the line".into()];
        let denied = Draft::new(at, EventKind::RequestDenied).data("comment", "no\nnever");
        for (seq, event) in [(1, raised), (2, denied), (3, Draft::new(at, EventKind::LoginSucceeded))] {
            screen.take(Event { v: 1, seq, prev: Digest::of(b""), event });
        }
        let mut page = Page::new(at, Zone::UTC, Some(80), false, false);
        screen.human(&mut page);
        let text = page.finish();
        assert!(text.contains("WAITING\nID") && text.contains("LIVE\nno requests"), "{text}");
        assert!(text.contains("request.denied") && text.contains("high     night: carol"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("login"), "{text}");
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 80, "{longest}\n{text}");
    }
}
