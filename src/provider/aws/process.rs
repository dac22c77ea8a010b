//! What the AWS CLI and every SDK of AWS read from a `credential_process`.
//!
//! See "Sourcing credentials with an external process" in the AWS CLI's user guide.

use serde::Serialize;

use crate::domain::{Secret, Time};
use crate::provider::Material;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Process<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    /// The program that uses it asks again when this is near.
    expiration: String,
}

/// The JSON document of a session that ends with the grant, or where STS ends it first; `None` where
/// it is no session of AWS.
pub fn credential_process(material: &Material, end: Time) -> Option<Secret> {
    let Material::Aws { access_key_id, secret_access_key, session_token, expires, .. } = material else {
        return None;
    };
    let end = expires.map_or(end, |expires| expires.min(end)).whole_secs();
    let process = Process {
        version: 1,
        access_key_id,
        secret_access_key: secret_access_key.expose(),
        session_token: session_token.expose(),
        expiration: end.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    serde_json::to_string(&process).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_ends_with_the_grant_or_with_the_session_whichever_is_first() {
        let end: Time = "2026-11-21T18:05:00.900Z".parse().unwrap();
        let material = |expires: Option<&str>| Material::Aws {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: Secret::new("secret\"x"),
            session_token: Secret::new("token"),
            region: None,
            expires: expires.map(|text| text.parse().unwrap()),
        };
        let told = |expires| {
            let text = credential_process(&material(expires), end).unwrap();
            serde_json::from_str::<serde_json::Value>(text.expose()).unwrap()
        };
        let whole = serde_json::json!({"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret\"x",
            "SessionToken": "token", "Expiration": "2026-11-21T18:05:00Z"});
        assert_eq!(told(None), whole);
        assert_eq!(told(Some("2026-11-21T18:20:00Z")), whole);
        assert_eq!(told(Some("2026-11-21T17:00:00Z"))["Expiration"], "2026-11-21T17:00:00Z");
        let other = Material::Ssh { certificate: "x".to_owned() };
        assert_eq!(credential_process(&other, end), None);
    }
}
