//! The audit log, pure: canonical bytes, hash chain and Merkle tree, checkpoints, verification.

pub mod chain;
pub mod checkpoint;
pub mod event;
pub mod export;
pub mod review_result;
pub mod siem;
pub mod statement;
pub mod verify;

pub use chain::{Chain, SealError, Sealed};
pub use checkpoint::{Checkpoint, CheckpointError, KeyError, SigningKey, VerifyKey};
pub use event::{Draft, Event, EventKind};
pub use statement::{About, Statement};
pub use verify::{Fault, Report, Verifier, What};
