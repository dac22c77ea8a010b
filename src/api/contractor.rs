//! Contractors: for whom they work, until when, and who answers for them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::engagement::EndCause;
use crate::domain::text::escape;
use crate::domain::{Name, Time, time};

use super::Enrolled;

/// Adds a contractor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewContractor {
    pub user: Name,
    pub company: Name,
    /// The employee who answers for them.
    pub sponsor: Name,
    /// Now, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    pub until: Time,
    /// The reference of what they signed.
    pub agreement: String,
    pub agreement_date: Time,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<Name>,
}

/// A contractor who was added.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContractorAdded {
    pub contractor: Contractor,
    /// `None` for somebody who was a user already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Enrolled>,
}

/// Adds several, each by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportContractors {
    pub lines: Vec<NewContractor>,
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of each, in the order of the lines.
#[derive(Clone, Serialize, Deserialize)]
pub struct Imported {
    pub dry_run: bool,
    pub lines: Vec<ImportedLine>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct ImportedLine {
    pub user: Name,
    #[serde(flatten)]
    pub outcome: LineOutcome,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum LineOutcome {
    Added {
        /// The one-time code to enrol with, for a new user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    WouldAdd,
    Refused {
        why: String,
    },
}

impl Imported {
    pub fn refused(&self) -> usize {
        let refused = |line: &&ImportedLine| matches!(line.outcome, LineOutcome::Refused { .. });
        self.lines.iter().filter(refused).count()
    }
}

/// Why a CSV file is not a list of contractors.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// Counted from 1.
    #[error("line {line}: {why}")]
    Line { line: u64, why: String },
    #[error("it has no contractors")]
    Empty,
}

/// A line as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvLine {
    id: String,
    company: String,
    sponsor: String,
    #[serde(default)]
    start: String,
    until: String,
    agreement: String,
    signed: String,
    #[serde(default)]
    groups: String,
}

/// Reads a CSV file (RFC 4180) whose first line names the columns `id`, `company`, `sponsor`, `until`,
/// `agreement`, `signed`, and if need be `start` and `groups`, which are separated by spaces.
///
/// # Errors
/// The first line that cannot be read; half a file is no list.
pub fn read_contractors(text: &str) -> Result<Vec<NewContractor>, CsvError> {
    // Spreadsheets write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    let mut all = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let read: CsvLine = record.deserialize(Some(&headers))?;
        let new = contractor(&read).map_err(|why| CsvError::Line { line, why })?;
        all.push(new);
    }
    if all.is_empty() { Err(CsvError::Empty) } else { Ok(all) }
}

fn contractor(line: &CsvLine) -> Result<NewContractor, String> {
    let name = |what: &str, text: &str| {
        text.parse::<Name>().map_err(|error| format!("{what} {:?}: {error}", escape(text)))
    };
    let start = match line.start.as_str() {
        "" => None,
        text => Some(time::parse_start(text).map_err(|error| format!("start: {error}"))?),
    };
    Ok(NewContractor {
        user: name("id", &line.id)?,
        company: name("company", &line.company)?,
        sponsor: name("sponsor", &line.sponsor)?,
        start,
        until: time::parse_until(&line.until).map_err(|error| format!("until: {error}"))?,
        agreement: line.agreement.clone(),
        agreement_date: time::parse_start(&line.signed).map_err(|error| format!("signed: {error}"))?,
        groups: line.groups.split_whitespace().map(|group| name("group", group)).collect::<Result<_, _>>()?,
    })
}

/// Goes on with somebody, by their sponsor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendEngagement {
    pub until: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What is given replaces what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeEngagement {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<Name>,
    /// Who follows when the sponsor leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeSet<Name>>,
}

/// Ends everything of a contractor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offboard {
    /// Now, where left out or past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A contractor with their engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contractor {
    pub user: Name,
    pub standing: Standing,
    pub company: Name,
    pub sponsor: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Name>,
    pub start: Time,
    pub until: Time,
    pub until_in_s: i64,
    pub agreement: String,
    pub agreement_date: Time,
    pub groups: BTreeSet<Name>,
    /// Why they can hold nothing for now, though the engagement is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_nothing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EngagementEnd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offboarding: Option<Offboarding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contractors {
    pub contractors: Vec<Contractor>,
}

/// Whether the engagement carries anything now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    NotBegun,
    Live,
    Over,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotBegun => "not begun",
            Self::Live => "live",
            Self::Over => "over",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementEnd {
    pub at: Time,
    pub cause: EndCause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The receipt of an offboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offboarding {
    pub begun: Time,
    pub legs: Vec<OffboardingLeg>,
    /// When everything was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_in_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffboardingLeg {
    pub leg: Leg,
    /// How many there were.
    pub count: usize,
    pub outcome: LegOutcome,
}

/// What is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leg {
    /// Tokens and enrolment codes, theirs and those of their aliases and services.
    Sessions,
    /// Says that they were given, and have given.
    Delegations,
    /// Votes on what is not decided yet.
    Votes,
    /// What was asked for and never used.
    Requests,
    /// Live access; done when its absence was read back (INVARIANT 4).
    Grants,
}

impl Leg {
    pub const ALL: [Self; 5] = [Self::Sessions, Self::Delegations, Self::Votes, Self::Requests, Self::Grants];
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sessions => "sessions",
            Self::Delegations => "delegations",
            Self::Votes => "votes",
            Self::Requests => "requests",
            Self::Grants => "grants",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegOutcome {
    Done,
    Waiting,
}

impl fmt::Display for LegOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Done => "done",
            Self::Waiting => "waiting",
        })
    }
}

/// Keeps somebody from more, and ends what they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    pub user: Name,
    pub cause: String,
}

/// What suspending has ended, and what goes on being ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    pub user: Name,
    pub cause: String,
    pub ended: usize,
    pub waiting: usize,
}

/// Takes a suspension back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reinstate {
    pub user: Name,
    pub comment: String,
}
