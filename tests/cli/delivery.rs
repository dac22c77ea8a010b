//! The log as other systems get it: exports, and the channels of a server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::Signal;
use serde_json::Value;

use crate::programs::free_port;
use crate::smtpd::Smtpd;
use crate::world::{POLICY, Person, Server, put_private, run, until};

#[test]
fn the_log_is_exported_for_other_systems_one_line_an_event() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    carol.request(&["shell", "--for", "5m", "--reason", "=cmd|' \u{202e}|\"]\u{9b}2J"]);
    let export = |format: &str| server.admin().jit(&["audit", "export", "--format", format]).ok().stdout;
    let events = export("jit").lines().filter(|line| !line.contains("\"checkpoint\"")).count();
    for format in ["syslog", "cef", "ecs", "ocsf", "csv"] {
        let text = export(format);
        let header = usize::from(format == "csv");
        assert_eq!(text.lines().count(), events + header, "{format}\n{text}");
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\x1b', '\r']), "{format}\n{text}");
        for line in text.lines().skip(header) {
            let good = match format {
                "syslog" => line.starts_with('<') && line.contains(">1 2"),
                "cef" => line.starts_with("CEF:0|jit|jit|"),
                "csv" => line.split(',').count() >= 14,
                _ => serde_json::from_str::<Value>(line).unwrap().is_object(),
            };
            assert!(good, "{format}: {line}");
        }
    }
    assert!(export("csv").contains("reason==cmd"), "in the middle of a cell it is no formula");

    let file = server.admin().path("log.csv");
    let out = server.admin().json(&["audit", "export", "--format", "csv", "--out", file.to_str().unwrap()]);
    assert_eq!(out["kind"], "audit-export");
    assert_eq!((&out["events"], &out["key"]), (&Value::from(events), &Value::Null), "it cannot be verified");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), export("csv"));
}

pub const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const LIMIT: Duration = Duration::from_secs(30);

/// A receiver of webhooks in this process, until the test ends: ids and kinds of what was signed rightly.
#[derive(Clone, Default)]
pub struct Receiver(Arc<Mutex<Vec<(String, String)>>>);

impl Receiver {
    pub fn listen(&self, port: u16, slow: bool) {
        let seen = Arc::clone(&self.0);
        let take = async move |headers: HeaderMap, body: Bytes| {
            if slow {
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let mut signed =
                format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
            signed.extend_from_slice(&body);
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
            let signature = STANDARD.decode(&header("webhook-signature")["v1,".len()..]).unwrap();
            ring::hmac::verify(&key, &signed, &signature).unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            seen.lock().unwrap().push((header("webhook-id"), body["type"].as_str().unwrap().to_owned()));
        };
        let app = axum::Router::new().route("/hook", post(take));
        std::thread::spawn(move || {
            crate::world::block_on(async {
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
    }

    pub fn kinds(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(_, kind)| kind.clone()).collect()
    }
}

/// A server with this file of channels, which does not run yet.
fn with_channels(text: &str) -> (Server, PathBuf) {
    with_policy_and_channels(POLICY, text)
}

fn with_policy_and_channels(policy: &str, text: &str) -> (Server, PathBuf) {
    let server = Server::prepare(policy);
    let file = server.home().join("channels.toml");
    put_private(&server.home().join("secret"), &format!("whsec_{}\n", STANDARD.encode(SECRET)));
    put_private(&file, &text.replace("HOME", server.home().to_str().unwrap()));
    (server, file)
}

fn start(server: &mut Server, file: &PathBuf) {
    let mut command = server.command();
    command.arg("--channels").arg(file);
    server.start_command(command);
}

fn hook(port: u16) -> String {
    format!(
        "[channel.siem]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\nsecret-file = \"HOME/secret\"\n\
         allow-private = true\nevents = [\"request.*\", \"grant.*\"]\n"
    )
}

#[test]
fn what_happened_while_the_receiver_was_down_and_jit_was_killed_is_told_in_order() {
    let (port, receiver) = (free_port(), Receiver::default());
    let (mut server, file) = with_channels(&hook(port));
    start(&mut server, &file);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    bob.jit(&["approve", &id, "--yes"]).ok();
    let log = || server.admin().jit(&["audit", "log", "--kind", "notice.failed"]).ok().stdout;
    until("the outage is told of", LIMIT, || log().contains("siem").then_some(()));
    assert_eq!(log().matches("notice.failed").count(), 1);
    assert!(!log().contains("whsec_"));
    server.kill();
    receiver.listen(port, false);
    start(&mut server, &file);
    carol.jit(&["revoke", &id, "--yes"]).ok();
    let all = until("all came", LIMIT, || Some(receiver.kinds()).filter(|kinds| kinds.len() >= 4));
    assert_eq!(all[..3], ["request.filed", "request.vote", "request.approved"], "{all:?}");
    let mut ids: Vec<String> = receiver.0.lock().unwrap().iter().map(|(id, _)| id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "nothing came twice");
}

#[test]
fn an_administrator_sees_how_channels_stand_and_has_one_tell_again_under_the_same_ids() {
    let (port, receiver) = (free_port(), Receiver::default());
    let (mut server, file) = with_channels(&hook(port));
    start(&mut server, &file);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    let admin = server.admin();
    let channel = || admin.json(&["delivery", "list"])["channels"][0].clone();
    let down =
        until("the outage is known", LIMIT, || Some(channel()).filter(|it| it["failing_since"].is_string()));
    assert_eq!((&down["name"], &down["to"]), (&"siem".into(), &"webhook".into()));
    assert!(down["waiting"].as_u64().unwrap() > 0 && down["error"].is_string(), "{down}");
    receiver.listen(port, false);
    bob.jit(&["approve", &id, "--yes"]).ok();
    until("all came", LIMIT, || (receiver.kinds().len() == 3).then_some(()));
    until("it is up", LIMIT, || {
        Some(channel()).filter(|it| it["failing_since"].is_null() && it["waiting"] == 0)
    });

    for args in [&["list"][..], &["replay", "siem", "--from", "0"]] {
        carol.jit(&[&["delivery"], args].concat()).expect(5);
    }
    admin.jit(&["delivery", "replay", "other", "--from", "0"]).expect(3);
    admin.jit(&["delivery", "replay", "siem", "--from", "100000"]).expect(2);
    admin.jit(&["delivery", "replay", "siem"]).expect(2);
    assert_eq!(receiver.kinds().len(), 3);
    let told = admin.json(&["delivery", "replay", "siem", "--since", "1h"]);
    assert_eq!((&told["kind"], &told["from_seq"]), (&"replayed".into(), &0.into()));
    until("all came again", LIMIT, || (receiver.kinds().len() == 6).then_some(()));
    let seen = receiver.0.lock().unwrap().clone();
    assert_eq!(seen[..3], seen[3..], "the same ids, in the same order");
}

#[test]
fn a_receiver_that_hangs_holds_up_no_revocation_and_no_stop() {
    let port = free_port();
    Receiver::default().listen(port, true);
    let (mut server, file) = with_channels(&hook(port));
    start(&mut server, &file);
    let carol = server.person("carol");
    let id = carol.request(&["shell", "--for", "5m"]);
    carol.credential(&id).ok();
    let began = Instant::now();
    carol.jit(&["revoke", &id, "--yes"]).ok();
    assert_eq!(carol.state(&id), "revoked");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let (code, took) = server.stop();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn an_approver_gets_mail_of_what_waits_and_the_requester_of_the_decision() {
    let Some(smtpd) = Smtpd::start(None) else { return };
    let text = format!(
        "[people]\nbob = \"bob@acme.example\"\ncarol = \"carol@acme.example\"\n[channel.mail]\nkind = \"mail\"\n\
         host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"jit@acme.example\"\nto = \"people\"\n",
        smtpd.port()
    );
    let (mut server, file) = with_channels(&text);
    start(&mut server, &file);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = carol.request(&[
        "deploy",
        "--on",
        "web-1",
        "--for",
        "10m",
        "--reason",
        "x\r\nBcc: mallory@evil.example",
    ]);
    let mails = |count: usize| {
        until("the mails came", LIMIT, || Some(smtpd.mails()).filter(|mails| mails.len() == count))
    };
    let first = mails(1).remove(0);
    assert!(
        first.contains("To: bob@acme.example") && first.contains(&format!("jit approve {id}")),
        "{first}"
    );
    assert!(!first.lines().any(|line| line.starts_with("Bcc:")), "{first}");
    bob.jit(&["approve", &id, "--yes"]).ok();
    let second = mails(2);
    assert!(second.iter().any(|mail| mail.contains("To: carol@acme.example") && mail.contains("approved:")));
}

#[test]
fn an_alert_gets_to_the_administrators_and_not_to_whom_it_is_about() {
    let Some(smtpd) = Smtpd::start(None) else { return };
    let text = format!(
        "[people]\nadmin = \"admin@acme.example\"\ncarol = \"carol@acme.example\"\nbob = \"bob@acme.example\"\n\
         \"carol.root\" = \"carol@acme.example\"\n[channel.mail]\nkind = \"mail\"\nhost = \"127.0.0.1\"\nport = {}\n\
         tls = \"none\"\nfrom = \"jit@acme.example\"\nto = \"people\"\nevents = [\"alert.*\"]\n",
        smtpd.port()
    );
    let alert = "[alert.guessing]\non = \"burst-of-refusals\"\ncount = 3\nwithin = \"10m\"\n";
    let (mut server, file) = with_policy_and_channels(&format!("{POLICY}\n{alert}"), &text);
    start(&mut server, &file);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    server.admin().jit(&["user", "add", "carol.root", "--alias-of", "carol", "--admin"]).ok();
    let guesses = |who: &Person| {
        for _ in 0..3 {
            assert_ne!(who.jit(&["request", "shell", "--for", "300d"]).code, 0);
        }
    };
    let mails = |count: usize| {
        until("the mails came", LIMIT, || Some(smtpd.mails()).filter(|mails| mails.len() == count))
    };
    guesses(&carol);
    let first = mails(1).remove(0);
    assert!(first.contains("To: admin@acme.example") && first.contains("jit alert show "), "{first}");
    // Carol is an administrator under another name, and it is not about her now.
    guesses(&bob);
    let to = |mail: &&String| mail.contains("To: carol@acme.example");
    assert_eq!(mails(3).iter().filter(to).count(), 1);
}

#[test]
fn a_server_does_not_start_on_a_file_of_channels_that_is_wrong_or_open_to_others() {
    let (server, file) = with_channels(&(hook(1) + "secret = \"hunter2\"\n"));
    let with = |file: &PathBuf| {
        let mut command = server.command();
        command.arg("--channels").arg(file);
        run(command)
    };
    let out = with(&file).expect(2);
    let error = out.error();
    assert!(
        error["message"].as_str().unwrap().contains("channels.toml:7: unknown field `secret`"),
        "{error}"
    );
    assert!(error["hint"].as_str().unwrap().contains("jit-channels(5)"), "{error}");
    assert!(!out.stderr.contains("hunter2"), "{out}");

    put_private(&file, &hook(1));
    run({
        let mut command = std::process::Command::new("chmod");
        command.arg("644").arg(&file);
        command
    })
    .ok();
    let out = with(&file).expect(1);
    assert!(out.error()["hint"].as_str().unwrap().contains("chmod"), "{out}");
    assert!(!server.data().exists(), "nothing was begun");
}

#[test]
fn a_stop_in_an_outage_is_quick() {
    let (mut server, file) = with_channels(&hook(free_port()));
    start(&mut server, &file);
    server.person("carol").request(&["shell", "--for", "5m"]);
    server.signal(Signal::HUP);
    let (code, took) = server.stop();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(10), "{took:?}");
}
