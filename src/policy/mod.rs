//! Policy, pure: the model, the parser with exact diagnostics, evaluation that returns reasons.
//!
//! Files are read in three steps: each to a spanned tree (`document`), the trees to drafts with every
//! value checked by itself (`draft`, `values`), the drafts to a whole [`Policy`] with every name
//! looked up (`resolve`). Each step reports all that it finds.

pub mod cases;
pub mod diagnostic;
mod digest;
mod document;
mod draft;
pub mod evaluate;
pub mod explain;
pub mod format;
pub mod model;
mod parse;
mod resolve;
pub mod source;
mod target;
mod values;

pub use diagnostic::{Diagnostic, Related};
pub use evaluate::{AskedFor, Decision, Recheck, Refusal};
pub use explain::{ExplainedResource, Explanation};
pub use format::{FormatError, Layout, format};
pub use model::{Policy, Require, Role, TicketPattern, Who};
pub use source::{Place, SourceFile};

#[cfg(test)]
mod example_tests;
