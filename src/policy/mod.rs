//! Policy, pure: the model, the parser with exact diagnostics, evaluation that returns reasons.
//!
//! Files are read in three steps: each to a spanned tree (`document`), the trees to drafts with every
//! value checked by itself (`draft`, `values`), the drafts to a whole [`Policy`] with every name
//! looked up (`resolve`). Each step reports all that it finds.

pub mod alerts;
mod bits;
pub mod cases;
pub mod changed;
mod command;
pub mod condition;
pub mod diagnostic;
mod digest;
mod document;
pub mod dormant;
mod draft;
pub mod evaluate;
pub mod format;
mod holding;
pub mod model;
pub mod oncall;
mod parallel;
mod parse;
mod resolve;
pub mod roster;
pub mod source;
mod target;
pub mod ticket;
pub mod tools;
pub mod training;
mod values;
pub mod window;
pub mod world;

pub use command::Command;
pub use diagnostic::{Diagnostic, Related};
pub use evaluate::{
    Allowed, AskedFor, Decision, Facts, Judged, Recheck, Recheckable, Refusal, TicketFact, Took, Use,
};
pub use format::{FormatError, Layout, format};
pub use model::{Policy, Require, Role, TicketPattern, Who};
pub use roster::{Gone, Listed, Roster};
pub use source::{Place, SourceFile};
pub use training::{Demand, Means, Proofs};
pub use world::{Say, World};

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod fail_closed_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod manual_tests;
