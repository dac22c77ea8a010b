//! How the suite is run by tests of the backends.

use super::*;

/// Two keys that nobody has.
pub(crate) fn keys() -> [api::CredentialAsk; 2] {
    ["AAAA", "BBBB"].map(|key| api::CredentialAsk::Ssh { public_key: format!("ssh-ed25519 {key}") })
}

pub(crate) fn subject(requester: Arc<dyn Backend>, role: &str) -> Subject {
    Subject { credentials: Some(keys()), ..Subject::new(requester, role, Span::clamped(600)) }
}

/// Every check passes but those that have nothing to check, which are given.
pub(crate) async fn passes(subject: &Subject) -> Vec<&'static str> {
    let verdicts = subject.run(|_, _| ()).await;
    assert_eq!(verdicts.len(), CHECKS.len());
    let mut skipped = Vec::new();
    for (name, verdict) in verdicts {
        match verdict {
            Verdict::Ok => {}
            Verdict::Skipped(_) => skipped.push(name),
            Verdict::Failed(why) => panic!("{name}: {why}"),
        }
    }
    skipped
}

/// What nobody can check without a second person.
pub(crate) const ALONE: [&str; 5] = [
    "the approver is another person",
    "another person's approval counts",
    "an approval of something else than what was shown does not count",
    "a denied request stays denied",
    "a cancelled request stays cancelled",
];

#[test]
fn each_check_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len());
    assert!(ALONE.iter().all(|name| names.contains(name)));
}
