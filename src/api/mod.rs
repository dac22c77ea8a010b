//! The versioned documents that server and client exchange, and that `-o json` prints.
//!
//! Within `jit/v1` fields are only added. What a client sends is read strictly: unknown and duplicate
//! fields are refused (INVARIANT 9). What a server sends is read leniently, so that an older client
//! understands a newer server.

mod activity;
mod alert;
mod contractor;
mod delegation;
mod delivery;
mod evidence;
mod policy;
mod problem;
mod request;
mod review;
mod session;
mod training;

pub use activity::*;
pub use alert::{Alert, AlertQuery, Alerts, AnswerAlert};
pub use contractor::{
    ChangeEngagement, Contractor, ContractorAdded, Contractors, CsvError, EngagementEnd, ExtendEngagement,
    ImportContractors, Imported, ImportedLine, Leg, LegOutcome, LineOutcome, NewContractor, Offboard,
    Offboarding, OffboardingLeg, Reinstate, Standing, Suspend, Suspended, read_contractors,
};
pub use delegation::{Delegate, Delegation, Delegations, Undelegate};
pub use delivery::{Channel, Channels, Replay, Replayed};
pub use evidence::{CouldHold, SignEvidence, SignedEvidence, WhoCould};
pub use policy::{Held, PolicyHas, PolicyStatus, PolicyTrouble, WhoQuery, WhoReaches};
pub use problem::{Code, Problem};
pub use request::*;
pub use review::{DecideReview, RestoreRight, Review, ReviewItem, ReviewResult, Reviews, StartReview};
pub use session::*;
pub use training::*;

/// The version of every document here.
pub const SCHEMA: &str = "jit/v1";
