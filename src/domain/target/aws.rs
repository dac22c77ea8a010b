use serde::{Deserialize, Serialize};

use super::aws_session;
use crate::domain::Time;

pub use aws_session::SessionPolicyError;

/// An AWS account, through STS and IAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsTarget {
    pub region: String,
    /// A private file with jit's own key, as the AWS CLI writes it: `[default]`, `aws_access_key_id`,
    /// `aws_secret_access_key`, and `aws_session_token` where there is one.
    pub credentials_file: String,
    /// In place of `https://sts.REGION.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sts_endpoint: Option<String>,
    /// In place of `https://iam.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_endpoint: Option<String>,
}

impl AwsTarget {
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        self.region == other.region
            && self.sts_endpoint == other.sts_endpoint
            && self.iam_endpoint == other.iam_endpoint
    }
}

/// A session of an IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsGives {
    /// `arn:aws:iam::ACCOUNT:role/NAME`
    pub role_arn: String,
    /// A session policy in IAM's own JSON, which can only take away from what the IAM role may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_policy: Option<String>,
}

impl AwsGives {
    /// The policy that a session carries: what the role's own says, and nothing from `end` on.
    ///
    /// # Errors
    /// See [`SessionPolicyError`].
    pub fn session_policy_until(&self, end: Time) -> Result<String, SessionPolicyError> {
        aws_session::until(self.session_policy.as_deref(), end)
    }

    /// A session policy without white space, so that it is one line, and as short as AWS counts it.
    ///
    /// # Errors
    /// See [`SessionPolicyError`].
    pub fn compact_session_policy(text: &str) -> Result<String, SessionPolicyError> {
        aws_session::compact(text)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("IAM role: {}", self.role_arn)];
        lines.extend(self.session_policy.as_ref().map(|policy| format!("only: {policy}")));
        lines
    }
}

/// The ARN of an IAM role, taken apart (IAM User Guide, "IAM identifiers").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleArn<'a> {
    /// `aws`, or that of China or of the US government.
    pub partition: &'a str,
    /// Twelve digits.
    pub account: &'a str,
    /// Without its path: what IAM's calls take.
    pub name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// `None` for everything that is not surely one role.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
        let (account, path) = rest.split_once(":role/")?;
        let mut folders = path.split('/');
        let name = folders.next_back()?;
        // IAM's API reference: names are `[\w+=,.@-]{1,64}`, paths of printable ASCII.
        let of_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let sound = matches!(partition, "aws" | "aws-cn" | "aws-us-gov")
            && account.len() == 12
            && account.chars().all(|c| c.is_ascii_digit())
            && (1..=64).contains(&name.len())
            && name.chars().all(of_name)
            && path.len() <= 512
            && folders.all(|folder| !folder.is_empty() && folder.chars().all(of_name));
        sound.then_some(Self { partition, account, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_of_one_role_or_it_is_none() {
        let role = |text| RoleArn::parse(text).map(|arn| (arn.partition, arn.account, arn.name));
        assert_eq!(role("arn:aws:iam::123456789012:role/deploy"), Some(("aws", "123456789012", "deploy")));
        assert_eq!(
            role("arn:aws-cn:iam::123456789012:role/a/b/x+y"),
            Some(("aws-cn", "123456789012", "x+y"))
        );
        for bad in [
            "",
            "deploy",
            "arn:aws:iam::123456789012:user/deploy",
            "arn:aws:iam::12345678901:role/deploy",
            "arn:aws:iam::1234567890123:role/deploy",
            "arn:aws:iam::12345678901x:role/deploy",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role//deploy",
            "arn:aws:iam::123456789012:role/a//deploy",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam::123456789012:role/a\n",
            "arn:aws:iam:eu-west-1:123456789012:role/deploy",
            "arn:AWS:iam::123456789012:role/deploy",
            " arn:aws:iam::123456789012:role/deploy",
            "arn:aws:iam::１23456789012:role/deploy",
        ] {
            assert_eq!(role(bad), None, "{bad:?}");
        }
    }
}
