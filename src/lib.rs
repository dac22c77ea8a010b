//! `jit`: time-limited access to hosts, databases, clusters and cloud accounts.
//!
//! The map of this crate, who may import whom, and where each invariant is kept: `ARCHITECTURE.md`.

pub mod alert;
pub mod api;
pub mod assembly;
pub mod audit;
pub mod checks;
pub mod cli;
pub mod client;
pub mod collect;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod evidence;
pub mod files;
#[cfg(target_os = "linux")]
pub mod guard;
pub mod http;
pub mod lookup;
pub mod ops;
pub mod plugin;
pub mod policy;
#[cfg(test)]
#[path = "../tests/cli/programs.rs"]
mod programs;
pub mod provider;
#[cfg(test)]
#[path = "../tests/cli/rsyslog.rs"]
mod rsyslog;
pub mod scim;
pub mod secrets;
pub mod server;
#[cfg(test)]
#[path = "../tests/cli/smtpd.rs"]
mod smtpd;
pub mod store;
