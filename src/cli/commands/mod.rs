//! One file per subcommand. The doc comments on its arguments are its help.

mod alert;
mod approve;
mod audit;
mod backend;
mod cancel;
mod collect;
mod completion;
mod context;
mod contractor;
mod credential;
mod debrief;
mod delegation;
mod delivery;
mod demo;
mod deny;
mod doctor;
mod env;
mod evidence;
mod exec;
mod explain;
mod extend;
#[cfg(target_os = "linux")]
mod guard;
mod help;
mod list;
mod login;
mod logout;
mod policy;
mod provider;
mod reconcile;
mod replay;
mod request;
mod review;
mod revoke;
mod roles;
mod serve;
mod show;
mod ticket;
mod training;
mod user;
mod version;
mod wait;
mod watch;
mod whoami;

use super::error::CliError;
use super::interrupt;
use super::session::Session;

/// What a command ends with.
pub type Outcome = Result<(), CliError>;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Request(request::Args),
    Approve(approve::Args),
    Deny(deny::Args),
    Cancel(cancel::Args),
    List(list::Args),
    Show(show::Args),
    Replay(replay::Args),
    Wait(wait::Args),
    Watch(watch::Args),
    Extend(extend::Args),
    Revoke(revoke::Args),
    Debrief(debrief::Args),
    Reconcile(reconcile::Args),
    Roles(roles::Args),
    Explain(explain::Args),
    Exec(exec::Args),
    Env(env::Args),
    Credential(credential::Args),
    Login(login::Args),
    Logout(logout::Args),
    Whoami(whoami::Args),
    Context(context::Args),
    Backend(backend::Args),
    Policy(policy::Args),
    Provider(provider::Args),
    Audit(audit::Args),
    Alert(alert::Args),
    Delivery(delivery::Args),
    Evidence(Box<evidence::Args>),
    Delegation(delegation::Args),
    Ticket(ticket::Args),
    Training(training::Args),
    User(user::Args),
    Contractor(contractor::Args),
    Review(review::Args),
    Serve(serve::Args),
    #[cfg(target_os = "linux")]
    Guard(guard::Args),
    Collect(collect::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    Completion(completion::Args),
    Version(version::Args),
    Help(help::Args),
}

/// Runs one command to its end, on the runtime that it needs.
pub fn run(session: &Session, command: Command) -> Outcome {
    match command {
        Command::Completion(args) => completion::run(session, &args),
        Command::Version(args) => version::run(session, &args),
        Command::Help(args) => help::run(session, &args),
        Command::Serve(args) => session.serve(serve::run(session, args)),
        #[cfg(target_os = "linux")]
        Command::Guard(args) => guard::run(session, args),
        // It forwards Ctrl-C to its child, and has to clean up behind it.
        Command::Exec(args) => session.block_on(exec::run(session, args)),
        // It has to clean up behind itself, whichever signal ends it.
        Command::Demo(args) => session.block_on(demo::run(session, args)),
        command => session.block_on(interrupt::or_interrupted(dispatch(session, command))),
    }
}

async fn dispatch(session: &Session, command: Command) -> Outcome {
    match command {
        Command::Request(args) => request::run(session, args).await,
        Command::Approve(args) => approve::run(session, args).await,
        Command::Deny(args) => deny::run(session, args).await,
        Command::Cancel(args) => cancel::run(session, args).await,
        Command::List(args) => list::run(session, args).await,
        Command::Show(args) => show::run(session, &args).await,
        Command::Wait(args) => wait::run(session, &args).await,
        Command::Watch(args) => watch::run(session, args).await,
        Command::Extend(args) => extend::run(session, args).await,
        Command::Debrief(args) => debrief::run(session, args).await,
        Command::Delegation(args) => delegation::run(session, args).await,
        Command::Ticket(args) => ticket::run(session, args).await,
        Command::Training(args) => training::run(session, args).await,
        Command::Revoke(args) => revoke::run(session, args).await,
        Command::Reconcile(args) => reconcile::run(session, &args).await,
        Command::Roles(args) => roles::run(session, &args).await,
        Command::Explain(args) => explain::run(session, &args).await,
        Command::Env(args) => env::run(session, &args).await,
        Command::Credential(args) => credential::run(session, args).await,
        Command::Login(args) => login::run(session, args).await,
        Command::Logout(args) => logout::run(session, &args).await,
        Command::Whoami(args) => whoami::run(session, &args).await,
        Command::Context(args) => context::run(session, args).await,
        Command::Backend(args) => backend::run(session, args).await,
        Command::Policy(args) => policy::run(session, args).await,
        Command::Provider(args) => provider::run(session, args).await,
        Command::Audit(args) => audit::run(session, args).await,
        Command::Alert(args) => alert::run(session, args).await,
        Command::Delivery(args) => delivery::run(session, args).await,
        Command::Evidence(args) => evidence::run(session, *args).await,
        Command::User(args) => user::run(session, args).await,
        Command::Contractor(args) => contractor::run(session, args).await,
        Command::Review(args) => review::run(session, args).await,
        Command::Collect(args) => collect::run(session, args).await,
        Command::Replay(args) => replay::run(session, &args).await,
        Command::Doctor(args) => doctor::run(session, &args).await,
        // Run above: without a runtime, or on one of their own.
        #[cfg(target_os = "linux")]
        Command::Guard(_) => Ok(()),
        Command::Exec(_)
        | Command::Demo(_)
        | Command::Serve(_)
        | Command::Completion(_)
        | Command::Version(_)
        | Command::Help(_) => Ok(()),
    }
}
