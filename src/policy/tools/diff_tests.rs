use proptest::prelude::*;

use super::*;
use crate::policy::tools::shop::{SHOP, any_policy, policy, shop_with};

fn told(old: &str, new: &str) -> String {
    let line = |change: Change| format!("{:?}: {}\n", change.effect, change.text);
    diff(&policy(old), &policy(new)).into_iter().map(line).collect()
}

/// Each change of the shop by itself, there and back.
#[test]
fn a_change_is_told_as_a_sentence_by_who_gains_and_who_loses() {
    let changes = [
        (
            "carol goes to the operators",
            "ops = { members = [\"bob\",",
            "ops = { members = [\"carol\", \"bob\",",
        ),
        ("longer", "max-duration = \"2h\"", "max-duration = \"4h\""),
        ("a limit", "max-duration = \"1h\"\n", "max-duration = \"90m\"\n"),
        ("total", "max-total = \"1h\"", "max-total = \"2h\""),
        (
            "carl is let in",
            "[deny.carl]\ndescription = \"Carl has left the shop\"\nrequesters = [\"carl\"]\nresources = [\"shop-db-1\"]\n",
            "",
        ),
        ("a freeze for all", "when = \"now > timestamp('2026-12-20T00:00:00Z')\"\n", ""),
        ("another condition", "resource.labels.env == 'staging'", "request.duration <= duration('1h')"),
        ("another lead", "leads = { members = [\"alice\", ", "leads = { members = [\"alice\", \"erin\", "),
        (
            "one approval more",
            "approvers = [\"group:leads\"]\napprovals = 1\nmax",
            "approvers = [\"group:leads\"]\napprovals = 2\nmax",
        ),
        ("no window", "use-windows = [\"office\"]\n", ""),
        ("a longer window", "mon-fri 08:00-18:00", "mon-sat 08:00-18:00"),
        ("no ticket", ", ticket = \"INC-[0-9]+\"", ""),
        (
            "more glass",
            "requesters = [\"group:pager\", \"dave\"] }",
            "requesters = [\"group:pager\", \"group:ops\"] }",
        ),
        ("another owner", "owners = [\"erin\"]", "owners = [\"dave\"]"),
        ("more rights", "principals = [\"deploy\"]", "principals = [\"deploy\", \"root\"]"),
        ("once only", "[role.prod-root.ssh]", "[role.prod-root.x]"),
        (
            "later",
            "carl = { company = \"acme\", sponsor = \"alice\", contract-end = \"2027-03-31\" }",
            "carl = { company = \"acme\", sponsor = \"bob\", contract-end = \"2027-04-30\" }",
        ),
        (
            "another place",
            "labels = { env = \"staging\" }",
            "labels = { env = \"staging\" }\naddress = \"s.example\"",
        ),
        ("who is on call", "/etc/jit/oncall", "/etc/jit/pager"),
    ];
    let mut all = String::new();
    for (what, from, to) in changes {
        let new = match what {
            "once only" => shop_with("max-duration = \"30m\"", "max-duration = \"30m\"\nsingle-use = true"),
            _ => shop_with(from, to),
        };
        all += &format!("# {what}\n{}# and back\n{}", told(SHOP, &new), told(&new, SHOP));
    }
    insta::assert_snapshot!(all, @"");
}

#[test]
fn a_role_that_is_new_is_gained_as_a_whole() {
    let role = "[role.extra]\ndescription = 'd'\nresources = ['shop-db-1']\nrequesters = ['carol', 'carl']\n\
                approvers = ['group:leads']\napprovals = 2\nmax-duration = '30m'\n[role.extra.ssh]\nprincipals = ['x']\n";
    insta::assert_snapshot!(told(SHOP, &format!("{SHOP}{role}")), @"");
    insta::assert_snapshot!(told(&format!("{SHOP}{role}"), SHOP), @"");
}

#[test]
fn another_text_that_means_the_same_is_no_change() {
    let same = shop_with("members = [\"carol\", \"carl\"]", "members = [\"carl\", \"carol\"]")
        .replace("max-duration = \"2h\"", "max-duration = \"120m\"")
        .replace("description = \"Root in production\"", "description = \"Root\"")
        .replace(
            "resource-labels = { env = \"production\" }\nrequesters",
            "resources = [\"shop-*\"]\nrequesters",
        );
    assert_eq!(told(SHOP, &same), "");
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mirrored {
    role: Option<Name>,
    about: &'static str,
    who: Option<Subject>,
    resources: BTreeSet<Name>,
    from: Option<String>,
    to: Option<String>,
}

fn mirrored(changes: &[Change], effect: Effect, back: bool) -> Vec<Mirrored> {
    let of = |change: &Change| {
        let Change { role, about, who, resources, from, to, .. } = change.clone();
        let (from, to) = if back { (to, from) } else { (from, to) };
        Mirrored { role, about, who, resources, from, to }
    };
    let mut all: Vec<_> = changes.iter().filter(|change| change.effect == effect).map(of).collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_differs_from_itself_and_what_is_gained_there_is_lost_on_the_way_back(
        old in any_policy(),
        new in any_policy(),
    ) {
        let (old, new) = (policy(&old), policy(&new));
        prop_assert_eq!(diff(&old, &old), vec![]);
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        for effect in [Effect::Gain, Effect::Change, Effect::Loss] {
            prop_assert_eq!(mirrored(&there, effect, false), mirrored(&back, effect.reversed(), true));
        }
        // Whoever may ask for more than before is told of.
        if there.iter().all(|change| change.effect == Effect::Loss) {
            let rows = |policy| super::super::who::who(policy, &Default::default());
            let now = rows(&new);
            prop_assert!(now.iter().all(|row| rows(&old).iter().any(|was| was.role == row.role)), "{:?}", there);
        }
    }
}
