//! Black-box tests.

mod demo;
mod sshd;
mod sshd_works;
