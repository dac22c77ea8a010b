//! `[alert.NAME]`: what is looked for in the log, and what is done where it is found. The looking itself is
//! done elsewhere, by the part `alert` of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{Name, Span};

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$of])* #[serde(rename = $text)] $name,)*
        }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// How bad it is; in order.
    Severity {
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
    }
}

words! {
    /// What is done beside raising the alert.
    Action {
        Notify = "notify",
        /// The person has to log in again.
        StepUp = "step-up",
        /// The person is suspended, and their grants end.
        Suspend = "suspend",
        /// The grant of the request ends; where the alert is about no request, those of the person.
        EndGrant = "end-grant",
    }
}

words! {
    /// What is looked for.
    AlertKind {
        OutsideWindows = "outside-windows",
        NewRole = "new-role",
        NewAddress = "new-address",
        UnusualDuration = "unusual-duration",
        UnusualRate = "unusual-rate",
        BurstOfRefusals = "burst-of-refusals",
        SelfApproval = "self-approval",
        HastyApproval = "hasty-approval",
        AlwaysYes = "always-yes",
        ReciprocalApprovals = "reciprocal-approvals",
        DormantWakes = "dormant-wakes",
        BreakGlass = "break-glass",
        Drift = "drift",
        EndUnconfirmed = "end-unconfirmed",
        LogWriteFailed = "log-write-failed",
    }
}

impl AlertKind {
    /// The keys that this kind has beside those of every alert.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::OutsideWindows => &["windows", "roles"],
            Self::NewRole => &["roles", "history"],
            Self::NewAddress => &["history"],
            Self::UnusualDuration => &["roles", "history", "factor"],
            Self::UnusualRate => &["history", "factor", "count", "within"],
            Self::BurstOfRefusals => &["count", "within"],
            Self::BreakGlass => &["roles"],
            Self::HastyApproval => &["roles", "within"],
            Self::AlwaysYes | Self::ReciprocalApprovals => &["count", "within"],
            Self::DormantWakes | Self::EndUnconfirmed => &["after"],
            Self::SelfApproval | Self::Drift | Self::LogWriteFailed => &[],
        }
    }

    /// Whether it is about somebody who could be suspended or asked to log in again.
    pub fn is_about_a_person(self) -> bool {
        !matches!(self, Self::Drift | Self::EndUnconfirmed | Self::LogWriteFailed)
    }

    /// Where the table does not say.
    pub fn severity(self) -> Severity {
        match self {
            Self::OutsideWindows | Self::NewRole | Self::NewAddress => Severity::Low,
            Self::UnusualDuration | Self::UnusualRate | Self::HastyApproval | Self::AlwaysYes => {
                Severity::Medium
            }
            Self::ReciprocalApprovals | Self::DormantWakes => Severity::Medium,
            Self::BurstOfRefusals | Self::SelfApproval | Self::BreakGlass | Self::Drift => Severity::High,
            Self::EndUnconfirmed | Self::LogWriteFailed => Severity::Critical,
        }
    }

    /// How long the same cause is not told again, where the table does not say.
    pub fn quiet(self) -> Span {
        match self {
            // These are habits: once a month is often enough.
            Self::AlwaysYes | Self::ReciprocalApprovals => Span::clamped(30 * 86_400),
            Self::OutsideWindows | Self::NewRole | Self::NewAddress | Self::DormantWakes => {
                Span::clamped(12 * 3600)
            }
            _ => Span::clamped(3600),
        }
    }
}

/// What is looked for, with its measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looks {
    /// Somebody acts while none of these is open. Never empty.
    OutsideWindows {
        windows: Vec<Name>,
    },
    /// The first use of a role by somebody who has used roles `history` times.
    NewRole {
        history: u32,
    },
    /// The first call from a network by somebody who has called `history` times.
    NewAddress {
        history: u32,
    },
    /// Asking for much longer than that person does: see `alert::Usual`.
    UnusualDuration {
        history: u32,
        factor: u32,
    },
    /// Asking much more often than that person does, and `count` times at least.
    UnusualRate {
        history: u32,
        factor: u32,
        count: u32,
        within: Span,
    },
    BurstOfRefusals {
        count: u32,
        within: Span,
    },
    SelfApproval,
    HastyApproval {
        within: Span,
    },
    /// The last `count` decisions on one person's requests were yes, all of them.
    AlwaysYes {
        count: u32,
        within: Span,
    },
    /// Two have said yes to each other, `count` times each.
    ReciprocalApprovals {
        count: u32,
        within: Span,
    },
    DormantWakes {
        after: Span,
    },
    BreakGlass,
    Drift,
    EndUnconfirmed {
        after: Span,
    },
    LogWriteFailed,
}

impl Looks {
    pub fn kind(&self) -> AlertKind {
        match self {
            Self::OutsideWindows { .. } => AlertKind::OutsideWindows,
            Self::NewRole { .. } => AlertKind::NewRole,
            Self::NewAddress { .. } => AlertKind::NewAddress,
            Self::UnusualDuration { .. } => AlertKind::UnusualDuration,
            Self::UnusualRate { .. } => AlertKind::UnusualRate,
            Self::BurstOfRefusals { .. } => AlertKind::BurstOfRefusals,
            Self::SelfApproval => AlertKind::SelfApproval,
            Self::HastyApproval { .. } => AlertKind::HastyApproval,
            Self::AlwaysYes { .. } => AlertKind::AlwaysYes,
            Self::ReciprocalApprovals { .. } => AlertKind::ReciprocalApprovals,
            Self::DormantWakes { .. } => AlertKind::DormantWakes,
            Self::BreakGlass => AlertKind::BreakGlass,
            Self::Drift => AlertKind::Drift,
            Self::EndUnconfirmed { .. } => AlertKind::EndUnconfirmed,
            Self::LogWriteFailed => AlertKind::LogWriteFailed,
        }
    }
}

/// One `[alert.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    pub name: Name,
    pub description: String,
    pub looks: Looks,
    pub severity: Severity,
    pub action: Action,
    /// The same cause is not told again for so long.
    pub quiet: Span,
    /// Only what is about these; `None`: whatever the role.
    pub roles: Option<BTreeSet<Name>>,
}

pub type Alerts = BTreeMap<Name, AlertRule>;
