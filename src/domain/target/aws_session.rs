//! Session policies: what a session of STS may do at most, and until when.

use serde_json::{Map, Value, json};

use crate::domain::Time;
use crate::domain::json::Strict;
use crate::domain::text::escape;

/// The longest session policy that AssumeRole takes, in characters (its API reference, `Policy`).
const LONGEST: usize = 2048;
/// The version of IAM's policy language (IAM User Guide, "IAM JSON policy elements: Version").
const VERSION: &str = "2012-10-17";

/// Why a text is no session policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionPolicyError {
    #[error("it is no JSON: {0}")]
    Json(String),
    #[error("{0}")]
    Shape(String),
    #[error("it has {0} characters with what jit adds, and AWS takes {LONGEST}")]
    Long(usize),
}

/// The policy that AWS gets.
///
/// INVARIANT 3: STS makes no session shorter than 15 minutes, so the policy itself ends the access at
/// the grant's end, by AWS's own clock. And a session of another role, which this one may assume, would
/// have neither this policy nor this name: it would outlive the end and a revocation, so there is none.
pub fn until(own: Option<&str>, end: Time) -> Result<String, SessionPolicyError> {
    let mut statements = match own {
        Some(text) => statements(text)?,
        // A session policy only takes away: this is what the IAM role may do, and no more.
        None => vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})],
    };
    // Rounded down: the access ends no later than the grant.
    let end = end.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let over = json!({"DateGreaterThanEquals": {"aws:CurrentTime": end}});
    statements.push(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": over}));
    statements.push(json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}));
    let text = json!({"Version": VERSION, "Statement": statements}).to_string();
    match text.chars().count() {
        count if count > LONGEST => Err(SessionPolicyError::Long(count)),
        _ => Ok(text),
    }
}

pub fn compact(text: &str) -> Result<String, SessionPolicyError> {
    Ok(json!({"Version": VERSION, "Statement": statements(text)?}).to_string())
}

/// The statements of a policy, each of a form that is surely understood (INVARIANT 9).
fn statements(text: &str) -> Result<Vec<Value>, SessionPolicyError> {
    let shape = |why: &str| SessionPolicyError::Shape(why.to_owned());
    // Of two keys an approver would read the one, and AWS get the other.
    let Strict(value) = serde_json::from_str(text)
        .map_err(|error| SessionPolicyError::Json(escape(&error.to_string()).into_owned()))?;
    let Value::Object(mut policy) = value else { return Err(shape("it is no JSON object")) };
    if policy.remove("Version") != Some(Value::from(VERSION)) {
        return Err(shape("its Version is not \"2012-10-17\""));
    }
    let statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return Err(shape("it has no Statement")),
    };
    only(&policy, &[])?;
    for statement in &statements {
        let Value::Object(statement) = statement else { return Err(shape("a statement is no object")) };
        only(statement, &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"])?;
        if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
            return Err(shape("the Effect of a statement is neither \"Allow\" nor \"Deny\""));
        }
        for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
            let text = match (statement.get(one), statement.get(other)) {
                (Some(value), None) | (None, Some(value)) => value,
                _ => {
                    return Err(SessionPolicyError::Shape(format!(
                        "a statement has either {one} or {other}"
                    )));
                }
            };
            let texts = match text {
                Value::Array(list) => !list.is_empty() && list.iter().all(Value::is_string),
                text => text.is_string(),
            };
            if !texts {
                return Err(SessionPolicyError::Shape(format!("{one} and {other} are texts")));
            }
        }
        if statement.get("Condition").is_some_and(|condition| !condition.is_object()) {
            return Err(shape("a Condition is an object"));
        }
    }
    Ok(statements)
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), SessionPolicyError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => {
            Err(SessionPolicyError::Shape(format!("a session policy has no `{}` there", escape(key))))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = r#"{ "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::shop/*"} }"#;

    #[test]
    fn every_session_policy_ends_at_the_grants_end_and_leads_to_no_other_role() {
        let end: Time = "2026-11-21T18:05:00.999Z".parse().unwrap();
        for own in [None, Some(READ)] {
            let policy: Value = serde_json::from_str(&until(own, end).unwrap()).unwrap();
            let statements = policy["Statement"].as_array().unwrap();
            assert_eq!((statements.len(), &policy["Version"]), (3, &json!("2012-10-17")));
            assert_eq!(
                statements[0]["Action"],
                if own.is_some() { json!(["s3:GetObject"]) } else { json!("*") }
            );
            let ends = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
                "Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": "2026-11-21T18:05:00Z"}}});
            assert_eq!(statements[1], ends);
            assert_eq!(statements[2], json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}));
        }
    }

    #[test]
    fn a_policy_that_is_not_surely_understood_is_none() {
        let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        let with = |statement: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        assert!(compact(&with(statement)).is_ok());
        for bad in [
            "",
            "[]",
            "{}",
            "{",
            &format!("{} x", with(statement)),
            &with(""),
            &with("1"),
            &with(statement).replace("2012-10-17", "2008-10-17"),
            &with(statement).replace("\"Version\"", "\"Id\":\"x\",\"Version\""),
            &with(&statement.replace("Allow", "allow")),
            &with(&statement.replace("\"Allow\"", "\"Deny\",\"Effect\":\"Allow\"")),
            &with(&statement.replace("\"Resource\"", "\"Principal\":\"*\",\"Resource\"")),
            &with(&statement.replace("\"Action\":\"*\",", "")),
            &with(&statement.replace("\"Action\":\"*\"", "\"Action\":[]")),
            &with(&statement.replace("\"Action\":\"*\"", "\"Action\":[1]")),
            &with(&statement.replace("\"Action\":\"*\"", "\"Action\":\"*\",\"NotAction\":\"*\"")),
            &with(&statement.replace("\"Effect\"", "\"Condition\":\"x\",\"Effect\"")),
            &"[".repeat(100_000),
        ] {
            assert!(compact(bad).is_err(), "{bad:.200}");
        }
        let long = with(&statement.replace(":\"*\"}", &format!(":\"{}\"}}", "x".repeat(2000))));
        assert!(matches!(until(Some(&long), Time::from_millis(0)), Err(SessionPolicyError::Long(_))));
    }
}
