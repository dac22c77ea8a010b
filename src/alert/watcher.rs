//! Shows each event to each rule, and keeps the same cause from being told twice.

use std::collections::{BTreeMap, HashMap};

use crate::audit::{Draft, Event, EventKind};
use crate::domain::{Digest, Kind, Name, RequestId, Span, Time};
use crate::policy::Policy;
use crate::policy::alerts::{AlertRule, Looks};

use super::memory::{Deed, Memory};
use super::rules::{Rule, Seen};
use super::{Alert, Signal};

/// Causes that are quiet at once. Beyond that, those that end soonest are told again.
const CAUSES: usize = 16_384;

/// The rules of a policy and what they have seen so far.
#[derive(Debug, Clone, Default)]
pub struct Watcher {
    rules: Vec<Rule>,
    /// The human behind each alias.
    humans: HashMap<Name, Name>,
    memory: Memory,
    /// By rule and cause: until when.
    quiet: HashMap<(Name, String), Time>,
    /// When an end that failed has to be looked at.
    next: Option<Time>,
}

impl Watcher {
    pub fn new(policy: &Policy) -> Self {
        let mut watcher = Self::default();
        watcher.take(policy);
        watcher
    }

    /// Goes on with the rules of another policy; what was seen stays seen.
    pub fn take(&mut self, policy: &Policy) {
        self.rules = policy.alerts.values().map(|rule| Rule::new(rule, &policy.windows)).collect();
        let aliases = policy.people.values().filter(|person| person.kind == Kind::Person);
        self.humans = aliases.filter_map(|p| Some((p.name.clone(), p.human.clone()?))).collect();
        self.next = Some(Time::from_millis(0));
    }

    /// How much of the log has to be shown to know as much as if it were never forgotten: as far as the rules
    /// look back, and three months at least.
    pub fn looks_back(&self) -> Span {
        const LEAST: Span = Span::clamped(90 * 86_400);
        let spans = self.rules.iter().filter_map(|rule| match &rule.rule.looks {
            Looks::AlwaysYes { within, .. } | Looks::ReciprocalApprovals { within, .. } => Some(*within),
            Looks::DormantWakes { after } => Some(*after),
            _ => None,
        });
        spans.fold(LEAST, Span::max)
    }

    /// Somebody of whom nothing was shown has done nothing since then.
    pub fn asleep(&mut self, human: &Name, since: Time) {
        self.memory.asleep(human, since);
    }

    /// The next event of the log. What alerts say of themselves makes no alert.
    pub fn look(&mut self, event: &Event) -> Vec<Alert> {
        let mut alerts = self.tick(event.event.at);
        let draft = &event.event;
        if draft.kind == EventKind::AlertRaised {
            self.was_raised(draft);
            return alerts;
        }
        if draft.kind == EventKind::AlertAnswered {
            return alerts;
        }
        let actor = draft.actor.as_ref().map(|actor| &actor.subject);
        let who = actor.map(|name| self.humans.get(name).unwrap_or(name));
        let deed = Deed { event: draft, who };
        for rule in &self.rules {
            if let Some(seen) = rule.sees(&self.memory, &deed) {
                let about = About { event: Some(draft), ..About::at(draft.at) };
                raise(&mut self.quiet, &rule.rule, seen, &about, &event.seq.to_string(), &mut alerts);
            }
        }
        self.memory.remember(&deed);
        if draft.kind == EventKind::GrantEndFailed {
            self.next = Some(draft.at);
        }
        alerts
    }

    /// What is due by the clock alone: an end that is not confirmed.
    pub fn tick(&mut self, now: Time) -> Vec<Alert> {
        let mut alerts = Vec::new();
        if self.next.is_none_or(|next| now < next) {
            return alerts;
        }
        let mut next: Option<Time> = None;
        if !self.rules.iter().any(|rule| matches!(rule.rule.looks, Looks::EndUnconfirmed { .. })) {
            self.next = None;
            return alerts;
        }
        // In one order, so that two readings of a log say the same.
        let stuck: BTreeMap<RequestId, _> =
            self.memory.stuck.iter().map(|(id, stuck)| (*id, stuck.clone())).collect();
        for rule in &self.rules {
            let Looks::EndUnconfirmed { after } = &rule.rule.looks else { continue };
            for (id, stuck) in &stuck {
                let due = stuck.since.plus(*after);
                let mut again = due;
                if due <= now {
                    let seen = Seen {
                        user: None,
                        cause: id.to_string(),
                        why: format!(
                            "the end of request {id}{} is not confirmed since {}, for more than {after}: {}",
                            stuck.resource.as_ref().map_or_else(String::new, |name| format!(" on {name}")),
                            stuck.since,
                            stuck.trouble.chars().take(200).collect::<String>(),
                        ),
                    };
                    let about = About {
                        request: Some(*id),
                        role: stuck.role.clone(),
                        resource: stuck.resource.clone(),
                        ..About::at(now)
                    };
                    // Until it ends, it is told again after each quiet time.
                    let number = (now.millis() - stuck.since.millis()) / rule.rule.quiet.millis();
                    let source = format!("{}+{number}", stuck.since);
                    raise(&mut self.quiet, &rule.rule, seen, &about, &source, &mut alerts);
                    let key = (rule.rule.name.clone(), id.to_string());
                    again = self.quiet.get(&key).copied().unwrap_or(due);
                }
                next = Some(next.map_or(again, |next| next.min(again)));
            }
        }
        self.next = next;
        alerts
    }

    /// What cannot be in the log.
    pub fn signal(&mut self, signal: &Signal) -> Vec<Alert> {
        let Signal::LogWriteFailed { at, error } = signal;
        let mut alerts = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.rule.looks == Looks::LogWriteFailed) {
            let error: String = error.chars().take(200).collect();
            let why = format!("the log could not be written at {at}: {error}");
            let seen = Seen { user: None, cause: "log".to_owned(), why };
            raise(&mut self.quiet, &rule.rule, seen, &About::at(*at), &at.to_string(), &mut alerts);
        }
        alerts
    }

    /// An alert that the log has is not raised again: this is how a restart learns of it.
    fn was_raised(&mut self, draft: &Draft) {
        let (Some(rule), Some(cause)) = (draft.data.get("alert"), draft.data.get("cause")) else { return };
        let Some(rule) = self.rules.iter().find(|known| known.rule.name.as_str() == rule) else { return };
        let key = (rule.rule.name.clone(), cause.clone());
        let until = draft.at.plus(rule.rule.quiet);
        let known = self.quiet.entry(key).or_insert(until);
        *known = until.max(*known);
    }
}

/// What an alert is about beside a person.
#[derive(Debug)]
struct About<'e> {
    at: Time,
    event: Option<&'e Draft>,
    request: Option<RequestId>,
    role: Option<Name>,
    resource: Option<Name>,
}

impl About<'_> {
    fn at(at: Time) -> Self {
        Self { at, event: None, request: None, role: None, resource: None }
    }
}

/// Unless the same was told within the quiet time.
fn raise(
    quiet: &mut HashMap<(Name, String), Time>,
    rule: &AlertRule,
    seen: Seen,
    about: &About<'_>,
    source: &str,
    alerts: &mut Vec<Alert>,
) {
    let key = (rule.name.clone(), seen.cause);
    if quiet.get(&key).is_some_and(|until| about.at < *until) {
        return;
    }
    make_room(quiet, about.at);
    let until = about.at.plus(rule.quiet);
    let cause = key.1.clone();
    let fields = [rule.name.as_str(), &cause, source];
    let id: String = Digest::of_fields(fields.map(str::as_bytes)).to_string().chars().take(16).collect();
    alerts.push(Alert {
        id,
        rule: rule.name.clone(),
        severity: rule.severity,
        action: rule.action,
        user: seen.user,
        request: about.request.or(about.event.and_then(|event| event.request)),
        role: about.role.clone().or_else(|| about.event.and_then(|event| event.role.clone())),
        resource: about.resource.clone().or_else(|| about.event.and_then(|event| event.resource.clone())),
        at: about.at,
        cause,
        why: seen.why,
    });
    quiet.insert(key, until);
}

fn make_room(quiet: &mut HashMap<(Name, String), Time>, now: Time) {
    if quiet.len() < CAUSES {
        return;
    }
    quiet.retain(|_, until| *until > now);
    if quiet.len() >= CAUSES {
        let mut ends: Vec<Time> = quiet.values().copied().collect();
        let middle = ends.len() / 2;
        let (_, border, _) = ends.select_nth_unstable(middle);
        let border = *border;
        quiet.retain(|_, until| *until > border);
    }
}
