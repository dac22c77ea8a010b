//! Each rule on a small recorded history: what it sees, what it must not see, and in which words.

use super::*;
use crate::audit::Event;
use crate::domain::{Digest, Principal, Span};
use crate::policy::{Policy, SourceFile};

const PEOPLE: &str = r#"
[person]
alice = {}
bob = {}
carol = {}
"carol.two" = { alias-of = "carol" }
[window.office]
zone = "UTC"
open = ["mon-fri 08:00-18:00"]
[resource.web-1]
provider = "ssh"
[role.web]
resources = ["web-1"]
requesters = ["carol", "carol.two"]
approvers = ["alice", "bob"]
approvals = 1
max-duration = "8h"
ssh = { principals = ["deploy"] }
[role.root]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "8h"
ssh = { principals = ["root"] }
"#;

fn policy(alerts: &str) -> Policy {
    let file = SourceFile { name: "test.toml".into(), text: format!("{PEOPLE}{alerts}") };
    Policy::parse(std::slice::from_ref(&file))
        .unwrap_or_else(|all| panic!("{}", all[0].render(std::slice::from_ref(&file), false)))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A Monday, 09:00.
fn monday() -> Time {
    "2026-11-16T09:00:00Z".parse().unwrap()
}

fn event(seq: u64, draft: Draft) -> Event {
    Event { v: 1, seq, prev: Digest::of(b""), event: draft }
}

/// A log that is written as it is watched.
struct World {
    watcher: Watcher,
    now: Time,
    log: Vec<Event>,
    requests: u64,
}

impl World {
    fn new(alerts: &str) -> Self {
        Self { watcher: Watcher::new(&policy(alerts)), now: monday(), log: Vec::new(), requests: 0 }
    }

    fn later(&mut self, secs: u64) {
        self.now = self.now.plus(Span::clamped(secs));
    }

    fn show(&mut self, draft: Draft) -> Vec<Alert> {
        let event = event(self.log.len() as u64, draft);
        self.log.push(event.clone());
        self.watcher.look(&event)
    }

    fn draft(&self, kind: EventKind, who: &str) -> Draft {
        let mut draft = Draft::new(self.now, kind);
        draft.actor = Some(Principal { issuer: name("jit"), subject: name(who) });
        draft.from = Some("192.0.2.7".into());
        draft
    }

    fn about(&self, kind: EventKind, who: &str, request: RequestId) -> Draft {
        let mut draft = self.draft(kind, who);
        draft.request = Some(request);
        draft.role = Some(name("web"));
        draft.resource = Some(name("web-1"));
        draft
    }

    fn file(&mut self, who: &str, duration: &str) -> (RequestId, Vec<Alert>) {
        self.requests += 1;
        let id = RequestId::from_number(self.requests).unwrap();
        let draft = self.about(EventKind::RequestFiled, who, id).data("duration", duration);
        (id, self.show(draft))
    }

    fn act(&mut self, kind: EventKind, who: &str, request: RequestId) -> Vec<Alert> {
        let draft = self.about(kind, who, request);
        self.show(draft)
    }

    /// An ask that is approved a minute later.
    fn approved(&mut self, who: &str, by: &str) -> Vec<Alert> {
        let (id, mut alerts) = self.file(who, "1h");
        self.later(60);
        alerts.extend(self.act(EventKind::VoteCast, by, id));
        self.later(3600);
        alerts
    }
}

#[track_caller]
fn one(alerts: Vec<Alert>) -> Alert {
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    alerts.into_iter().next().unwrap()
}

#[test]
fn who_acts_outside_of_the_windows_is_told_of_once() {
    let mut world = World::new("[alert.hours]\non = \"outside-windows\"\nwindows = [\"office\"]\n");
    assert_eq!(world.file("carol", "1h").1, []);
    world.later(12 * 3600);
    let alert = one(world.file("carol.two", "1h").1);
    assert_eq!(alert.user, Some(name("carol")), "an alias is the person");
    assert_eq!(
        alert.why,
        "carol: request.filed of role web on web-1 at 2026-11-16T21:00:00.000Z, outside of office"
    );
    assert_eq!(world.file("carol", "1h").1, [], "not twice within the quiet time");
    world.later(24 * 3600);
    assert_eq!(world.file("carol", "1h").1.len(), 1, "the next night it is");
}

#[test]
fn the_first_use_of_a_role_is_new_only_for_somebody_with_a_history() {
    let mut world = World::new("[alert.first]\non = \"new-role\"\nhistory = 2\n");
    for _ in 0..3 {
        let (id, _) = world.file("carol", "1h");
        assert_eq!(world.act(EventKind::GrantActive, "carol", id), []);
        world.later(600);
    }
    let (id, _) = world.file("carol", "1h");
    let mut draft = world.about(EventKind::GrantActive, "carol", id);
    draft.role = Some(name("root"));
    let alert = one(world.show(draft));
    assert!(
        alert.why.starts_with("carol used role root for the first time, at 2026-11-16T09:30"),
        "{}",
        alert.why
    );
    assert_eq!((alert.request, alert.cause.as_str()), (Some(id), "carol root"));
}

#[test]
fn another_address_of_the_same_network_is_not_new() {
    let mut world = World::new("[alert.where]\non = \"new-address\"\nhistory = 3\n");
    for _ in 0..3 {
        assert_eq!(world.file("carol", "1h").1, []);
    }
    for (from, alerts) in
        [("192.0.2.200", 0), ("2001:db8::1", 1), ("2001:db8::ffff:2", 0), ("198.51.100.1", 1)]
    {
        let mut draft = world.draft(EventKind::LoginSucceeded, "carol");
        draft.from = Some(from.into());
        assert_eq!(world.show(draft).len(), alerts, "{from}");
    }
}

#[test]
fn a_duration_is_unusual_for_one_person_and_usual_for_another() {
    let mut world = World::new("[alert.long]\non = \"unusual-duration\"\nhistory = 5\n");
    for _ in 0..6 {
        assert_eq!(world.file("carol", "30m").1, []);
        assert_eq!(world.file("bob", "8h").1, []);
    }
    assert_eq!(world.file("carol", "45m").1, []);
    assert_eq!(world.file("bob", "8h").1, []);
    let alert = one(world.file("carol", "8h").1);
    assert!(
        alert.why.contains("carol asked for 8h at") && alert.why.contains("had a median of 30m"),
        "{}",
        alert.why
    );
}

#[test]
fn who_asks_much_more_often_than_before_is_told_of() {
    let mut world =
        World::new("[alert.often]\non = \"unusual-rate\"\nhistory = 5\ncount = 6\nwithin = \"1h\"\n");
    for _ in 0..10 {
        assert_eq!(world.file("carol", "1h").1, []);
        world.later(86_400);
    }
    let mut told = Vec::new();
    for _ in 0..12 {
        told.extend(world.file("carol", "1h").1);
        world.later(10);
    }
    let alert = one(told);
    assert!(alert.why.starts_with("carol asked 8 times within 1h"), "{}", alert.why);
}

#[test]
fn many_refusals_of_one_person_are_a_burst_and_those_of_many_are_not() {
    let mut world = World::new("[alert.no]\non = \"burst-of-refusals\"\ncount = 3\nwithin = \"10m\"\n");
    for who in ["alice", "bob", "carol", "alice", "bob", "carol"] {
        let draft = world.draft(EventKind::RequestRefused, who);
        assert_eq!(world.show(draft), []);
    }
    let mut draft = world.draft(EventKind::CredentialRefused, "carol.two");
    draft.why = vec!["the policy says no".into()];
    let alert = one(world.show(draft));
    assert_eq!(
        alert.why,
        "carol was refused 3 times within 10m, last at 2026-11-16T09:00:00.000Z: credential.refused (the policy says no)"
    );
    world.later(3601);
    let draft = world.draft(EventKind::RequestRefused, "carol");
    assert_eq!(world.show(draft), [], "the old ones are no burst with a new one");
}

#[test]
fn what_nobody_has_logged_in_for_is_about_nobody() {
    let mut world = World::new(
        "[alert.no]\non = \"burst-of-refusals\"\naction = \"suspend\"\ncount = 3\nwithin = \"10m\"\n",
    );
    let mut told = Vec::new();
    for _ in 0..3 {
        let mut draft = world.draft(EventKind::LoginRefused, "carol").data("user", "carol");
        draft.actor = None;
        told.extend(world.show(draft));
    }
    let alert = one(told);
    assert_eq!((alert.user, alert.cause.as_str()), (None, "192.0.2.0/24"));
}

#[test]
fn who_tries_to_approve_themselves_is_told_of() {
    let mut world = World::new("[alert.own]\non = \"self-approval\"\n");
    let (id, _) = world.file("carol", "1h");
    let mut draft = world.draft(EventKind::VoteRefused, "carol.two");
    draft.request = Some(id);
    assert_eq!(world.show(draft.clone()), [], "refused for something else");
    let alert = one(world.show(draft.data("because", "own-request")));
    assert!(alert.why.starts_with(&format!("carol tried to decide on their own request {id}, at 2026-")));
}

#[test]
fn an_approval_within_seconds_is_hasty_and_one_of_more_time_is_measured_from_that_ask() {
    let mut world = World::new("[alert.hasty]\non = \"hasty-approval\"\nwithin = \"5s\"\n");
    let (id, _) = world.file("carol", "1h");
    world.later(5);
    assert_eq!(world.act(EventKind::VoteCast, "bob", id), []);
    world.later(600);
    assert_eq!(world.act(EventKind::ExtensionAsked, "carol", id), []);
    world.later(2);
    let alert = one(world.act(EventKind::VoteCast, "bob", id));
    assert_eq!(alert.user, Some(name("bob")));
    assert!(alert.why.starts_with("bob approved what carol had asked for 2.000 s before"), "{}", alert.why);
}

#[test]
fn one_no_in_between_is_not_always_yes() {
    let mut world = World::new("[alert.always]\non = \"always-yes\"\ncount = 3\n");
    assert_eq!(world.approved("carol", "bob"), []);
    assert_eq!(world.approved("carol", "bob"), []);
    let (id, _) = world.file("carol", "1h");
    assert_eq!(world.act(EventKind::RequestDenied, "bob", id), []);
    assert_eq!(world.approved("carol", "bob"), []);
    assert_eq!(world.approved("carol", "bob"), []);
    let alert = one(world.approved("carol", "bob"));
    assert!(
        alert.why.starts_with("bob approved the last 3 of 3 decisions on what carol asked for"),
        "{}",
        alert.why
    );
    assert_eq!(world.approved("carol", "alice"), [], "another approver");
}

#[test]
fn two_who_approve_each_other_are_told_of_under_one_cause() {
    let mut world = World::new("[alert.pair]\non = \"reciprocal-approvals\"\ncount = 2\n");
    for _ in 0..4 {
        assert_eq!(world.approved("carol", "bob"), [], "one way is no pair");
    }
    assert_eq!(world.approved("bob", "carol"), []);
    let alert = one(world.approved("bob", "carol"));
    assert_eq!(alert.cause, "bob carol");
    assert!(
        alert.why.starts_with("carol and bob approve each other: 2 and 4 times within 30d"),
        "{}",
        alert.why
    );
    assert_eq!(world.approved("carol", "bob"), [], "the same pair");
}

#[test]
fn who_wakes_after_long_is_told_of_whatever_they_do() {
    let mut world = World::new("[alert.sleeper]\non = \"dormant-wakes\"\nafter = \"30d\"\n");
    let added = world.draft(EventKind::UserAdded, "alice").data("user", "carol").data("human", "carol");
    assert_eq!(world.show(added), []);
    world.later(31 * 86_400);
    let mut draft = world.draft(EventKind::AccessRefused, "carol");
    draft.role = None;
    let alert = one(world.show(draft));
    assert!(
        alert.why.starts_with("carol had done nothing for 31 days, since 2026-11-16T09:00:00.000Z"),
        "{}",
        alert.why
    );
    assert_eq!(world.file("carol", "1h").1, [], "awake");
}

#[test]
fn each_break_glass_is_told_of_and_only_of_the_roles_that_are_named() {
    let mut world = World::new("[alert.glass]\non = \"break-glass\"\nroles = [\"web\"]\n");
    for _ in 0..2 {
        let (id, _) = world.file("carol", "1h");
        assert_eq!(world.act(EventKind::BreakGlass, "carol", id).len(), 1);
        let mut draft = world.about(EventKind::BreakGlass, "carol", id);
        draft.role = Some(name("root"));
        assert_eq!(world.show(draft), []);
    }
}

#[test]
fn drift_is_told_of_with_what_it_is() {
    let mut world = World::new("[alert.drift]\non = \"drift\"\n");
    let mut draft = Draft::new(world.now, EventKind::DriftChanged);
    draft.resource = Some(name("web-1"));
    draft.why = vec!["made a superuser".into()];
    let alert = one(world.show(draft));
    assert_eq!(
        alert.why,
        "web-1 is not as jit left it, seen at 2026-11-16T09:00:00.000Z: drift.changed: made a superuser"
    );
}

#[test]
fn an_end_that_is_not_confirmed_in_time_is_told_of_by_the_clock_and_again_until_it_is() {
    let mut world = World::new("[alert.stuck]\non = \"end-unconfirmed\"\nafter = \"5m\"\nquiet = \"1h\"\n");
    let (id, _) = world.file("carol", "1h");
    let mut failed =
        world.about(EventKind::GrantEndFailed, "carol", id).data("trouble", "the target is down");
    failed.actor = None;
    assert_eq!(world.show(failed), []);
    world.later(299);
    assert_eq!(world.watcher.tick(world.now), []);
    world.later(1);
    let alert = one(world.watcher.tick(world.now));
    assert!(alert.why.contains(&format!("the end of request {id} on web-1")), "{}", alert.why);
    assert!(alert.why.ends_with("for more than 5m: the target is down"), "{}", alert.why);
    assert_eq!((alert.request, alert.severity), (Some(id), Severity::Critical));
    world.later(3599);
    assert_eq!(world.watcher.tick(world.now), []);
    world.later(1);
    let again = one(world.watcher.tick(world.now));
    assert_ne!(again.id, alert.id);
    let confirmed = world.about(EventKind::GrantExpired, "carol", id);
    assert_eq!(world.show(confirmed), []);
    world.later(10 * 3600);
    assert_eq!(world.watcher.tick(world.now), []);
}

#[test]
fn a_log_that_cannot_be_written_is_told_of_by_a_signal() {
    let mut world = World::new("[alert.disk]\non = \"log-write-failed\"\n");
    let signal = Signal::LogWriteFailed { at: world.now, error: "no space left on device".into() };
    let alert = one(world.watcher.signal(&signal));
    assert!(alert.why.ends_with("no space left on device"));
    assert_eq!(world.watcher.signal(&signal), []);
}

const SEVERAL: &str = r#"
[alert.hours]
on = "outside-windows"
windows = ["office"]
[alert.often]
on = "unusual-rate"
history = 3
[alert.always]
on = "always-yes"
count = 3
"#;

#[test]
fn the_same_log_read_again_raises_the_same_alerts_under_the_same_ids() {
    let mut world = World::new(SEVERAL);
    let mut first = Vec::new();
    for _ in 0..40 {
        first.extend(world.approved("carol", "bob"));
    }
    assert!(first.len() > 2);
    let mut again = Watcher::new(&policy(SEVERAL));
    let second: Vec<Alert> = world.log.iter().flat_map(|event| again.look(event)).collect();
    assert_eq!(first, second);
}

#[test]
fn what_the_log_says_was_raised_is_not_raised_again_and_alerts_make_no_alerts() {
    let mut world = World::new("[alert.hours]\non = \"outside-windows\"\nwindows = [\"office\"]\n");
    world.later(12 * 3600);
    let alert = one(world.file("carol", "1h").1);
    // Another watcher begins behind the event, and sees only that it was told.
    let mut later =
        Watcher::new(&policy("[alert.hours]\non = \"outside-windows\"\nwindows = [\"office\"]\n"));
    let mut raised = alert.draft(world.now);
    raised.actor = Some(Principal { issuer: name("jit"), subject: name("carol") });
    assert_eq!(later.look(&event(1, raised)), []);
    let draft = world.draft(EventKind::RequestFiled, "carol");
    assert_eq!(later.look(&event(2, draft)), []);
}

#[test]
fn what_is_remembered_of_one_person_is_bounded() {
    let mut world = World::new(SEVERAL);
    for n in 0..20_000u32 {
        let mut draft = world.draft(EventKind::LoginRefused, "carol");
        draft.from = Some(format!("10.{}.{}.1", n / 256 % 256, n % 256));
        if n % 2 == 0 {
            draft.actor = None;
        }
        world.later(1);
        world.show(draft);
        let _ = world.file("carol", "1h");
    }
    let text = format!("{:?}", world.watcher).len();
    // 20,000 requests that nobody decided about, and a little of whoever asked.
    assert!(text < 8_000_000, "{text}");
}
