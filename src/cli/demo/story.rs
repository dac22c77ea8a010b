//! What happens, and what each step has to show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::session;
use crate::client::NoKeeper;
use crate::config::{ConfigError, ServerUrl};
use crate::files;
use crate::ops::Backend;
use crate::provider::ssh::agent::EphemeralKey;

use super::openssh::{Host, Programs, Trust};
use super::process::{self, Running};
use super::{LIMIT, Person, Program, Stage, done, fails, field, read, without_colours, write};

/// The example policy, as it is in the repository.
const POLICY: [(&str, &str); 3] = [
    ("hosts.toml", include_str!("../../../policies/company/hosts.toml")),
    ("people.toml", include_str!("../../../policies/company/people.toml")),
    ("roles.toml", include_str!("../../../policies/company/roles.toml")),
];
const ROLE: &str = "prod-logs";
const ON: &str = "shop-web-1";
/// Of that resource, in `hosts.toml`.
const ADDRESS: &str = "web-1.shop.example";
/// Of that role, in `roles.toml`.
const ACCOUNT: &str = "logs";
/// Long enough for a login on a slow machine, short enough to wait for.
const SHORT: &str = "10s";
const SHORT_WAIT: Duration = Duration::from_secs(10);
/// What ssh(1) exits with when it is not let in.
const SSH_FAILED: i32 = 255;

pub async fn play(stage: &mut Stage<'_>) -> Result<(), CliError> {
    stage.say(&format!(
        "A contractor, carol, asks for access to a host; bob agrees; she logs in; and when \
         her time is up the access is gone. All of it is real, on this machine only, in \
         {}, which is removed at the end.",
        stage.folder.display()
    ))?;
    let mut people = People {
        admin: stage.person("admin")?,
        carol: stage.person("carol")?,
        bob: stage.person("bob")?,
        auditor: stage.person("auditor")?,
    };
    let server = serve(stage, &people.admin).await?;
    enrol(stage, &mut people, &server.url).await?;
    let ssh = host(stage, &people, &server.url).await?;
    let id = ask_and_approve(stage, &people).await?;
    let issued = use_it(stage, &people, &id, ssh.as_ref()).await?;
    refusals(stage, &people).await?;
    its_end(stage, &people, &id, issued, ssh.as_ref()).await?;
    revoke(stage, &people, ssh.as_ref()).await?;
    prove(stage, &people, &id).await
}

struct People {
    admin: Person,
    carol: Person,
    bob: Person,
    auditor: Person,
}

struct Server {
    url: String,
    _running: Running,
}

async fn serve(stage: &mut Stage<'_>, admin: &Person) -> Result<Server, CliError> {
    let policy = admin.home.join("policy.d");
    files::private_dir(&policy)?;
    for (name, text) in POLICY {
        files::write_private(&policy.join(name), text.as_bytes())?;
    }
    stage.say("The administrator wrote a policy; a mistake in it would be found before it holds.")?;
    stage.jit("the policy is checked", admin, &["policy", "check", "policy.d"], done(&["no errors"])).await?;

    stage.say("The server, on the embedded store. Its first start gives the administrator a code.")?;
    let args =
        ["serve", "--policy", "policy.d", "--data", "data", "--listen", "127.0.0.1:0", "--url-file", "url"];
    stage.type_out(admin, &Program::Jit, &args, "&")?;
    let mut running = stage.start(admin, &args, "serve.log")?;
    let (start, url) = (Instant::now(), admin.home.join("url"));
    while !url.exists() && start.elapsed() < LIMIT {
        let ended = running.ended().map_err(|err| CliError::failure("the server is not known of", &err))?;
        if ended.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = read(admin.home.join("serve.log"))?;
    stage.print(&Program::Jit, log.as_bytes())?;
    let exit = running.ended().map_err(|err| CliError::failure("the server is not known of", &err))?;
    let ended = process::Ended { exit: exit.unwrap_or(0), output: log.into_bytes() };
    let expect = done(&["code:", "serving on http://127.0.0.1:"]);
    let log = stage.check("the server starts", admin, &Program::Jit, &args, expect, Ok(ended))?;
    if let Some(step) = stage.told.steps.last_mut() {
        step.exit = exit;
    }
    write(admin, "code", field(&log, "code")?.as_bytes())?;
    Ok(Server { url: read(url)?.trim().to_owned(), _running: running })
}

async fn enrol(stage: &mut Stage<'_>, people: &mut People, url: &str) -> Result<(), CliError> {
    stage.say(
        "Everybody logs in once, with a one-time code. The token then goes to the keyring of \
         the operating system; so as not to touch yours, here it goes to a private file \
         (--token-file), as it does in a CI job, and JIT_TOKEN_FILE names that from now on.",
    )?;
    let login = ["login", url, "--code-file", "code", "--token-file", "token"];
    let People { admin, carol, bob, .. } = people;
    stage.jit("the administrator logs in", admin, &login, done(&["jit:admin"])).await?;
    admin.logged_in = true;

    stage.say("The contractor and the approver.")?;
    let added = stage.jit("carol is added", admin, &["user", "add", "carol"], done(&["code:"])).await?;
    write(carol, "code", field(&added, "code")?.as_bytes())?;
    stage.jit("carol logs in", carol, &login, done(&["jit:carol"])).await?;
    carol.logged_in = true;
    let added = stage.jit("bob is added", admin, &["user", "add", "bob"], done(&["code:"])).await?;
    write(bob, "code", field(&added, "code")?.as_bytes())?;
    stage.jit("bob logs in", bob, &login, done(&["jit:bob"])).await?;
    bob.logged_in = true;
    Ok(())
}

/// The programs of OpenSSH and the host, where they are installed.
struct Ssh {
    programs: Programs,
    host: Host,
}

async fn host(stage: &mut Stage<'_>, people: &People, url: &str) -> Result<Option<Ssh>, CliError> {
    let programs = match Programs::find(stage.session.env.path.as_deref()) {
        Ok(programs) => programs,
        Err(missing) => {
            let text = format!("{missing} is not installed here, so no login to a host is shown.");
            stage.say(&format!(
                "{text} The certificates are made all the same. (Debian: apt-get install openssh-server)"
            ))?;
            stage.told.left_out.push(text);
            return Ok(None);
        }
    };
    // As hosts get it: over HTTP, without a login.
    let url = ServerUrl::parse(url, false).map_err(ConfigError::from)?;
    let ca = session::remote(&url, None, Arc::new(NoKeeper))?.ssh_ca().await?.public_key;
    let krl = people.admin.home.join("data/ssh/krl");
    let trust = Trust { ca_public_line: &ca, krl: &krl, principal: ACCOUNT };
    let folder = stage.folder.join("host");
    let host = Host::start(&programs, &folder, &trust, ADDRESS, &people.carol.home).await?;
    stage.say(&format!(
        "The host: a real OpenSSH sshd on this machine that trusts the server's CA and reads \
         its revocation list. It stands for {ADDRESS}; whoever holds a certificate for \
         the account {ACCOUNT} gets in as you. It knows no other key and no password."
    ))?;
    Ok(Some(Ssh { programs, host }))
}

async fn ask_and_approve(stage: &mut Stage<'_>, people: &People) -> Result<String, CliError> {
    let People { carol, bob, .. } = people;
    stage.say("What may carol ask for?")?;
    stage.jit("the roles are listed", carol, &["roles"], done(&[ROLE, "web-deploy"])).await?;
    let shows = ["because:     group:contractors", "who decides: bob"];
    stage.jit("the role is explained", carol, &["explain", ROLE], done(&shows)).await?;

    stage.say(&format!("She asks, for {SHORT} only, so that we see the end of it."))?;
    let id = request(stage, carol, SHORT, "Why are orders slow?").await?;

    stage.say("What bob sees. His vote is bound to exactly that.")?;
    let list = ["list", "--to-approve"];
    stage.jit("bob sees that she waits for him", bob, &list, done(&[&id, "carol"])).await?;
    let shows = ["requester:   carol", "accounts: logs", "reason:      Why are orders slow?"];
    stage.jit("bob sees what she asks for", bob, &["show", &id], done(&shows)).await?;
    stage.jit("bob approves", bob, &["approve", &id], done(&["state:       approved"])).await?;
    Ok(id)
}

async fn request(
    stage: &mut Stage<'_>,
    who: &Person,
    duration: &str,
    reason: &str,
) -> Result<String, CliError> {
    let args = ["request", ROLE, "--on", ON, "--for", duration, "--reason", reason];
    let filed = stage.jit("a request is filed", who, &args, done(&["state:       pending"])).await?;
    Ok(field(&filed, "id")?.to_owned())
}

/// Gets the certificate and logs in; gives when it was issued.
async fn use_it(
    stage: &mut Stage<'_>,
    people: &People,
    id: &str,
    ssh: Option<&Ssh>,
) -> Result<Instant, CliError> {
    let carol = &people.carol;
    match ssh {
        Some(ssh) => {
            stage.say("Her own key; jit only ever sees the public half.")?;
            let args = ["-q", "-t", "ed25519", "-N", "", "-C", "carol", "-f", "id_ed25519"];
            let keygen = Program::Other(&ssh.programs.keygen, "ssh-keygen");
            stage.step("a key is made", carol, &keygen, &args, done(&[])).await?;
        }
        None => {
            // The private half is thrown away: nobody logs in with it.
            let line = format!("{}\n", EphemeralKey::generate()?.public_line()?);
            write(carol, "id_ed25519.pub", line.as_bytes())?;
        }
    }
    stage.say(&format!("The certificate for it. Her {SHORT} begin now, at the first use."))?;
    credential(stage, carol, id).await?;
    let issued = Instant::now();
    if let Some(ssh) = ssh {
        let keygen = Program::Other(&ssh.programs.keygen, "ssh-keygen");
        let args = ["-L", "-f", "id_ed25519-cert.pub"];
        let key_id = format!("Key ID: \"{id}\"");
        stage.step("the certificate is hers", carol, &keygen, &args, done(&[&key_id, ACCOUNT])).await?;
        stage.say("With it, the host lets her in.")?;
        log_in(stage, carol, ssh, true).await?;
    }
    Ok(issued)
}

async fn credential(stage: &mut Stage<'_>, who: &Person, id: &str) -> Result<(), CliError> {
    let args = ["credential", "ssh", id, "--public-key", "id_ed25519.pub"];
    let shows = ["accounts: logs", "ends:        in "];
    stage.jit("a certificate is issued", who, &args, done(&shows)).await.map(drop)
}

async fn log_in(stage: &mut Stage<'_>, who: &Person, ssh: &Ssh, lets_in: bool) -> Result<(), CliError> {
    let client = Program::Other(&ssh.programs.ssh, "ssh");
    let args = ["-F", "ssh_config", ADDRESS, "echo logged in"];
    let result = if lets_in {
        stage.step("ssh logs in", who, &client, &args, done(&["logged in"])).await
    } else {
        let expect = fails(SSH_FAILED, &["Permission denied"]);
        stage.step("ssh is refused", who, &client, &args, expect).await
    };
    result.map(drop).map_err(|err| err.more_reasons(ssh.host.last_words()))
}

async fn refusals(stage: &mut Stage<'_>, people: &People) -> Result<(), CliError> {
    let People { carol, bob, .. } = people;
    stage.say("While that time runs: what the policy refuses (exit code 5). Longer than the role allows.")?;
    let args = ["request", ROLE, "--on", ON, "--for", "8h", "--reason", "A long look"];
    stage
        .jit("too long a request is refused", carol, &args, fails(exit(Code::Refused), &["longest, 4h"]))
        .await?;

    stage.say("Bob may ask for the role, too, and may approve it; but never for himself.")?;
    let id = request(stage, bob, "1h", "Looking for myself").await?;
    let expect = fails(exit(Code::Refused), &["nobody approves their own request"]);
    stage.jit("bob's approval of his own is refused", bob, &["approve", &id], expect).await.map(drop)
}

async fn its_end(
    stage: &mut Stage<'_>,
    people: &People,
    id: &str,
    issued: Instant,
    ssh: Option<&Ssh>,
) -> Result<(), CliError> {
    let carol = &people.carol;
    stage.say(&format!("Her {SHORT} go by. Nobody does anything."))?;
    tokio::time::sleep(SHORT_WAIT.saturating_sub(issued.elapsed())).await;
    let args = ["show", id];
    // The end itself is on time; that it was read back is recorded a moment later.
    let start = Instant::now();
    let ended = loop {
        let command = stage.command(carol, &Program::Jit, &args);
        let ended = match command {
            Ok(command) => process::run(command, LIMIT).await,
            Err(err) => Err(err),
        };
        let over = |ended: &process::Ended| without_colours(&ended.output).contains("expired");
        if ended.as_ref().map_or(true, over) || start.elapsed() > LIMIT {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    stage.type_out(carol, &Program::Jit, &args, "")?;
    if let Ok(ended) = &ended {
        stage.print(&Program::Jit, &ended.output)?;
    }
    let expect = done(&["state:       expired", "time is up"]);
    stage.check("the access has expired", carol, &Program::Jit, &args, expect, ended)?;
    if let Some(ssh) = ssh {
        stage.say("The same certificate at the same host:")?;
        log_in(stage, carol, ssh, false).await?;
    }
    stage.say("And there is no new one (exit code 7).")?;
    let args = ["credential", "ssh", id, "--public-key", "id_ed25519.pub"];
    stage
        .jit("no credential after the end", carol, &args, fails(exit(Code::Over), &["expired"]))
        .await
        .map(drop)
}

async fn revoke(stage: &mut Stage<'_>, people: &People, ssh: Option<&Ssh>) -> Result<(), CliError> {
    let People { admin, carol, bob, .. } = people;
    stage.say("Access can also end early. Carol asks again, for an hour.")?;
    let id = request(stage, carol, "1h", "Still slow").await?;
    stage.jit("bob approves", bob, &["approve", &id], done(&["state:       approved"])).await?;
    credential(stage, carol, &id).await?;
    if let Some(ssh) = ssh {
        log_in(stage, carol, ssh, true).await?;
    }
    stage.say("The administrator takes it away. `revoked` is said only after it was read back.")?;
    let args = ["revoke", &id, "--comment", "Found it"];
    stage.jit("it is revoked", admin, &args, done(&["revoked", "confirmed"])).await?;
    if let Some(ssh) = ssh {
        stage.say("The certificate has most of its hour left, and the host refuses it at once.")?;
        log_in(stage, carol, ssh, false).await?;
    }
    Ok(())
}

async fn prove(stage: &mut Stage<'_>, people: &People, id: &str) -> Result<(), CliError> {
    let People { admin, auditor, .. } = people;
    stage.say("The log has every step of it, refusals too. Of the first request:")?;
    let shows = ["request.filed", "request.approved", "credential.issued", "grant.expired"];
    stage.jit("the log has it all", admin, &["audit", "log", "--request", id], done(&shows)).await?;

    stage.say("For an auditor, who needs no server and no login to check that it is whole:")?;
    let args = ["audit", "export", "--out", "log.ndjson"];
    let exported = stage.jit("the log is exported", admin, &args, done(&["events:"])).await?;
    let key = field(&exported, "key")?;
    let log = read(admin.home.join("log.ndjson"))?;
    write(auditor, "log.ndjson", log.as_bytes())?;
    let verify = ["audit", "verify", "log.ndjson", "--key", key];
    let expect = done(&["events are whole and in order"]);
    stage.jit("the log verifies offline", auditor, &verify, expect).await?;

    let (edited, seq) = edit(&log, id)?;
    write(auditor, "edited.ndjson", edited.as_bytes())?;
    stage.say(&format!(
        "And a copy of it in which somebody changed one letter: in event {seq}, bob's vote for \
         that request, his name is rob."
    ))?;
    let verify = ["audit", "verify", "edited.ndjson", "--key", key];
    let event = format!("event {seq}");
    stage.jit("an edit is found", auditor, &verify, fails(exit(Code::Failure), &[&event])).await.map(drop)
}

fn exit(code: Code) -> i32 {
    i32::from(code.exit_code())
}

/// The log with another name on the vote for that request, and the number of that event.
fn edit(log: &str, id: &str) -> Result<(String, u64), CliError> {
    let vote = log.lines().find(|line| line.contains("\"request.vote\"") && line.contains(id));
    let seq = vote
        .and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .and_then(|event| event.get("seq")?.as_u64());
    match (vote, seq) {
        (Some(vote), Some(seq)) if vote.contains("\"bob\"") => {
            Ok((log.replace(vote, &vote.replace("\"bob\"", "\"rob\"")), seq))
        }
        _ => Err(CliError::new(Code::Failure, "the demo failed: bob's vote is not in the exported log")),
    }
}
