//! The use cases, and the seam that the command line talks to.

mod activate;
mod activity;
mod alerts;
pub mod backend;
pub mod clock;
pub mod conformance;
mod decide;
mod delegate;
mod delivery;
mod documents;
mod dormant;
mod drift;
mod end;
mod engagement;
mod engine;
mod error;
mod evidence;
mod extend;
mod facts;
mod follow;
mod holding;
mod local;
mod log;
mod notices;
mod offboard;
mod outside;
mod pages;
mod people;
mod per_request;
mod policy;
mod request;
mod review;
mod roster;
mod scim;
mod sessions;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tokens;
mod tool_roles;
mod training;
mod view;
mod watching;

pub use activity::CollectCaller;
pub use backend::{Backend, Call};
pub use clock::{Clock, SystemClock};
pub use delivery::Channels;
pub use engine::{Caller, Engine, Home, Parts};
pub use error::Error;
pub use follow::Seen;
pub use local::Local;
pub use policy::{Loaded, Trouble};
pub use scim::{Asked as ScimAsked, ScimCaller};

pub use crate::api::Held;
