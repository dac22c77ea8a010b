use serde::{Deserialize, Serialize};

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
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("IAM role: {}", self.role_arn)];
        lines.extend(self.session_policy.as_ref().map(|policy| format!("only: {policy}")));
        lines
    }
}
