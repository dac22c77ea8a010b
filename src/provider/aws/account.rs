//! One AWS account: where its services answer, and the few calls that jit makes there.

use aws_credential_types::Credentials;
use reqwest::Url;

use crate::domain::{AwsGives, Resource, RoleArn, Target, Time};
use crate::provider::ProviderError;

use super::call::{Answer, CallError, Calls, Service};
use super::key;
use super::xml::Reply;

pub struct Account<'a> {
    calls: &'a Calls,
    key: Credentials,
    partition: &'static str,
    sts: Service,
    iam: Service,
    pub region: &'a str,
}

/// Where a part of AWS keeps IAM: its partition, the end of its names, the host and the region of IAM
/// (AWS General Reference, "IAM endpoints and quotas").
fn part_of(region: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    if region.starts_with("cn-") {
        ("aws-cn", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1")
    } else if region.starts_with("us-gov-") {
        ("aws-us-gov", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1")
    } else {
        ("aws", "amazonaws.com", "iam.amazonaws.com", "us-east-1")
    }
}

impl<'a> Account<'a> {
    /// Reads jit's own key, and calls nothing yet.
    pub async fn open(calls: &'a Calls, resource: &'a Resource) -> Result<Self, ProviderError> {
        let Target::Aws(target) = &resource.target else {
            return Err(ProviderError::Refused(format!("{} is no account of AWS", resource.name)));
        };
        let (partition, domain, iam_host, iam_region) = part_of(&target.region);
        let url = |own: &Option<String>, usual: String| {
            let text = own.clone().unwrap_or(usual);
            Url::parse(&text).map_err(|_| ProviderError::Refused(format!("{text} is no endpoint")))
        };
        let sts = Service {
            name: "sts",
            version: "2011-06-15",
            region: target.region.clone(),
            endpoint: url(&target.sts_endpoint, format!("https://sts.{}.{domain}", target.region))?,
        };
        let iam = Service {
            name: "iam",
            version: "2010-05-08",
            region: iam_region.to_owned(),
            endpoint: url(&target.iam_endpoint, format!("https://{iam_host}"))?,
        };
        let key = key::read(&target.credentials_file).await?;
        Ok(Self { calls, key, partition, sts, iam, region: &target.region })
    }

    pub async fn sts(&self, action: &str, params: &[(&str, &str)]) -> Result<Answer, CallError> {
        self.calls.call(&self.sts, &self.key, action, params).await
    }

    pub async fn iam(&self, action: &str, params: &[(&str, &str)]) -> Result<Answer, CallError> {
        self.calls.call(&self.iam, &self.key, action, params).await
    }

    /// Proves that jit's own key is one, and reads AWS's clock: the one that ends sessions.
    pub async fn clock(&self) -> Result<Time, ProviderError> {
        let doing = "tell whose key it is";
        let answer = self.sts("GetCallerIdentity", &[]).await.map_err(|e| e.while_doing(doing))?;
        Reply::parse(&answer.xml)
            .and_then(|reply| reply.text("GetCallerIdentity", &["Arn"]).map(drop))
            .and(answer.date)
            .ok_or_else(|| not_understood("GetCallerIdentity"))
    }

    /// The IAM role, which has to be in this account's part of AWS.
    pub fn role<'g>(&self, gives: &'g AwsGives) -> Result<RoleArn<'g>, ProviderError> {
        RoleArn::parse(&gives.role_arn).filter(|arn| arn.partition == self.partition).ok_or_else(|| {
            ProviderError::Refused(format!("the role's ARN is none of the region {}", self.region))
        })
    }

    /// Whom a proof holds for: another key, or another role, is another question.
    pub fn proof_of(&self, gives: &AwsGives) -> String {
        format!("{} {} {}", self.iam.endpoint, self.key.access_key_id(), gives.role_arn)
    }
}

pub fn not_understood(action: &str) -> ProviderError {
    ProviderError::Unavailable { what: format!("AWS's answer to {action} is not understood"), source: None }
}
