//! What may be asked for, and all reasons why not.

use super::*;

#[track_caller]
fn refused(ask: &AskedFor<'_>) -> Vec<Refusal> {
    refusals_of(&policy(POLICY), ask, &facts(&nothing()))
}

#[test]
fn what_a_role_offers_is_allowed_and_nothing_else() {
    let carol = person("carol");
    allowed(&ask(&carol));
    allowed(&AskedFor {
        role: "db",
        resource: None,
        duration: span("1h"),
        reason: "",
        ticket: Some("OPS-1"),
        ..ask(&carol)
    });
    // A CI service asks as people do.
    allowed(&ask(&Actor { kind: Kind::Service, ..person("ci-deploy") }));
    let missing = |role: &str| vec![Refusal::NoSuchRole { role: role.to_owned() }];
    for role in ["", "WEB", "web ", "we", "group:contractors", "\u{202e}web"] {
        assert_eq!(refused(&AskedFor { role, ..ask(&carol) }), missing(role));
    }
    // An approver is no requester, and a group's name is nobody.
    for name in ["alice", "mallory", "contractors", "caro"] {
        assert_eq!(refused(&ask(&person(name))), missing("web"));
    }
}

#[test]
fn a_role_of_others_looks_like_one_that_is_not_there() {
    let bob = person("bob");
    // Everything else about it is wrong too, and nothing of that is told.
    let hidden = AskedFor { role: "db", resource: Some("x"), duration: span("9d"), reason: "", ..ask(&bob) };
    let absent = AskedFor { role: "dc", ..hidden.clone() };
    let (hidden, absent) = (refused(&hidden), refused(&absent));
    assert_eq!(hidden.len(), 1);
    assert!(hidden[0].is_hidden());
    assert_eq!(hidden[0].to_string(), absent[0].to_string().replace("dc", "db"));
}

#[test]
fn the_longest_time_plus_one_second_is_refused_and_never_rounded() {
    let carol = person("carol");
    allowed(&AskedFor { duration: span("7200s"), ..ask(&carol) });
    let (asked, max) = (span("7201s"), span("2h"));
    assert_eq!(
        refused(&AskedFor { duration: asked, ..ask(&carol) }),
        [Refusal::TooLong { asked, max, by: None }]
    );
}

#[test]
fn a_resource_is_one_of_the_roles_own_and_named_where_there_are_several() {
    let carol = person("carol");
    for resource in ["db-1", "web-3", "web-*", "", "WEB-1"] {
        let refusals = refused(&AskedFor { resource: Some(resource), ..ask(&carol) });
        let role = "web".parse().unwrap();
        assert_eq!(refusals, [Refusal::NoSuchResource { role, resource: resource.to_owned() }]);
    }
    let refusals = refused(&AskedFor { resource: None, ..ask(&carol) });
    assert_eq!(refusals[0].to_string(), "role web has 2 resources: web-1, web-2");
}

#[test]
fn a_reason_of_blanks_is_none_and_a_ticket_matches_as_a_whole() {
    let carol = person("carol");
    for reason in ["", "  ", "\t\n"] {
        assert_eq!(refused(&AskedFor { reason, ..ask(&carol) }), [Refusal::ReasonMissing]);
    }
    let db = |ticket| AskedFor { role: "db", resource: None, duration: span("1h"), ticket, ..ask(&carol) };
    assert!(matches!(refused(&db(None))[..], [Refusal::TicketMissing { .. }]));
    for ticket in ["", "OPS-", "xOPS-1", "OPS-1 ", "OPS-1\n", "ops-1", "OPS-1\nOPS-2", "OPS-１"] {
        assert!(matches!(refused(&db(Some(ticket)))[..], [Refusal::TicketPattern { .. }]), "{ticket:?}");
    }
}

#[test]
fn a_start_is_neither_in_the_past_nor_beyond_the_plan() {
    let carol = person("carol");
    let at = |millis| Some(Time::from_millis(now().millis() + millis));
    let far = PLAN_AHEAD.millis();
    allowed(&AskedFor { start: at(0), ..ask(&carol) });
    allowed(&AskedFor { start: at(far), ..ask(&carol) });
    assert!(matches!(
        refused(&AskedFor { start: at(-1), ..ask(&carol) })[..],
        [Refusal::StartInThePast { .. }]
    ));
    assert!(matches!(
        refused(&AskedFor { start: at(far + 1), ..ask(&carol) })[..],
        [Refusal::StartTooFar { .. }]
    ));
}

#[test]
fn all_reasons_for_a_no_are_told_at_once_and_escaped() {
    let carol = person("carol");
    let all = refused(&AskedFor {
        role: "db",
        resource: None,
        duration: span("9h"),
        ticket: Some("\u{1b}"),
        start: Some(Time::from_millis(0)),
        ..ask(&carol)
    });
    assert_eq!(all.len(), 3, "{all:?}");
    // Without a resource there is nothing to weigh.
    let resource = refused(&AskedFor { resource: Some("\u{1b}[2J\u{202e}"), ..db(&carol) });
    assert_eq!(resource.len(), 1);
    let all = [all, resource].concat();
    let shown: String = all.iter().map(ToString::to_string).collect();
    assert_eq!(crate::domain::text::escape(&shown), shown);
}

#[test]
fn a_glass_is_broken_shortly_with_a_reason_at_once_and_not_twice_unseen() {
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'], \
                 debrief-within = '1d', requesters = ['dave'] }\nrequire = { reason = false, ticket = 'X' }\n\
                 when = \"request.duration < duration('25m') || !request.break_glass\"";
    let policy = web(glass, "");
    let dave = person("dave");
    let broken = AskedFor { break_glass: true, duration: span("10m"), ..ask(&dave) };
    let world = nothing();
    let of = |ask: &AskedFor<'_>| refusals_of(&policy, ask, &facts(&world));
    // No ticket is needed, and a reason is.
    assert_eq!(allowed_by(&policy, &broken, &facts(&world)).debrief_within, Some(span("1d")));
    assert_eq!(of(&AskedFor { reason: " ", ..broken.clone() }), [Refusal::ReasonMissing]);
    let all = of(&AskedFor { duration: span("31m"), ..broken.clone() });
    assert!(matches!(all[..], [Refusal::NotWhen { .. }, Refusal::TooLong { .. }]), "{all:?}");
    let planned = of(&AskedFor { start: Some(now().plus(span("1h"))), ..broken.clone() });
    assert!(matches!(planned[..], [Refusal::StartTooFar { .. }]), "{planned:?}");
    let again = Facts { debrief_open: true, ..facts(&world) };
    assert_eq!(refusals_of(&policy, &broken, &again), [Refusal::DebriefOpen]);
    // Who may only break the glass may not ask, and the other way round; a role without one has none.
    assert!(matches!(
        of(&AskedFor { ticket: Some("X"), ..ask(&dave) })[..],
        [Refusal::OnlyBreakGlass { .. }]
    ));
    let carol = person("carol");
    assert!(matches!(
        of(&AskedFor { requester: &carol, ..broken.clone() })[..],
        [Refusal::NoBreakGlass { .. }]
    ));
    assert!(matches!(of(&AskedFor { break_glass: true, ..db(&carol) })[..], [Refusal::NoBreakGlass { .. }]));
}

#[test]
fn as_many_requests_are_open_as_the_role_lets_and_not_one_more() {
    let policy = web("max-open = 2", "");
    let (carol, world) = (person("carol"), nothing());
    let of = |open: u32| policy.decide(&ask(&carol), &Facts { open, ..facts(&world) });
    assert!(matches!(of(1), Decision::Allow(_)));
    for open in [2, 3, u32::MAX] {
        assert!(
            matches!(of(open), Decision::Refuse(all) if matches!(all[..], [Refusal::TooManyOpen { .. }]))
        );
    }
}

#[test]
fn a_ticket_is_good_in_its_system_or_it_is_refused() {
    let system = "[ticket-system.ops]\npattern = 'OPS-[0-9]+'\ncommand = ['/usr/local/bin/ticket']\n\
                  open-states = ['open']\nassignee = 'requester'\n";
    let policy = web("require = { ticket-system = 'ops' }", system);
    let (carol, world) = (person("carol"), nothing());
    let ask = AskedFor { ticket: Some("OPS-1"), ..ask(&carol) };
    let with = |ticket: TicketFact| Facts { ticket, ..facts(&world) };
    let _ = allowed_by(&policy, &ask, &with(TicketFact::Standing(TicketStanding::Good)));
    for fact in [
        TicketFact::NotAsked,
        TicketFact::Failed("time-out".to_owned()),
        TicketFact::Standing(TicketStanding::Closed { state: "done".to_owned() }),
        TicketFact::Standing(TicketStanding::NotAssigned { to: Some("dave".to_owned()) }),
        TicketFact::Standing(TicketStanding::NotAssigned { to: None }),
    ] {
        let all = refusals_of(&policy, &ask, &with(fact.clone()));
        assert!(matches!(all[..], [Refusal::Ticket { .. }]), "{fact:?}: {all:?}");
        // And again at each use.
        let mut request = approved_by(&["alice", "bob"]);
        request.ticket = Some("OPS-1".to_owned());
        let again = policy.recheck(&request, Recheckable::Use, Some(7), &with(fact), |_| true);
        assert!(matches!(again, Recheck::Refuse(_)));
    }
    // Whatever the system would say of it.
    let good = || with(TicketFact::Standing(TicketStanding::Good));
    let none = refusals_of(&policy, &AskedFor { ticket: None, ..ask.clone() }, &good());
    assert!(matches!(none[..], [Refusal::TicketMissing { .. }]), "{none:?}");
    let other = refusals_of(&policy, &AskedFor { ticket: Some("OPS-1 "), ..ask }, &good());
    assert!(matches!(other[..], [Refusal::TicketPattern { .. }]), "{other:?}");
}

#[test]
fn a_second_factor_is_proved_in_time_and_not_in_the_future() {
    let policy = web("require = { mfa = '15m' }", "");
    let (carol, world) = (person("carol"), nothing());
    let of = |mfa: Option<Time>| policy.decide(&ask(&carol), &Facts { mfa, ..facts(&world) });
    for good in [now(), now().minus(span("15m"))] {
        assert!(matches!(of(Some(good)), Decision::Allow(_)));
    }
    for bad in [None, Some(now().minus(span("901s"))), Some(now().plus(span("1s")))] {
        assert!(
            matches!(of(bad), Decision::Refuse(all) if matches!(all[..], [Refusal::Mfa { .. }])),
            "{bad:?}"
        );
    }
}

#[test]
fn what_is_let_through_for_being_short_is_not_made_long_piece_by_piece() {
    let auto = "auto-approve = \"request.duration <= duration('1h')\"\nmax-total = '8h'";
    let policy = web(auto, "");
    let mut request = pending(&policy);
    request.terms.approvals = Approvals::AUTO;
    let window = crate::domain::Window { start: now(), end: now().plus(span("1h")) };
    (request.state, request.window) = (crate::domain::State::Active, Some(window));
    let world = nothing();
    let of = |by: &str, request: &Request| match policy.recheck(
        request,
        Recheckable::Extension { by: span(by) },
        Some(7),
        &facts(&world),
        |_| true,
    ) {
        Recheck::Allow { approvals, .. } => approvals.needed(),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    };
    assert_eq!(of("1s", &request), 2);
    request.window = Some(crate::domain::Window { end: now().plus(span("30m")), ..window });
    assert_eq!((of("30m", &request), of("1801s", &request)), (0, 2));
    // The votes on more time are those that count for it.
    let by = |name: &str| Vote {
        by: person(name),
        on_behalf: None,
        at: now(),
        stage: 0,
        shown: request.digest(),
        max: None,
        comment: None,
    };
    let extension = Extension {
        by: span("1h"),
        reason: "not done".into(),
        asked: now(),
        pending_until: now().plus(span("1h")),
        approvals: Approvals::humans(2),
        votes: vec![by("alice"), by("bob"), by("carol"), by("dave")],
    };
    request.extension = Some(extension);
    match policy
        .recheck(&request, Recheckable::Extension { by: span("1h") }, Some(7), &facts(&world), |_| true)
    {
        Recheck::Allow { valid, bounds, .. } => assert_eq!((valid, bounds.max), (vec![2], span("8h"))),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}
