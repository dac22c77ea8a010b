//! A request is weighed again when it is used: what its policy has become meanwhile.

use super::*;

#[track_caller]
fn activates(text: &str, request: &Request, active: impl Fn(&Actor) -> bool) -> Terms {
    terms(rechecked(text, request, Some(7), &facts(&nothing()), active))
}

#[track_caller]
fn voided(
    text: &str,
    request: &Request,
    generation: Option<u64>,
    active: impl Fn(&Actor) -> bool,
) -> Refusal {
    match rechecked(text, request, generation, &facts(&nothing()), active) {
        Recheck::Refuse(mut refusals) => refusals.remove(0),
        allow @ Recheck::Allow { .. } => panic!("{allow:?}"),
    }
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(POLICY.matches(from).count(), 1, "{from:?}");
    POLICY.replace(from, to)
}

#[test]
fn an_unchanged_policy_activates_with_its_own_terms() {
    let request = approved_by(&["alice", "bob"]);
    assert_eq!(activates(POLICY, &request, |_| true), Terms { max: "2h", approvals: 2, valid: 2 });
}

#[test]
fn a_role_removed_or_re_made_under_the_same_name_voids_the_votes() {
    let request = approved_by(&["alice", "bob"]);
    for generation in [None, Some(6), Some(8)] {
        assert!(matches!(voided(POLICY, &request, generation, |_| true), Refusal::RoleRemade { .. }));
    }
    let removed = POLICY.replace("role.web", "role.web2");
    // Even when whoever counts generations has not seen that the role is gone.
    assert!(matches!(voided(&removed, &request, Some(7), |_| true), Refusal::RoleRemade { .. }));
}

#[test]
fn a_tightened_policy_wins_and_a_loosened_one_does_not() {
    let request = approved_by(&["alice", "bob"]);
    let of = |text: &str| activates(text, &request, |_| true);
    assert_eq!(of(&changed("'2h'", "'30m'")).max, "30m");
    // The policy's words of this moment; the request holds them against those of then.
    assert_eq!(of(&changed("'2h'", "'9h'")).max, "9h");
    assert_eq!(of(&changed("approvals = 2", "approvals = 3")).approvals, 3);
    assert_eq!(of(&changed("approvals = 2", "approvals = 1")).approvals, 1);
    let stricter = |text: &str, need: Option<u32>| {
        let Recheck::Allow { bounds, approvals, valid, .. } =
            rechecked(text, &request, Some(7), &facts(&nothing()), |_| true)
        else {
            panic!()
        };
        let mut approved = request.clone();
        approved.state = crate::domain::State::Approved;
        let step = approved.step(Transition::Intend { bounds, approvals, valid }, now());
        match need {
            None => assert_eq!(step.unwrap().next.window.unwrap().end, now().plus(span("1h"))),
            Some(need) => assert!(
                matches!(step, Err(crate::domain::Conflict::TooFewVotes { need: n, .. }) if n == need)
            ),
        }
    };
    stricter(&changed("'2h'", "'9h'"), None);
    stricter(&changed("approvals = 2", "approvals = 1"), None);
    stricter(&changed("approvals = 2", "approvals = 3"), Some(3));
    // Now nobody has to agree, and then two had to: the votes of then have nobody left who may vote.
    let auto = "auto-approve = \"request.role == 'web'\"";
    stricter(&changed("approvers = ['group:leads']\napprovals = 2", auto), Some(2));
    // A stage before the others that nobody has agreed to.
    let stages = "[[role.web.stage]]\napprovers = ['dave']\napprovals = 1\n\
                  [[role.web.stage]]\napprovers = ['group:leads']\napprovals = 2\n[role.web.ssh]";
    let staged =
        POLICY.replace("approvers = ['group:leads']\napprovals = 2\n", "").replace("[role.web.ssh]", stages);
    stricter(&staged, Some(4));
    let ticket = changed("max-duration = '2h'", "max-duration = '2h'\nrequire = { ticket = 'X' }");
    assert!(matches!(voided(&ticket, &request, Some(7), |_| true), Refusal::TicketMissing { .. }));
}

#[test]
fn an_approver_who_lost_the_right_or_is_disabled_does_not_count() {
    let request = approved_by(&["alice", "bob"]);
    let moved = changed("['alice', 'bob', 'erin', 'ci-deploy']", "['alice', 'erin', 'dave']");
    assert_eq!(activates(&moved, &request, |_| true).valid, 1);
    assert_eq!(activates(POLICY, &request, |actor| actor.name() != "bob").valid, 1);
}

#[test]
fn a_vote_of_a_service_an_alias_or_the_requester_does_not_count() {
    let mut request = approved_by(&["alice", "bob", "ci-deploy", "erin"]);
    request.votes[1].by.human = principal("alice");
    request.votes[2].by.kind = Kind::Service;
    request.votes[3].by.human = principal("carol");
    assert_eq!(activates(POLICY, &request, |_| true).valid, 1);
}

#[test]
fn a_requester_who_lost_the_right_or_is_disabled_gets_nothing() {
    let request = approved_by(&["alice", "bob"]);
    let lost = changed("members = ['carol', 'ci-deploy']", "members = ['ci-deploy']");
    assert!(matches!(voided(&lost, &request, Some(7), |_| true), Refusal::RequesterLost { .. }));
    let disabled = voided(POLICY, &request, Some(7), |actor| actor.name() != "carol");
    assert!(matches!(disabled, Refusal::RequesterLost { .. }));
    let elsewhere = changed("resources = ['web-*']", "resources = ['web-2']");
    assert!(matches!(voided(&elsewhere, &request, Some(7), |_| true), Refusal::NoSuchResource { .. }));
}

#[test]
fn what_is_given_is_what_both_policies_give_or_nothing() {
    let request = approved_by(&["alice", "bob"]);
    let given = |text: &str| match rechecked(text, &request, Some(7), &facts(&nothing()), |_| true) {
        Recheck::Allow { gives: Gives::Ssh(gives), .. } => gives.principals.into_iter().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(given(&changed("['deploy', 'www']", "['deploy']")), ["deploy"]);
    assert_eq!(given(&changed("['deploy', 'www']", "['deploy', 'www', 'root']")), ["deploy", "www"]);
    for (from, to) in [
        ("['deploy', 'www']", "['root']"),
        ("['deploy', 'www']", "['deploy']\nforce-command = 'date'"),
        ("['deploy', 'www']", "['deploy']\nsource-addresses = ['10.0.0.0/8']"),
    ] {
        let refusal = voided(&changed(from, to), &request, Some(7), |_| true);
        assert!(matches!(refusal, Refusal::GivesChanged { .. }), "{to}");
    }
}

#[test]
fn a_delegation_that_is_taken_back_voids_the_vote_and_one_that_ran_out_does_not() {
    let text = approvers("['alice', 'bob']");
    let mut request = pending(&policy(&text));
    request.votes = vec![Vote {
        by: person("dave"),
        on_behalf: Some(principal("alice")),
        at: now(),
        stage: 0,
        shown: request.digest(),
        max: None,
        comment: None,
    }];
    let later = now().plus(span("1h"));
    let valid_by = |request: &Request, world: &World, active: &dyn Fn(&Actor) -> bool| {
        let facts = Facts { now: later, ..facts(world) };
        terms(rechecked(&text, request, Some(7), &facts, active)).valid
    };
    let valid = |world: &World| valid_by(&request, world, &|_| true);
    assert_eq!(valid(&given(vec![gives("alice", "dave")])), 1);
    assert_eq!(
        valid(&given(vec![Delegation { until: now().plus(span("1m")), ..gives("alice", "dave") }])),
        1
    );
    assert_eq!(valid(&nothing()), 0);
    // It was alice's say, and not bob's.
    assert_eq!(valid(&given(vec![gives("bob", "dave")])), 0);
    // Nor where alice is disabled, or dave is.
    let world = given(vec![gives("alice", "dave")]);
    for gone in ["alice", "dave"] {
        assert_eq!(valid_by(&request, &world, &|actor| actor.name() != gone), 0, "{gone}");
    }
    // Both says are used with it.
    let mut twice = request.clone();
    for name in ["alice", "dave"] {
        let second = Vote { by: person(name), on_behalf: None, ..request.votes[0].clone() };
        twice.votes.push(second);
    }
    assert_eq!(valid_by(&twice, &world, &|_| true), 1);
}

#[test]
fn an_approver_who_went_off_call_does_not_count_any_more() {
    let text = format!("{}{ON_CALL}", approvers("['group:oncall']"));
    let policy = policy(&text);
    let mut request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &on_call(&["bob"])), ["bob"]);
    assert!(say_of(&policy, &request, &nothing()).is_empty());
    let shown = request.digest();
    request.votes = vec![Vote {
        by: person("bob"),
        on_behalf: None,
        at: now(),
        stage: 0,
        shown,
        max: None,
        comment: None,
    }];
    for (world, valid) in [(on_call(&["bob"]), 1), (on_call(&["erin"]), 0), (on_call(&[]), 0), (nothing(), 0)]
    {
        assert_eq!(terms(rechecked(&text, &request, Some(7), &facts(&world), |_| true)).valid, valid);
    }
}

#[test]
fn an_auto_approval_that_no_longer_holds_is_none() {
    let policy = policy(POLICY);
    let ask = Ask {
        id: RequestId::from_random([3; 8]),
        requester: person("carol"),
        role: "db".parse().unwrap(),
        resource: "db-1".parse().unwrap(),
        terms: policy.roles["db"].terms(7, Approvals::AUTO, span("1h"), span("1h")),
        duration: span("1h"),
        start: None,
        reason: "look".into(),
        ticket: Some("OPS-1".into()),
        debrief_within: None,
    };
    let request = Request::file(ask, now());
    assert_eq!(activates(POLICY, &request, |_| true).approvals, 0);
    let elsewhere = POLICY.replace("labels = { env = 'staging' }", "labels = { env = 'production' }");
    assert!(matches!(voided(&elsewhere, &request, Some(7), |_| true), Refusal::NobodyDecides { .. }));
    let people = POLICY
        .replace("auto-approve = \"resource.labels.env == 'staging'\"", "approvers = ['bob']\napprovals = 1");
    assert_eq!(activates(&people, &request, |_| true), Terms { max: "1h", approvals: 1, valid: 0 });
    let denied = format!("{POLICY}[deny.d]\nrequesters = ['carol']\n");
    assert!(matches!(voided(&denied, &request, Some(7), |_| true), Refusal::Denied { .. }));
}
