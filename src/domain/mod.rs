//! The rules of just-in-time access, pure: no I/O, no clock, no randomness of its own.
//!
//! `now` and random bytes are arguments, so that every rule here can be tested over any history.

pub mod activity;
pub mod actor;
pub mod alert;
pub mod credential;
pub mod debrief;
pub mod delegation;
pub mod digest;
pub mod dormancy;
pub mod engagement;
pub mod extension;
pub mod id;
pub mod json;
pub mod name;
pub mod notice;
pub mod purpose;
pub mod recording;
pub mod request;
pub mod review;
pub mod role;
pub mod secret;
pub mod span;
pub mod step;
pub mod target;
pub mod text;
pub mod time;
pub mod tool_role;
pub mod training;

pub use activity::{PieceKind, Statement};
pub use actor::{Actor, Kind, Principal};
pub use credential::{CredentialAsk, Material};
pub use debrief::{Debrief, Verdict};
pub use delegation::Delegation;
pub use digest::Digest;
pub use engagement::Engagement;
pub use extension::{Bounds, Extension};
pub use id::{CredentialId, IdPrefix, RequestId};
pub use name::Name;
pub use purpose::Purpose;
pub use recording::Recording;
pub use request::{Request, State, Window};
pub use review::Review;
pub use role::{Approvals, Terms};
pub use secret::Secret;
pub use span::Span;
pub use step::{Conflict, Effect, Step, Transition};
pub use target::{
    AwsGives, AwsTarget, ExecGives, ExecTarget, Gives, KubernetesGives, KubernetesRole, KubernetesTarget,
    OnEnd, PostgresGives, PostgresTarget, ProviderKind, Resource, RoleArn, SessionPolicyError, SshGives,
    Target, Tls,
};
pub use time::Time;
pub use tool_role::{Powers, Together, ToolRole, ToolRoles};
pub use training::{Duty, DutyKind, Proof};
