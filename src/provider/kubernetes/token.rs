//! Tokens of ServiceAccounts, with an end that is looked at twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::domain::{CredentialId, KubernetesTarget, Secret, Span, Time};
use crate::provider::ProviderError;

use super::api::{Api, refused};
use super::objects::{TokenAnswer, TokenRequest, TokenSpec, TokenStatus, account_place};

/// The least that Kubernetes makes a token for, in seconds (`expirationSeconds` of TokenRequest v1).
pub const SHORTEST: u64 = 600;
/// An API server may take such a token for a mounted one of an old client, and make it live a year
/// (`--service-account-extend-token-expiration`).
const EXTENDED: u64 = 3607;
/// So far may the clocks of the two machines lie apart.
const SKEW: Span = Span::clamped(5);

/// How many seconds a token may have.
pub fn seconds_left(end: Time, now: Time, shortest: u64) -> Result<u64, ProviderError> {
    let left = u64::try_from(end.secs_after(now)).unwrap_or(0);
    if left < shortest {
        return Err(refused(format!(
            "{left} s are left of the grant, and Kubernetes makes no token for less than {shortest} s: \
             ask for a longer time"
        )));
    }
    Ok(if left == EXTENDED && left > shortest { left - 1 } else { left })
}

/// What the cluster answered to the ask for a token.
#[derive(Debug)]
pub struct Issued(TokenAnswer);

pub async fn issue(
    api: &Api,
    target: &KubernetesTarget,
    credential: CredentialId,
    seconds: u64,
) -> Result<Issued, ProviderError> {
    let body = TokenRequest {
        api_version: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: TokenSpec { expiration_seconds: seconds },
    };
    let answer: TokenAnswer = api.token(&account_place(target, credential), &body).await?;
    if answer.kind != "TokenRequest" {
        return Err(refused("asked for a token, the API server answered something else".to_owned()));
    }
    Ok(Issued(answer))
}

impl Issued {
    /// INVARIANT 3: a token that would outlive the grant is refused.
    pub fn ending_by(self, end: Time) -> Result<Secret, ProviderError> {
        let TokenStatus { token, expiration_timestamp: said } = self.0.status;
        // What the server says of the token, and what is in it: only the second ends it.
        let own = expiry(&token)
            .ok_or_else(|| refused("the cluster's token does not say when it ends".to_owned()))?;
        let latest = own.max(said);
        if latest > end.plus(SKEW) {
            return Err(refused(format!(
                "the cluster made a token that lives until {latest}, longer than the grant ({end}): it \
                 makes tokens longer than asked, or its clock is ahead"
            )));
        }
        Ok(token)
    }
}

/// When the token ends, by its own claim `exp` (RFC 7519, 4.1.4). The signature is the cluster's to check.
#[must_use]
pub fn expiry(token: &Secret) -> Option<Time> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let mut parts = token.expose().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims).ok()?);
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    // An end beyond what a time can be is not to become a nearer one.
    let time = Time::from_millis(claims.exp.checked_mul(1000)?);
    (time.millis() / 1000 == claims.exp).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn a_token_tells_its_own_end_or_is_none() {
        let end = expiry(&token(r#"{"iss":"x","exp":1795284300,"iat":1795280700}"#)).unwrap();
        assert_eq!(end.to_string(), "2026-11-21T18:05:00.000Z");
        for bad in ["{}", "[]", r#"{"exp":"soon"}"#, r#"{"exp":9223372036854775807}"#, r#"{"exp":-1}"#, "{"] {
            assert_eq!(expiry(&token(bad)), None, "{bad}");
        }
        for bad in ["", "a.b", "a.b.c.d", "e30.!!.c2ln"] {
            assert_eq!(expiry(&Secret::new(bad)), None, "{bad}");
        }
    }

    #[test]
    fn less_than_the_cluster_makes_a_token_for_is_refused_and_the_length_it_extends_is_avoided() {
        let now = Time::from_millis(1_000_500);
        let end = |secs: i64| Time::from_millis(1_000_000 + secs * 1000);
        assert_eq!(seconds_left(end(601), now, SHORTEST).unwrap(), 600);
        assert_eq!(seconds_left(end(3608), now, SHORTEST).unwrap(), 3606);
        assert_eq!(
            seconds_left(end(600), now, SHORTEST).unwrap_err().to_string(),
            "599 s are left of the grant, and Kubernetes makes no token for less than 600 s: ask for a longer time"
        );
        assert!(seconds_left(end(-1), now, SHORTEST).is_err());
    }
}
