//! `jit`: see `jit_access::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The completion protocol owns stdout, so it comes before anything else may write there.
    clap_complete::CompleteEnv::with_factory(jit_access::cli::command).complete();
    jit_access::cli::quiet_panics();
    let run = || jit_access::cli::run(std::env::args_os().collect());
    std::panic::catch_unwind(run).unwrap_or(ExitCode::FAILURE)
}
