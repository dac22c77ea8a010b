//! Policy, pure: the model, the parser with exact diagnostics, evaluation that returns reasons.

pub mod evaluate;
pub mod model;

pub use evaluate::{AskedFor, Decision, Recheck, Refusal};
pub use model::{Policy, Require, Role, TicketPattern, Who};
