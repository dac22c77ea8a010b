//! A recorded history, made anew from a seed: a company of 40 people over half a year, with what is odd and
//! harmless in it, and with incidents that are labelled. Nothing here looks at what the rules measure.

use jit_access::audit::{Draft, Event, EventKind};
use jit_access::domain::{CredentialId, Digest, Name, Principal, RequestId, Span, Time};
use jit_access::policy::alerts::AlertKind;
use jit_access::policy::{Policy, SourceFile};

pub const EVENTS: usize = 10_000;
const DAYS: i64 = 182;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const ROLES: [&str; 10] =
    ["web", "web-root", "shop-db", "shop-admin", "billing", "backup", "ci", "kube", "logs", "mail"];
/// 2026-05-04T00:00:00Z, a Monday.
const START: i64 = 1_777_852_800_000;

/// Something that should be told.
#[derive(Debug, Clone)]
pub struct Incident {
    pub kind: AlertKind,
    /// Empty where it is about nobody.
    pub who: String,
}

/// An event, and the incident that it is a part of.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub event: Event,
    pub incident: Option<usize>,
}

#[derive(Debug)]
pub struct History {
    pub events: Vec<Recorded>,
    pub incidents: Vec<Incident>,
}

/// One alert of each kind, as it is when a policy says nothing more.
pub fn policy() -> Policy {
    let mut text = String::from(
        "[person]\np00 = {}\np01 = {}\n[window.office]\nzone = \"UTC\"\nopen = [\"mon-fri 07:00-20:00\"]\n\
         [resource.host]\nprovider = \"ssh\"\n[role.web]\nresources = [\"host\"]\nrequesters = [\"p00\"]\n\
         approvers = [\"p01\"]\napprovals = 1\nmax-duration = \"8h\"\nssh = { principals = [\"deploy\"] }\n",
    );
    for kind in AlertKind::ALL {
        text.push_str(&format!("[alert.{kind}]\non = \"{kind}\"\n"));
        if *kind == AlertKind::OutsideWindows {
            text.push_str("windows = [\"office\"]\n");
        }
    }
    Policy::parse(&[SourceFile { name: "alerts.toml".into(), text }]).unwrap()
}

struct Random(u64);

impl Random {
    /// splitmix64
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `below`, which is not in it.
    fn below(&mut self, below: usize) -> usize {
        (self.next() % below as u64) as usize
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from) as u64) as i64
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

struct Person {
    name: String,
    roles: Vec<&'static str>,
    /// In minutes.
    usual: i64,
    networks: Vec<String>,
    approvers: Vec<usize>,
    /// Of a working day, in percent.
    works: usize,
    /// Days on which they are not there.
    away: std::ops::Range<i64>,
}

#[derive(Clone)]
struct Session {
    mark: Option<usize>,
    at: i64,
    role: &'static str,
    from: String,
    minutes: i64,
    approver: usize,
    /// From the ask to the yes, in milliseconds.
    decided: i64,
    login: bool,
}

struct Story {
    random: Random,
    people: Vec<Person>,
    events: Vec<(i64, Draft, Option<usize>)>,
    incidents: Vec<Incident>,
    requests: u64,
}

pub fn history(seed: u64) -> History {
    let mut story = Story {
        random: Random(seed),
        people: Vec::new(),
        events: Vec::new(),
        incidents: Vec::new(),
        requests: 0,
    };
    story.hire();
    // What goes on behind the last incident fills the history up.
    for day in 0..DAYS + 40 {
        for who in 0..story.people.len() {
            story.day(day, who);
        }
    }
    story.incidents();
    story.finish()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

impl Story {
    /// 28 contractors, 8 engineers who ask and decide, 4 leads who mostly decide.
    fn hire(&mut self) {
        for n in 0..40 {
            let random = &mut self.random;
            let mut roles: Vec<&'static str> = (0..3).map(|_| *random.one(&ROLES)).collect();
            roles.dedup();
            let approvers = match n {
                // Somebody whose only approver is their team's lead.
                0..3 => vec![36],
                _ => (0..3).map(|_| 28 + random.below(12)).filter(|who| *who != n).collect(),
            };
            let begin = random.between(20, 120);
            // Most have one holiday of two or three weeks; one is away for ten.
            let length = if n == 20 { 72 } else { random.between(10, 22) };
            self.people.push(Person {
                name: format!("p{n:02}"),
                roles,
                usual: *random.one(&[30, 60, 60, 120, 240]),
                networks: (0..2).map(|k| format!("10.{n}.{k}.9")).collect(),
                approvers: if approvers.is_empty() { vec![36] } else { approvers },
                works: if n < 36 { 18 } else { 8 },
                away: begin..begin + length,
            });
        }
        for n in 0..self.people.len() {
            let user = self.people[n].name.clone();
            let added = self.draft(START, EventKind::UserAdded, None, "");
            self.add(added.data("user", &user).data("human", &user), None);
        }
        // Whose accounts will sleep: they do something in the first weeks, and then never by themselves.
        for n in [5, 11, 17, 23] {
            self.people[n].away = 30..DAYS + 40;
        }
    }

    /// What a person does on a day when nothing is wrong.
    fn day(&mut self, day: i64, who: usize) {
        let (weekday, person) = (day % 7, &self.people[who]);
        if person.away.contains(&day) {
            return;
        }
        // Sometimes somebody works on a Saturday.
        let chance = if weekday < 5 { person.works } else { usize::from(day % 3 == 0) };
        if !self.random.percent(chance) {
            return;
        }
        let at = START + day * DAY + self.random.between(8 * 60, 17 * 60) * MINUTE;
        // And sometimes late.
        let at = if self.random.percent(2) { START + day * DAY + 21 * HOUR } else { at };
        let mut session = self.usual(who, at);
        if self.random.percent(2) {
            session.from = format!("198.51.{}.{}", self.random.below(200), 1 + self.random.below(200));
        }
        if self.random.percent(2) {
            session.role = *self.random.one(&ROLES);
        }
        if self.random.percent(2) {
            session.minutes = *self.random.one(&[360, 480]);
        }
        // They sit beside each other.
        if self.random.percent(2) {
            session.decided = self.random.between(4_000, 30_000);
        }
        // A ticket that was forgotten, and then a typing error.
        if self.random.percent(6) {
            let times = if self.random.percent(5) { 6 } else { self.random.between(1, 4) };
            for n in 0..times {
                self.refused(who, at - (10 - n) * 40_000, &session, None);
            }
        }
        self.session(who, &session);
        // One task may need a few roles.
        if self.random.percent(8) {
            for n in 1..self.random.between(2, 5) {
                let more = Session { at: at + n * 9 * MINUTE, login: false, ..self.usual(who, at) };
                self.session(who, &more);
            }
        }
    }

    fn usual(&mut self, who: usize, at: i64) -> Session {
        let person = &self.people[who];
        let random = &mut self.random;
        let minutes = person.usual * *random.one(&[50, 100, 100, 100, 150, 200]) / 100;
        // Half of all are decided within a quarter of an hour, some after hours.
        let decided = match random.below(10) {
            0..5 => random.between(40_000, 15 * MINUTE),
            5..9 => random.between(10 * MINUTE, HOUR),
            _ => random.between(HOUR, 4 * HOUR),
        };
        Session {
            at,
            role: random.one::<&str>(&person.roles),
            from: random.one(&person.networks).clone(),
            minutes,
            approver: *random.one(&person.approvers),
            decided,
            mark: None,
            login: true,
        }
    }

    fn draft(&self, at: i64, kind: EventKind, who: Option<usize>, from: &str) -> Draft {
        let mut draft = Draft::new(Time::from_millis(at), kind);
        if let Some(who) = who {
            let subject = name(&self.people[who].name);
            draft.actor = Some(Principal { issuer: name("jit"), subject });
            draft.from = Some(from.to_owned());
        }
        draft
    }

    fn add(&mut self, draft: Draft, mark: Option<usize>) {
        self.events.push((draft.at.millis(), draft, mark));
    }

    fn refused(&mut self, who: usize, at: i64, session: &Session, mark: Option<usize>) {
        let mut draft = self.draft(at, EventKind::RequestRefused, Some(who), &session.from);
        draft.why = vec![format!("role {} asks for a ticket, and there is none", session.role)];
        self.add(draft.data("role", session.role), mark);
    }

    /// From the login to the end of the grant.
    fn session(&mut self, who: usize, session: &Session) -> RequestId {
        self.requests += 1;
        let id = RequestId::from_number(self.requests).unwrap();
        let credential = CredentialId::from_number(self.requests).unwrap();
        let Session { at, role, from, minutes, approver, decided, mark, login } = session.clone();
        let of = |mut draft: Draft| {
            draft.request = Some(id);
            draft.role = Some(name(role));
            draft.resource = Some(name(&format!("{role}-1")));
            draft
        };
        if login {
            let draft = self.draft(at - 30_000, EventKind::LoginSucceeded, Some(who), &from);
            self.add(draft.data("by", "code"), mark);
        }
        let span = Span::clamped(u64::try_from(minutes * 60).unwrap());
        let filed = of(self.draft(at, EventKind::RequestFiled, Some(who), &from));
        self.add(filed.data("duration", span).data("reason", "a ticket"), mark);
        let desk = self.people[approver].networks[0].clone();
        let vote = at + decided;
        if mark.is_none() && self.random.percent(4) {
            let denied = of(self.draft(vote, EventKind::RequestDenied, Some(approver), &desk));
            self.add(denied.data("comment", "not now"), mark);
            return id;
        }
        // Of an incident, the approver's part is one only where it is about the approver.
        let theirs = mark.filter(|n| {
            use AlertKind::{AlwaysYes, HastyApproval, ReciprocalApprovals};
            matches!(self.incidents[*n].kind, HastyApproval | AlwaysYes | ReciprocalApprovals)
        });
        let cast = of(self.draft(vote, EventKind::VoteCast, Some(approver), &desk));
        self.add(cast, theirs);
        self.add(of(self.draft(vote, EventKind::RequestApproved, None, "")), mark);
        let used = vote + 40_000;
        for kind in [EventKind::CredentialIntended, EventKind::CredentialIssued, EventKind::GrantActive] {
            let mut draft = of(self.draft(used, kind, Some(who), &from));
            draft.credential = Some(credential);
            self.add(draft, mark);
        }
        let end = used + minutes * MINUTE;
        self.add(of(self.draft(end, EventKind::GrantEnding, None, "")), mark);
        self.add(of(self.draft(end + 300, EventKind::GrantExpired, None, "")), mark);
        id
    }

    /// A time in the second half of the history, at which somebody who works is told apart from usual.
    fn some_day(&mut self) -> i64 {
        loop {
            let day = self.random.between(70, DAYS - 12);
            if day % 7 < 5 {
                return START + day * DAY;
            }
        }
    }

    fn begins(&mut self, kind: AlertKind, who: Option<usize>) -> Option<usize> {
        let who = who.map_or_else(String::new, |who| self.people[who].name.clone());
        self.incidents.push(Incident { kind, who });
        Some(self.incidents.len() - 1)
    }

    fn somebody(&mut self) -> usize {
        loop {
            let who = self.random.below(36);
            if self.people[who].away.end <= DAYS {
                return who;
            }
        }
    }

    /// What is wrong, and labelled.
    fn incidents(&mut self) {
        for _ in 0..8 {
            // Somebody's laptop at night.
            let (who, day) = (self.somebody(), self.some_day());
            let at = day + self.random.between(60, 5 * 60) * MINUTE;
            let mark = self.begins(AlertKind::OutsideWindows, Some(who));
            let session = Session { mark, ..self.usual(who, at) };
            self.session(who, &session);
        }
        for _ in 0..8 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::NewRole, Some(who));
            let role = ROLES.into_iter().find(|role| !self.people[who].roles.contains(role)).unwrap();
            let session = Session { mark, role, ..self.usual(who, day + 11 * HOUR) };
            self.session(who, &session);
        }
        for _ in 0..8 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::NewAddress, Some(who));
            let from = format!("203.0.{}.{}", self.random.below(250), 1 + self.random.below(250));
            let session = Session { mark, from, ..self.usual(who, day + 12 * HOUR) };
            self.session(who, &session);
        }
        for n in 0..8 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::UnusualDuration, Some(who));
            // Two of them only a little longer than what the person has asked for before.
            let times = if n < 2 { 3 } else { 10 };
            let minutes = self.people[who].usual * times;
            let session = Session { mark, minutes, ..self.usual(who, day + 10 * HOUR) };
            self.session(who, &session);
        }
        for n in 0..6 {
            // A stolen token, and a program that takes what it can.
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::UnusualRate, Some(who));
            for k in 0..8 + 2 * n {
                let at = day + 13 * HOUR + k * 45_000;
                let session = Session { mark, login: k == 0, decided: 20_000, ..self.usual(who, at) };
                self.session(who, &session);
            }
        }
        for n in 0..8 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::BurstOfRefusals, Some(who));
            // Two are patient.
            let pause = if n < 2 { 4 * MINUTE } else { self.random.between(2_000, 80_000) };
            for k in 0..self.random.between(6, 12) {
                let session = self.usual(who, day);
                self.refused(who, day + 14 * HOUR + k * pause, &session, mark);
            }
        }
        for _ in 0..6 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::SelfApproval, Some(who));
            let from = self.people[who].networks[0].clone();
            let at = day + 9 * HOUR;
            let mut draft = self.draft(at, EventKind::VoteRefused, Some(who), &from);
            draft.request = RequestId::from_number(1);
            self.add(draft.data("because", "own-request"), mark);
        }
        for n in 0..8 {
            // An approver who does not read; two take a breath.
            let (who, day) = (self.somebody(), self.some_day());
            let session = self.usual(who, day + 15 * HOUR);
            let mark = self.begins(AlertKind::HastyApproval, Some(session.approver));
            let decided = if n < 2 { 14_000 } else { self.random.between(1_500, 8_000) };
            self.session(who, &Session { mark, decided, ..session });
        }
        for pair in 0..3 {
            let (who, approver) = (12 + pair, 30 + pair);
            let mark = self.begins(AlertKind::AlwaysYes, Some(approver));
            for k in 0..26 {
                let at = START + (60 + k * 3) * DAY + 11 * HOUR + 7 * MINUTE;
                let session = Session { mark, approver, ..self.usual(who, at) };
                self.session(who, &session);
            }
        }
        for pair in 0..3 {
            let (one, other) = (28 + 2 * pair, 29 + 2 * pair);
            let mark = self.begins(AlertKind::ReciprocalApprovals, Some(one));
            let day = self.some_day();
            for k in 0..8 {
                let (who, approver) = if k % 2 == 0 { (one, other) } else { (other, one) };
                let session = Session { mark, approver, ..self.usual(who, day + k * DAY + 10 * HOUR) };
                self.session(who, &session);
            }
        }
        for (k, who) in [(0, 5), (1, 11), (2, 17), (3, 23)] {
            let mark = self.begins(AlertKind::DormantWakes, Some(who));
            let at = START + (110 + k * 12) * DAY + 10 * HOUR;
            let session = Session { mark, ..self.usual(who, at) };
            self.session(who, &session);
        }
        for _ in 0..5 {
            let (who, day) = (self.somebody(), self.some_day());
            let mark = self.begins(AlertKind::BreakGlass, Some(who));
            let from = self.people[who].networks[0].clone();
            self.requests += 1;
            let mut draft = self.draft(day + 12 * HOUR, EventKind::BreakGlass, Some(who), &from);
            draft.request = RequestId::from_number(self.requests);
            draft.role = Some(name("web-root"));
            self.add(draft.data("announced", "p36"), mark);
        }
        for k in 0..5 {
            let day = self.some_day();
            let mark = self.begins(AlertKind::Drift, None);
            let kinds = [EventKind::DriftOrphan, EventKind::DriftChanged, EventKind::DriftMissing];
            let mut draft = self.draft(day + 3 * HOUR, kinds[k % 3], None, "");
            draft.resource = Some(name(&format!("{}-1", ROLES[k])));
            draft.why = vec!["somebody did it by hand".into()];
            self.add(draft, mark);
        }
        // Targets that are away: six times for a moment, four times for long.
        for k in 0..10 {
            let long = k < 4;
            let (who, day) = (self.somebody(), self.some_day());
            let mark = if long { self.begins(AlertKind::EndUnconfirmed, None) } else { None };
            self.requests += 1;
            let id = RequestId::from_number(self.requests).unwrap();
            let from = self.people[who].networks[0].clone();
            let lasts = if long { self.random.between(10 * MINUTE, 3 * HOUR) } else { 100_000 };
            let about = |mut draft: Draft| {
                draft.request = Some(id);
                draft.role = Some(name("kube"));
                draft.resource = Some(name("kube-1"));
                draft
            };
            let begin = day + 16 * HOUR;
            let (mut attempt, mut at) = (1, begin);
            while at < begin + lasts {
                let failed = about(self.draft(at, EventKind::GrantEndFailed, None, &from));
                self.add(failed.data("attempt", attempt).data("trouble", "the target does not answer"), mark);
                at += attempt * 25_000;
                attempt *= 2;
            }
            let ended = about(self.draft(begin + lasts, EventKind::GrantExpired, None, &from));
            self.add(ended, mark);
        }
    }

    fn finish(mut self) -> History {
        self.events.sort_by_key(|(at, ..)| *at);
        assert!(self.events.len() >= EVENTS, "{} events", self.events.len());
        let cut: std::collections::BTreeSet<usize> =
            self.events[EVENTS..].iter().filter_map(|(_, _, mark)| *mark).collect();
        assert!(cut.is_empty(), "of {} events, incidents behind the end: {cut:?}", self.events.len());
        self.events.truncate(EVENTS);
        let events = (0u64..).zip(self.events).map(|(seq, (_, event, incident))| {
            let event = Event { v: 1, seq, prev: Digest::of(b""), event };
            Recorded { event, incident }
        });
        History { events: events.collect(), incidents: self.incidents }
    }
}
