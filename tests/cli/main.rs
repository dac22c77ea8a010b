//! Black-box tests.

mod sshd;
mod sshd_works;
