//! What the targets share: reading a policy, asking it everything, and what has to hold of its words.

use jit_access::domain::text::escape;
use jit_access::domain::{Actor, Delegation, Kind, Name, Principal, Span, Time};
use jit_access::policy::model::Group;
use jit_access::policy::{
    AskedFor, Decision, Diagnostic, Facts, Policy, SourceFile, TicketFact, Took, World,
};

pub const NOW: i64 = 1_795_000_000_000;

pub fn file(text: &str) -> SourceFile {
    SourceFile { name: "p.toml".to_owned(), text: text.to_owned() }
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name of ours")
}

pub fn person(who: &Name) -> Actor {
    Actor::person(Principal { issuer: name("jit"), subject: who.clone() })
}

/// INVARIANT 11: what is shown is one line of plain text.
pub fn assert_plain(text: &str) {
    assert_eq!(escape(text), text, "a control or an invisible character gets through");
}

/// What is wrong names a place that is there, and is safe to show.
pub fn assert_shown(diagnostics: &[Diagnostic], files: &[SourceFile]) {
    assert!(!diagnostics.is_empty(), "it was refused without a reason");
    for diagnostic in diagnostics {
        assert_plain(&diagnostic.to_string());
        assert_plain(&diagnostic.label);
        assert_plain(diagnostic.hint.as_deref().unwrap_or_default());
        let related = diagnostic.related.iter().map(|related| &related.place);
        for place in std::iter::once(&diagnostic.place).chain(related) {
            assert!(place.line >= 1 && place.column >= 1);
            let Some(file) = files.iter().find(|file| file.name == place.file) else { continue };
            assert!(place.span.start <= place.span.end && place.span.end <= file.text.len(), "{place:?}");
            assert!(file.text.get(place.span.clone()).is_some(), "{place:?} is inside of a character");
        }
    }
    // The drawing is what takes its time.
    for diagnostic in diagnostics.iter().take(2) {
        diagnostic.render(files, false).lines().for_each(assert_plain);
        let _ = diagnostic.render(files, true);
    }
}

/// Asks for some of everything that there is, and something that there is not.
pub fn assert_answers(policy: &Policy) {
    let mut world = World::default();
    for (group, of) in &policy.groups {
        if let Group::OnCall(_) = of {
            world.on_call.insert(group.clone(), policy.people.keys().take(2).cloned().collect());
        }
    }
    let mut people: Vec<Actor> = policy.people.values().take(4).map(|who| actor(policy, who)).collect();
    if let [first, .., last] = &people[..] {
        world.delegations.push(Delegation {
            from: first.name().clone(),
            to: last.name().clone(),
            role: None,
            since: Time::from_millis(0),
            until: Time::from_millis(i64::MAX),
        });
    }
    people.push(person(&name("nobody")));
    for role in policy.roles.values().take(3) {
        for requester in &people {
            let resources = role.resources.iter().take(1).map(|name| Some(name.as_str()));
            for resource in resources.chain([None, Some("no-such-resource")]) {
                for break_glass in [false, true] {
                    ask(policy, requester, role.name.as_str(), resource, break_glass, &world);
                }
            }
        }
    }
}

fn actor(policy: &Policy, who: &jit_access::policy::model::Person) -> Actor {
    let mut actor = person(&who.name);
    actor.kind = who.kind;
    if let Some(human) = who.human.as_ref().filter(|human| policy.people.contains_key(*human)) {
        actor.human.subject = human.clone();
    }
    actor
}

fn ask(
    policy: &Policy,
    requester: &Actor,
    role: &str,
    resource: Option<&str>,
    break_glass: bool,
    world: &World,
) {
    let now = Time::from_millis(NOW);
    let mut ask = AskedFor {
        requester,
        role,
        resource,
        duration: Span::clamped(60),
        start: None,
        reason: "fuzz",
        ticket: Some("OPS-1"),
        break_glass,
    };
    let mut facts =
        Facts { now, mfa: Some(now), ticket: TicketFact::NotAsked, open: 0, debrief_open: false, world };
    for (duration, start, at) in [
        (60, None, NOW),
        (u64::MAX, Some(NOW + 3_600_000), NOW),
        (3600, Some(i64::MAX), i64::MIN),
        (1, None, i64::MAX),
    ] {
        ask.duration = Span::clamped(duration);
        ask.start = start.map(Time::from_millis);
        facts.now = Time::from_millis(at);
        let judged = policy.judge(&ask, &facts);
        match judged.decision {
            Decision::Refuse(refusals) => {
                assert!(!refusals.is_empty(), "refused without a reason");
                refusals.iter().for_each(|refusal| assert_plain(&refusal.to_string()));
            }
            Decision::Allow(allowed) => {
                assert!(policy.may_request(allowed.role, requester, world), "nobody let them ask");
                assert!(allowed.role.resources.contains(&allowed.resource.name));
                assert!(ask.duration <= allowed.max && allowed.max <= allowed.role.max_duration);
                for took in judged.took {
                    assert!(!matches!(took, Took::Deny { denies: true, .. }), "a deny rule was passed over");
                }
                for stage in &allowed.role.stages {
                    let deciders = policy.deciders(stage, &allowed.resource.name, requester, world);
                    assert!(!deciders.contains(requester.name()), "INVARIANT 2: they decide for themselves");
                    let service = |name: &&Name| {
                        policy.people.get(*name).is_some_and(|person| person.kind == Kind::Service)
                    };
                    assert!(!deciders.iter().any(service), "INVARIANT 2: a service decides");
                }
            }
        }
    }
}

/// One word on each thing that a policy means, whatever its layout.
pub fn meaning(policy: &Policy) -> String {
    let Policy { people, companies, labels, groups, windows, ticket_systems, resources, roles, .. } = policy;
    let groups: Vec<_> = groups.iter().map(|(name, group)| format!("{name} {group:?}")).collect();
    let windows: Vec<_> =
        windows.iter().map(|(name, window)| format!("{name} {}", window.meaning())).collect();
    let systems: Vec<_> = ticket_systems.values().map(|system| system.meaning()).collect();
    let roles: Vec<_> = roles.values().map(|role| format!("{} {}", role.name, role.digest)).collect();
    let rules: Vec<_> = policy
        .denies
        .values()
        .map(|deny| format!("{} {:?} {:?}", deny.name, deny.of, deny.when.as_ref().map(|when| when.text())))
        .chain(policy.limits.values().map(|limit| format!("{limit:?}")))
        .collect();
    format!(
        "{people:?} {companies:?} {labels:?} {groups:?} {windows:?} {systems:?} {resources:?} {roles:?} {rules:?}"
    )
}
