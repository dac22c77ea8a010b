//! Deny rules, conditions, limits, contracts and windows.

use super::*;

#[test]
fn a_deny_rule_beats_an_auto_approval_and_a_broken_glass() {
    let carol = person("carol");
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'] }";
    for rule in [
        "requesters = ['carol']",
        "requesters = ['group:contractors']",
        "roles = ['db', 'web']",
        "resources = ['db-1', 'web-1']",
        "when = \"requester.id == 'carol'\"",
        "roles = ['db', 'web']\nwhen = \"'contractors' in requester.groups\"",
    ] {
        let policy = web(glass, &format!("[deny.freeze]\ndescription = 'a freeze'\n{rule}\n"));
        let world = nothing();
        for ask in
            [db(&carol), ask(&carol), AskedFor { break_glass: true, duration: span("10m"), ..ask(&carol) }]
        {
            let all = refusals_of(&policy, &ask, &facts(&world));
            assert!(
                matches!(&all[..], [Refusal::Denied { rule, .. }] if rule.as_str() == "freeze"),
                "{all:?}"
            );
        }
    }
    // It is about what it says, and about nothing else.
    let other =
        with("[deny.freeze]\nroles = ['db']\nrequesters = ['dave']\n[deny.w]\nresources = ['web-2']\n");
    let _ = allowed_by(&other, &db(&carol), &facts(&nothing()));
    let _ = allowed_by(&other, &ask(&carol), &facts(&nothing()));
}

#[test]
fn a_rule_about_a_person_is_about_their_services_and_aliases() {
    let people = POLICY.replace("dave = {}", "dave = {}\nx1 = { alias-of = 'dave' }");
    let text = people.replace("['carol', 'ci-deploy']", "['carol', 'ci-deploy', 'x1']");
    let policy = policy(&format!("{text}[deny.d]\nrequesters = ['dave']\n"));
    // Even where the directory knows of no other human behind them.
    for name in ["ci-deploy", "x1"] {
        let all = refusals_of(&policy, &ask(&person(name)), &facts(&nothing()));
        assert!(matches!(&all[..], [Refusal::Denied { .. }]), "{all:?}");
    }
    let unlike = Actor { human: principal("dave"), ..person("carol") };
    assert!(matches!(refusals_of(&policy, &ask(&unlike), &facts(&nothing()))[..], [Refusal::Denied { .. }]));
}

#[test]
fn a_condition_that_fails_means_no_wherever_it_stands() {
    let carol = person("carol");
    // `web-2` has no label, and `carol` no company: each of these fails.
    for condition in ["resource.labels.env == 'production'", "requester.company == 'acme'"] {
        let on = AskedFor { resource: Some("web-2"), ..ask(&carol) };
        let company = "[company.acme]\n";
        let failed = |policy: &Policy| {
            let all = refusals_of(policy, &on, &facts(&nothing()));
            assert!(matches!(&all[..], [Refusal::ConditionFailed { .. }]), "{all:?}");
        };
        failed(&with(&format!("{company}[deny.d]\nwhen = \"{condition}\"\n")));
        failed(&web(&format!("when = \"{condition}\""), company));
        failed(&web(&format!("auto-deny = \"{condition}\""), company));
        // Beside people, they decide; alone, it is refused.
        let auto = web(&format!("auto-approve = \"{condition}\""), company);
        assert_eq!(allowed_by(&auto, &on, &facts(&nothing())).approvals.needed(), 2);
        let alone = POLICY.replace(
            "approvers = ['group:leads']\napprovals = 2",
            &format!("auto-approve = \"{condition}\""),
        );
        failed(&policy(&format!("{alone}{company}")));
    }
}

#[test]
fn a_condition_that_does_not_hold_refuses_or_leaves_it_to_people() {
    let carol = person("carol");
    let world = nothing();
    let long = "request.duration <= duration('10m')";
    let all = refusals_of(&web(&format!("when = \"{long}\""), ""), &ask(&carol), &facts(&world));
    assert!(matches!(&all[..], [Refusal::NotWhen { .. }]), "{all:?}");
    let all = refusals_of(
        &web("auto-deny = \"request.duration > duration('1h')\"", ""),
        &ask(&carol),
        &facts(&world),
    );
    assert!(matches!(&all[..], [Refusal::AutoDenied { .. }]), "{all:?}");
    let auto = web(&format!("auto-approve = \"{long}\""), "");
    assert_eq!(allowed_by(&auto, &ask(&carol), &facts(&world)).approvals.needed(), 2);
    let short = AskedFor { duration: span("10m"), ..ask(&carol) };
    assert!(allowed_by(&auto, &short, &facts(&world)).approvals.is_auto());
    let alone = policy(
        &POLICY.replace("approvers = ['group:leads']\napprovals = 2", &format!("auto-approve = \"{long}\"")),
    );
    let all = refusals_of(&alone, &ask(&carol), &facts(&world));
    assert!(matches!(&all[..], [Refusal::NobodyDecides { .. }]), "{all:?}");
}

#[test]
fn the_shortest_limit_wins_and_bounds_the_total_too() {
    let policy = web(
        "max-total = '8h'",
        "[limit.a]\nroles = ['web']\nmax-duration = '90m'\n[limit.b]\nresource-labels = { env = 'production' }\n\
         max-duration = '1h'\n[limit.c]\nresources = ['web-2']\nmax-duration = '1m'\n\
         [limit.d]\nrequesters = ['group:contractors']\nmax-duration = '3h'\n",
    );
    let carol = person("carol");
    let all = refusals_of(&policy, &ask(&carol), &facts(&nothing()));
    let by = Some("b".parse().unwrap());
    assert_eq!(all, [Refusal::TooLong { asked: span("2h"), max: span("1h"), by }]);
    let hour = AskedFor { duration: span("1h"), ..ask(&carol) };
    let found = allowed_by(&policy, &hour, &facts(&nothing()));
    assert_eq!((found.max, found.max_total), (span("1h"), span("1h")));
    let request = approved_by(&["alice", "bob"]);
    let world = nothing();
    match policy.recheck(
        &request,
        Recheckable::Extension { by: span("10m") },
        Some(7),
        &facts(&world),
        |_| true,
    ) {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.max, span("1h")),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[test]
fn no_grant_goes_on_behind_the_end_of_a_contract() {
    let text = |end: &str| POLICY.replace("carol = {}", &format!("carol = {{ contract-end = '{end}' }}"));
    let carol = person("carol");
    let over = policy(&text("2026-11-20"));
    let all = refusals_of(&over, &ask(&carol), &facts(&nothing()));
    assert!(matches!(&all[..], [Refusal::ContractOver { .. }]), "{all:?}");
    // The last day is a part of it, to its end in UTC.
    let last = policy(&text("2026-11-21"));
    let _ = allowed_by(&last, &ask(&carol), &facts(&nothing()));
    let end: Time = "2026-11-22T00:00:00Z".parse().unwrap();
    let request = approved_by(&["alice", "bob"]);
    match rechecked(&text("2026-11-21"), &request, Some(7), &facts(&nothing()), |_| true) {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.until, Some(end)),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
    // Nothing is planned for a time behind it.
    let planned = AskedFor { start: Some(end), ..ask(&carol) };
    assert!(matches!(refusals_of(&last, &planned, &facts(&nothing()))[..], [Refusal::ContractOver { .. }]));
    // A service's owner's counts as well, and so does a person's behind an alias.
    let owner = POLICY.replace("dave = {}", "dave = { contract-end = '2026-11-20' }");
    let all = refusals_of(&policy(&owner), &ask(&person("ci-deploy")), &facts(&nothing()));
    assert!(matches!(&all[..], [Refusal::ContractOver { .. }]), "{all:?}");
}

const OFFICE: &str = "[window.office]\nzone = 'Europe/Berlin'\nopen = ['mon-fri 08:00-18:00']\n";

#[test]
fn windows_are_kept_by_the_clock_on_the_wall_whatever_the_offset() {
    let carol = person("carol");
    let world = nothing();
    let asks = web("request-windows = ['office']", OFFICE);
    // Summer time ends on 2026-10-25: eight o'clock is 06:00 UTC before, and 07:00 UTC after it.
    for (when, open) in [
        ("2026-10-23T05:59:59Z", false),
        ("2026-10-23T06:00:00Z", true),
        ("2026-10-23T16:00:00Z", false),
        ("2026-10-26T06:30:00Z", false),
        ("2026-10-26T07:00:00Z", true),
        ("2026-10-26T16:59:59Z", true),
        ("2026-10-24T10:00:00Z", false),
    ] {
        let facts = Facts { now: at(when), ..facts(&world) };
        match asks.decide(&ask(&carol), &facts) {
            Decision::Allow(_) => assert!(open, "{when}"),
            Decision::Refuse(all) => {
                assert!(!open, "{when}");
                assert!(matches!(all[..], [Refusal::WindowClosed { what: Use::Asking, opens: Some(_), .. }]));
            }
        }
    }
}

#[test]
fn a_use_is_within_its_window_and_ends_with_it() {
    let carol = person("carol");
    let world = nothing();
    let uses = web("use-windows = ['office']", OFFICE);
    // Asked on a Saturday for Monday.
    let planned = |start: &str| AskedFor { start: Some(at(start)), ..ask(&carol) };
    let monday = planned("2026-11-23T09:00:00Z");
    let _ = allowed_by(&uses, &monday, &facts(&world));
    let sunday = planned("2026-11-22T09:00:00Z");
    let all = refusals_of(&uses, &sunday, &facts(&world));
    assert!(matches!(&all[..], [Refusal::WindowClosed { what: Use::Using, .. }]), "{all:?}");
    let request = approved_by(&["alice", "bob"]);
    let used = |when: &str| {
        let facts = Facts { now: at(when), ..facts(&world) };
        uses.recheck(&request, Recheckable::Use, Some(7), &facts, |_| true)
    };
    match used("2026-11-23T16:30:00Z") {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.until, Some(at("2026-11-23T17:00:00Z"))),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
    assert!(matches!(used("2026-11-23T17:00:00Z"), Recheck::Refuse(_)));
}

#[test]
fn approving_has_its_hours_and_an_emergency_has_none() {
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'] }\n\
                 request-windows = ['office']\nuse-windows = ['office']\napprove-windows = ['office']";
    let policy = web(glass, OFFICE);
    let role = "web".parse().unwrap();
    assert!(policy.approving_open(&role, at("2026-11-23T09:00:00Z")).is_ok());
    let saturday = policy.approving_open(&role, now());
    assert!(matches!(saturday, Err(Refusal::WindowClosed { what: Use::Approving, .. })));
    let carol = person("carol");
    assert_eq!(refusals_of(&policy, &ask(&carol), &facts(&nothing())).len(), 1);
    let broken = AskedFor { break_glass: true, duration: span("10m"), ..ask(&carol) };
    let found = allowed_by(&policy, &broken, &facts(&nothing()));
    assert!(found.approvals.is_auto() && found.debrief_within == Some(span("3d")));
    assert_eq!((found.max, found.max_total), (span("30m"), span("30m")));
    assert_eq!(found.announce().len(), 1);
}

#[test]
fn a_rule_about_those_on_call_is_about_everybody_while_it_cannot_be_told_who_is() {
    let carol = person("carol");
    let rules = [
        "[deny.d]\nrequesters = ['group:oncall']\n",
        "[deny.d]\nwhen = \"'oncall' in requester.groups\"\n",
        "[deny.d]\nwhen = \"!('oncall' in requester.groups) && requester.id != 'carol' || 'oncall' in requester.groups\"\n",
    ];
    for rule in rules {
        let policy = with(&format!("{ON_CALL}{rule}"));
        let _ = allowed_by(&policy, &ask(&carol), &facts(&on_call(&["bob"])));
        for unknown in [nothing(), on_call(&[]), on_call(&["carol"])] {
            let all = refusals_of(&policy, &ask(&carol), &facts(&unknown));
            assert!(matches!(all[..], [Refusal::Denied { .. } | Refusal::ConditionFailed { .. }]), "{all:?}");
        }
    }
    let limit = with(&format!("{ON_CALL}[limit.l]\nrequesters = ['group:oncall']\nmax-duration = '5m'\n"));
    assert!(matches!(refusals_of(&limit, &ask(&carol), &facts(&nothing()))[..], [Refusal::TooLong { .. }]));
    // One that is not about them is as it was.
    let other = with(&format!("{ON_CALL}[deny.d]\nwhen = \"!('contractors' in requester.groups)\"\n"));
    let _ = allowed_by(&other, &ask(&carol), &facts(&nothing()));
}
