//! Conditions: what lets somebody in where it holds keeps them out where it refuses.
#![no_main]

use jit_access::domain::{Span, Time};
use jit_access::policy::{AskedFor, Decision, Diagnostic, Facts, Policy, SourceFile, TicketFact, World};
use jit_access_fuzz::{NOW, assert_plain, assert_shown, file, name, person};
use libfuzzer_sys::fuzz_target;

const REST: &str = "
[company.acme]
[label]
env = ['staging', 'production']
tier = ['web']
[person]
alice = {}
carol = { company = 'acme', sponsor = 'alice', contract-end = '2027-03-31' }
[service]
ci-deploy = { owner = 'alice' }
[group.oncall]
members = ['alice', 'carol']
[group.leads]
members = ['alice']
[resource.web-1]
provider = 'ssh'
labels = { env = 'staging', tier = 'web' }
[resource.web-2]
provider = 'ssh'
labels = { env = 'production' }
[role.web]
resources = ['web-*']
requesters = ['group:oncall', 'ci-deploy']
approvers = ['group:leads', 'carol']
approvals = 1
max-duration = '2h'
ssh = { principals = ['deploy'] }
break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads', 'carol'] }
";

fn policy(key: &str, condition: &str) -> (Vec<SourceFile>, Result<Policy, Vec<Diagnostic>>) {
    let condition = toml::Value::String(condition.to_owned());
    let files = vec![file(&format!("{REST}{key} = {condition}\n"))];
    let read = Policy::parse(&files);
    (files, read)
}

fuzz_target!(|text: &str| {
    let (files, when) = policy("when", text);
    let Ok(when) = when.map_err(|wrong| assert_shown(&wrong, &files)) else {
        assert!(policy("auto-deny", text).1.is_err());
        return;
    };
    let others = [
        policy("auto-deny", text).1.expect("what may be a `when` may be an `auto-deny`"),
        policy("[deny.d]\nroles = ['web']\nwhen", text).1.expect("and a rule"),
    ];
    // Too long or too deep by now, perhaps.
    let not = policy("when", &format!("!({text}\n)")).1.ok();
    let auto = policy("auto-approve", text).1.expect("and an `auto-approve`");
    for who in ["alice", "carol", "ci-deploy"] {
        let requester = person(&name(who));
        for (resource, duration, break_glass, now) in
            [("web-1", 3600, false, NOW), ("web-2", 60, true, NOW), ("web-1", 7200, false, i64::MAX)]
        {
            let now = Time::from_millis(now);
            let ask = AskedFor {
                requester: &requester,
                role: "web",
                resource: Some(resource),
                duration: Span::clamped(duration),
                start: (duration == 3600).then_some(now),
                reason: "fuzz",
                ticket: (duration == 60).then_some("OPS-1"),
                break_glass,
            };
            let world = World::default();
            let facts = Facts {
                now,
                mfa: (duration == 3600).then_some(now),
                ticket: TicketFact::NotAsked,
                open: 0,
                debrief_open: false,
                world: &world,
            };
            let allows = |policy: &Policy| match policy.decide(&ask, &facts) {
                Decision::Allow(_) => true,
                Decision::Refuse(refusals) => {
                    refusals.iter().for_each(|refusal| assert_plain(&refusal.to_string()));
                    false
                }
            };
            if allows(&when) {
                assert!(!others.iter().any(allows), "it holds, and a rule that refuses by it does not");
                assert!(!not.as_ref().is_some_and(allows), "it holds, and so does its opposite");
                let Decision::Allow(allowed) = auto.decide(&ask, &facts) else { panic!("asking is allowed") };
                assert_eq!(allowed.approvals.by_stage().len(), 0, "it holds, and somebody has to agree");
            } else if let Decision::Allow(allowed) = auto.decide(&ask, &facts)
                && !break_glass
            {
                assert_eq!(
                    allowed.approvals.by_stage().len(),
                    1,
                    "it does not hold, and nobody has to agree"
                );
            }
        }
    }
});
