//! The use cases, and the seam that the command line talks to.

pub mod backend;

pub use backend::Backend;
