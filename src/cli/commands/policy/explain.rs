//! `jit policy explain`

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::api::Code;
use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text, stamp};
use crate::cli::session::{Session, now};
use crate::domain::text::escape;
use crate::domain::{Actor, Kind, Name, Principal, Span, Time};
use crate::policy::cases::{self, Case, Expect};
use crate::policy::ticket::TicketStanding;
use crate::policy::tools::Places;
use crate::policy::tools::explain::{Explanation, Outcome as Allowed, Rule, explain};
use crate::policy::{Place, Policy, TicketFact};

use super::{Folder, FolderArgs, count, whole};

/// Tell what comes of an ask by a policy, and which rules made it so
///
/// Without a server. Exit codes: 0 it is allowed, 5 it is refused. Of a server, ask `jit explain ROLE`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,

    /// A test case of the policy, by its name, in place of the options below
    #[arg(long, value_name = "NAME", conflicts_with_all = ["requester", "role", "duration", "resource", "reason",
        "ticket", "at", "break_glass", "ticket_answer", "on_call", "directory", "mfa_age", "lacks"])]
    case: Option<String>,

    /// Who asks
    #[arg(long, value_name = "NAME", required_unless_present = "case")]
    requester: Option<Name>,

    /// For which role
    #[arg(long, value_name = "ROLE", required_unless_present = "case")]
    role: Option<String>,

    /// On which resource
    #[arg(long = "on", value_name = "RESOURCE")]
    resource: Option<String>,

    /// For how long
    #[arg(long = "for", value_name = "DURATION", required_unless_present = "case")]
    duration: Option<Span>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// With which ticket
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,

    /// When it is asked, such as 2026-11-21T18:05:00Z; left out: now
    #[arg(long, value_name = "TIME")]
    at: Option<Time>,

    /// In an emergency
    #[arg(long)]
    break_glass: bool,

    /// What the ticket system says of the ticket
    #[arg(long, value_name = "ANSWER", default_value = "good")]
    ticket_answer: Answer,

    /// Who is on call in a group that is asked from outside; once for each group
    #[arg(long, value_name = "GROUP=NAME,…", value_parser = on_call)]
    on_call: Vec<(Name, BTreeSet<Name>)>,

    /// Whom the server's directory puts into a group that is left to it; once for each group
    #[arg(long, value_name = "GROUP=NAME,…", value_parser = on_call)]
    directory: Vec<(Name, BTreeSet<Name>)>,

    /// How long ago the requester proved a second factor; left out: never
    #[arg(long, value_name = "DURATION")]
    mfa_age: Option<Span>,

    /// A training or terms that the requester has not; may be repeated
    #[arg(long, value_name = "NAME")]
    lacks: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Answer {
    Good,
    Closed,
    NotAssigned,
    None,
}

impl From<Answer> for TicketFact {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Good => Self::Standing(TicketStanding::Good),
            Answer::Closed => Self::Standing(TicketStanding::Closed { state: "closed".to_owned() }),
            Answer::NotAssigned => Self::Standing(TicketStanding::NotAssigned { to: None }),
            Answer::None => Self::Failed("it gave no answer".to_owned()),
        }
    }
}

fn on_call(text: &str) -> Result<(Name, BTreeSet<Name>), String> {
    let form = || format!("{text:?} is not written as GROUP=NAME,NAME");
    let (group, names) = text.split_once('=').ok_or_else(form)?;
    let name = |text: &str| text.parse::<Name>().map_err(|error| error.to_string());
    let names: Result<BTreeSet<Name>, String> = names.split(',').map(name).collect();
    Ok((name(group)?, names?))
}

#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    explanation: Explanation,
}

impl Document for Explained {
    const KIND: &'static str = "policy-explanation";

    fn human(&self, page: &mut Page) {
        let Explanation { requester, role, resource, duration, at, rules, refusals, outcome, notes, .. } =
            &self.explanation;
        let place = resource.as_ref().map_or_else(String::new, |resource| format!(" on {resource}"));
        let at = stamp(*at, page.zone);
        page.line(format_args!("{requester} asks for role {role}{place} for {duration} at {at}"));
        for rule in rules {
            page.styled(&Text::new(line(rule)).style(if rule.refuses { Style::Bad } else { Style::Plain }));
        }
        for note in notes {
            page.styled(&Text::new(format!("  note: {note}")).style(Style::Dim));
        }
        if let Some(allowed) = outcome {
            page.styled(&Text::new("allowed").style(Style::Good));
            told(allowed, page);
        } else {
            page.styled(&Text::new("refused").style(Style::Bad));
            // Each reason was escaped where it was made.
            refusals.iter().for_each(|reason| page.line(format_args!("  {reason}")));
        }
    }
}

/// `  deny freeze refuses: now < … (rules.toml:3:7)`
fn line(rule: &Rule) -> String {
    let Rule { rule, name, text, said, place, .. } = rule;
    let name = name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
    let text = text.as_ref().map_or_else(String::new, |text| format!(": {text}"));
    let place = place.as_ref();
    let place = place.map_or_else(String::new, |Place { file, line, .. }| format!(" ({file}:{line})"));
    format!("  {rule}{name} {said}{text}{place}")
}

fn told(allowed: &Allowed, page: &mut Page) {
    let Allowed { stages, break_glass, longest, total, debrief_within, announce, resource } = allowed;
    page.field("resource", &Text::new(resource));
    for (number, stage) in (1..).zip(stages) {
        let mut who: Vec<String> = stage.deciders.iter().map(Name::to_string).collect();
        who.extend(stage.not_known.iter().map(|group| format!("whoever is on call in {group}")));
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        let name = if stage.name.is_empty() { String::new() } else { format!(" {}", stage.name) };
        let field = if stages.len() > 1 { format!("stage {number}{name}") } else { "decide".to_owned() };
        page.field(&field, &Text::new(format!("{} of {who}", stage.approvals)));
    }
    if stages.is_empty() {
        let why = if *break_glass { "nobody: break-glass" } else { "nobody: auto-approve" };
        page.field("decide", &Text::new(why));
    }
    page.field("at most", &Text::new(longest));
    if total != longest {
        page.field("extended", &Text::new(format!("at most {total}")));
    }
    if let Some(within) = debrief_within {
        let told: Vec<String> = announce.iter().map(ToString::to_string).collect();
        page.field("told", &Text::new(told.join(", ")));
        page.field("debriefed", &Text::new(format!("within {within}")));
    }
}

pub(super) fn run(session: &Session, args: Args) -> Outcome {
    let Args { folder, case, .. } = &args;
    let folder = folder.clone().read(session)?;
    let policy = whole(&folder)?;
    let case = match case {
        Some(name) => named(&folder, name)?,
        None => asked(&policy, args)?,
    };
    let explanation = explain(&policy, &Places::of(&folder.sources), &case, now());
    let allowed = explanation.allowed;
    session.out.document(&Explained { explanation })?;
    if allowed { Ok(()) } else { Err(CliError::exit(Code::Refused.exit_code())) }
}

fn named(folder: &Folder, name: &str) -> Result<Case, CliError> {
    let tests = folder.tests()?;
    let cases = cases::parse_cases(&tests).map_err(|errors| {
        let reasons = errors.iter().map(ToString::to_string).collect();
        CliError::new(Code::Failure, format!("the test cases have {}", count(errors.len(), "error")))
            .reasons(reasons)
            .hint("jit policy test")
    })?;
    // As it is shown, so escaped.
    let mut found = cases.into_iter().filter(|case| case.name == escape(name));
    match (found.next(), found.next()) {
        (Some(case), None) => Ok(case),
        (Some(_), Some(_)) => {
            Err(CliError::usage(format!("several test cases are called {name:?}"))
                .hint("give each its own name"))
        }
        (None, _) => Err(CliError::new(Code::NotFound, format!("no test case is called {name:?}"))
            .hint("jit policy test -o wide")),
    }
}

fn asked(policy: &Policy, args: Args) -> Result<Case, CliError> {
    let (Some(requester), Some(role), Some(duration)) = (args.requester, args.role, args.duration) else {
        return Err(CliError::usage("--requester, --role and --for are needed, or --case"));
    };
    let person = policy.people.get(&requester);
    let human = person.and_then(|person| person.human.clone()).unwrap_or_else(|| requester.clone());
    // A policy goes by names; which issuer vouches for them is not its business.
    let principal = |name: Name| Principal { issuer: name.clone(), subject: name };
    Ok(Case {
        name: String::new(),
        place: Place { file: String::new(), line: 1, column: 1, span: 0..0 },
        requester: Actor {
            principal: principal(requester),
            kind: person.map_or(Kind::Person, |person| person.kind),
            human: principal(human),
        },
        role,
        resource: args.resource,
        duration,
        reason: args.reason.unwrap_or_default(),
        ticket: args.ticket,
        start: None,
        at: args.at,
        break_glass: args.break_glass,
        mfa_age: args.mfa_age,
        ticket_fact: args.ticket_answer.into(),
        on_call: args.on_call.into_iter().collect::<BTreeMap<_, _>>(),
        directory: (!args.directory.is_empty()).then(|| args.directory.into_iter().collect()),
        open: 0,
        lacks: args.lacks.into_iter().collect(),
        expect: Expect::Allow { approvals: None, approvers: None, longest: None },
    })
}
