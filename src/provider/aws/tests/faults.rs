//! What AWS and moto never answer, and somebody in their place might.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::programs::free_port;

const DATE: &str = "Sun, 22 Nov 2026 01:31:05 GMT";

/// A server that answers each call with what `answer` makes of its action and its form.
struct Fake {
    resource: Resource,
    seen: Arc<Mutex<Vec<String>>>,
    _dir: tempfile::TempDir,
}

impl Fake {
    async fn start(answer: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let key = key_file(dir.path(), "AKIAIOSFODNN7EXAMPLE", "theSECRETtheSECRETtheSECRETtheSECRET0000");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let _ = serve(stream, &log, answer.as_ref()).await;
                });
            }
        });
        Self { resource: resource(&url, &key), seen, _dir: dir }
    }

    fn actions(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let action = |form: &String| form.split(['=', '&']).nth(1).unwrap().to_owned();
        seen.iter().map(action).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<String>>,
    answer: &(dyn Fn(&str) -> Option<(u16, String)> + Send + Sync),
) -> std::io::Result<()> {
    let mut call = Vec::new();
    let form = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await?;
        call.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&call).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase().split("content-length: ").nth(1).unwrap_or("0").to_owned();
        if body.len() >= length.lines().next().unwrap_or("0").parse::<usize>().unwrap() || count == 0 {
            break body.to_owned();
        }
    };
    log.lock().unwrap().push(form.clone());
    let Some((status, xml)) = answer(&form).or_else(|| usual(&form)) else {
        // A gigabyte, or until nobody listens.
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
        for _ in 0..16_384 {
            stream.write_all(&[b'<'; 65_536]).await?;
        }
        return Ok(());
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: {DATE}\r\nLocation: http://127.0.0.1:1/\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        xml.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(xml.as_bytes()).await
}

fn result(action: &str, inner: &str) -> (u16, String) {
    (200, format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"))
}

fn says(code: &str) -> (u16, String) {
    (
        400,
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>no \u{202e}</Message></Error></ErrorResponse>"
        ),
    )
}

fn session(id: u64, expiration: &str) -> (u16, String) {
    let name = session_name(CredentialId::from_number(id).unwrap());
    let inner = format!(
        "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>GIVEN</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:{name}</AssumedRoleId></AssumedRoleUser>"
    );
    result("AssumeRole", &inner)
}

/// What AWS says, where the test has nothing else; `None` for a session, without an end of answers.
fn usual(form: &str) -> Option<(u16, String)> {
    let action = form.strip_prefix("Action=").unwrap().split('&').next().unwrap();
    Some(match action {
        "GetCallerIdentity" => result(action, "<Arn>arn:aws:iam::123456789012:user/jit</Arn>"),
        "GetRole" => result(action, &format!("<Role><Arn>{ROLE}</Arn></Role>")),
        "ListRolePolicies" => result(action, "<PolicyNames/><IsTruncated>false</IsTruncated>"),
        "GetRolePolicy" => says("NoSuchEntity"),
        "AssumeRole" => return None,
        _ => (200, "<Response/>".to_owned()),
    })
}

fn on_assume(answer: (u16, String)) -> impl Fn(&str) -> Option<(u16, String)> + Send + Sync {
    move |form| form.contains("Action=AssumeRole").then(|| answer.clone())
}

#[tokio::test]
async fn a_session_that_is_not_what_was_asked_for_is_refused_and_denied() {
    let (short, long) = (now().plus(Span::clamped(890)), now().plus(Span::clamped(900 + 90)));
    let good = session(20, &short.to_string());
    let fake = Fake::start(on_assume(good.clone())).await;
    assert!(AwsProvider::new().grant(&intent(&fake.resource, 20, 600)).await.is_ok());
    for (bad, why) in [
        (session(20, &long.to_string()), "longer"),
        (session(20, "soon"), "end"),
        (session(20, ""), "end"),
        (session(21, &short.to_string()), "name"),
        ((200, good.1.replace("GIVEN", "")), "missing"),
        ((200, good.1.replace("GIVEN", "GIVEN<b/>")), "missing"),
    ] {
        let fake = Fake::start(on_assume(bad)).await;
        let error = AwsProvider::new().grant(&intent(&fake.resource, 20, 600)).await.unwrap_err();
        assert!(matches!(&error, ProviderError::Refused(text) if text.contains(why)), "{error:?}");
        assert!(!format!("{error:?}").contains("GIVEN"));
        assert_eq!(fake.actions().last().unwrap(), "PutRolePolicy", "it is denied");
    }
}

#[tokio::test]
async fn a_hostile_answer_is_none_and_takes_little_memory_and_time() {
    let entities =
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><a>&b;</a>";
    for bad in [
        Some((200, entities.to_owned())),
        Some((200, String::new())),
        Some((200, "{\"json\": true}".to_owned())),
        Some((302, String::new())),
        Some((500, "<html>oops</html>".to_owned())),
        Some(says("Throttling")),
        None,
    ] {
        let shown = format!("{bad:?}");
        let fake = match bad {
            Some(bad) => Fake::start(on_assume(bad)).await,
            None => Fake::start(|_| None).await,
        };
        let began = Instant::now();
        let error = AwsProvider::new().grant(&intent(&fake.resource, 22, 600)).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unavailable { .. }), "{shown}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{shown}");
    }
    let fake = Fake::start(on_assume(says("AccessDenied"))).await;
    let error = AwsProvider::new().grant(&intent(&fake.resource, 22, 600)).await.unwrap_err();
    assert!(matches!(&error, ProviderError::Refused(text) if !text.contains('\u{202e}')), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_and_nothing_is_said_to_be_absent() {
    let dir = tempfile::tempdir().unwrap();
    let key = key_file(dir.path(), "AKIAIOSFODNN7EXAMPLE", "theSECRETtheSECRETtheSECRETtheSECRET0000");
    let resource = resource(&format!("http://127.0.0.1:{}", free_port()), &key);
    let (provider, intent) = (AwsProvider::new(), intent(&resource, 23, 600));
    let over = intent.end.plus(Span::clamped(10));
    for result in [
        provider.preflight(&resource).await,
        provider.grant(&intent).await.map(drop),
        provider.revoke(&handle(&intent), now()).await.map(drop),
        provider
            .verify_absent(&handle(&intent), now())
            .await
            .map(|presence| assert_eq!(presence, Presence::Absent)),
        provider
            .verify_absent(&handle(&intent), over)
            .await
            .map(|presence| assert_eq!(presence, Presence::Absent)),
        provider.inventory(&resource, &[handle(&intent)], now()).await.map(drop),
    ] {
        let error = result.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable { .. }) && !format!("{error:?}").contains("SECRET"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_clock_of_ours_that_runs_ahead_ends_nothing_and_revives_nothing() {
    let aws: Time = "2026-11-22T01:31:05Z".parse().unwrap();
    let live = format!("jit-revoke-000000000001-{}", aws.unix_secs() + 10);
    let listed = live.clone();
    let fake = Fake::start(move |form| {
        let policies = format!("<PolicyNames><member>{listed}</member></PolicyNames>");
        form.contains("Action=List").then(|| result("ListRolePolicies", &policies))
    })
    .await;
    let provider = AwsProvider::new();
    let mut intent = intent(&fake.resource, 24, 600);
    intent.end = aws.plus(Span::clamped(60));
    let a_year_later = aws.plus(Span::clamped(365 * 86_400));
    provider.revoke(&handle(&intent), a_year_later).await.unwrap();
    assert!(fake.actions().contains(&"PutRolePolicy".to_owned()), "by AWS's clock it is not over");
    assert!(!fake.actions().contains(&"DeleteRolePolicy".to_owned()), "{live} is removed too early");
    let presence = provider.verify_absent(&handle(&intent), a_year_later).await.unwrap();
    assert!(matches!(presence, Presence::Present(_)));
    intent.end = aws;
    assert!(provider.verify_absent(&handle(&intent), a_year_later).await.unwrap() == Presence::Absent);
}

#[tokio::test]
async fn a_role_without_room_is_tidied_and_the_revocation_tried_again() {
    let full = Mutex::new(true);
    let fake = Fake::start(move |form| {
        let mut full = full.lock().unwrap();
        if form.contains("Action=ListRolePolicies") {
            return Some(result(
                "ListRolePolicies",
                "<PolicyNames><member>jit-revoke-000000000001-1</member></PolicyNames>",
            ));
        }
        *full &= !form.contains("Action=DeleteRolePolicy");
        (*full && form.contains("Action=PutRolePolicy")).then(|| says("LimitExceeded"))
    })
    .await;
    AwsProvider::new().revoke(&handle(&intent(&fake.resource, 25, 600)), now()).await.unwrap();
    let actions = fake.actions();
    assert_eq!(actions[..4], ["PutRolePolicy", "ListRolePolicies", "DeleteRolePolicy", "PutRolePolicy"]);
}

#[tokio::test]
async fn a_grant_that_cannot_be_is_refused_before_anything_is_made() {
    let fake = Fake::start(|_| None).await;
    let good = intent(&fake.resource, 26, 600);
    let long = "x".repeat(2048);
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"{long}\"}}}}"
    );
    let gives = |arn: &str, policy: Option<String>| {
        Gives::Aws(AwsGives { role_arn: arn.to_owned(), session_policy: policy })
    };
    let ssh = CredentialAsk::Ssh { public_key: String::new() };
    for bad in [
        Intent { gives: gives(ROLE, Some(policy)), ..good.clone() },
        Intent { gives: gives("arn:aws-cn:iam::123456789012:role/shop", None), ..good.clone() },
        Intent { gives: gives("arn:aws:iam::123456789012:role/team/shop", None), ..good.clone() },
        Intent { ask: ssh, ..good.clone() },
        Intent { end: now(), ..good.clone() },
    ] {
        let error = AwsProvider::new().grant(&bad).await.unwrap_err();
        assert!(matches!(error, ProviderError::Refused(_)), "{error:?}");
    }
    assert!(!fake.actions().contains(&"AssumeRole".to_owned()));
}
