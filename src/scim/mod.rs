//! SCIM 2.0 (RFC 7643, RFC 7644) as a protocol: resources, schemas, filters, PATCH, lists, errors.
//!
//! Pure: what is done about people is in `ops::scim`. A resource is a JSON object with canonical names
//! ([`schema::Schema::normalised`]); whatever is no such object is refused (INVARIANT 9).

pub mod discovery;
pub mod filter;
pub mod group;
pub mod json;
pub mod list;
pub mod patch;
pub mod refusal;
pub mod schema;
pub mod select;
pub mod user;
pub mod version;

pub use filter::Filter;
pub use group::Group;
pub use list::{ListResponse, Query};
pub use refusal::{Refusal, ScimType};
pub use select::Selection;
pub use user::User;

/// A resource, or what a client says of one.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// Where the server has it.
pub const PATH: &str = "/scim/v2";
/// RFC 7644, section 3.1.
pub const CONTENT_TYPE: &str = "application/scim+json";
/// Bytes of a body.
pub const LARGEST_BODY: usize = 256 * 1024;
/// People in one group.
pub const MOST_MEMBERS: usize = 5000;
