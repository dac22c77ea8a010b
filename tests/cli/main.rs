//! Black-box tests.

mod env;
mod sshd;
mod sshd_works;
mod tree;
