//! Black-box tests: the built binary against real servers, a real sshd, real terminals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    dead_code,
    reason = "tests, whose helpers are each used by some"
)]

mod backend_plugin;
mod ci_job;
mod crash;
mod demo;
mod faults;
mod guard;
mod journey;
mod keyring_matrix;
mod keyring_session;
mod main_job;
mod never_hangs;
mod pg;
mod policy;
mod prompts;
mod provider_plugin;
mod sshd;
mod sshd_works;
mod targets;
mod terminal;
mod text;
mod tools;
mod tree;
mod world;
