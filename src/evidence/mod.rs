//! Evidence for an audit: figures over the events of a period, in a pack that proves itself.
//!
//! Pure: events come in one after the other, records go out row by row to writers given as arguments, and
//! what is kept in memory grows with the people, the roles and what is open, not with the events. A pack
//! carries the lines that its figures were made of, so that [`check`] makes each of them again.

pub mod carried;
pub mod chart;
pub mod check;
pub mod controls;
pub mod figure;
pub mod figures;
pub mod manifest;
pub mod pack;
pub mod page;
pub mod period;
pub mod requests;
pub mod seen;
pub mod spread;
pub mod table;

#[cfg(test)]
mod figures_tests;
#[cfg(test)]
#[path = "history_tests.rs"]
pub(crate) mod history;
#[cfg(test)]
mod pack_tests;

pub use check::{CheckError, Checked};
pub use controls::Control;
pub use figures::{Inputs, MayHold};
pub use manifest::Manifest;
pub use pack::{Pack, PackError, Spill};
pub use period::Period;
