//! What people have learned and agreed to, before access is theirs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Digest, Name, Principal, Span, Time};

/// What is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DutyKind {
    /// A course that somebody else says was taken.
    Training,
    /// A text that the person themselves agreed to.
    Terms,
}

impl DutyKind {
    /// As keys and tables of a policy have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Terms => "terms",
        }
    }
}

impl fmt::Display for DutyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One training, or one set of terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    pub kind: DutyKind,
    pub name: Name,
}

/// "training security-basics", "terms acceptable-use"
impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// That somebody has taken a course, or has accepted terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The human, whichever of their names or services asks later.
    pub user: Name,
    pub duty: Duty,
    pub version: u32,
    pub at: Time,
    /// As it was recorded; what the policy says may end it earlier, never later. Not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Who says so.
    pub by: Principal,
    /// SHA-256 of the text that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What is asked of a proof today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    pub version: u32,
    pub valid_for: Option<Span>,
    /// Of the text, where it is terms.
    pub digest: Option<Digest>,
}

/// Whether somebody may be given what asks for a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    Good {
        /// Not included; `None`: until another version is needed.
        until: Option<Time>,
    },
    Missing,
    Expired {
        since: Time,
    },
    /// It was of an earlier version, or of another text.
    Superseded {
        had: u32,
    },
}

impl Standing {
    pub fn is_good(self) -> bool {
        matches!(self, Self::Good { .. })
    }
}

impl Proof {
    /// When it is over by its own and by today's rule, the earlier of the two.
    pub fn end(&self, valid_for: Option<Span>) -> Option<Time> {
        [self.until, valid_for.map(|span| self.at.plus(span))].into_iter().flatten().min()
    }

    pub fn standing(&self, needed: Needed, at: Time) -> Standing {
        // What is yet to happen proves nothing.
        if self.at > at {
            return Standing::Missing;
        }
        let another_text = needed.digest.is_some() && self.digest != needed.digest;
        if self.version < needed.version || another_text {
            return Standing::Superseded { had: self.version };
        }
        match self.end(needed.valid_for) {
            Some(since) if since <= at => Standing::Expired { since },
            until => Standing::Good { until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn proof() -> Proof {
        Proof {
            user: "carol".parse().unwrap(),
            duty: Duty { kind: DutyKind::Terms, name: "use".parse().unwrap() },
            version: 2,
            at: time("2026-11-01T00:00:00Z"),
            until: None,
            by: Principal { issuer: "jit".parse().unwrap(), subject: "carol".parse().unwrap() },
            digest: Some(Digest::of(b"text")),
        }
    }

    const NEEDED: Needed = Needed { version: 2, valid_for: None, digest: None };

    #[test]
    fn the_earlier_of_the_two_ends_counts_and_the_end_itself_is_too_late() {
        let day = Some(Span::clamped(86_400));
        let (end, before) = (time("2026-11-02T00:00:00Z"), time("2026-11-01T23:59:59.999Z"));
        let needed = Needed { valid_for: day, ..NEEDED };
        assert_eq!(proof().standing(needed, before), Standing::Good { until: Some(end) });
        assert_eq!(proof().standing(needed, end), Standing::Expired { since: end });
        for (until, earlier) in [("2026-11-01T12:00:00Z", true), ("2027-11-01T12:00:00Z", false)] {
            let stored = Proof { until: Some(time(until)), ..proof() };
            assert_eq!(stored.end(day), Some(if earlier { time(until) } else { end }));
            assert_eq!(stored.end(None), Some(time(until)));
        }
        assert_eq!(proof().standing(NEEDED, time("2099-01-01T00:00:00Z")), Standing::Good { until: None });
    }

    #[test]
    fn an_earlier_version_another_text_and_the_future_prove_nothing() {
        let now = time("2026-11-21T00:00:00Z");
        let superseded = Standing::Superseded { had: 2 };
        assert_eq!(proof().standing(Needed { version: 3, ..NEEDED }, now), superseded);
        let other = Needed { digest: Some(Digest::of(b"texT")), ..NEEDED };
        assert_eq!(proof().standing(other, now), superseded);
        let same = Needed { digest: Some(Digest::of(b"text")), ..NEEDED };
        assert!(proof().standing(same, now).is_good());
        assert_eq!(Proof { digest: None, ..proof() }.standing(same, now), superseded);
        assert_eq!(proof().standing(NEEDED, time("2026-10-31T23:59:59Z")), Standing::Missing);
        // A course of a later version than the policy asks for.
        assert!(Proof { version: 9, ..proof() }.standing(NEEDED, now).is_good());
    }
}
