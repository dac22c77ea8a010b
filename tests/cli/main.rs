//! Black-box tests.

mod demo;
mod env;
mod sshd;
mod sshd_works;
mod tree;
