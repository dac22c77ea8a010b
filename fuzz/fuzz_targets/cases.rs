//! Test cases of a policy, run against one.
#![no_main]

use std::sync::LazyLock;

use jit_access::domain::Time;
use jit_access::policy::Policy;
use jit_access::policy::cases::{parse_cases, run};
use jit_access_fuzz::{NOW, assert_plain, assert_shown, file};
use libfuzzer_sys::fuzz_target;

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_str!("../seeds/policy/everything.toml");
    Policy::parse(&[file(text)]).expect("a policy of ours")
});

fuzz_target!(|text: &str| {
    let files = [file(text)];
    match parse_cases(&files) {
        Err(wrong) => assert_shown(&wrong, &files),
        Ok(cases) => {
            let report = run(&POLICY, &cases, Time::from_millis(NOW));
            assert_eq!(report.passed + report.failed, cases.len());
            for case in report.cases {
                assert_plain(&case.name);
                case.problems.iter().for_each(|problem| assert_plain(problem));
                assert_eq!(case.passed, case.problems.is_empty());
            }
        }
    }
});
