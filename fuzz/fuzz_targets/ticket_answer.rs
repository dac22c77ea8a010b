//! Answers of ticket systems: one that is taken is about the ticket, short, plain, and could be given again.
#![no_main]

use std::sync::LazyLock;

use jit_access::policy::Policy;
use jit_access::policy::ticket::{LONGEST, TicketStanding, parse_answer};
use jit_access_fuzz::{assert_plain, file, name};
use libfuzzer_sys::fuzz_target;

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = "
[person]
alice = {}
carol = {}
[ticket-system.ops]
pattern = 'OPS-[0-9]+'
url = 'https://tickets.example.net/{ticket}'
open-states = ['open', 'in progress']
assignee = 'requester'
[resource.web-1]
provider = 'ssh'
[role.web]
resources = ['web-1']
requesters = ['carol']
approvers = ['alice']
approvals = 1
max-duration = '2h'
require = { ticket-system = 'ops' }
ssh = { principals = ['deploy'] }
";
    Policy::parse(&[file(text)]).expect("a policy of ours")
});

fuzz_target!(|bytes: &[u8]| {
    let system = &POLICY.ticket_systems["ops"];
    match parse_answer(bytes, "OPS-1") {
        Err(error) => assert_plain(&error.to_string()),
        Ok(answer) => {
            assert!(bytes.len() <= LONGEST && answer.ticket == "OPS-1");
            for text in [Some(&answer.state), answer.assignee.as_ref()].into_iter().flatten() {
                assert_plain(text);
                assert!((1..=64).contains(&text.chars().count()) && text.trim() == text);
            }
            let mut again = serde_json::json!({
                "schema": "jit/v1", "kind": "ticket", "ticket": "OPS-1", "state": answer.state,
            });
            if let Some(assignee) = &answer.assignee {
                again["assignee"] = assignee.as_str().into();
            }
            assert_eq!(parse_answer(again.to_string().as_bytes(), "OPS-1"), Ok(answer.clone()));
            assert!(parse_answer(bytes, "OPS-2").is_err(), "it is good for another ticket");
            let standing = system.judge(&answer, &name("carol"));
            assert_plain(&standing.to_string());
            let open = ["open", "in progress"].contains(&answer.state.as_str());
            let good = open && answer.assignee.as_deref() == Some("carol");
            assert_eq!(standing == TicketStanding::Good, good);
        }
    }
});
