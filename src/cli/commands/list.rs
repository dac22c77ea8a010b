//! `jit list`

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::api::{ListFilter, ListQuery, Request};
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, RequestList, summary};
use crate::cli::session::Session;
use crate::domain::RequestId;

use super::Outcome;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// List requests: everything open that you may see, the newest first
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").args(["mine", "to_approve", "active", "pending", "debriefs", "history"]))]
pub struct Args {
    /// Your own that are not over
    #[arg(long)]
    mine: bool,

    /// What waits for your decision
    #[arg(long)]
    to_approve: bool,

    /// Access that exists now
    #[arg(long)]
    active: bool,

    /// What nobody has decided yet
    #[arg(long)]
    pending: bool,

    /// Break-glass that nobody has looked at yet
    #[arg(long)]
    debriefs: bool,

    /// Everything, over or not
    #[arg(long)]
    history: bool,

    /// At most that many, 1 to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: Option<u16>,

    /// Go on after the end of a page, with the `next` that it named
    #[arg(long, value_name = "CURSOR", conflicts_with = "watch")]
    after: Option<String>,

    /// Stay and show changes until Ctrl-C; without a terminal, each change is printed as it comes
    #[arg(long)]
    watch: bool,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let asked = [
        (args.mine, ListFilter::Mine),
        (args.to_approve, ListFilter::ToApprove),
        (args.active, ListFilter::Active),
        (args.pending, ListFilter::Pending),
        (args.debriefs, ListFilter::Debriefs),
        (args.history, ListFilter::History),
    ];
    let filter = asked.into_iter().find_map(|(asked, filter)| asked.then_some(filter)).unwrap_or_default();
    let query = ListQuery { filter, limit: args.limit.map(usize::from), after: args.after };
    if args.watch {
        return watch(session, &query).await;
    }
    let page = session.backend().await?.list(&query).await?;
    session.out.document(&RequestList::from(page))
}

/// A request that is new or has changed, in one line.
#[derive(Serialize)]
#[serde(transparent)]
struct Change<'a>(&'a Request);

impl Document for Change<'_> {
    const KIND: &'static str = Request::KIND;

    fn human(&self, page: &mut Page) {
        page.line(format_args!("{:<9}  {}", self.0.state, summary(self.0)));
    }
}

/// Never ends by itself. A server that is away for a moment is no end.
async fn watch(session: &Session, query: &ListQuery) -> Outcome {
    let backend = session.backend().await?;
    if session.out.redraws() {
        session.out.raw(b"\x1b[2J")?;
    }
    let mut seen: BTreeMap<RequestId, u64> = BTreeMap::new();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        let page = match backend.list(query).await {
            Ok(page) => page,
            Err(problem) if problem.retryable => {
                session.out.warn(&format!("{problem}; trying again"));
                continue;
            }
            Err(problem) => return Err(problem.into()),
        };
        show(session, page.into(), &mut seen)?;
    }
}

fn show(session: &Session, list: RequestList, seen: &mut BTreeMap<RequestId, u64>) -> Result<(), CliError> {
    if session.out.redraws() {
        return session.out.redraw(&list);
    }
    let now: BTreeMap<RequestId, u64> = list.requests.iter().map(|r| (r.id, r.revision)).collect();
    let mut changed: Vec<_> =
        list.requests.into_iter().filter(|r| seen.get(&r.id) != Some(&r.revision)).collect();
    // The oldest first: it reads as a log.
    changed.reverse();
    *seen = now;
    changed.iter().try_for_each(|request| session.out.stream(&Change(request)))
}
