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

// The library's own API server for tests stands on these.
#[path = "../../src/provider/kubernetes/tests/api_server.rs"]
mod api_server;
use jit_access::{audit, domain};
// So does the made-up history.
#[path = "../../src/evidence/history_tests.rs"]
mod history;
mod files {
    pub use jit_access::files::write_private;
}
mod provider {
    pub use jit_access::provider::conformance;
}

mod activity;
mod backend_plugin;
mod ci_job;
mod contractors;
mod crash;
mod decisions;
mod delivery;
mod demo;
mod evidence;
mod faults;
mod guard;
mod journey;
mod keyring_matrix;
mod keyring_session;
mod main_job;
mod moto;
mod never_hangs;
mod pg;
mod policy;
mod programs;
mod prompts;
mod provider_plugin;
mod reload;
mod reviews;
mod rsyslog;
mod scim;
mod smtpd;
mod sshd;
mod sshd_works;
mod story;
mod targets;
mod terminal;
mod text;
mod tool_roles;
mod tools;
mod training;
mod tree;
mod watch;
mod world;
