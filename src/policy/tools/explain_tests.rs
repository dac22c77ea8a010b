use super::*;
use crate::policy::cases::parse_cases;
use crate::policy::tools::shop::{SHOP, files, now, policy};

fn explained(case: &str) -> Explanation {
    let text = format!("[[case]]\nname = 'c'\nexpect = 'allow'\n{case}");
    let case = parse_cases(&files(&text)).unwrap().remove(0);
    explain(&policy(SHOP), &Places::of(&files(SHOP)), &case, now())
}

fn told(case: &str) -> String {
    let Explanation { rules, refusals, outcome, notes, .. } = explained(case);
    let rules = rules.iter().map(|rule| {
        let Rule { rule, name, text, said, refuses, place } = rule;
        let line = place.as_ref().map(|place| SHOP.lines().nth(place.line - 1).unwrap().to_owned());
        let refuses = if *refuses { "!" } else { " " };
        format!("{refuses} {rule} {name:?} {said} | {text:?} | {line:?}")
    });
    let refusals = refusals.into_iter().map(|reason| format!("- {reason}"));
    let notes = notes.into_iter().map(|note| format!("note: {note}"));
    let outcome = outcome.map(|outcome| serde_json::to_string(&outcome).unwrap());
    rules.chain(refusals).chain(notes).chain(outcome).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_allowed_names_who_decides_at_each_stage_and_for_how_long() {
    let ask = "requester = 'bob'\nrole = 'prod-root'\nresource = 'shop-db-1'\nfor = '30m'\nreason = 'x'\nticket = 'INC-1'";
    insta::assert_snapshot!(told(ask), @r##"
  deny Some("freeze") does not hold | Some("now > timestamp('2026-12-20T00:00:00Z')") | Some("[deny.freeze]")
note: who is on call in group pager is not known: nobody is taken to be
{"resource":"shop-db-1","stages":[{"name":"lead","approvals":1,"deciders":["alice","dave"],"not_known":[]},{"name":"owner","approvals":1,"deciders":["alice","erin"],"not_known":[]}],"break_glass":false,"longest":"30m","total":"1h"}
"##);
    let ask = "requester = 'carol'\nrole = 'shell'\nresource = 'stage-1'\nfor = '1h'\nreason = 'x'";
    insta::assert_snapshot!(told(ask), @r##"
  auto-approve None holds | Some("resource.labels.env == 'staging'") | Some("auto-approve = \"resource.labels.env == 'staging'\"")
  limit Some("contractors") at most 1h | None | Some("[limit.contractors]")
{"resource":"stage-1","stages":[],"break_glass":false,"longest":"1h","total":"1h"}
"##);
    let ask = "requester = 'dave'\nrole = 'prod-root'\nresource = 'shop-db-1'\nfor = '15m'\nreason = 'x'\nbreak-glass = true";
    insta::assert_snapshot!(told(ask), @r##"
  deny Some("freeze") does not hold | Some("now > timestamp('2026-12-20T00:00:00Z')") | Some("[deny.freeze]")
  break-glass None asks nobody | None | Some("break-glass = { max-duration = \"15m\", announce = [\"group:leads\"], debrief = [\"alice\"], debrief-within = \"3d\", requesters = [\"group:pager\", \"dave\"] }")
note: who is on call in group pager is not known: nobody is taken to be
{"resource":"shop-db-1","stages":[],"break_glass":true,"longest":"15m","total":"15m","debrief_within":"3d","announce":["group:leads"]}
"##);
}

#[test]
fn what_is_refused_names_every_reason_and_every_rule_with_its_place() {
    let ask = "requester = 'bob'\nrole = 'prod-root'\nresource = 'shop-db-1'\nfor = '9h'\nat = '2026-12-24T12:00:00Z'\nstart = '2026-12-26T12:00:00Z'";
    insta::assert_snapshot!(told(ask), @r##"
! deny Some("freeze") refuses | Some("now > timestamp('2026-12-20T00:00:00Z')") | Some("[deny.freeze]")
! use-windows None closed | Some("office") | Some("use-windows = [\"office\"]")
- deny rule freeze forbids it: Nothing new before the holidays
- it is not the time for using it (window office); it opens at 2026-12-28T07:00:00.000Z
- 9h is longer than the role's longest, 30m
- a reason is required
- a ticket is required (pattern INC-[0-9]+)
note: who is on call in group pager is not known: nobody is taken to be
"##);
}

#[test]
fn the_author_is_told_why_a_role_is_not_there_for_somebody() {
    insta::assert_snapshot!(told("requester = 'carol'\nrole = 'prod-root'\nfor = '1h'"), @r##"
- there is no role "prod-root" for you
note: role prod-root is for group:ops and group:pager
note: who is on call in group pager is not known: nobody is taken to be
"##);
    insta::assert_snapshot!(told("requester = 'mallory'\nrole = 'prod-rot'\nfor = '1h'"), @r##"
- there is no role "prod-rot" for you
note: the policy declares no person or service mallory
note: the policy has no role "prod-rot"
"##);
}
