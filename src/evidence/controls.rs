//! The controls of ISO/IEC 27001:2022, Annex A, that access touches. The words are ours; the standard's
//! own text is its publisher's.

use std::fmt;
use std::str::FromStr;

/// One of [`ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Control {
    /// As in Annex A, without its `A.`.
    pub number: &'static str,
    pub title: &'static str,
    /// What the figures show about it.
    pub shows: &'static str,
}

const fn control(number: &'static str, title: &'static str, shows: &'static str) -> Control {
    Control { number, title, shows }
}

/// In the order of the annex.
pub const ALL: &[Control] = &[
    control(
        "5.3",
        "Nobody decides alone about themselves",
        "Who decided for whom, pairs who decided for each other, and tries to decide for oneself.",
    ),
    control("5.15", "Rules for access", "The policy in force, each change of it, and what it refused."),
    control(
        "5.16",
        "Identities from first day to last",
        "People and services that came, changed, paused and left, each under one name.",
    ),
    control(
        "5.17",
        "Means of logging in",
        "One-time codes handed out, logins, and logins that were refused.",
    ),
    control(
        "5.18",
        "Rights given, reviewed and taken away",
        "Each decision with who made it, how long it took, how long the access lasted, and that it ended.",
    ),
    control(
        "5.19",
        "Security with suppliers",
        "Whose people came from outside, who answered for them, and until when.",
    ),
    control(
        "5.20",
        "What was agreed with suppliers",
        "The agreement behind each engagement, and the terms that its people accepted.",
    ),
    control(
        "5.22",
        "Watching what suppliers do",
        "Extensions and ends of engagements, reviews, and what outside people really used.",
    ),
    control(
        "5.28",
        "Keeping evidence",
        "A log that shows each change made to it, with signed checkpoints, and recordings by their digest.",
    ),
    control("6.3", "Training", "Who had taken part in what, and whether those who used access had."),
    control(
        "6.5",
        "After somebody leaves",
        "Each departure with the receipts of what was taken away, and how long that took.",
    ),
    control(
        "6.6",
        "Confidentiality and terms of use",
        "Which version of which terms each person accepted, by the digest of the text shown.",
    ),
    control(
        "8.2",
        "Privileged access",
        "Time-limited grants instead of standing ones: asked, given, used; emergencies with a look afterwards.",
    ),
    control(
        "8.3",
        "Access only where allowed",
        "Who could hold which role and who did; refusals; what was found on targets that no grant explained.",
    ),
    control("8.5", "Logging in securely", "Logins, refused logins, and sessions ended."),
    control("8.15", "The log", "Its events by kind, without gaps, matched against signed checkpoints."),
    control("8.16", "Watching for the unusual", "Alerts, what was done about each, and how soon."),
    control("8.17", "One clock", "That the times of events never run backwards."),
    control(
        "8.18",
        "Tools with power over systems",
        "Access past the usual way: emergencies, recorded sessions, collected statements, ends that failed.",
    ),
];

/// A text that names no control of [`ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are figures for the controls {}", ALL.iter().map(|c| c.number).collect::<Vec<_>>().join(", "))]
pub struct UnknownControl;

impl FromStr for Control {
    type Err = UnknownControl;
    fn from_str(text: &str) -> Result<Self, UnknownControl> {
        let number = text.strip_prefix("A.").unwrap_or(text);
        ALL.iter().find(|control| control.number == number).copied().ok_or(UnknownControl)
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A.{}", self.number)
    }
}
