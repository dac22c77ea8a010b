//! Events from before the period that its figures need: what was open or in force when it began.

use std::collections::HashMap;

use crate::audit::EventKind as K;

use super::seen::Seen;

/// The lines of what is still open or in force. Lines leave when what they tell of is over.
#[derive(Debug, Default)]
pub struct Carried(HashMap<Key, Vec<(u64, Box<str>)>>);

/// What lines tell of together.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key(&'static str, Box<str>, Box<str>);

/// What an event does to the lines of its key.
enum Does {
    /// All before it are of no more use.
    Begins,
    Joins,
    Ends,
}

impl Carried {
    pub fn take(&mut self, event: &Seen<'_>, line: &str) {
        let Some(kind) = event.known else { return };
        for (key, does) in keys(kind, event) {
            match does {
                Does::Begins => {
                    self.0.insert(key, vec![(event.seq, line.into())]);
                }
                // Of what began before the log that was read, nothing is known.
                Does::Joins => {
                    if let Some(lines) = self.0.get_mut(&key) {
                        lines.push((event.seq, line.into()));
                    }
                }
                Does::Ends => {
                    self.0.remove(&key);
                }
            }
        }
    }

    /// The lines in the order of the log, each once.
    pub fn lines(self) -> Vec<(u64, Box<str>)> {
        let mut lines: Vec<_> = self.0.into_values().flatten().collect();
        lines.sort_unstable_by_key(|(seq, _)| *seq);
        lines.dedup_by_key(|(seq, _)| *seq);
        lines
    }
}

fn keys(kind: K, event: &Seen<'_>) -> Vec<(Key, Does)> {
    use Does::{Begins, Ends, Joins};
    let of = |what, a: &str, b: &str| Key(what, a.into(), b.into());
    let request = |does| vec![(of("request", event.request.as_deref().unwrap_or_default(), ""), does)];
    let user = event.text("user");
    match kind {
        K::RequestFiled => request(Begins),
        K::VoteCast
        | K::VoteWithdrawn
        | K::RequestApproved
        | K::GrantActive
        | K::ExtensionApproved
        | K::GrantEnding
        | K::GrantEndFailed => request(Joins),
        K::RequestDenied | K::RequestCancelled | K::RequestLapsed | K::GrantExpired | K::GrantRevoked => {
            request(Ends)
        }
        K::BreakGlass => {
            vec![(of("debrief", event.request.as_deref().unwrap_or_default(), ""), Begins)]
        }
        K::DebriefOverdue => {
            vec![(of("debrief", event.request.as_deref().unwrap_or_default(), ""), Joins)]
        }
        K::DebriefClosed => vec![(of("debrief", event.request.as_deref().unwrap_or_default(), ""), Ends)],
        K::PolicyLoaded => vec![(of("policy", "", ""), Begins)],
        K::UserAdded => vec![(of("user", user, ""), Begins)],
        // Names stay known: an alias may appear in an event that comes later.
        K::UserDisabled => vec![(of("user", user, ""), Joins), (of("paused", user, ""), Ends)],
        K::UserSuspended => vec![(of("paused", user, ""), Begins)],
        K::UserReinstated => vec![(of("paused", user, ""), Ends)],
        K::UserRoleGranted => vec![(of("own-role", user, event.role()), Begins)],
        K::UserRoleRemoved => vec![(of("own-role", user, event.role()), Ends)],
        K::EngagementAdded => vec![(of("engagement", user, ""), Begins)],
        K::EngagementChanged | K::EngagementExtended => vec![(of("engagement", user, ""), Joins)],
        K::EngagementEnded => vec![(of("engagement", user, ""), Ends)],
        K::OffboardingBegun => vec![(of("offboarding", user, ""), Begins)],
        K::OffboardingLeg => vec![(of("offboarding", user, ""), Joins)],
        K::OffboardingDone => vec![(of("offboarding", user, ""), Ends)],
        K::TermsAccepted => vec![(of("terms", user, event.text("terms")), Begins)],
        K::TrainingRecorded => vec![(of("training", user, event.text("training")), Begins)],
        K::TrainingWithdrawn => vec![(of("training", user, event.text("training")), Ends)],
        K::AlertRaised => vec![(of("alert", event.text("id"), ""), Begins)],
        K::AlertAnswered => vec![(of("alert", event.text("id"), ""), Ends)],
        K::ReviewStarted => vec![(of("review", event.text("id"), ""), Begins)],
        K::ReviewDecided | K::ReviewLapsed => vec![(of("review", event.text("id"), ""), Joins)],
        K::ReviewClosed => vec![(of("review", event.text("id"), ""), Ends)],
        K::DelegationAdded => vec![(of("delegation", event.actor(), event.text("to")), Begins)],
        K::DelegationRemoved => vec![(of("delegation", event.text("from"), event.text("to")), Ends)],
        _ => Vec::new(),
    }
}
