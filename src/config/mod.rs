//! Where `jit` gets its settings: environment, folders, contexts.
//!
//! Flag > environment > user file > system file (DESIGN §6).

pub mod contexts;
pub mod environment;
pub mod paths;
pub mod server_url;

pub use contexts::{Config, ConfigError, Context, Origin, PluginContext, Resolved, Selection, StoreChoice};
pub use environment::Environment;
pub use paths::{NoHome, Paths};
pub use server_url::{ServerUrl, UrlError};
