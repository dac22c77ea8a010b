//! The audit log, pure: canonical bytes, hash chain and Merkle tree, checkpoints, verification.

pub mod event;

pub use event::{Draft, Event, EventKind};
