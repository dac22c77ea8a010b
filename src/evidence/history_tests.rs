//! A history of access as it could have been, the same one each time: for tests and benchmarks.
//!
//! The library's tests, the black-box tests and the benchmark include this same file.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::audit::{Draft, EventKind as K, SigningKey};
use crate::domain::{CredentialId, Digest, Name, Principal, RequestId, Span, Time};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Texts that must do nothing but stand there.
pub const HOSTILE: &[&str] = &[
    "<script>document.title='pwned'</script>",
    "\"><img src=x onerror=alert(1)>",
    "</td></table><h1>All is well</h1>",
    "'; DROP TABLE events; --",
    "javascript:alert(1)",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "\u{202e}gnp.exe\u{202c} \u{200f}\u{2066}x",
    "a\u{0}b\u{1b}[31mred\u{7}\r\n\tc",
    "{{7*7}} ${7*7} <%= 7 %>",
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example>",
    "\u{1f600}𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ﷽ Z̷̢a̶l̸g̴o̵",
];

/// How much, over how long, by how many.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub start: Time,
    pub days: i64,
    pub requests: u64,
    pub people: u64,
    pub roles: u64,
    /// Some texts of people are [`HOSTILE`], and some are very long.
    pub hostile: bool,
}

impl Shape {
    /// A year that begins before the quarter that tests look at: 2026-01-01 to 2026-03-31.
    pub fn small() -> Self {
        let start = "2025-10-01T08:00:00Z".parse().unwrap();
        Self { start, days: 200, requests: 600, people: 30, roles: 6, hostile: false }
    }
}

pub fn log_key() -> SigningKey {
    SigningKey::from_seed("jit.example.net", &[7; 32]).unwrap()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // xorshift64*, by Vigna.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }

    fn of_100(&mut self, percent: u64) -> bool {
        self.below(1000) < percent * 10
    }

    fn of_1000(&mut self, n: u64) -> bool {
        self.below(1000) < n
    }

    /// Mostly short, sometimes long: 1 to about 30 times `usual`.
    fn wait(&mut self, usual: i64) -> i64 {
        let usual = usual as u64;
        let base = 1 + self.below(usual);
        (if self.of_100(5) { base * 30 } else { base }) as i64
    }
}

/// What happens, in the order of time.
struct Plan {
    heap: BinaryHeap<Reverse<(i64, u64)>>,
    drafts: std::collections::HashMap<u64, Draft>,
    next: u64,
}

impl Plan {
    fn put(&mut self, draft: Draft) {
        self.heap.push(Reverse((draft.at.millis(), self.next)));
        self.drafts.insert(self.next, draft);
        self.next += 1;
    }

    fn pop_until(&mut self, at: i64, each: &mut dyn FnMut(Draft)) {
        while let Some(Reverse((when, number))) = self.heap.peek().copied() {
            if when > at {
                return;
            }
            self.heap.pop();
            each(self.drafts.remove(&number).unwrap());
        }
    }
}

fn person(n: u64) -> Name {
    format!("person-{n:04}").parse().unwrap()
}

fn by(draft: Draft, who: &Name) -> Draft {
    Draft {
        actor: Some(Principal { issuer: "jit".parse().unwrap(), subject: who.clone() }),
        from: Some("10.1.2.3".to_owned()),
        ..draft
    }
}

fn at(millis: i64, kind: K) -> Draft {
    Draft::new(Time::from_millis(millis), kind)
}

/// Gives `each` every event of the history.
pub fn history(shape: Shape, mut each: impl FnMut(Draft)) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut plan = Plan { heap: BinaryHeap::new(), drafts: std::collections::HashMap::new(), next: 0 };
    let start = shape.start.millis();
    let admin: Name = "admin".parse().unwrap();
    begin(shape, &mut dice, &mut plan, start, &admin);
    let step = (shape.days * DAY / shape.requests.max(1) as i64).max(1);
    let mut now = start + HOUR;
    for number in 0..shape.requests {
        now += 1 + dice.below(2 * step as u64) as i64;
        request(shape, &mut dice, &mut plan, now, number);
        plan.pop_until(now, &mut each);
    }
    plan.pop_until(i64::MAX, &mut each);
}

fn text(shape: Shape, dice: &mut Dice, plain: &str) -> String {
    if !shape.hostile || !dice.of_100(30) {
        return plain.to_owned();
    }
    match dice.below(6) {
        0 => "x".repeat(10_000),
        1 => "ﬀ<b>".repeat(2_500),
        _ => HOSTILE[dice.below(HOSTILE.len() as u64) as usize].to_owned(),
    }
}

fn begin(shape: Shape, dice: &mut Dice, plan: &mut Plan, start: i64, admin: &Name) {
    plan.put(at(start, K::ServerStarted).data("version", "0.1.0"));
    plan.put(at(start, K::UserAdded).data("user", admin).data("admin", true));
    for (week, roles) in (0..=shape.days / 7).zip((shape.roles..=shape.roles + 1).cycle()) {
        let when = start + week * 7 * DAY + 5;
        let digest = Digest::of(&week.to_be_bytes());
        let mut loaded =
            at(when, K::PolicyLoaded).data("digest", digest).data("files", 4).data("roles", roles);
        if week > 0 {
            loaded = loaded.data("changed", text(shape, dice, "role-01"));
        }
        plan.put(loaded);
        if week % 9 == 4 {
            let trouble = text(shape, dice, "roles.toml: unknown key `aprovers`");
            plan.put(at(when + HOUR, K::PolicyRefused).data("trouble", trouble).data("held", "role-01"));
        }
    }
    for n in 0..shape.people {
        let name = person(n);
        let t = start + 10 + n as i64;
        let added = |user: &str| by(at(t, K::UserAdded), admin).data("user", user).data("admin", false);
        plan.put(added(name.as_str()).data("human", &name).data("kind", "person"));
        plan.put(
            by(at(t, K::UserEnrolment), admin)
                .data("user", &name)
                .data("expires", Time::from_millis(t + DAY)),
        );
        if n % 7 == 3 {
            let alias = format!("{name}-ci");
            plan.put(added(&alias).data("human", &name).data("kind", "service"));
        }
        let until = Time::from_millis(t + (200 + dice.below(300) as i64) * DAY);
        if !dice.of_100(10) {
            let version = 1 + dice.below(2);
            plan.put(
                by(at(t + MINUTE, K::TrainingRecorded), admin)
                    .data("user", &name)
                    .data("training", "security-basics")
                    .data("version", version)
                    .data("until", until)
                    .data("by", "learning"),
            );
        }
        if !dice.of_100(15) {
            plan.put(
                by(at(t + 2 * MINUTE, K::TermsAccepted), &name)
                    .data("user", &name)
                    .data("terms", "acceptable-use")
                    .data("version", 3)
                    .data("digest", Digest::of(b"terms"))
                    .data("until", until),
            );
        }
        if n % 3 == 1 {
            engagement(shape, dice, plan, t + 3 * MINUTE, n, admin);
        }
    }
    for (n, role) in [(0, "auditor"), (2, "policy-author"), (3, "reviewer")] {
        plan.put(by(at(start + DAY, K::UserRoleGranted), admin).data("user", person(n)).data("role", role));
    }
    plan.put(
        by(at(start + 100 * DAY, K::UserRoleRemoved), admin)
            .data("user", person(2))
            .data("role", "policy-author"),
    );
    for quarter in 0..=shape.days / 90 {
        review(shape, dice, plan, start + quarter * 90 * DAY + 20 * DAY, quarter, admin);
    }
}

fn engagement(shape: Shape, dice: &mut Dice, plan: &mut Plan, t: i64, n: u64, admin: &Name) {
    let name = person(n);
    let sponsor = person(n / 3 * 3);
    let company = match shape.hostile {
        true => HOSTILE[(n / 3) as usize % HOSTILE.len()],
        false => ["ACME", "Initech", "Globex"][(n % 3) as usize],
    };
    let end = t + (60 + dice.below(200) as i64) * DAY;
    let until = Time::from_millis(end);
    plan.put(
        by(at(t, K::EngagementAdded), admin)
            .data("user", &name)
            .data("company", company)
            .data("sponsor", &sponsor)
            .data("start", Time::from_millis(t))
            .data("until", until)
            .data("agreement", format!("NDA-{n}"))
            .data("agreement_date", "2025-09-01T00:00:00.000Z")
            .data("groups", "contractors"),
    );
    for (days, before) in [(14, 14), (3, 3)] {
        plan.put(
            at(end - before * DAY, K::EngagementReminded)
                .data("user", &name)
                .data("sponsor", &sponsor)
                .data("until", until)
                .data("days", days),
        );
    }
    let end = if dice.of_100(30) {
        let later = end + 60 * DAY;
        plan.put(
            by(at(end - DAY, K::EngagementExtended), &sponsor)
                .data("user", &name)
                .data("from", until)
                .data("until", Time::from_millis(later)),
        );
        later
    } else {
        end
    };
    if end > t + shape.days * DAY {
        return;
    }
    let reason = text(shape, dice, "the contract is over");
    plan.put(at(end, K::EngagementEnded).data("user", &name).data("cause", "end").data("reason", &reason));
    plan.put(
        at(end + 20, K::OffboardingBegun).data("user", &name).data("cause", "end").data("reason", &reason),
    );
    let mut when = end + 20;
    for leg in ["sessions", "enrolments", "delegations", "votes", "requests", "grants"] {
        when += dice.wait(400);
        let leg = at(when, K::OffboardingLeg).data("user", &name).data("leg", leg);
        plan.put(leg.data("count", dice.below(3)).data("outcome", "done").data("detail", ""));
    }
    plan.put(at(when + 5, K::UserDisabled).data("user", &name));
    if !dice.of_100(5) {
        plan.put(
            at(when + 9, K::OffboardingDone).data("user", &name).data("took_in_ms", when + 9 - (end + 20)),
        );
    }
}

fn review(shape: Shape, dice: &mut Dice, plan: &mut Plan, t: i64, number: i64, admin: &Name) {
    let id = format!("review-{number}");
    let items = shape.people / 3;
    plan.put(
        by(at(t, K::ReviewStarted), admin)
            .data("id", &id)
            .data("scope", if shape.hostile { "x".repeat(10_000) } else { "company=ACME".to_owned() })
            .data("due", Time::from_millis(t + 14 * DAY))
            .data("items", items),
    );
    let (mut kept, mut removed, mut lapsed) = (0, 0, 0);
    for item in 0..items {
        let user = person(item * 3 + 1);
        let about = |draft: Draft| {
            draft.data("id", &id).data("item", item).data("user", &user).data("role", "role-01")
        };
        if dice.of_100(15) {
            lapsed += 1;
            plan.put(about(at(t + 14 * DAY, K::ReviewLapsed)));
        } else {
            let keep = dice.of_100(80);
            if keep {
                kept += 1;
            } else {
                removed += 1;
            }
            let comment = text(shape, dice, "still on the team");
            let decided = by(at(t + dice.below(13 * DAY as u64) as i64, K::ReviewDecided), &person(0));
            plan.put(
                about(decided)
                    .data("decision", if keep { "keep" } else { "remove" })
                    .data("comment", comment),
            );
        }
    }
    plan.put(
        at(t + 14 * DAY + 1, K::ReviewClosed)
            .data("id", &id)
            .data("kept", kept)
            .data("removed", removed)
            .data("lapsed", lapsed),
    );
}

#[expect(clippy::too_many_lines, reason = "one story, told from its beginning to its end")]
fn request(shape: Shape, dice: &mut Dice, plan: &mut Plan, t: i64, number: u64) {
    let who = person(dice.below(shape.people));
    let other = {
        let other = person(dice.below(shape.people / 5 + 1) * 2 % shape.people.max(1));
        if other == who { person(shape.people + 1) } else { other }
    };
    let id = RequestId::from_number((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4).unwrap();
    let role_number = dice.below(shape.roles);
    let role: Name = format!("role-{role_number:02}").parse().unwrap();
    let resource: Name = format!("host-{:03}", dice.below(shape.roles * 4)).parse().unwrap();
    let about = |draft: Draft| Draft {
        request: Some(id),
        role: Some(role.clone()),
        resource: Some(resource.clone()),
        ..draft
    };
    if dice.of_100(30) {
        let login = if dice.of_100(4) { K::LoginRefused } else { K::LoginSucceeded };
        plan.put(by(at(t - 2, login), &who).data("by", "renewal").data("user", &who));
    }
    if dice.of_100(4) {
        let why = vec![text(shape, dice, "4h is longer than the role's longest, 2h")];
        let refused = by(at(t, K::RequestRefused), &who).data("role", &role).data("duration", "4h");
        plan.put(Draft { why, ..refused.data("resource", &resource) });
        return;
    }
    let minutes = [15, 30, 60, 120, 240, 480][dice.below(6) as usize];
    let span = Span::clamped(minutes * 60);
    let reason = text(shape, dice, "fix the shop");
    plan.put(
        about(by(at(t, K::RequestFiled), &who))
            .data("duration", span)
            .data("reason", reason)
            .data("shown", Digest::of(&number.to_be_bytes()))
            .data("approvals", "1")
            .data("policy", Digest::of(b"policy")),
    );
    let emergency = dice.of_1000(12);
    let mut approved = t;
    if emergency {
        plan.put(about(at(t, K::RequestApproved)).data("by", "break-glass"));
        let due = t + DAY;
        plan.put(
            about(by(at(t, K::BreakGlass), &who))
                .data("announced", "security, oncall")
                .data("debrief-due", Time::from_millis(due)),
        );
        let took = dice.wait(20 * HOUR);
        if took > DAY {
            plan.put(about(at(due, K::DebriefOverdue)).data("who", "security"));
        }
        if dice.of_100(90) {
            let verdict = if dice.of_100(85) { "justified" } else { "unjustified" };
            let comment = text(shape, dice, "the disk was full");
            plan.put(
                about(by(at(t + took, K::DebriefClosed), &other))
                    .data("verdict", verdict)
                    .data("comment", comment),
            );
        }
    } else if dice.of_100(20) {
        plan.put(about(at(t, K::RequestApproved)).data("by", "auto-approve"));
    } else {
        if dice.of_1000(15) {
            let why = vec!["nobody approves their own request".to_owned()];
            plan.put(Draft { why, ..about(by(at(t + 900, K::VoteRefused), &who)) });
        }
        if dice.of_100(5) {
            plan.put(about(at(t + 30 * MINUTE, K::RequestReminded)).data("who", &other));
        }
        let took = dice.wait(12 * MINUTE);
        match dice.below(100) {
            0..=4 => {
                let comment = text(shape, dice, "not today");
                plan.put(about(by(at(t + took, K::RequestDenied), &other)).data("comment", comment));
                return;
            }
            5..=7 => return plan.put(about(by(at(t + took, K::RequestCancelled), &who))),
            8..=9 => return plan.put(about(at(t + DAY, K::RequestLapsed))),
            _ => {}
        }
        approved = t + took;
        let comment = text(shape, dice, "fine");
        plan.put(
            about(by(at(approved, K::VoteCast), &other))
                .data("shown", Digest::of(&number.to_be_bytes()))
                .data("stage", 1)
                .data("comment", comment),
        );
        plan.put(about(at(approved, K::RequestApproved)));
    }
    if dice.of_100(3) {
        return plan.put(about(at(approved + 8 * HOUR, K::RequestLapsed)));
    }
    let active = approved + 1 + dice.wait(5 * MINUTE);
    let mut end = active + span.millis();
    let credential = CredentialId::from_number(number + 1).unwrap();
    let window = |draft: Draft| draft.data("end", Time::from_millis(active + span.millis()));
    let made = |draft: Draft| Draft { credential: Some(credential), ..draft };
    let intended = made(about(by(at(active - 1, K::CredentialIntended), &who)));
    plan.put(window(intended).data("start", Time::from_millis(active - 1)));
    plan.put(window(made(about(by(at(active, K::CredentialIssued), &who)))));
    plan.put(window(about(by(at(active, K::GrantActive), &who))));
    if dice.of_100(5) {
        let asked =
            by(at(end - 5 * MINUTE, K::ExtensionAsked), &who).data("by", "30m").data("reason", "more");
        plan.put(about(asked).data("approvals", "1"));
        plan.put(about(by(at(end - 3 * MINUTE, K::VoteCast), &other)).data("stage", 1));
        end += 30 * MINUTE;
        plan.put(about(at(end - 33 * MINUTE, K::ExtensionApproved)).data("end", Time::from_millis(end)));
    }
    if dice.of_100(10) {
        let stored = by(at(active + MINUTE, K::RecordingStored), &who);
        plan.put(about(stored).data("digest", Digest::of(b"r")).data("bytes", 1000 + dice.below(100_000)));
    }
    if dice.of_100(5) {
        let collected = at(active + 2 * MINUTE, K::StatementsCollected);
        plan.put(about(collected).data("digest", Digest::of(b"s")).data("statements", dice.below(500)));
    }
    if dice.of_1000(8) {
        alert(shape, dice, plan, active + 3 * MINUTE, number, &who, &other, &about);
    }
    let early = dice.of_100(25);
    let ending = if early {
        active + 1 + dice.below((end - active) as u64) as i64
    } else {
        end + dice.below(300) as i64
    };
    let ending_draft = about(at(ending, K::GrantEnding));
    plan.put(if early { by(ending_draft, &who) } else { ending_draft });
    let mut gone = ending + dice.wait(300);
    if dice.of_1000(6) {
        let trouble = text(shape, dice, "the target does not answer");
        plan.put(about(at(gone, K::GrantEndFailed)).data("attempt", 1).data("trouble", trouble));
        gone += 30_000 + dice.wait(60_000);
    }
    let kind = if early { K::GrantRevoked } else { K::GrantExpired };
    plan.put(about(at(gone, kind)).data("credentials", 1));
    if dice.of_1000(3) {
        let found =
            Draft { why: vec!["a key that no grant has".to_owned()], ..at(gone + HOUR, K::DriftOrphan) };
        plan.put(Draft { resource: Some(resource.clone()), ..found.data("ended", true) });
    }
}

#[expect(clippy::too_many_arguments, reason = "a part of `request`")]
fn alert(
    shape: Shape,
    dice: &mut Dice,
    plan: &mut Plan,
    t: i64,
    number: u64,
    who: &Name,
    other: &Name,
    about: &impl Fn(Draft) -> Draft,
) {
    let severity = ["low", "medium", "high", "critical"][dice.below(4) as usize];
    let action = ["notify", "step-up", "suspend", "end-grant"][dice.below(4) as usize];
    let id = format!("alert-{number}");
    let why = vec![text(shape, dice, "first use of this role by this person")];
    let raised = at(t, K::AlertRaised).data("alert", "first-use").data("id", &id).data("severity", severity);
    plan.put(Draft { why, ..about(raised.data("action", action).data("user", who)) });
    if action == "suspend" {
        plan.put(at(t, K::UserSuspended).data("user", who).data("cause", &id));
        plan.put(by(at(t + HOUR, K::UserReinstated), other).data("user", who).data("cause", "looked at"));
    }
    if !dice.of_100(10) {
        let comment = text(shape, dice, "it was planned");
        let answered = by(at(t + dice.wait(3 * HOUR), K::AlertAnswered), other).data("id", &id);
        plan.put(answered.data("alert", "first-use").data("answer", "expected").data("comment", comment));
    }
}
