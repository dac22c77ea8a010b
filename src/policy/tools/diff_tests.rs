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
        (
            "two roles in jit itself",
            "[role.prod-root.ssh]",
            "[tool-roles.small]\ntogether = [\"auditor\", \"reviewer\"]\n[role.prod-root.ssh]",
        ),
    ];
    let mut all = String::new();
    for (what, from, to) in changes {
        let new = match what {
            "once only" => shop_with("max-duration = \"30m\"", "max-duration = \"30m\"\nsingle-use = true"),
            _ => shop_with(from, to),
        };
        all += &format!("# {what}\n{}# and back\n{}", told(SHOP, &new), told(&new, SHOP));
    }
    insta::assert_snapshot!(all, @r##"
# carol goes to the operators
Gain: carol gains role prod-root on shop-db-1 and shop-web-1 (2 approvals in 2 stages, at most 30m)
# and back
Loss: carol loses role prod-root on shop-db-1 and shop-web-1
# longer
Gain: group ops (3 people): role shell lasts 4h instead of 2h
# and back
Loss: group ops (3 people): role shell lasts 2h instead of 4h
# a limit
Gain: limit contractors is 1h30m instead of 1h
Gain: carl: role shell on shop-web-1 and stage-1 lasts 1h30m instead of 1h
Gain: carol: role shell lasts 1h30m instead of 1h
# and back
Loss: limit contractors is 1h instead of 1h30m
Loss: carl: role shell on shop-web-1 and stage-1 lasts 1h instead of 1h30m
Loss: carol: role shell lasts 1h instead of 1h30m
# total
Gain: group ops (3 people) and whoever is in group pager at the time: role prod-root lasts 2h with extensions, instead of 1h
# and back
Loss: group ops (3 people) and whoever is in group pager at the time: role prod-root lasts 1h with extensions, instead of 2h
# carl is let in
Gain: deny carl is gone (Carl has left the shop)
Gain: carl gains role shell on shop-db-1 (1 approval, at most 1h)
# and back
Loss: deny carl is new (Carl has left the shop)
Loss: carl loses role shell on shop-db-1
# a freeze for all
Loss: deny freeze refuses more
Loss: dave and whoever is in group pager at the time lose break-glass of role prod-root on shop-db-1 and shop-web-1
Loss: group ops (3 people) and whoever is in group pager at the time lose role prod-root on shop-db-1 and shop-web-1
Loss: carl loses role shell on shop-web-1
Loss: carol loses role shell on shop-db-1 and shop-web-1
Loss: group ops (3 people) lose role shell on shop-db-1 and shop-web-1
# and back
Gain: deny freeze refuses less
Gain: dave and whoever is in group pager at the time gain break-glass of role prod-root on shop-db-1 and shop-web-1 (at most 15m)
Gain: group ops (3 people) and whoever is in group pager at the time gain role prod-root on shop-db-1 and shop-web-1 (2 approvals in 2 stages, at most 30m)
Gain: carl gains role shell on shop-web-1 (1 approval, at most 1h)
Gain: carol gains role shell on shop-db-1 and shop-web-1 (1 approval, at most 1h)
Gain: group ops (3 people) gain role shell on shop-db-1 and shop-web-1 (1 approval, at most 2h)
# another condition
Gain: carl: role shell on shop-web-1 needs no approval where request.duration <= duration('1h')
Gain: group ops (3 people) and carol: role shell on shop-db-1 and shop-web-1 needs no approval where request.duration <= duration('1h')
Change: role shell: `auto-approve` is request.duration <= duration('1h') instead of resource.labels.env == 'staging'
# and back
Change: role shell: `auto-approve` is resource.labels.env == 'staging' instead of request.duration <= duration('1h')
Loss: carl: role shell on shop-web-1 needs approval, and did not where request.duration <= duration('1h')
Loss: group ops (3 people) and carol: role shell on shop-db-1 and shop-web-1 needs approval, and did not where request.duration <= duration('1h')
# another lead
Gain: erin gains a say on role prod-root (stage 1)
Gain: erin gains a say on role shell
# and back
Loss: erin loses a say on role prod-root (stage 1)
Loss: erin loses a say on role shell
# one approval more
Loss: role shell needs 2 approvals instead of 1
# and back
Gain: role shell needs 1 approvals instead of 2
# no window
Gain: role prod-root has no `use-windows` any more: office
# and back
Loss: role prod-root has `use-windows` now: office
# a longer window
Change: role prod-root: office in `use-windows` has other hours
# and back
Change: role prod-root: office in `use-windows` has other hours
# no ticket
Gain: role prod-root has no `require.ticket` any more: INC-[0-9]+
# and back
Loss: role prod-root has `require.ticket` now: INC-[0-9]+
# more glass
Gain: bob and erin gain break-glass of role prod-root on shop-db-1 and shop-web-1 (at most 15m)
# and back
Loss: bob and erin lose break-glass of role prod-root on shop-db-1 and shop-web-1
# another owner
Gain: dave gains a say on role prod-root on shop-db-1 as owner (stage 2)
Loss: erin loses a say on role prod-root on shop-db-1 as owner (stage 2)
# and back
Gain: erin gains a say on role prod-root on shop-db-1 as owner (stage 2)
Loss: dave loses a say on role prod-root on shop-db-1 as owner (stage 2)
# more rights
Gain: role shell gives accounts: deploy, root instead of accounts: deploy
# and back
Loss: role shell gives accounts: deploy instead of accounts: deploy, root
# once only
Loss: role prod-root has `single-use` now: true
# and back
Gain: role prod-root has no `single-use` any more: true
# later
Gain: carl: `contract-end` is 2027-05-01T00:00:00.000Z instead of 2027-04-01T00:00:00.000Z
Change: carl: `sponsor` is bob instead of alice
# and back
Change: carl: `sponsor` is alice instead of bob
Loss: carl: `contract-end` is 2027-04-01T00:00:00.000Z instead of 2027-05-01T00:00:00.000Z
# another place
Change: resource stage-1 is reached in another way, or is another
# and back
Change: resource stage-1 is reached in another way, or is another
# who is on call
Change: group pager is asked otherwise who is on call
# and back
Change: group pager is asked otherwise who is on call
# two roles in jit itself
Gain: one person may now be auditor and reviewer of jit itself
# and back
Loss: one person may no longer be auditor and reviewer of jit itself
"##);
}

#[test]
fn alerts_trainings_terms_and_what_the_directory_tells_are_told_key_by_key() {
    let with =
        |group: &str, rest: &str| format!("{}{rest}", shop_with("[group]\n", &format!("[group]\n{group}\n")));
    let kept = "[company.zeta]\ncontractors = true\n\
                [training.basics]\ndescription = 'Basics'\nversion = 2\nvalid-for = '365d'\ntrainers = ['alice']\n\
                [terms.house]\ndescription = 'House'\nversion = 1\ntext = 'Be kind.'\n\
                [alert.guessing]\non = 'burst-of-refusals'\ncount = 3\nwithin = '10m'\n\
                [alert.night]\non = 'outside-windows'\nwindows = ['office']\n";
    let (listed, named) = ("devs = { directory = true }", "devs = { members = ['carl'] }");
    let before = with(listed, kept);
    insta::assert_snapshot!(told(SHOP, &before), @r##"
Change: group devs is new: the server's directory tells who is in it
Change: terms house is new: text = sha256 5499befb38dbf3fcc08107141cb2a9e7f42a6aae403361dc3601b8296d7967ea; version = 1
Change: training basics is new: trainers = alice; valid-for = 365d; version = 2
Loss: alert guessing is new: action = notify; count = 3; on = burst-of-refusals; quiet = 1h; severity = high; within = 10m
Loss: alert night is new: action = notify; on = outside-windows; quiet = 12h; severity = low; windows = office
Loss: whoever works for zeta needs an engagement now
"##);
    let other = kept
        .replace("version = 2", "version = 3")
        .replace("365d", "180d")
        .replace("trainers = ['alice']", "link = 'https://learn.example/basics'")
        .replace("Be kind.", "Be very kind.")
        .replace("'House'", "'The house rules'")
        .replace("count = 3", "count = 5\naction = 'suspend'")
        .replace("contractors = true", "");
    let after = with(named, &other);
    insta::assert_snapshot!(told(&before, &after), @r##"
Gain: whoever works for zeta needs no engagement any more
Change: alert guessing: `count` is 5 instead of 3
Change: alert guessing: `action` is suspend instead of notify
Change: who is in group devs is told by the policy instead of the server's directory
Change: terms house: `text` is sha256 3df173ec933a56c10445d85290564d258af2989b08f754864bbe88aab8203460 instead of sha256 5499befb38dbf3fcc08107141cb2a9e7f42a6aae403361dc3601b8296d7967ea
Change: training basics has `link` now: https://learn.example/basics
Change: training basics has no `trainers` any more: alice
Loss: training basics: `version` is 3 instead of 2
Loss: training basics: `valid-for` is 180d instead of 365d
"##);
    insta::assert_snapshot!(told(&after, &before), @r##"
Gain: training basics: `valid-for` is 365d instead of 180d
Gain: training basics: `version` is 2 instead of 3
Change: alert guessing: `count` is 3 instead of 5
Change: alert guessing: `action` is notify instead of suspend
Change: who is in group devs is told by the server's directory instead of the policy
Change: terms house: `text` is sha256 5499befb38dbf3fcc08107141cb2a9e7f42a6aae403361dc3601b8296d7967ea instead of sha256 3df173ec933a56c10445d85290564d258af2989b08f754864bbe88aab8203460
Change: training basics has `trainers` now: alice
Change: training basics has no `link` any more: https://learn.example/basics
Loss: whoever works for zeta needs an engagement now
"##);
    let hours = before.replace("mon-fri 08:00-18:00", "mon-sat 08:00-18:00");
    assert!(told(&before, &hours).contains("Change: alert night: office in `windows` has other hours\n"));
    // There and back is the same, with gain for loss.
    let (there, back) = (diff(&policy(&before), &policy(&after)), diff(&policy(&after), &policy(&before)));
    for effect in [Effect::Gain, Effect::Change, Effect::Loss] {
        assert_eq!(mirrored(&there, effect, false), mirrored(&back, effect.reversed(), true));
    }
}

#[test]
fn a_role_that_is_new_is_gained_as_a_whole() {
    let role = "[role.extra]\ndescription = 'd'\nresources = ['shop-db-1']\nrequesters = ['carol', 'carl']\n\
                approvers = ['group:leads']\napprovals = 2\nmax-duration = '30m'\n[role.extra.ssh]\nprincipals = ['x']\n";
    insta::assert_snapshot!(told(SHOP, &format!("{SHOP}{role}")), @r##"
Gain: carol gains role extra on shop-db-1 (2 approvals, at most 30m)
Gain: group leads (3 people) gain a say on role extra
"##);
    insta::assert_snapshot!(told(&format!("{SHOP}{role}"), SHOP), @r##"
Loss: carol loses role extra on shop-db-1: the role is gone
Loss: group leads (3 people) lose a say on role extra
"##);
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
