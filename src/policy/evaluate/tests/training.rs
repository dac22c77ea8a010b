//! Trainings and terms.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::training::Standing;
use crate::domain::{Digest, Duty, DutyKind, Proof};
use crate::policy::Proofs;

const REQUIRE: &str = "require = { training = ['course', 'second'], terms = ['rules'] }";
const MORE: &str = "[training.course]\nversion = 3\nvalid-for = '90d'\nlink = 'https://learn.example.net/c'\n\
                    [training.second]\nversion = 1\n\
                    [terms.rules]\nversion = 2\ntext = 'Be careful.'\nvalid-for = '365d'\n\
                    [person.'carol.two']\nalias-of = 'carol'\n[person.'dave.two']\nalias-of = 'dave'\n";

fn asking() -> Policy {
    web(REQUIRE, MORE)
}

fn duty(text: &str) -> Duty {
    let kind = if text == "rules" { DutyKind::Terms } else { DutyKind::Training };
    Duty { kind, name: text.parse().unwrap() }
}

fn proof(user: &str, of: &str, version: u32, ago: &str) -> Proof {
    Proof {
        user: user.parse().unwrap(),
        duty: duty(of),
        version,
        at: now().minus(span(ago)),
        until: None,
        by: principal("erin"),
        digest: (of == "rules").then(|| Digest::of(b"Be careful.")),
    }
}

fn all_of(user: &str) -> Vec<Proof> {
    vec![proof(user, "course", 3, "1d"), proof(user, "second", 1, "300d"), proof(user, "rules", 2, "1d")]
}

fn knowing(proofs: impl IntoIterator<Item = Proof>) -> World {
    World { proofs: Arc::new(proofs.into_iter().collect::<Proofs>()), ..World::default() }
}

fn unmet(policy: &Policy, who: &Actor, world: &World) -> Vec<(String, Standing)> {
    let all = match policy.decide(&ask(who), &facts(world)) {
        Decision::Allow(_) => Vec::new(),
        Decision::Refuse(all) => all,
    };
    let told = all.into_iter().map(|refusal| match refusal {
        Refusal::Duty { duty, standing, .. } => (duty.name.to_string(), standing),
        other => panic!("{other}"),
    });
    told.collect()
}

#[test]
fn whoever_has_not_proved_all_that_a_role_asks_for_is_refused_for_each() {
    let policy = asking();
    let carol = person("carol");
    let missing = |names: &[&str]| -> Vec<(String, Standing)> {
        names.iter().map(|name| ((*name).to_owned(), Standing::Missing)).collect()
    };
    assert_eq!(unmet(&policy, &carol, &nothing()), missing(&["course", "second", "rules"]));
    assert_eq!(unmet(&policy, &carol, &knowing(all_of("alice"))), missing(&["course", "second", "rules"]));
    assert_eq!(unmet(&policy, &carol, &knowing(all_of("carol"))), []);
    for (left, name) in ["course", "second", "rules"].iter().enumerate() {
        let mut some = all_of("carol");
        some.remove(left);
        assert_eq!(unmet(&policy, &carol, &knowing(some)), missing(&[name]));
    }
}

#[test]
fn a_proof_counts_for_every_name_of_its_human_and_for_no_one_else() {
    let policy = asking();
    let service = |owner: &str| Actor {
        principal: principal("ci-deploy"),
        kind: Kind::Service,
        human: principal(owner),
    };
    let world = knowing(all_of("dave"));
    assert_eq!(unmet(&policy, &service("dave"), &world), []);
    // The person behind an alias who answers for it.
    assert_eq!(unmet(&policy, &service("dave.two"), &world), []);
    assert_eq!(unmet(&policy, &service("carol"), &world).len(), 3);
    // Under the name of the service or of the alias, nothing is proved.
    assert_eq!(unmet(&policy, &service("dave"), &knowing(all_of("ci-deploy"))).len(), 3);
    assert_eq!(unmet(&policy, &person("carol"), &knowing(all_of("carol.two"))).len(), 3);
}

#[test]
fn old_versions_other_texts_and_what_has_expired_are_told_apart() {
    let policy = asking();
    let carol = person("carol");
    let with = |changed: Proof| {
        let world = knowing(all_of("carol").into_iter().chain([changed]));
        let refusals = refusals_of(&policy, &ask(&carol), &facts(&world));
        refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        with(proof("carol", "course", 2, "1d")),
        "training course: version 2 was superseded by version 3 (https://learn.example.net/c)"
    );
    assert_eq!(
        with(proof("carol", "course", 3, "90d")),
        "training course only held until 2026-11-21T12:00:00.000Z (https://learn.example.net/c)"
    );
    let other = Proof { digest: Some(Digest::of(b"Be careless.")), ..proof("carol", "rules", 2, "1d") };
    assert_eq!(with(other), "terms rules: the text of version 2 is another one since");
    let none = Proof { digest: None, ..proof("carol", "rules", 2, "1d") };
    assert_eq!(with(none), "terms rules: the text of version 2 is another one since");
    let ahead = Proof { at: now().plus(span("1s")), ..proof("carol", "second", 1, "1d") };
    assert_eq!(with(ahead), "training second is missing");
}

#[test]
fn no_grant_goes_on_behind_the_end_of_a_proof_and_none_is_planned_there() {
    let policy = asking();
    let carol = person("carol");
    let world = knowing(all_of("carol").into_iter().chain([proof("carol", "course", 3, "89d")]));
    let until = |world: &World| match policy.recheck(
        &approved_by(&["alice", "bob"]),
        Recheckable::Use,
        Some(7),
        &facts(world),
        |_| true,
    ) {
        Recheck::Allow { bounds, .. } => bounds.until,
        Recheck::Refuse(all) => panic!("{all:?}"),
    };
    assert_eq!(until(&world), Some(now().plus(span("1d"))));
    // By the record itself, where that is earlier.
    let end = now().plus(span("10m"));
    let recorded = Proof { until: Some(end), ..proof("carol", "second", 1, "1d") };
    assert_eq!(until(&knowing(all_of("carol").into_iter().chain([recorded]))), Some(end));
    let planned = AskedFor { start: Some(now().plus(span("1d"))), ..ask(&carol) };
    let all = refusals_of(&policy, &planned, &facts(&world));
    assert!(matches!(all[..], [Refusal::Duty { standing: Standing::Expired { .. }, .. }]), "{all:?}");
    let planned = AskedFor { start: Some(now().plus(span("23h"))), ..ask(&carol) };
    let _ = allowed_by(&policy, &planned, &facts(&world));
}

#[test]
fn a_proof_that_was_lost_since_the_approval_is_missed_at_each_use() {
    let policy = asking();
    let request = approved_by(&["alice", "bob"]);
    let of = |world: &World, what| policy.recheck(&request, what, Some(7), &facts(world), |_| true);
    for what in [Recheckable::Use, Recheckable::Extension { by: span("10m") }] {
        assert!(matches!(of(&nothing(), what), Recheck::Refuse(_)));
        assert!(matches!(of(&knowing(all_of("carol")), what), Recheck::Allow { .. }));
    }
}

#[test]
fn a_role_means_something_else_with_another_version_time_text_or_trainer() {
    let digest = |more: &str| web(REQUIRE, more).roles["web"].digest;
    let whole = digest(MORE);
    for (from, to) in [
        ("version = 3", "version = 4"),
        ("'90d'", "'91d'"),
        ("Be careful.", "Be careful!"),
        ("valid-for = '365d'\n", ""),
        ("version = 1\n", "version = 1\ntrainers = ['erin']\n"),
    ] {
        assert_eq!(MORE.matches(from).count(), 1, "{from}");
        assert_ne!(digest(&MORE.replace(from, to)), whole, "{to}");
    }
    for (from, to) in
        [("learn.example.net", "courses.example.net"), ("version = 1\n", "version = 1\ndescription = 'x'\n")]
    {
        assert_eq!(digest(&MORE.replace(from, to)), whole, "{to}");
    }
    assert_ne!(web("require = { terms = ['rules'] }", MORE).roles["web"].digest, whole);
    // Nothing is asked for: as it was before anything could be.
    assert_eq!(web("", "").roles["web"].digest, web("", MORE).roles["web"].digest);
}

fn any_proof() -> impl Strategy<Value = Proof> {
    let text = prop_oneof![Just(None), Just(Some("Be careful.")), Just(Some("Be careless."))];
    (0..3usize, 0..3usize, 0..5u32, 0..100i64, prop::option::of(-2..40i64), text).prop_map(
        |(user, of, version, ago, until, text)| {
            let day = 86_400_000;
            Proof {
                at: Time::from_millis(now().millis() - (ago - 1) * day),
                until: until.map(|days| Time::from_millis(now().millis() + days * day)),
                digest: text.map(|text| Digest::of(text.as_bytes())),
                ..proof(
                    ["carol", "carol.two", "alice"][user],
                    ["course", "second", "rules"][of],
                    version,
                    "1d",
                )
            }
        },
    )
}

proptest! {
    #[test]
    fn taking_away_a_proof_never_turns_a_refusal_into_a_grant(
        proofs in prop::collection::vec(any_proof(), 0..12),
        good in any::<bool>(),
        left in 0..12usize,
    ) {
        let policy = asking();
        let mut proofs: Vec<Proof> = proofs;
        if good {
            proofs.extend(all_of("carol"));
        }
        // One for each duty, as they are kept.
        let mut kept: Vec<Proof> = Vec::new();
        for proof in proofs {
            kept.retain(|other| (&other.user, &other.duty) != (&proof.user, &proof.duty));
            kept.push(proof);
        }
        let mut fewer = kept.clone();
        if left < fewer.len() {
            fewer.remove(left);
        }
        let carol = person("carol");
        let (with, without) = (knowing(kept), knowing(fewer));
        let allows = |world: &World| matches!(policy.decide(&ask(&carol), &facts(world)), Decision::Allow(_));
        prop_assert!(allows(&with) || !allows(&without));
        let request = approved_by(&["alice", "bob"]);
        let ends = |world: &World| match policy.recheck(&request, Recheckable::Use, Some(7), &facts(world), |_| true) {
            Recheck::Allow { bounds, .. } => Some(bounds.until),
            Recheck::Refuse(_) => None,
        };
        // What is used all the same ends no later.
        prop_assert!(ends(&without).is_none() || ends(&without) == ends(&with));
    }
}
