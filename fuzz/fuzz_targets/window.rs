//! Weekly windows: eight bytes of time, then lines: the zone, and the openings.
#![no_main]

use jit_access::domain::Time;
use jit_access::policy::Policy;
use jit_access_fuzz::{assert_shown, file};
use libfuzzer_sys::fuzz_target;

const REST: &str = "
[person]
alice = {}
carol = {}
[resource.web-1]
provider = 'ssh'
[role.web]
resources = ['web-1']
requesters = ['carol']
approvers = ['alice']
approvals = 1
max-duration = '2h'
use-windows = ['w']
ssh = { principals = ['deploy'] }
";

fuzz_target!(|input: (i64, &str)| {
    let (at, text) = input;
    let mut lines = text.lines().map(|line| toml::Value::String(line.to_owned()));
    let Some(zone) = lines.next() else { return };
    let open = toml::Value::Array(lines.collect());
    let files = [file(&format!("{REST}[window.w]\nzone = {zone}\nopen = {open}\n"))];
    let policy = match Policy::parse(&files) {
        Err(wrong) => return assert_shown(&wrong, &files),
        Ok(policy) => policy,
    };
    let window = &policy.windows["w"];
    // Any time at all, and one of the years that people live in.
    for at in [at, at.rem_euclid(80 * 366 * 86_400_000)].map(Time::from_millis) {
        let closes = window.closes(at);
        assert_eq!(closes.is_some(), window.is_open(at));
        assert!(closes.is_none_or(|closes| closes > at));
        if let Some(opens) = window.opens(at) {
            assert!(opens >= at && window.is_open(opens));
            assert!(opens == at || !window.is_open(at));
        }
    }
});
