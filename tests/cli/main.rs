//! Black-box tests.

mod demo;
mod env;
mod journey;
mod prompts;
mod sshd;
mod sshd_works;
mod tree;
