use proptest::prelude::*;

use super::*;
use crate::domain::{Actor, Principal, Resource};
use crate::policy::tools::shop::{SHOP, any_policy, now, policy, shop_with};
use crate::policy::{AskedFor, Decision, Facts, TicketFact, World};

fn rows(text: &str, filter: &Filter) -> String {
    let line = |row: Row| {
        let on: Vec<&str> = row.resources.iter().map(Name::as_str).collect();
        let unless: Vec<_> = row.unless.iter().map(|unless| unless.condition.as_str()).collect();
        format!(
            "{} | {} on {} | {:?} {} | {} ({}) | {} | {} | {}\n",
            row.who,
            row.role,
            on.join(" "),
            row.way,
            row.approvals,
            row.longest,
            row.total,
            row.when.join("; "),
            row.requires.join("; "),
            unless.join("; "),
        )
    };
    who(&policy(text), filter).into_iter().map(line).collect()
}

#[test]
fn people_with_the_same_are_one_row_and_rules_set_them_apart() {
    insta::assert_snapshot!(rows(SHOP, &Filter::default()), @r##"
dave and whoever is in group pager at the time | prod-root on shop-db-1 shop-web-1 | BreakGlass none | 15m (15m) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
group ops (3 people) and whoever is in group pager at the time | prod-root on shop-db-1 shop-web-1 | Approval 1, then 1 | 30m (1h) |  | a reason; a ticket (INC-[0-9]+) | now > timestamp('2026-12-20T00:00:00Z')
carl | shell on shop-web-1 | Approval 1 | 1h (1h) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
carol | shell on shop-db-1 shop-web-1 | Approval 1 | 1h (1h) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
group contractors (2 people) | shell on stage-1 | AutoApprove none | 1h (1h) |  | a reason | 
group ops (3 people) | shell on shop-db-1 shop-web-1 | Approval 1 | 2h (2h) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
group ops (3 people) | shell on stage-1 | AutoApprove none | 2h (2h) |  | a reason |
"##);
}

#[test]
fn alone_is_whoever_needs_no_other_human() {
    let alone = Filter { alone: true, ..Filter::default() };
    insta::assert_snapshot!(rows(SHOP, &alone), @r##"
dave and whoever is in group pager at the time | prod-root on shop-db-1 shop-web-1 | BreakGlass none | 15m (15m) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
group contractors (2 people) | shell on stage-1 | AutoApprove none | 1h (1h) |  | a reason | 
group ops (3 people) | shell on stage-1 | AutoApprove none | 2h (2h) |  | a reason |
"##);
    let production = [("env".to_owned(), "production".to_owned())];
    let alone = Filter { labels: production.into(), ..alone };
    insta::assert_snapshot!(rows(SHOP, &alone), @r##"
dave and whoever is in group pager at the time | prod-root on shop-db-1 shop-web-1 | BreakGlass none | 15m (15m) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
"##);
    // What is approved by itself everywhere is so in production too.
    let lax = shop_with("resource.labels.env == 'staging'", "request.duration <= duration('1h')");
    insta::assert_snapshot!(rows(&lax, &alone), @r##"
dave and whoever is in group pager at the time | prod-root on shop-db-1 shop-web-1 | BreakGlass none | 15m (15m) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
carl | shell on shop-web-1 | AutoApprove none | 1h (1h) | request.duration <= duration('1h') | a reason | now > timestamp('2026-12-20T00:00:00Z')
carol | shell on shop-db-1 shop-web-1 | AutoApprove none | 1h (1h) | request.duration <= duration('1h') | a reason | now > timestamp('2026-12-20T00:00:00Z')
group ops (3 people) | shell on shop-db-1 shop-web-1 | AutoApprove none | 2h (2h) | request.duration <= duration('1h') | a reason | now > timestamp('2026-12-20T00:00:00Z')
"##);
}

#[test]
fn a_deny_rule_without_a_condition_takes_people_out_and_one_with_is_told() {
    let all = shop_with("when = \"now > timestamp('2026-12-20T00:00:00Z')\"\n", "");
    let production = [("env".to_owned(), "production".to_owned())];
    assert_eq!(rows(&all, &Filter { labels: production.into(), ..Filter::default() }), "");
    let carl = Filter { requester: Some("carl".parse().unwrap()), ..Filter::default() };
    insta::assert_snapshot!(rows(SHOP, &carl), @r##"
carl | shell on shop-web-1 | Approval 1 | 1h (1h) |  | a reason | now > timestamp('2026-12-20T00:00:00Z')
carl | shell on stage-1 | AutoApprove none | 1h (1h) |  | a reason |
"##);
}

#[test]
fn many_roles_of_many_people_take_no_time_for_each_pair() {
    let mut text = String::from("[label]\nenv = ['production']\n[person]\n");
    let names: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
    text.extend(names.iter().map(|name| format!("{name} = {{}}\n")));
    text.push_str(&format!("[group.all]\nmembers = {names:?}\n"));
    text.push_str(&format!("[group.leads]\nmembers = {:?}\n", &names[..5]));
    for n in 0..1_000 {
        text.push_str(&format!(
            "[resource.x{n}]\nprovider = 'ssh'\nlabels = {{ env = 'production' }}\n[role.r{n}]\ndescription = 'd'\nresources = ['x{n}']\n\
             requesters = ['group:all']\napprovers = ['group:leads']\napprovals = 1\nmax-duration = '1h'\n\
             [role.r{n}.ssh]\nprincipals = ['p']\n"
        ));
    }
    let one = policy(&text);
    let other = policy(&text.replacen("'group:all'", "'group:all', 'p1'", 1).replace("'1h'", "'2h'"));
    let start = std::time::Instant::now();
    assert_eq!(who(&one, &Filter::default()).len(), 1_000);
    let changes = super::super::diff::diff(&one, &other);
    assert_eq!(changes.len(), 1_000);
    assert_eq!(changes[0].text, "group all (10000 people): role r0 lasts 2h instead of 1h");
    let places = super::super::Places::of(&[]);
    let _ = super::super::lint::lint(&one, &places, &Default::default(), now());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

fn actor(policy: &Policy, name: &Name) -> Actor {
    let person = &policy.people[name];
    let principal = |name: &Name| Principal { issuer: name.clone(), subject: name.clone() };
    let human = person.human.as_ref().unwrap_or(name);
    Actor { principal: principal(name), kind: person.kind, human: principal(human) }
}

/// The longest that is allowed, and whether anybody has to agree; by asking, hour by hour.
fn decided(policy: &Policy, name: &Name, role: &Role, on: &Resource, glass: bool) -> Option<(Span, bool)> {
    let (world, requester) = (World::default(), actor(policy, name));
    let mut found = None;
    for hours in 1..20 {
        let duration = Span::from_secs(hours * 3600).unwrap();
        let ask = AskedFor {
            requester: &requester,
            role: role.name.as_str(),
            resource: Some(on.name.as_str()),
            duration,
            start: None,
            reason: "x",
            ticket: None,
            break_glass: glass,
        };
        let facts = Facts {
            now: now(),
            mfa: None,
            ticket: TicketFact::NotAsked,
            open: 0,
            debrief_open: false,
            world: &world,
        };
        if let Decision::Allow(allowed) = policy.decide(&ask, &facts) {
            assert!(allowed.max >= duration);
            found = Some((duration, allowed.approvals.is_auto()));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Held against decisions: nobody is left out, nobody is added, and each time is exact.
    #[test]
    fn a_row_is_what_decisions_say(text in any_policy()) {
        let policy = policy(&text);
        for name in policy.people.keys() {
            let rows = who(&policy, &Filter { requester: Some(name.clone()), ..Filter::default() });
            let all = who(&policy, &Filter::default());
            for role in policy.roles.values() {
                for on in role.resources.iter().map(|resource| &policy.resources[resource]) {
                    for glass in [false, true] {
                        let told: Vec<_> = rows
                            .iter()
                            .filter(|row| row.role == role.name && row.resources.contains(&on.name))
                            .filter(|row| (row.way == Way::BreakGlass) == glass)
                            .map(|row| (row.longest, row.approvals.is_auto()))
                            .collect();
                        let decided = decided(&policy, name, role, on, glass);
                        prop_assert_eq!(&told, &decided.into_iter().collect::<Vec<_>>(), "{} {} {}\n{}", name, role.name, on.name, text);
                        let named = all.iter().any(|row| {
                            row.role == role.name && row.resources.contains(&on.name) && (row.way == Way::BreakGlass) == glass
                                && (row.who.people.contains(name) || row.who.groups.iter().any(|group| policy.is_member(&group.name, name, &World::default())))
                        });
                        prop_assert_eq!(named, decided.is_some());
                    }
                }
            }
        }
    }
}
