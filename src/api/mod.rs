//! The versioned documents that server and client exchange, and that `-o json` prints.
//!
//! Within `jit/v1` fields are only added. What a client sends is read strictly: unknown and duplicate
//! fields are refused (INVARIANT 9). What a server sends is read leniently, so that an older client
//! understands a newer server.

mod activity;
mod contractor;
mod delegation;
mod evidence;
mod policy;
mod problem;
mod request;
mod review;
mod session;
mod training;

pub use activity::*;
pub use contractor::{
    ChangeEngagement, Contractor, ContractorAdded, Contractors, CsvError, EngagementEnd, ExtendEngagement,
    ImportContractors, Imported, ImportedLine, Leg, LegOutcome, LineOutcome, NewContractor, Offboard,
    Offboarding, OffboardingLeg, Reinstate, Standing, Suspend, Suspended, read_contractors,
};
pub use delegation::{Delegate, Delegation, Delegations, Undelegate};
pub use evidence::{SignEvidence, SignedEvidence};
pub use policy::{Held, PolicyHas, PolicyStatus, PolicyTrouble};
pub use problem::{Code, Problem};
pub use request::*;
pub use review::{DecideReview, RestoreRight, Review, ReviewItem, Reviews, StartReview};
pub use session::*;
pub use training::*;

/// The version of every document here.
pub const SCHEMA: &str = "jit/v1";
