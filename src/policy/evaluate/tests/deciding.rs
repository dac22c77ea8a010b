//! Who has a say.

use super::*;

#[test]
fn the_owner_of_the_resource_and_the_sponsor_of_the_requester_decide() {
    let text = approvers("['resource:owner', 'requester:sponsor']")
        .replace("carol = {}", "carol = { sponsor = 'erin' }")
        .replace("labels = { env = 'production' }", "owners = ['dave']");
    let policy = policy(&text);
    let request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &nothing()), ["dave", "erin"]);
    let elsewhere = Request { resource: "web-2".parse().unwrap(), ..request.clone() };
    assert_eq!(say_of(&policy, &elsewhere, &nothing()), ["erin"]);
    let by_ci = Request { requester: Actor { human: principal("dave"), ..person("ci-deploy") }, ..request };
    // The owner's own service, which has no sponsor.
    assert!(say_of(&policy, &by_ci, &nothing()).is_empty());
}

#[test]
fn others_decide_too_once_it_is_escalated_and_not_before() {
    let text = approvers("['alice']")
        .replace("approvals = 1", "approvals = 1\nescalate = { after = '1h', to = ['erin'] }");
    let policy = policy(&text);
    let mut request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice"]);
    request = request.step(Transition::Escalate, now().plus(span("1h"))).unwrap().next;
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice", "erin"]);
    // A vote that is dated before the escalation is none.
    let shown = request.digest();
    let by_erin =
        |at| Vote { by: person("erin"), on_behalf: None, at, stage: 0, shown, max: None, comment: None };
    for (at, valid) in [(now().plus(span("59m")), 0), (now().plus(span("1h")), 1)] {
        request.votes = vec![by_erin(at)];
        assert_eq!(terms(rechecked(&text, &request, Some(7), &facts(&nothing()), |_| true)).valid, valid);
    }
}

#[test]
fn whoever_decides_at_a_later_stage_sees_nothing_before() {
    let stages = "[[role.web.stage]]\napprovers = ['alice']\napprovals = 1\n\
                  [[role.web.stage]]\napprovers = ['erin']\napprovals = 1\n[role.web.ssh]";
    let text =
        POLICY.replace("approvers = ['group:leads']\napprovals = 2\n", "").replace("[role.web.ssh]", stages);
    let policy = policy(&text);
    let request = pending(&policy);
    let sees = |request: &Request, name: &str| policy.concerns(request, &person(name), now(), &nothing());
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice"]);
    assert!(sees(&request, "alice") && !sees(&request, "erin") && !sees(&request, "bob"));
    let vote = |request: &Request, name: &str, stage| Vote {
        by: person(name),
        on_behalf: None,
        at: now(),
        stage,
        shown: request.digest(),
        max: None,
        comment: None,
    };
    let first = request.step(Transition::Approve(vote(&request, "alice", 0)), now()).unwrap().next;
    assert_eq!(say_of(&policy, &first, &nothing()), ["erin"]);
    assert!(sees(&first, "alice") && sees(&first, "erin") && !sees(&first, "bob"));
    // A vote of the one counts for no other stage.
    let mut both = first.clone();
    both.votes.push(vote(&first, "erin", 1));
    let valid = |request: &Request| match rechecked(&text, request, Some(7), &facts(&nothing()), |_| true) {
        Recheck::Allow { valid, .. } => valid,
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    };
    assert_eq!(valid(&both), [1, 1]);
    both.votes[1].stage = 0;
    assert_eq!(valid(&both), [1, 0]);
}

#[test]
fn a_delegation_is_never_chained_and_never_to_or_from_the_requester() {
    let text = approvers("['alice', 'carol', 'x1', 'group:leads']")
        .replace("carol = {}", "carol = {}\nx1 = { alias-of = 'carol' }")
        .replace("members = ['alice', 'bob', 'erin', 'ci-deploy']", "members = ['alice', 'ci-deploy']");
    let policy = policy(&text);
    let request = pending(&policy);
    let says = |all: Vec<Delegation>| say_of(&policy, &request, &given(all));
    assert_eq!(says(vec![]), ["alice"]);
    assert_eq!(says(vec![gives("alice", "dave")]), ["alice", "dave"]);
    assert_eq!(says(vec![gives("alice", "dave"), gives("dave", "erin")]), ["alice", "dave"]);
    for none in [
        gives("bob", "dave"),
        gives("alice", "carol"),
        gives("carol", "dave"),
        // The requester under another name, and a service.
        gives("x1", "dave"),
        gives("ci-deploy", "dave"),
        gives("nobody", "dave"),
        Delegation { since: now().plus(span("1s")), ..gives("alice", "dave") },
        Delegation { until: now(), ..gives("alice", "dave") },
        Delegation { role: Some("db".parse().unwrap()), ..gives("alice", "dave") },
    ] {
        assert_eq!(says(vec![none.clone()]), ["alice"], "{none:?}");
    }
    let only = Delegation { role: Some("web".parse().unwrap()), ..gives("alice", "dave") };
    assert_eq!(says(vec![only]), ["alice", "dave"]);
    let service = Actor { kind: Kind::Service, ..person("dave") };
    let world = given(vec![gives("alice", "dave")]);
    assert_eq!(policy.say(&request, &service, now(), &world), None);
}

#[test]
fn an_alias_of_the_requester_has_no_say_even_where_the_directory_does_not_know_of_it() {
    let policy = policy(
        &approvers("['alice', 'x1']").replace("carol = {}", "carol = {}\nx1 = { alias-of = 'carol' }"),
    );
    assert_eq!(policy.say(&pending(&policy), &person("x1"), now(), &nothing()), None);
}

#[test]
fn a_list_from_outside_makes_nobody_a_member_whom_the_policy_does_not_declare() {
    let text = POLICY.replace("requesters = ['group:contractors']", "requesters = ['group:oncall']");
    let policy = policy(&format!("{text}{ON_CALL}"));
    let world = on_call(&["mallory", "erin"]);
    let _ = allowed_by(&policy, &ask(&person("erin")), &facts(&world));
    assert!(refusals_of(&policy, &ask(&person("mallory")), &facts(&world))[0].is_hidden());
    assert_eq!(policy.people(&policy.roles["web"].requesters, &world).len(), 1);
}
