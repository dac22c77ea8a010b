//! What the server says of itself (RFC 7644, section 4).

use serde_json::{Value, json};

use super::list::{ListResponse, MOST_RESULTS};
use super::schema::{GROUP, Schema, USER};

/// The kinds of resources.
pub const RESOURCES: [&Schema; 2] = [&USER, &GROUP];

/// `/ServiceProviderConfig` (RFC 7643, section 5).
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST_RESULTS },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token that `jit user token NAME --scim` prints once",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

pub fn schemas(base: &str) -> ListResponse {
    ListResponse::all(RESOURCES.iter().map(|schema| schema.document(base)).collect())
}

pub fn schema(base: &str, urn: &str) -> Option<Value> {
    let found = RESOURCES.iter().find(|schema| schema.urn.eq_ignore_ascii_case(urn))?;
    Some(found.document(base))
}

pub fn resource_types(base: &str) -> ListResponse {
    ListResponse::all(RESOURCES.iter().map(|schema| schema.resource_type(base)).collect())
}

pub fn resource_type(base: &str, name: &str) -> Option<Value> {
    let found = RESOURCES.iter().find(|schema| schema.name == name)?;
    Some(found.resource_type(base))
}
