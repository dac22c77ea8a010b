//! `[resource.NAME.aws]` and `[role.NAME.aws]`

use std::net::IpAddr;

use crate::domain::{AwsGives, AwsTarget, RoleArn, SessionPolicyError, Time};

use super::super::diagnostic::{Problem, Problems, shown};
use super::super::document::Section;
use super::super::draft::take;
use super::super::source::Item;
use super::super::values;

const TARGET_KEYS: &[&str] = &["region", "credentials-file", "sts-endpoint", "iam-endpoint"];
const GIVES_KEYS: &[&str] = &["role-arn", "session-policy"];

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] =
    &["region", "credentials-file", "sts-endpoint", "iam-endpoint", "role-arn", "session-policy"];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<AwsTarget> {
    section.only(TARGET_KEYS, problems);
    let region = section
        .need("region", "add region = \"eu-central-1\"", problems)
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(region(&item), problems));
    let hint = "add credentials-file = \"/etc/jit/aws\": the private file with jit's own key";
    let credentials_file = section
        .need("credentials-file", hint, problems)
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(absolute(&item), problems));
    let mut endpoint_of = |key: &str| {
        let entry = section.get(key)?;
        entry.text(problems).and_then(|item| take(endpoint(&item), problems))
    };
    let (sts_endpoint, iam_endpoint) = (endpoint_of("sts-endpoint"), endpoint_of("iam-endpoint"));
    Some(AwsTarget { region: region?, credentials_file: credentials_file?, sts_endpoint, iam_endpoint })
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<AwsGives> {
    section.only(GIVES_KEYS, problems);
    let role_arn = section
        .need("role-arn", "add role-arn = \"arn:aws:iam::123456789012:role/deploy\"", problems)
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(role_arn(&item), problems));
    let session_policy = match section.get("session-policy") {
        None => None,
        // A role whose limits cannot be read gives nothing, and never the same without the limits.
        Some(entry) => {
            let item = entry.text(problems)?;
            Some(take(session_policy(&item), problems)?)
        }
    };
    Some(AwsGives { role_arn: role_arn?, session_policy })
}

/// Such as `eu-central-1`: it becomes a part of a host's name.
fn region(item: &Item<&str>) -> Result<String, Problem> {
    let text = item.value;
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !text.starts_with(|c: char| c.is_ascii_lowercase())
        || text.len() > 32
        || !text.contains('-')
        || !text.split('-').all(part)
    {
        let message = format!("`{}` is no region of AWS", shown(text));
        return Err(Problem::new(item.at, "region", message).hint("such as \"eu-central-1\""));
    }
    Ok(text.to_owned())
}

/// A path that means the same file wherever jit is started.
fn absolute(item: &Item<&str>) -> Result<String, Problem> {
    let path = values::plain(item, 4096)?;
    if !path.starts_with('/') {
        let message = format!("`{}` is no whole path", shown(&path));
        return Err(Problem::new(item.at, "path", message).hint("start it with `/`"));
    }
    Ok(path)
}

/// `https://host[:port]`. Without TLS only on this machine: whoever is between could answer for AWS.
fn endpoint(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |why: &str| {
        Problem::new(item.at, "endpoint", format!("`{}` is no endpoint: {why}", shown(item.value)))
            .hint("write https://host or https://host:port, without a path")
    };
    let (plain, address) = match (item.value.strip_prefix("https://"), item.value.strip_prefix("http://")) {
        (Some(address), _) => (false, address),
        (_, Some(address)) => (true, address),
        _ => return Err(problem("it does not start with https://")),
    };
    values::address(&Item { at: item.at, value: address })
        .map_err(|_| problem("expected host or host:port"))?;
    let host = match address.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => address.split(':').next(),
    };
    let host = host.unwrap_or(address);
    if plain && host != "localhost" && !host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
        return Err(problem("http:// is for this machine only"));
    }
    Ok(item.value.to_owned())
}

fn role_arn(item: &Item<&str>) -> Result<String, Problem> {
    if RoleArn::parse(item.value).is_none() {
        let message = format!("`{}` is no ARN of an IAM role", shown(item.value));
        let hint = "such as \"arn:aws:iam::123456789012:role/deploy\"";
        return Err(Problem::new(item.at, "role-arn", message).hint(hint));
    }
    Ok(item.value.to_owned())
}

/// In one line, and short enough together with what each session's policy has beside it.
fn session_policy(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |error: SessionPolicyError| {
        let hint = match error {
            SessionPolicyError::Long(_) => "attach it to the IAM role, or make it shorter",
            _ => "see \"Session policies\" in the IAM User Guide",
        };
        Problem::new(item.at, "session-policy", format!("this is no session policy: {error}")).hint(hint)
    };
    let compact = AwsGives::compact_session_policy(item.value).map_err(problem)?;
    let gives = AwsGives { role_arn: String::new(), session_policy: Some(compact.clone()) };
    // Every end has the same length.
    gives.session_policy_until(Time::from_millis(0)).map_err(problem)?;
    Ok(compact)
}

#[cfg(test)]
mod tests {
    use crate::domain::{Gives, Target};
    use crate::policy::{Policy, SourceFile};

    const WHOLE: &str = r#"[resource.account]
provider = "aws"
[resource.account.aws]
region = "eu-central-1"
credentials-file = "/etc/jit/aws"
sts-endpoint = "https://sts.example.net:8443"
iam-endpoint = "http://127.0.0.1:5000"
[role.deploy]
resources = ["account"]
requesters = ["carol"]
auto-approve = "request.role == 'deploy'"
max-duration = "4h"
[role.deploy.aws]
role-arn = "arn:aws:iam::123456789012:role/team/deploy"
session-policy = '''
{ "Version": "2012-10-17",
  "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } }
'''
[person.carol]
"#;

    fn parse(text: &str) -> Result<Policy, Vec<String>> {
        Policy::parse(&[SourceFile { name: "a.toml".into(), text: text.to_owned() }])
            .map_err(|all| all.iter().map(|d| format!("{} {d}", d.code)).collect())
    }

    #[test]
    fn an_account_and_a_role_are_read_as_written() {
        let policy = parse(WHOLE).unwrap();
        let Target::Aws(target) = &policy.resources["account"].target else { panic!() };
        assert_eq!(
            (target.region.as_str(), target.credentials_file.as_str()),
            ("eu-central-1", "/etc/jit/aws")
        );
        assert_eq!(target.sts_endpoint.as_deref(), Some("https://sts.example.net:8443"));
        assert_eq!(target.iam_endpoint.as_deref(), Some("http://127.0.0.1:5000"));
        let Gives::Aws(gives) = &policy.roles["deploy"].gives else { panic!() };
        assert_eq!(gives.role_arn, "arn:aws:iam::123456789012:role/team/deploy");
        let one_line = "{\"Statement\":[{\"Action\":\"s3:GetObject\",\"Effect\":\"Allow\",\"Resource\":\"*\"}],\
                        \"Version\":\"2012-10-17\"}";
        assert_eq!(gives.session_policy.as_deref(), Some(one_line));
    }

    #[test]
    fn every_wrong_value_is_an_error_at_its_place() {
        let long = format!("\"s3:GetObject{}\"", "x".repeat(1900));
        for (from, to, said) in [
            ("\"eu-central-1\"", "\"eu-central-1.evil.net\"", "region a.toml:4:10: `eu-central-1.evil.net`"),
            ("\"eu-central-1\"", "\"EU-central-1\"", "region a.toml:4:10"),
            ("\"eu-central-1\"", "\"a--1\"", "region a.toml:4:10"),
            ("region = \"eu-central-1\"\n", "", "missing-key"),
            ("\"/etc/jit/aws\"", "\"aws\"", "path a.toml:5:20"),
            ("\"/etc/jit/aws\"", "\"/etc/\\u202ejit\"", "text a.toml:5:20"),
            ("https://sts.example.net:8443", "http://sts.example.net", "endpoint a.toml:6:16"),
            ("https://sts.example.net:8443", "https://sts.example.net/path", "endpoint a.toml:6:16"),
            ("https://sts.example.net:8443", "https://u@sts.example.net", "endpoint a.toml:6:16"),
            ("https://sts.example.net:8443", "http://127.0.0.1.evil.net", "endpoint a.toml:6:16"),
            ("https://sts.example.net:8443", "ftp://127.0.0.1", "endpoint a.toml:6:16"),
            ("role/team/deploy", "role/*", "role-arn a.toml:14:12"),
            ("\"Effect\"", "\"Effect\": \"Deny\", \"Effect\"", "session-policy a.toml:15:18"),
            ("\"2012-10-17\"", "\"2008-10-17\"", "session-policy a.toml:15:18"),
            ("\"s3:GetObject\"", &long, "session-policy a.toml:15:18"),
            ("session-policy", "sesion-policy", "unknown-key a.toml:15:1"),
        ] {
            assert_eq!(WHOLE.matches(from).count(), 1, "{from}");
            let errors = parse(&WHOLE.replace(from, to)).unwrap_err();
            assert!(errors.len() == 1 && errors[0].starts_with(said), "{from} became {to}: {errors:#?}");
        }
    }
}
