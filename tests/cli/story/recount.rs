//! The figures of the evidence, counted again as simply as can be: the whole log in memory, one question after
//! the other, from what `docs/evidence.md` says and not with the code that it checks. The log has to begin
//! with the server, so that nothing is older than the period.

use std::collections::{BTreeMap, BTreeSet};

use jit_access::domain::{Span, Time};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    seq: u64,
    at: i64,
    actor: Option<String>,
    request: String,
    role: String,
    why: String,
    data: BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Milliseconds since 1970.
fn millis(time: &str) -> i64 {
    time.parse::<Time>().unwrap().millis()
}

fn said(at: i64) -> String {
    Time::from_millis(at).to_string()
}

impl Event {
    pub fn read(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = &line["event"];
        let data = event["data"].as_object().into_iter().flatten();
        let data: BTreeMap<String, String> = data.map(|(key, value)| (key.clone(), text(value))).collect();
        let why = event["why"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let role = event["role"].as_str().map(str::to_owned).or_else(|| data.get("role").cloned());
        Self {
            kind: text(&event["kind"]),
            seq: line["seq"].as_u64().unwrap(),
            at: millis(&text(&event["at"])),
            actor: event["actor"]["subject"].as_str().map(str::to_owned),
            request: text(&event["request"]),
            role: role.unwrap_or_default(),
            why: why.join("; "),
            data,
        }
    }

    fn by(&self) -> String {
        self.actor.clone().unwrap_or_default()
    }

    fn get(&self, key: &str) -> String {
        self.data.get(key).cloned().unwrap_or_default()
    }

    fn number(&self, key: &str) -> u64 {
        self.get(key).parse().unwrap_or(0)
    }
}

/// What the events say of one request.
struct Request<'a> {
    id: &'a str,
    events: Vec<&'a Event>,
}

impl<'a> Request<'a> {
    fn first(&self, kind: &str) -> Option<&'a Event> {
        self.events.iter().copied().find(|event| event.kind == kind)
    }

    fn at(&self, kind: &str) -> Option<i64> {
        Some(self.first(kind)?.at)
    }

    fn requester(&self) -> String {
        self.first("request.filed").unwrap().by()
    }

    /// When it has to end, extensions included.
    fn due(&self) -> Option<i64> {
        let set = |event: &&&Event| ["grant.active", "extension.approved"].contains(&event.kind.as_str());
        Some(millis(&self.events.iter().rfind(set)?.get("end")))
    }

    fn extensions(&self) -> usize {
        self.events.iter().filter(|event| event.kind == "extension.approved").count()
    }

    /// How and when it was over.
    fn closed(&self) -> Option<(&'a str, i64)> {
        ["request.denied", "request.cancelled", "request.lapsed", "grant.expired", "grant.revoked"]
            .iter()
            .find_map(|kind| self.first(kind))
            .map(|event| (event.kind.as_str(), event.at))
    }

    /// Who agreed before it was approved, where people did.
    fn approvers(&self) -> Vec<String> {
        let Some(approved) = self.first("request.approved").filter(|event| !event.data.contains_key("by"))
        else {
            return Vec::new();
        };
        let votes = self.events.iter().filter(|e| e.kind == "request.vote" && e.seq < approved.seq);
        votes.map(|event| event.by()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

pub struct Recount {
    events: Vec<Event>,
    /// Role and people, from outside the log.
    could: Vec<(String, BTreeSet<String>)>,
}

type Rows = Vec<Vec<String>>;

/// The most first, then by name.
fn ranked(names: impl IntoIterator<Item = String>) -> Rows {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(name, count)| vec![name, count.to_string()]).collect()
}

fn different(names: impl IntoIterator<Item = String>) -> usize {
    names.into_iter().collect::<BTreeSet<_>>().len()
}

/// As shown: quantiles by nearest rank, of values rounded down to three digits.
fn spread(values: &[i64]) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return Value::Null };
    let rounded = |value: i64| {
        let digits = value.to_string();
        let kept: String =
            digits.chars().enumerate().map(|(at, digit)| if at < 3 { digit } else { '0' }).collect();
        kept.parse::<i64>().unwrap().clamp(least, most)
    };
    let rank = |percent: usize| rounded(sorted[(sorted.len() * percent).div_ceil(100) - 1]);
    let mean = sorted.iter().sum::<i64>() / i64::try_from(sorted.len()).unwrap();
    json!({"least": least, "median": rank(50), "p95": rank(95), "p99": rank(99), "most": most, "mean": mean})
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const ANSWERS: [(i64, &str); 8] = [
    (MINUTE, "1 min"),
    (5 * MINUTE, "5 min"),
    (15 * MINUTE, "15 min"),
    (HOUR, "1 h"),
    (4 * HOUR, "4 h"),
    (DAY, "1 day"),
    (7 * DAY, "7 days"),
    (i64::MAX, "longer"),
];
const ENDS: [(i64, &str); 8] = [
    (100, "0.1 s"),
    (500, "0.5 s"),
    (SECOND, "1 s"),
    (5 * SECOND, "5 s"),
    (15 * SECOND, "15 s"),
    (60 * SECOND, "60 s"),
    (10 * MINUTE, "10 min"),
    (i64::MAX, "longer"),
];
const LENGTHS: [(i64, &str); 8] = [
    (15 * MINUTE, "15 min"),
    (30 * MINUTE, "30 min"),
    (HOUR, "1 h"),
    (2 * HOUR, "2 h"),
    (4 * HOUR, "4 h"),
    (8 * HOUR, "8 h"),
    (DAY, "1 day"),
    (i64::MAX, "longer"),
];

/// How many are at most so long, and longer than the step before.
fn bars(steps: &[(i64, &str)], values: &[i64]) -> Vec<(String, usize)> {
    let mut before = i64::MIN;
    let mut bars = Vec::new();
    for (upto, name) in steps {
        let count = values.iter().filter(|value| before < **value && **value <= *upto).count();
        bars.push(((*name).to_owned(), count));
        before = *upto;
    }
    bars
}

/// A figure; tables without rows and charts of nothing are not there.
#[derive(Default)]
struct Figure {
    facts: Vec<(&'static str, Value)>,
    tables: Vec<Value>,
    charts: Vec<Value>,
}

impl Figure {
    fn fact(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    fn table(mut self, name: &str, columns: &[&str], rows: Rows) -> Self {
        if !rows.is_empty() {
            self.tables.push(json!({"name": name, "columns": columns, "rows": rows}));
        }
        self
    }

    fn chart(mut self, name: &str, bars: Vec<(String, usize)>) -> Self {
        if bars.iter().any(|(_, count)| *count > 0) {
            self.charts.push(json!({"name": name, "bars": bars}));
        }
        self
    }

    fn json(self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        json!({"facts": facts, "tables": self.tables, "charts": self.charts})
    }
}

fn named(bars: &[(&str, usize)]) -> Vec<(String, usize)> {
    bars.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

impl Recount {
    pub fn new(events: Vec<Event>, inputs: &Value) -> Self {
        let people = |role: &Value| role["people"].as_array().unwrap().iter().map(text).collect();
        let roles = inputs["may_hold"].as_array().into_iter().flatten();
        Self { events, could: roles.map(|role| (text(&role["role"]), people(role))).collect() }
    }

    pub fn figure(&self, name: &str) -> Value {
        let figure = match name {
            "policy" => self.policy(),
            "access" => self.access(),
            "decisions" => self.decisions(),
            "durations" => self.durations(),
            "ends" => self.ends(),
            "duties" => self.duties(),
            "break-glass" => self.break_glass(),
            "refusals" => self.refusals(),
            "engagements" => self.engagements(),
            "offboarding" => self.offboarding(),
            "reviews" => self.reviews(),
            "training" => self.training(),
            "alerts" => self.alerts(),
            "identities" => self.identities(),
            "logins" => self.logins(),
            "drift" => self.drift(),
            "recorded" => self.recorded(),
            "log" => self.log(),
            other => panic!("nobody counts {other}"),
        };
        figure.json()
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Event> + 'a {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    fn count(&self, kind: &str) -> usize {
        self.all(kind).count()
    }

    fn last(&self) -> i64 {
        self.events.last().unwrap().at
    }

    /// The last event of that kind about that user, and what came before it.
    fn of_user<'a>(&'a self, kind: &'a str, user: &'a str) -> impl Iterator<Item = &'a Event> + 'a {
        self.all(kind).filter(move |event| event.get("user") == user)
    }

    fn requests(&self) -> Vec<Request<'_>> {
        let mut ids: Vec<&str> = self.all("request.filed").map(|event| event.request.as_str()).collect();
        ids.sort_unstable();
        ids.into_iter()
            .map(|id| Request { id, events: self.events.iter().filter(|e| e.request == id).collect() })
            .collect()
    }

    /// The person behind a name.
    fn human(&self, name: &str) -> String {
        self.of_user("user.added", name)
            .find_map(|event| event.data.get("human"))
            .map_or_else(|| name.to_owned(), Clone::clone)
    }

    fn policy(&self) -> Figure {
        let loads: Vec<&Event> = self.all("policy.loaded").collect();
        let mut changes = Vec::new();
        let mut before = None;
        for event in
            self.events.iter().filter(|e| ["policy.loaded", "policy.refused"].contains(&e.kind.as_str()))
        {
            let digest = event.data.get("digest");
            if event.kind == "policy.refused" || digest != before {
                let [digest, roles, added, removed, changed, trouble] =
                    ["digest", "roles", "added", "removed", "changed", "trouble"].map(|key| event.get(key));
                let at = said(event.at);
                changes.push(row(&[&at, &event.kind, &digest, &roles, &added, &removed, &changed, &trouble]));
            }
            if event.kind == "policy.loaded" {
                before = digest;
            }
        }
        let changed = changes.iter().filter(|row| row[1] == "policy.loaded").count();
        let columns = ["at", "event", "digest", "roles", "added", "removed", "changed", "trouble"];
        Figure::default()
            .fact("digest_at_start", Value::Null)
            .fact("digest_at_end", loads.last().unwrap().get("digest"))
            .fact("roles_at_end", loads.last().unwrap().number("roles"))
            .fact("loads", loads.len())
            .fact("changes", changed)
            .fact("refused", self.count("policy.refused"))
            .table("Changes and refusals", &columns, changes)
    }

    fn access(&self) -> Figure {
        let requests = self.requests();
        let held: Vec<&Request<'_>> = requests.iter().filter(|r| r.at("grant.active").is_some()).collect();
        let pair = |r: &Request<'_>| (r.events[0].role.clone(), r.requester());
        let asked_pairs: BTreeSet<(String, String)> = requests.iter().map(pair).collect();
        let held_pairs: BTreeSet<(String, String)> = held.iter().map(|r| pair(r)).collect();
        let could: BTreeSet<(String, String)> = self
            .could
            .iter()
            .flat_map(|(role, people)| people.iter().map(|person| (role.clone(), person.clone())))
            .collect();
        let mut roles: BTreeSet<&String> = self.could.iter().map(|(role, _)| role).collect();
        roles.extend(asked_pairs.iter().map(|(role, _)| role));
        let mut rows: Rows = roles
            .into_iter()
            .map(|role| {
                let of = |pairs: &BTreeSet<(String, String)>| {
                    pairs.iter().filter(|(one, _)| one == role).count().to_string()
                };
                let grants = held.iter().filter(|r| r.events[0].role == *role).count();
                row(&[role, &of(&could), &of(&asked_pairs), &of(&held_pairs), &grants.to_string()])
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row[4].parse::<u64>().unwrap()), row[0].clone()));
        Figure::default()
            .fact("people_asked", different(requests.iter().map(Request::requester)))
            .fact("people_held", different(held.iter().map(|r| r.requester())))
            .fact("grants", self.count("grant.active"))
            .fact("pairs_could", could.len())
            .fact("could_not_used", could.difference(&held_pairs).count())
            .fact("used_could_not", held_pairs.difference(&could).count())
            .table(
                "By role",
                &["role", "people who could", "people who asked", "people who used it", "grants"],
                rows,
            )
    }

    fn decisions(&self) -> Figure {
        let requests = self.requests();
        let approved: Vec<&Event> = self.all("request.approved").collect();
        let by = |who: &str| approved.iter().filter(|event| event.get("by") == who).count();
        let (emergency, people) = (by("break-glass"), by(""));
        let policy = approved.len() - emergency - people;
        let denied = self.count("request.denied");
        let before = |kind: &str| {
            requests
                .iter()
                .filter(|r| r.first(kind).is_some() && r.first("request.approved").is_none())
                .count()
        };
        let (cancelled, lapsed) = (before("request.cancelled"), before("request.lapsed"));
        let pending =
            requests.iter().filter(|r| r.closed().is_none() && r.first("request.approved").is_none()).count();
        let took: Vec<i64> = requests
            .iter()
            .filter_map(|r| {
                let approved = r.first("request.approved").filter(|event| event.get("by").is_empty());
                Some(approved.or(r.first("request.denied"))?.at - r.at("request.filed")?)
            })
            .collect();
        let said_yes: Vec<String> = requests.iter().flat_map(Request::approvers).collect();
        let said_no: Vec<String> = self.all("request.denied").map(Event::by).collect();
        let deciders = ranked(said_yes.iter().chain(&said_no).cloned()).into_iter().map(|of| {
            let count = |names: &[String]| names.iter().filter(|name| **name == of[0]).count().to_string();
            vec![of[0].clone(), count(&said_yes), count(&said_no)]
        });
        let became = named(&[
            ("by people", people),
            ("by policy", policy),
            ("emergency", emergency),
            ("denied", denied),
            ("cancelled", cancelled),
            ("lapsed", lapsed),
        ]);
        Figure::default()
            .fact("filed", requests.len())
            .fact("approved_by_people", people)
            .fact("approved_by_policy", policy)
            .fact("approved_in_emergency", emergency)
            .fact("denied", denied)
            .fact("cancelled", cancelled)
            .fact("lapsed", lapsed)
            .fact("pending_at_end", pending)
            .fact("time_to_decide_ms", spread(&took))
            .chart(
                "Time to decide: how many took at most so long, and longer than the one before",
                bars(&ANSWERS, &took),
            )
            .chart("What became of requests", became)
            .table("Who decided", &["who", "approved", "denied"], deciders.collect())
    }

    fn durations(&self) -> Figure {
        let requests = self.requests();
        let over: Vec<&Request<'_>> = requests.iter().filter(|r| r.closed().is_some()).collect();
        let (used, unused): (Vec<&Request<'_>>, Vec<&Request<'_>>) =
            over.into_iter().partition(|r| r.at("grant.active").is_some());
        let of =
            |measure: &dyn Fn(&Request<'_>) -> i64| -> Vec<i64> { used.iter().map(|r| measure(r)).collect() };
        let asked = of(&|r| {
            let span: Span = r.events[0].get("duration").parse().unwrap();
            i64::try_from(span.secs()).unwrap() * SECOND
        });
        let given = of(&|r| r.due().unwrap() - r.at("grant.active").unwrap());
        let lasted =
            of(&|r| r.at("grant.ending").unwrap_or(r.closed().unwrap().1) - r.at("grant.active").unwrap());
        Figure::default()
            .fact("grants", used.len())
            .fact("ended_early", used.iter().filter(|r| r.closed().unwrap().0 == "grant.revoked").count())
            .fact("extended", used.iter().filter(|r| r.extensions() > 0).count())
            .fact("never_used", unused.iter().filter(|r| r.first("request.approved").is_some()).count())
            .fact("asked_ms", spread(&asked))
            .fact("given_ms", spread(&given))
            .fact("used_ms", spread(&lasted))
            .chart("Asked for, at most so long", bars(&LENGTHS, &asked))
            .chart("Used, at most so long", bars(&LENGTHS, &lasted))
    }

    fn ends(&self) -> Figure {
        let requests = self.requests();
        let ended = |kind: &'static str| {
            requests.iter().filter(move |r| r.closed().is_some_and(|(how, _)| how == kind))
        };
        let began = |r: &&Request<'_>| r.at("grant.active").or(r.at("grant.ending")).is_some();
        let used: Vec<&Request<'_>> =
            ended("grant.expired").chain(ended("grant.revoked")).filter(began).collect();
        let after: Vec<i64> = ended("grant.expired")
            .filter(began)
            .filter_map(|r| Some((r.closed()?.1 - r.due()?).max(0)))
            .collect();
        let took: Vec<i64> =
            used.iter().filter_map(|r| Some(r.closed()?.1 - r.at("grant.ending")?)).collect();
        let open: Vec<&Request<'_>> = requests.iter().filter(|r| r.closed().is_none()).collect();
        let overdue = open.iter().filter(|r| r.due().is_some_and(|due| due < self.last())).count();
        let all = ended("grant.expired").chain(ended("grant.revoked")).count();
        Figure::default()
            .fact("expired", ended("grant.expired").filter(began).count())
            .fact("revoked", ended("grant.revoked").filter(began).count())
            .fact("unused", all - used.len())
            .fact("on_time", after.iter().filter(|ms| **ms <= MINUTE).count())
            .fact("late", after.iter().filter(|ms| **ms > MINUTE).count())
            .fact("failed_tries", self.count("grant.end-failed"))
            .fact("not_confirmed_at_end", open.iter().filter(|r| r.at("grant.ending").is_some()).count())
            .fact("overdue_at_end", overdue)
            .fact("after_due_ms", spread(&after))
            .fact("took_ms", spread(&took))
            .chart("Ended after their time, by at most so long", bars(&ENDS, &after))
    }

    fn duties(&self) -> Figure {
        let requests = self.requests();
        let pairs: Vec<(String, String)> = requests
            .iter()
            .flat_map(|r| {
                let of = self.human(&r.requester());
                r.approvers().into_iter().map(move |by| (self.human(&by), of.clone()))
            })
            .collect();
        let counted: BTreeMap<&(String, String), usize> =
            pairs.iter().map(|pair| (pair, pairs.iter().filter(|other| *other == pair).count())).collect();
        let by_person = ranked(pairs.iter().map(|(by, _)| by.clone()));
        let refused: Vec<&Event> = self.all("request.vote-refused").collect();
        let own = |event: &&&Event| {
            requests
                .iter()
                .any(|r| r.id == event.request && self.human(&r.requester()) == self.human(&event.by()))
        };
        let own_refused = refused.iter().filter(own).count();
        let back = |(by, of): &(String, String)| counted.get(&(of.clone(), by.clone())).copied();
        let both: Vec<_> =
            counted.iter().filter(|(pair, _)| pair.0 < pair.1 && back(pair).is_some()).collect();
        assert!(both.is_empty(), "the story has none, and the order of its table is not counted again");
        let mut rows: Vec<(usize, &(String, String))> = counted.iter().map(|(pair, n)| (*n, *pair)).collect();
        rows.sort_by_key(|(count, pair)| (std::cmp::Reverse(*count), *pair));
        let rows = rows.iter().map(|(count, (by, of))| row(&[by, of, &count.to_string()])).collect();
        Figure::default()
            .fact("approvals", pairs.len())
            .fact("approvers", by_person.len())
            .fact("by_busiest", by_person.first().map_or(0, |row| row[1].parse::<u64>().unwrap()))
            .fact("own_approved", pairs.iter().filter(|(by, of)| by == of).count())
            .fact("own_refused", own_refused)
            .fact("other_refused", refused.len() - own_refused)
            .fact("reciprocal_pairs", both.len())
            .fact("delegations", self.count("delegation.added"))
            .fact("delegations_refused", self.count("delegation.refused"))
            .table("Who approved for whom, most first", &["approver", "requester", "approvals"], rows)
            .table("Votes by person", &["approver", "approvals"], by_person)
    }

    fn break_glass(&self) -> Figure {
        let used: BTreeMap<&str, i64> =
            self.all("breakglass.used").map(|e| (e.request.as_str(), e.at)).collect();
        let closed: Vec<&Event> = self.all("debrief.closed").collect();
        let took: Vec<i64> =
            closed.iter().filter_map(|e| Some(e.at - used.get(e.request.as_str())?)).collect();
        Figure::default()
            .fact("used", used.len())
            .fact("open_before", 0)
            .fact("debriefed", closed.len())
            .fact("overdue", self.count("debrief.overdue"))
            .fact("open_at_end", used.len() - took.len())
            .fact("took_ms", spread(&took))
            .chart("Debriefed within at most so long", bars(&ANSWERS, &took))
            .table("Verdicts", &["verdict", "debriefs"], ranked(closed.iter().map(|e| e.get("verdict"))))
    }

    fn refusals(&self) -> Figure {
        let kinds = [
            "request",
            "request.vote",
            "extension",
            "delegation",
            "credential",
            "access",
            "login",
            "engagement",
        ];
        let is_one = |event: &&Event| {
            kinds.iter().any(|kind| {
                let name = if *kind == "request.vote" {
                    "request.vote-refused".to_owned()
                } else {
                    format!("{kind}.refused")
                };
                event.kind == name
            })
        };
        let all: Vec<&Event> = self.events.iter().filter(is_one).collect();
        let people = || all.iter().filter_map(|event| event.actor.clone());
        Figure::default()
            .fact("refusals", all.len())
            .fact("nobody", all.iter().filter(|event| event.actor.is_none()).count())
            .fact("suppressed", all.iter().map(|event| event.number("suppressed_before")).sum::<u64>())
            .fact("people", different(people()))
            .table("By kind", &["event", "refusals"], ranked(all.iter().map(|event| event.kind.clone())))
            .table("By person, most first", &["who", "refusals"], ranked(people()))
    }

    fn engagements(&self) -> Figure {
        let added: Vec<&Event> = self.all("engagement.added").collect();
        let ended: Vec<&Event> = self.all("engagement.ended").collect();
        let over: BTreeSet<String> = ended.iter().map(|event| event.get("user")).collect();
        let live: Vec<&&Event> = added.iter().filter(|event| !over.contains(&event.get("user"))).collect();
        let until = |event: &Event| {
            let user = event.get("user");
            let last = self.of_user("engagement.extended", &user).last().map(|event| event.get("until"));
            millis(&last.unwrap_or_else(|| event.get("until")))
        };
        let none = |event: &&&Event| event.get("agreement").is_empty();
        Figure::default()
            .fact("live_at_start", 0)
            .fact("added", added.len())
            .fact("added_without_agreement", added.iter().filter(none).count())
            .fact("changed", self.count("engagement.changed"))
            .fact("extended", self.count("engagement.extended"))
            .fact("reminded", self.count("engagement.reminded"))
            .fact("refused", self.count("engagement.refused"))
            .fact("ended", ended.len())
            .fact("live_at_end", live.len())
            .fact("live_without_agreement", live.iter().copied().filter(none).count())
            .fact("live_past_end", live.iter().filter(|event| until(event) < self.last()).count())
            .table(
                "Live at the end, by company",
                &["company", "people"],
                ranked(live.iter().map(|event| event.get("company"))),
            )
            .table(
                "Why they ended",
                &["cause", "engagements"],
                ranked(ended.iter().map(|event| event.get("cause"))),
            )
    }

    fn offboarding(&self) -> Figure {
        let begun: Vec<&Event> = self.all("offboarding.begun").collect();
        let legs: Vec<&Event> = self.all("offboarding.leg").collect();
        let mut departures = Vec::new();
        let mut took = Vec::new();
        for done in self.all("offboarding.done") {
            let user = done.get("user");
            let start = begun.iter().find(|event| event.get("user") == user).unwrap();
            took.push(done.at - start.at);
            let ms = (done.at - start.at).to_string();
            departures.push(row(&[&user, &start.get("cause"), &said(start.at), &said(done.at), &ms]));
        }
        let names: BTreeSet<String> = legs.iter().map(|event| event.get("leg")).collect();
        let receipts = names.iter().map(|name| {
            let mine: Vec<_> = legs.iter().filter(|event| event.get("leg") == *name).collect();
            let things: u64 = mine.iter().map(|event| event.number("count")).sum();
            row(&[name, &mine.len().to_string(), &things.to_string()])
        });
        Figure::default()
            .fact("open_before", 0)
            .fact("begun", begun.len())
            .fact("done", took.len())
            .fact("open_at_end", begun.len() - took.len())
            .fact("on_time", took.iter().filter(|ms| **ms <= MINUTE).count())
            .fact("waiting_legs", legs.iter().filter(|event| event.get("outcome") != "done").count())
            .fact("took_ms", spread(&took))
            .chart("Done within at most so long", bars(&ENDS, &took))
            .table("Receipts by leg", &["leg", "receipts", "things ended"], receipts.collect())
            .table("Departures", &["user", "cause", "begun", "done", "took_ms"], departures)
    }

    fn reviews(&self) -> Figure {
        let decided =
            |what: &'static str| self.all("review.decided").filter(move |e| e.get("decision") == what);
        let (kept, removed) = (decided("keep").count(), decided("remove").count());
        let lapsed = self.count("review.lapsed");
        let mut overdue = 0;
        let mut rows: Rows = Vec::new();
        for review in self.all("review.started") {
            let id = review.get("id");
            let mine = |kind: &'static str| self.all(kind).filter(|e| e.get("id") == id).collect::<Vec<_>>();
            let closed = mine("review.closed").first().map(|event| event.at);
            overdue += u64::from(closed.is_none() && millis(&review.get("due")) < self.last());
            let of = |what: &str| {
                mine("review.decided").iter().filter(|e| e.get("decision") == what).count().to_string()
            };
            rows.push(row(&[
                &id,
                &review.get("scope"),
                &said(millis(&review.get("due"))),
                &closed.map_or_else(|| "open".to_owned(), said),
                &review.get("items"),
                &of("keep"),
                &of("remove"),
                &mine("review.lapsed").len().to_string(),
            ]));
        }
        rows.sort();
        let columns = ["review", "scope", "due", "closed", "items", "kept", "removed", "lapsed"];
        let became = named(&[("kept", kept), ("removed", removed), ("nobody decided", lapsed)]);
        Figure::default()
            .fact("open_before", 0)
            .fact("started", self.count("review.started"))
            .fact("closed", self.count("review.closed"))
            .fact("overdue_at_end", overdue)
            .fact("kept", kept)
            .fact("removed", removed)
            .fact("lapsed", lapsed)
            .fact("restored", self.count("review.restored"))
            .chart("What became of rights", became)
            .table("Reviews", &columns, rows)
    }

    fn training(&self) -> Figure {
        let grants: Vec<(&Event, String)> = self
            .all("grant.active")
            .map(|event| {
                let requests = self.requests();
                let of = requests.iter().find(|r| r.id == event.request).unwrap();
                (event, self.human(&of.requester()))
            })
            .collect();
        let valid = |kind: &str, name: &str, value: &str, person: &str, before: &Event| {
            let proofs = self.of_user(kind, person).filter(|e| e.seq < before.seq && e.get(name) == value);
            proofs
                .last()
                .is_some_and(|proof| proof.data.get("until").is_none_or(|until| before.at < millis(until)))
        };
        let mut rows: Rows = Vec::new();
        let mut covered: BTreeSet<u64> = BTreeSet::new();
        for (kind, name) in [("terms.accepted", "terms"), ("training.recorded", "training")] {
            let subjects: BTreeSet<String> = self.all(kind).map(|event| event.get(name)).collect();
            for subject in subjects {
                let with: Vec<&(&Event, String)> = grants
                    .iter()
                    .filter(|(grant, person)| valid(kind, name, &subject, person, grant))
                    .collect();
                if name == "training" {
                    covered.extend(with.iter().map(|(grant, _)| grant.seq));
                }
                let recorded = self.all(kind).filter(|event| event.get(name) == subject).count();
                rows.push(row(&[
                    name,
                    &subject,
                    &recorded.to_string(),
                    &different(with.iter().map(|(_, person)| person.clone())).to_string(),
                    &with.len().to_string(),
                ]));
            }
        }
        let people: BTreeSet<&String> = grants.iter().map(|(_, person)| person).collect();
        let without: BTreeSet<&String> = grants
            .iter()
            .filter(|(grant, _)| !covered.contains(&grant.seq))
            .map(|(_, person)| person)
            .collect();
        let columns = ["what", "name", "recorded in the period", "people covered", "grants covered"];
        let always = people.len() - without.len();
        Figure::default()
            .fact("recorded", self.count("training.recorded"))
            .fact("accepted", self.count("terms.accepted"))
            .fact("people_used", people.len())
            .fact("grants", grants.len())
            .fact("people_without", without.len())
            .fact("expired_at_end", 0)
            .chart(
                "People who used access",
                named(&[("always trained", always), ("not always", without.len())]),
            )
            .table("Coverage", &columns, rows)
            .table(
                "Used access without any training then valid",
                &["person"],
                without.iter().map(|person| row(&[person])).collect(),
            )
    }

    fn alerts(&self) -> Figure {
        let raised: Vec<&Event> = self.all("alert.raised").collect();
        let answered: Vec<&Event> = self.all("alert.answered").collect();
        let took: Vec<i64> = answered
            .iter()
            .filter_map(|answer| {
                Some(answer.at - raised.iter().find(|alert| alert.get("id") == answer.get("id"))?.at)
            })
            .collect();
        let by = |key: &str| ranked(raised.iter().map(|event| event.get(key)));
        Figure::default()
            .fact("open_before", 0)
            .fact("raised", raised.len())
            .fact("answered", answered.len())
            .fact("open_at_end", raised.len() - took.len())
            .fact("notices_failed", self.count("notice.failed"))
            .fact("took_ms", spread(&took))
            .chart("Answered within at most so long", bars(&ANSWERS, &took))
            .table("By rule", &["rule", "alerts"], by("alert"))
            .table("By severity", &["severity", "alerts"], by("severity"))
            .table("What they did", &["action", "alerts"], by("action"))
    }

    fn identities(&self) -> Figure {
        let users =
            |kind: &'static str| self.all(kind).map(|event| event.get("user")).collect::<BTreeSet<_>>();
        let (added, disabled) = (users("user.added"), users("user.disabled"));
        let suspended = users("user.suspended").into_iter().filter(|user| {
            let last = |kind: &'static str| self.of_user(kind, user).map(|event| event.seq).max();
            last("user.suspended") > last("user.reinstated")
        });
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for event in &self.events {
            let own = roles.entry(event.get("user")).or_default();
            match event.kind.as_str() {
                "user.added" if event.get("admin") == "true" => drop(own.insert("administrator".to_owned())),
                "user.role-granted" => drop(own.insert(event.role.clone())),
                "user.role-removed" => drop(own.remove(&event.role)),
                "user.disabled" => own.clear(),
                _ => {}
            }
        }
        roles.retain(|_, own| !own.is_empty());
        let holders = roles
            .iter()
            .map(|(who, own)| vec![who.clone(), own.iter().cloned().collect::<Vec<_>>().join(", ")]);
        Figure::default()
            .fact("enabled_at_start", 0)
            .fact("added", self.count("user.added"))
            .fact("disabled", self.count("user.disabled"))
            .fact("enabled_at_end", added.union(&disabled).count() - disabled.len())
            .fact("suspended", self.count("user.suspended"))
            .fact("reinstated", self.count("user.reinstated"))
            .fact("suspended_at_end", suspended.count())
            .fact("roles_granted", self.count("user.role-granted"))
            .fact("roles_removed", self.count("user.role-removed"))
            .fact("several_roles", roles.values().filter(|own| own.len() > 1).count())
            .fact("directory_changes", self.count("directory.changed"))
            .table(
                "Roles of this tool when the period ended",
                &["role", "people"],
                ranked(roles.values().flatten().cloned()),
            )
            .table("Who held them", &["who", "roles"], holders.collect())
    }

    fn logins(&self) -> Figure {
        let logins: Vec<&Event> = self.all("login.succeeded").collect();
        let refused = self
            .all("login.refused")
            .map(|event| event.data.get("user").cloned().unwrap_or_else(|| event.by()));
        Figure::default()
            .fact("codes", self.count("user.enrolment"))
            .fact("succeeded", logins.len())
            .fact("people", different(logins.iter().map(|event| event.by())))
            .fact("refused", self.count("login.refused"))
            .fact("ended", self.count("login.ended"))
            .table("How", &["by", "logins"], ranked(logins.iter().map(|event| event.get("by"))))
            .table("Refused, by the name that was tried", &["name", "refusals"], ranked(refused))
    }

    fn drift(&self) -> Figure {
        let orphans: Vec<&Event> = self.all("drift.orphan").collect();
        Figure::default()
            .fact("orphans", orphans.len())
            .fact("orphans_ended", orphans.iter().filter(|event| event.get("ended") == "true").count())
            .fact("missing", self.count("drift.missing"))
            .fact("changed", self.count("drift.changed"))
    }

    fn recorded(&self) -> Figure {
        let sum = |kind: &'static str, key: &str| self.all(kind).map(|event| event.number(key)).sum::<u64>();
        Figure::default()
            .fact("grants", self.count("grant.active"))
            .fact("recordings", self.count("recording.stored"))
            .fact("bytes", sum("recording.stored", "bytes"))
            .fact("collections", self.count("statements.collected"))
            .fact("statements", sum("statements.collected", "statements"))
    }

    fn log(&self) -> Figure {
        let (first, last) = (self.events.first().unwrap(), self.events.last().unwrap());
        let pairs = || self.events.iter().zip(self.events.iter().skip(1));
        let known: BTreeSet<&str> =
            jit_access::audit::EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Figure::default()
            .fact("events", self.events.len())
            .fact("first_seq", first.seq)
            .fact("last_seq", last.seq)
            .fact("first_at", said(first.at))
            .fact("last_at", said(last.at))
            .fact("backwards", pairs().filter(|(one, next)| next.at < one.at).count())
            .fact("widest_gap_ms", pairs().map(|(one, next)| next.at - one.at).max())
            .fact("starts", self.count("server.started"))
            .fact("stops", self.count("server.stopped"))
            .fact("evidence_signed", self.count("evidence.signed"))
            .fact("unknown_kinds", self.events.iter().filter(|e| !known.contains(e.kind.as_str())).count())
            .table(
                "Events by kind",
                &["kind", "events"],
                ranked(self.events.iter().map(|event| event.kind.clone())),
            )
    }
}
