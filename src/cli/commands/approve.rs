//! `jit approve`

use crate::api::{self, ListFilter};
use crate::cli::error::CliError;
use crate::cli::output::{RequestList, Shown, summary};
use crate::cli::session::Session;
use crate::cli::{complete, pick, prompt};
use crate::domain::{IdPrefix, Name, Span};

use super::Outcome;

/// Say yes to requests
///
/// Your vote is bound to exactly what you are shown: if anything of it changes, the vote does not
/// count. Without an ID, on a terminal, you pick from what waits for you.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which requests; the beginning of an id is enough
    #[arg(value_name = "ID", add = complete::to_approve())]
    ids: Vec<IdPrefix>,

    /// Grant at most that long
    #[arg(long, value_name = "DURATION")]
    max: Option<Span>,

    /// Only where it is for this resource; leave the others undecided
    #[arg(long, value_name = "RESOURCE")]
    only: Option<Name>,

    /// A word to the requester, kept in the log
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    /// Do not ask for confirmation on a terminal
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(session: &Session, mut args: Args) -> Outcome {
    let asked = args.ids.is_empty();
    if asked {
        args.ids = choose(session).await?;
    }
    let Args { ids, max, only, comment, yes } = args;
    let confirm = !yes && session.may_prompt();
    let (max_of, only_of, comment_of) = (&max, &only, &comment);
    let done = pick::each(session, &ids, async |id: String| {
        let backend = session.backend().await?;
        let request = backend.show(&id).await?;
        if only_of.as_ref().is_some_and(|only| request.resource != *only) {
            session.out.note(&format!("{} is for {}: left undecided", request.id, request.resource));
            return Ok(request);
        }
        if confirm {
            session.out.show(&Shown(&request));
            if !prompt::confirm(session, "Approve exactly this").await? {
                return Err(CliError::usage("not approved: you said no"));
            }
        }
        // The digest of what was just shown, so that nothing else can be approved by it.
        let vote = api::Approve { shown: request.shown, max: *max_of, comment: comment_of.clone() };
        Ok(backend.approve(&request.id.to_string(), &vote).await?)
    })
    .await;
    if asked {
        let mut words = vec!["jit".to_owned(), "approve".to_owned()];
        words.extend(ids.iter().map(ToString::to_string));
        words.extend(max.iter().flat_map(|max| ["--max".to_owned(), max.to_string()]));
        words.extend(only.iter().flat_map(|only| ["--only".to_owned(), only.to_string()]));
        words.extend(comment.iter().flat_map(|comment| ["--comment".to_owned(), comment.clone()]));
        session.out.note(&prompt::equivalent(&words));
    }
    done
}

async fn choose(session: &Session) -> Result<Vec<IdPrefix>, CliError> {
    if !session.may_prompt() {
        return Err(CliError::usage("ID is missing").hint("jit list --to-approve"));
    }
    let requests = pick::all(session.backend().await?, ListFilter::ToApprove).await?;
    if requests.is_empty() {
        return Err(CliError::new(api::Code::NotFound, "nothing waits for your decision").hint("jit list"));
    }
    let lines = requests.iter().map(summary).collect();
    let list = RequestList { requests, next: None };
    session.out.show(&list);
    let chosen = prompt::select_many(session, "Which (space to mark, enter to go on)", lines).await?;
    let ids: Vec<IdPrefix> =
        chosen.iter().filter_map(|&row| list.requests.get(row)).map(|request| request.id.into()).collect();
    if ids.is_empty() { Err(CliError::usage("no request was marked")) } else { Ok(ids) }
}
