//! Each kind of alert: what it sees in one event, given what came before. Nothing is changed here.

use std::collections::BTreeMap;

use crate::audit::{Draft, EventKind};
use crate::domain::{Name, RequestId, Span, Time};
use crate::policy::alerts::{AlertRule, Looks};
use crate::policy::window::{self, Window};

use super::memory::{Deed, Memory, Network, Person};
use super::usual::Usual;

/// Seconds that two asks may always differ by.
const LEAST_SECONDS: f64 = 60.0;
/// Longest part of what others wrote that is repeated.
const QUOTED: usize = 200;

/// A rule of the policy, with its windows.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub rule: AlertRule,
    windows: Vec<Window>,
}

/// What a rule saw.
#[derive(Debug)]
pub(super) struct Seen {
    pub user: Option<Name>,
    pub cause: String,
    pub why: String,
}

impl Seen {
    fn of(user: &Name, cause: impl Into<String>, why: String) -> Self {
        Self { user: Some(user.clone()), cause: cause.into(), why }
    }
}

impl Rule {
    pub fn new(rule: &AlertRule, windows: &BTreeMap<Name, Window>) -> Self {
        let windows = match &rule.looks {
            Looks::OutsideWindows { windows: names } => {
                names.iter().filter_map(|name| windows.get(name)).cloned().collect()
            }
            _ => Vec::new(),
        };
        Self { rule: rule.clone(), windows }
    }

    pub fn sees(&self, memory: &Memory, deed: &Deed<'_>) -> Option<Seen> {
        let event = deed.event;
        if let Some(roles) = &self.rule.roles
            && !event.role.as_ref().is_some_and(|role| roles.contains(role))
        {
            return None;
        }
        match &self.rule.looks {
            Looks::OutsideWindows { .. } => self.outside_windows(deed),
            Looks::NewRole { history } => new_role(memory, deed, *history),
            Looks::NewAddress { history } => new_address(memory, deed, *history),
            Looks::UnusualDuration { history, factor } => unusual_duration(memory, deed, *history, *factor),
            Looks::UnusualRate { history, factor, count, within } => {
                unusual_rate(memory, deed, *history, *factor, *count, *within)
            }
            Looks::BurstOfRefusals { count, within } => burst(memory, deed, *count, *within),
            Looks::SelfApproval => self_approval(deed),
            Looks::HastyApproval { within } => hasty(memory, deed, *within),
            Looks::AlwaysYes { count, within } => always_yes(memory, deed, *count, *within),
            Looks::ReciprocalApprovals { count, within } => reciprocal(memory, deed, *count, *within),
            Looks::DormantWakes { after } => dormant(memory, deed, *after),
            Looks::BreakGlass => break_glass(deed),
            Looks::Drift => drift(event),
            // By the clock, and by a signal.
            Looks::EndUnconfirmed { .. } | Looks::LogWriteFailed => None,
        }
    }

    fn outside_windows(&self, deed: &Deed<'_>) -> Option<Seen> {
        let who = deed.who.filter(|_| deed.is_activity())?;
        let windows: Vec<&Window> = self.windows.iter().collect();
        if window::is_open(&windows, deed.event.at) {
            return None;
        }
        let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
        let why =
            format!("{who}: {} at {}, outside of {}", what(deed.event), deed.event.at, names.join(", "));
        Some(Seen::of(who, who.as_str(), why))
    }
}

fn history<'m>(memory: &'m Memory, deed: &Deed<'_>) -> Option<&'m Person> {
    memory.person(deed.who?)
}

/// "request.filed of role web on web-1"
fn what(event: &Draft) -> String {
    let mut text = event.kind.as_str().to_owned();
    if let Some(role) = &event.role {
        text.push_str(&format!(" of role {role}"));
    }
    if let Some(resource) = &event.resource {
        text.push_str(&format!(" on {resource}"));
    }
    text
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

fn number(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn new_role(memory: &Memory, deed: &Deed<'_>, least: u32) -> Option<Seen> {
    let (who, role) = (deed.who?, deed.event.role.as_ref()?);
    if deed.event.kind != EventKind::GrantActive {
        return None;
    }
    let (uses, known) = history(memory, deed).map_or((0, false), |p| (p.uses, p.roles.has(role)));
    if known || uses < least {
        return None;
    }
    let why = format!(
        "{who} used role {role} for the first time, at {}, after {uses} uses of other roles",
        deed.event.at
    );
    Some(Seen::of(who, format!("{who} {role}"), why))
}

fn new_address(memory: &Memory, deed: &Deed<'_>, least: u32) -> Option<Seen> {
    let (who, from) = (deed.who?, deed.event.from.as_ref()?);
    let person = history(memory, deed)?;
    if person.calls < least {
        return None;
    }
    let network = Network::of(from);
    if person.networks.has(&network) {
        return None;
    }
    let why = format!(
        "{who} called from {from} for the first time, at {}: {}, after {} calls from elsewhere",
        deed.event.at,
        what(deed.event),
        person.calls
    );
    Some(Seen::of(who, format!("{who} {network}"), why))
}

fn unusual_duration(memory: &Memory, deed: &Deed<'_>, least: u32, factor: u32) -> Option<Seen> {
    let who = deed.who.filter(|_| deed.event.kind == EventKind::RequestFiled)?;
    let asked = deed.duration()?;
    let person = history(memory, deed).filter(|person| person.durations.len() >= number(least.max(1)))?;
    let sample: Vec<u32> = person.durations.iter().copied().collect();
    let usual = Usual::of(&sample, LEAST_SECONDS)?;
    if !usual.is_exceeded_by(asked, factor) {
        return None;
    }
    let why = format!(
        "{who} asked for {} at {}: {}; their last {} asks had a median of {}",
        Span::clamped(asked.into()),
        deed.event.at,
        what(deed.event),
        sample.len(),
        in_words(usual.median)
    );
    Some(Seen::of(who, who.as_str(), why))
}

fn in_words(secs: f64) -> Span {
    // A median of whole seconds below 2^32.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2^32")]
    Span::clamped(secs as u64)
}

fn unusual_rate(
    memory: &Memory,
    deed: &Deed<'_>,
    least: u32,
    factor: u32,
    count: u32,
    within: Span,
) -> Option<Seen> {
    let who = deed.who.filter(|_| deed.event.kind == EventKind::RequestFiled)?;
    let person = history(memory, deed)?;
    let at = deed.event.at;
    let now = person.asks.since(at, within).saturating_add(1);
    if now < number(count) {
        return None;
    }
    // Of the times before, as many windows of this length as there was anything in.
    let mut before: BTreeMap<i64, u32> = BTreeMap::new();
    for ask in person.asks.iter() {
        let window = (at.millis() - ask.millis()) / within.millis();
        if window > 0 {
            *before.entry(window).or_default() += 1;
        }
    }
    if before.len() < number(least.max(1)) {
        return None;
    }
    let sample: Vec<u32> = before.into_values().collect();
    let usual = Usual::of(&sample, 1.0)?;
    if !usual.is_exceeded_by(u32::try_from(now).unwrap_or(u32::MAX), factor) {
        return None;
    }
    let why = format!(
        "{who} asked {now} times within {within}, last at {at}: {}; when they ask at all, it is {} times",
        what(deed.event),
        usual.median
    );
    Some(Seen::of(who, who.as_str(), why))
}

fn burst(memory: &Memory, deed: &Deed<'_>, count: u32, within: Span) -> Option<Seen> {
    if !deed.is_refusal() {
        return None;
    }
    let event = deed.event;
    let reason = event.why.first().map_or_else(String::new, |why| format!(" ({})", quoted(why)));
    let tell = |who: &str, times: usize| {
        format!(
            "{who} was refused {times} times within {within}, last at {}: {}{reason}",
            event.at,
            what(event)
        )
    };
    if let Some(who) = deed.who {
        let times = history(memory, deed).map_or(0, |p| p.refusals.since(event.at, within)) + 1;
        return (times >= number(count)).then(|| Seen::of(who, who.as_str(), tell(who.as_str(), times)));
    }
    // Nobody has logged in for these: they are told of the address, and are nobody's.
    let from = event.from.as_ref()?;
    let network = Network::of(from);
    let times = memory.refused_from(&network).map_or(0, |times| times.since(event.at, within)) + 1;
    (times >= number(count)).then(|| Seen {
        user: None,
        cause: network.to_string(),
        why: tell(&format!("somebody at {from}"), times),
    })
}

fn self_approval(deed: &Deed<'_>) -> Option<Seen> {
    let event = deed.event;
    let who = deed.who.filter(|_| event.kind == EventKind::VoteRefused)?;
    (event.data.get("because").map(String::as_str) == Some("own-request")).then(|| {
        let request = event.request.map_or_else(String::new, |id| format!(" {id}"));
        let why = format!("{who} tried to decide on their own request{request}, at {}", event.at);
        Seen::of(who, who.as_str(), why)
    })
}

/// A yes to somebody's ask: who said it, who had asked, and when.
fn yes<'a>(memory: &'a Memory, deed: &Deed<'a>) -> Option<(&'a Name, &'a Name, Time)> {
    let who = deed.who.filter(|_| deed.event.kind == EventKind::VoteCast)?;
    let asked = memory.asked(deed.event)?;
    Some((who, &asked.requester, asked.at))
}

fn hasty(memory: &Memory, deed: &Deed<'_>, within: Span) -> Option<Seen> {
    let (who, requester, asked) = yes(memory, deed)?;
    let took = deed.event.at.millis() - asked.millis();
    if took >= within.millis() {
        return None;
    }
    let why = format!(
        "{who} approved what {requester} had asked for {}.{:03} s before, at {}: {}",
        took / 1000,
        took % 1000,
        deed.event.at,
        what(deed.event)
    );
    Some(Seen::of(who, who.as_str(), why))
}

fn always_yes(memory: &Memory, deed: &Deed<'_>, count: u32, within: Span) -> Option<Seen> {
    let (who, requester, _) = yes(memory, deed)?;
    let said = memory.person(who)?.said.get(requester)?;
    let since = deed.event.at.minus(within);
    // With this one.
    let before = number(count).saturating_sub(1);
    let last = said.iter().rev().take(before);
    if last.clone().count() < before || !last.clone().all(|(at, yes)| *yes && *at >= since) {
        return None;
    }
    let why = format!(
        "{who} approved the last {count} of {count} decisions on what {requester} asked for, within {within}; last at {}: {}",
        deed.event.at,
        what(deed.event)
    );
    Some(Seen::of(who, format!("{who} {requester}"), why))
}

fn reciprocal(memory: &Memory, deed: &Deed<'_>, count: u32, within: Span) -> Option<Seen> {
    let (who, requester, _) = yes(memory, deed)?;
    let since = deed.event.at.minus(within);
    let there = memory.yeses(who, requester, since) + 1;
    let back = memory.yeses(requester, who, since);
    if there < number(count) || back < number(count) {
        return None;
    }
    let why = format!(
        "{who} and {requester} approve each other: {there} and {back} times within {within}; last at {}: {}",
        deed.event.at,
        what(deed.event)
    );
    let (first, second) = if who < requester { (who, requester) } else { (requester, who) };
    Some(Seen::of(who, format!("{first} {second}"), why))
}

fn dormant(memory: &Memory, deed: &Deed<'_>, after: Span) -> Option<Seen> {
    let who = deed.who?;
    let last = history(memory, deed)?.last?;
    if deed.event.at < last.plus(after) {
        return None;
    }
    let days = (deed.event.at.millis() - last.millis()) / 86_400_000;
    let why = format!(
        "{who} had done nothing for {days} days, since {last}, and did at {}: {}",
        deed.event.at,
        what(deed.event)
    );
    Some(Seen::of(who, who.as_str(), why))
}

fn break_glass(deed: &Deed<'_>) -> Option<Seen> {
    let who = deed.who.filter(|_| deed.event.kind == EventKind::BreakGlass)?;
    let why = format!("{who} took access without an approval at {}: {}", deed.event.at, what(deed.event));
    let id = deed.event.request.as_ref().map_or_else(String::new, RequestId::to_string);
    Some(Seen::of(who, format!("{who} {id}"), why))
}

fn drift(event: &Draft) -> Option<Seen> {
    if !matches!(event.kind, EventKind::DriftOrphan | EventKind::DriftMissing | EventKind::DriftChanged) {
        return None;
    }
    let resource = event.resource.as_ref().map_or("a target", Name::as_str);
    let detail = event.why.first().map_or_else(String::new, |why| format!(": {}", quoted(why)));
    let credential = event.credential.map_or_else(String::new, |id| format!(" {id}"));
    Some(Seen {
        user: None,
        cause: format!("{} {resource}{credential}", event.kind),
        why: format!("{resource} is not as jit left it, seen at {}: {}{detail}", event.at, event.kind),
    })
}
