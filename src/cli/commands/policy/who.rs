//! `jit policy who`

use serde::Serialize;

use crate::api::{Code, WhoQuery};
use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Lines, Page, Table, Text};
use crate::cli::session::Session;
use crate::domain::Name;
use crate::policy::tools::who::{Filter, Row, Way, who};

use super::{FolderArgs, whole};

/// List who can reach what by a policy, for how long, and who has to agree
///
/// What deny rules refuse without a condition is left out. With `-o wide` nothing is cut.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,

    /// Resources with this label only; several: with all of them
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label)]
    label: Vec<(String, String)>,

    /// This resource only
    #[arg(long, value_name = "RESOURCE")]
    resource: Option<Name>,

    /// This role only
    #[arg(long, value_name = "ROLE")]
    role: Option<Name>,

    /// This person or service only
    #[arg(long, value_name = "NAME")]
    requester: Option<Name>,

    /// Only where no other human has to agree
    #[arg(long)]
    alone: bool,

    /// By the policy that the server has in force, in place of a folder's; for policy authors, auditors and administrators
    #[arg(long, conflicts_with = "dir")]
    in_force: bool,
}

/// `env=production`
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let (label, value) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not written as LABEL=VALUE"))?;
    Ok((label.to_owned(), value.to_owned()))
}

#[derive(Debug, Serialize)]
struct Reached {
    rows: Vec<Row>,
}

impl Document for Reached {
    const KIND: &'static str = "policy-who";

    fn human(&self, page: &mut Page) {
        if self.rows.is_empty() {
            page.line("nobody");
            return;
        }
        let mut table = Table::new(["WHO", "ROLE", "ON", "AT MOST", "AGREE", "WHERE"]).gives_way(5);
        for row in &self.rows {
            let on = match (row.resources.first(), row.resources.len()) {
                (Some(first), 2..) if !page.wide => format!("{first} and {} more", row.resources.len() - 1),
                _ => row.resources.iter().map(Name::as_str).collect::<Vec<_>>().join(", "),
            };
            let extended = row.total != row.longest;
            let longest =
                if extended { format!("{} ({})", row.longest, row.total) } else { row.longest.to_string() };
            let agree = match row.way {
                Way::Approval => row.approvals.to_string(),
                Way::AutoApprove => "nobody".to_owned(),
                Way::BreakGlass => "nobody (break-glass)".to_owned(),
            };
            table.row([
                Text::new(&row.who),
                Text::new(&row.role),
                Text::new(on),
                Text::new(longest),
                Text::new(agree),
                Text::new(bounds(row)),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.rows.iter().try_for_each(|row| lines.push(Self::KIND, row))
    }
}

/// `request.duration <= …; in office; with a ticket; unless …`
fn bounds(row: &Row) -> String {
    let mut parts: Vec<String> = row.when.clone();
    for (what, names) in [
        ("asked in", &row.request_windows),
        ("used in", &row.use_windows),
        ("approved in", &row.approve_windows),
    ] {
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            parts.push(format!("{what} {}", names.join(" or ")));
        }
    }
    if !row.requires.is_empty() {
        parts.push(format!("with {}", row.requires.join(" and ")));
    }
    parts.extend(row.unless.iter().map(|unless| match &unless.deny {
        Some(name) => format!("unless {} ({name})", unless.condition),
        None => format!("unless {}", unless.condition),
    }));
    parts.join("; ")
}

pub(super) async fn run(session: &Session, args: Args) -> Outcome {
    if args.in_force {
        let labels: Vec<String> =
            args.label.iter().map(|(label, value)| format!("{label}={value}")).collect();
        let query = WhoQuery {
            labels: (!labels.is_empty()).then(|| labels.join(",")),
            resource: args.resource,
            role: args.role,
            requester: args.requester,
            alone: args.alone,
        };
        let reached = session.backend().await?.who_reaches(&query).await?;
        let rows: Result<Vec<Row>, _> =
            reached.rows.iter().map(|row| serde_json::from_str(row.get())).collect();
        let rows =
            rows.map_err(|_| CliError::new(Code::Failure, "the server said what this jit cannot read"))?;
        return session.out.document(&Reached { rows });
    }
    let folder = args.folder.read(session)?;
    let policy = whole(&folder)?;
    let filter = Filter {
        labels: args.label.into_iter().collect(),
        resource: args.resource,
        role: args.role,
        requester: args.requester,
        alone: args.alone,
    };
    if let Some((what, name)) = filter.unknown(&policy) {
        return Err(CliError::new(Code::NotFound, format!("the policy has no {what} {name:?}"))
            .hint("look at its files, or: jit policy who"));
    }
    session.out.document(&Reached { rows: who(&policy, &filter) })
}
