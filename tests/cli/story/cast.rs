//! Who and what is in the story.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jit_access::domain::{Digest, Span, Time};
use serde_json::Value;

use crate::activity::Collector;
use crate::delivery::{Receiver, SECRET};
use crate::guard::host::{Host, Login};
use crate::pg::{PASSWORD, Postgres, Version};
use crate::programs::free_port;
use crate::rsyslog::Rsyslog;
use crate::smtpd::Smtpd;
use crate::sshd::{Sshd, new_key};
use crate::targets::orders;
use crate::world::{Person, Running, Server, put_private, start, until};

const TERMS: &str = "Use it for work only.\nLeave no data behind.\n";
const COUNT: u32 = 30;
/// Whose contract ends while the story runs.
pub const LAST: &str = "c30";
const RECEIVED: Duration = Duration::from_secs(60);

/// What a server's first start writes before its channels begin.
const STARTS: [&str; 4] = ["server.started", "policy.loaded", "user.added", "user.enrolment"];

fn kind(event: &Value) -> String {
    event["event"]["kind"].as_str().unwrap().to_owned()
}

pub fn id(n: u32) -> String {
    format!("c{n:02}")
}

pub fn digest_of_terms() -> String {
    Digest::of(TERMS.as_bytes()).to_string()
}

#[expect(clippy::disallowed_methods, reason = "the server's clock is the machine's")]
fn now() -> Time {
    Time::from(std::time::SystemTime::now())
}

pub fn today() -> String {
    now().to_string().split('T').next().unwrap().to_owned()
}

fn policy(address: &str, password: &Path) -> String {
    format!(
        r#"
[company.acme]
contractors = true
[group.acme-staff]
directory = true
[person]
alice = {{}}
bob = {{}}
dora = {{}}
[group.leads]
members = ["alice", "bob"]
[group.trainers]
members = ["dora"]

[training.security]
version = 1
link = "https://learn.example.net/security"
valid-for = "365d"
trainers = ["group:trainers"]
[terms.use]
version = 1
text = """
{TERMS}"""

[resource.web-1]
provider = "ssh"
{}
[role.shell]
description = "A shell on a web host"
resources = ["web-1"]
requesters = ["group:acme-staff"]
approvers = ["requester:sponsor"]
approvals = 1
max-duration = "1h"
require = {{ training = ["security"], terms = ["use"] }}
ssh = {{ principals = ["deploy"] }}

[role.orders-read]
description = "Read the orders"
resources = ["orders"]
requesters = ["group:acme-staff"]
approvers = ["requester:sponsor"]
approvals = 1
max-duration = "1h"
require = {{ training = ["security"], terms = ["use"] }}
[role.orders-read.postgres]
member-of = ["readers"]
settings = {{ log_statement = "all" }}

[role.root]
description = "What two leads agree to, or nobody in an emergency"
resources = ["web-1"]
requesters = ["group:acme-staff"]
approvers = ["group:leads"]
approvals = 2
max-duration = "30m"
break-glass = {{ max-duration = "15m", announce = ["group:leads"], debrief = ["alice"] }}
ssh = {{ principals = ["deploy"] }}

[alert.guessing]
on = "burst-of-refusals"
severity = "critical"
action = "end-grant"
count = 3
within = "10m"
[alert.glass]
on = "break-glass"
severity = "high"
[alert.own-vote]
on = "self-approval"
severity = "medium"
"#,
        orders(address, password)
    )
}

pub struct Cast {
    pub server: Server,
    pub pg: Postgres,
    host: Host,
    smtpd: Smtpd,
    rsyslog: Rsyslog,
    hook: Receiver,
    people: BTreeMap<String, Person>,
    _files: tempfile::TempDir,
}

impl Cast {
    /// `None` where a part is missing, which is said loudly; never in CI.
    pub fn gather() -> Option<Self> {
        if !Sshd::available() {
            return None;
        }
        let (smtpd, rsyslog) = (Smtpd::start(None)?, Rsyslog::start()?);
        let lines = [
            "logging_collector = on",
            "log_filename = 'postgresql.log'",
            "log_destination = 'stderr,csvlog'",
        ];
        let pg = Postgres::start_with(&Version::find(15)?, &lines);
        pg.sql("CREATE ROLE readers NOLOGIN");
        let files = tempfile::tempdir().unwrap();
        let password = files.path().join("admin");
        put_private(&password, PASSWORD);
        let (hook, port) = (Receiver::default(), free_port());
        hook.listen(port, false);

        let mut server = Server::prepare(&policy(&pg.address(), &password));
        let file = server.home().join("channels.toml");
        let secret = server.home().join("secret");
        put_private(&secret, &format!("whsec_{}\n", STANDARD.encode(SECRET)));
        let channels = format!(
            "[people]\nalice = \"alice@acme.example\"\nbob = \"bob@acme.example\"\nc01 = \"c01@acme.example\"\n\
             [channel.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\nsecret-file = \"{}\"\n\
             allow-private = true\n\
             [channel.siem]\nkind = \"syslog\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             [channel.mail]\nkind = \"mail\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"jit@acme.example\"\nto = \"people\"\n",
            secret.display(),
            rsyslog.port(),
            smtpd.port(),
        );
        put_private(&file, &channels);
        let mut command = server.command();
        command.arg("--channels").arg(&file);
        server.start_command(command);
        let host = Host::trusting(&server.ca(), &server.krl(), "--record RECORDINGS", "");
        let people = ["alice", "bob", "dora"].map(|name| (name.to_owned(), server.person(name))).into();
        Some(Self { server, pg, host, smtpd, rsyslog, hook, people, _files: files })
    }

    /// Somebody whom the story has by name from now on.
    pub fn take(&mut self, name: &str) -> Person {
        self.people.remove(name).unwrap()
    }

    pub fn person(&self, n: u32) -> &Person {
        &self.people[&id(n)]
    }

    /// Thirty lines of CSV: half of them alice's, half of them bob's, and all logged in.
    pub fn import(&mut self, last: Duration) -> Vec<Value> {
        let admin = self.server.admin();
        let soon = now().plus(Span::clamped(last.as_secs()));
        let mut text = "id,company,sponsor,until,agreement,signed,groups\n".to_owned();
        for n in 1..=COUNT {
            let sponsor = if n <= COUNT / 2 { "alice" } else { "bob" };
            let until = if id(n) == LAST { soon.to_string() } else { "2027-03-31".to_owned() };
            text += &format!("{},acme,{sponsor},{until},\"NDA, no. {n}\",2026-11-01,acme-staff\n", id(n));
        }
        put_private(&admin.path("in.csv"), &text);
        let dry = admin.json(&["contractor", "import", "in.csv", "--dry-run"]);
        assert_eq!(dry["lines"].as_array().unwrap().len(), COUNT as usize);
        assert!(admin.json(&["contractor", "list"])["contractors"].as_array().unwrap().is_empty());
        let done = admin.json(&["contractor", "import", "in.csv"]);
        let lines = done["lines"].as_array().unwrap().clone();
        for (n, line) in (1..).zip(&lines) {
            let person = self.server.enrolled(&id(n), line["code"].as_str().unwrap());
            self.people.insert(id(n), person);
        }
        lines
    }

    /// A request for the shell, which waits.
    pub fn asks(&self, n: u32) -> String {
        self.person(n).request(&["shell", "--for", "10m", "--reason", "work on the shop"])
    }

    /// The same, approved.
    pub fn shell(&self, n: u32, sponsor: &Person, duration: &str) -> String {
        let id = self.person(n).request(&["shell", "--for", duration, "--reason", "work on the shop"]);
        sponsor.jit(&["approve", &id]).ok();
        id
    }

    /// Read access to the database, approved.
    pub fn database(&self, who: &Person, sponsor: &Person, duration: &str) -> String {
        let id = who.request(&["orders-read", "--for", duration, "--reason", "a report"]);
        sponsor.jit(&["approve", &id]).ok();
        id
    }

    /// A live session in the database, in the middle of a statement.
    pub fn sleeps(&self, who: &Person, request: &str) -> Running {
        let psql = self.pg.program("psql").get_program().to_str().unwrap().to_owned();
        let sql = format!("SELECT pg_sleep(600) /* {} */", who.name);
        let running = who.start(&["exec", request, "--", &psql, "-XAtqc", &sql]);
        until("the session is there", Duration::from_secs(20), || {
            let count = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg\\_sleep%{}%'",
                who.name
            );
            (self.pg.sql(&count) == "1").then_some(())
        });
        running
    }

    /// A live session on the host.
    pub fn works(&self, n: u32, request: &str) -> (Login, Running) {
        let who = self.person(n);
        let key = new_key(who.home(), "id", &["ed25519"]);
        who.credential(request).ok();
        let login = Login { key, certificate: who.path("id-cert.pub"), end: None };
        let session = start(self.host.ssh(&login, &["-tt"], "echo in; sleep 1000"), "");
        until("the session is there", Duration::from_secs(20), || {
            session.printed().contains("in").then_some(())
        });
        (login, session)
    }

    /// As a host's timer does.
    pub fn refresh_revocations(&self) {
        self.host.put_krl(&self.server.krl());
    }

    /// Both hosts deliver what was done on them: the recording, and the statements that have this in them.
    pub fn deliver(&self, recorded: &str, statements: &str, marker: &str) {
        let admin = self.server.admin();
        let web = Collector::new(&self.server, "web-host", &["--collect", "--on", "web-1"]);
        web.once("ssh", &self.host.path("recordings")).ok();
        assert!(admin.jit(&["replay", recorded]).ok().stdout.contains("in"), "what the session showed");
        let database = Collector::new(&self.server, "db-host", &["--collect", "--on", "orders"]);
        until("the statements are in the database's log", RECEIVED, || {
            database.once("postgres", &self.pg.path("data").join("log")).ok();
            let shown = admin.jit(&["show", statements, "--activity"]).ok();
            shown.stdout.contains(marker).then_some(())
        });
    }

    /// Every receiver has what is its own.
    pub fn all_were_told(&self) {
        let log = self.server.admin().json(&["audit", "log"]);
        let kinds: Vec<String> = log["events"].as_array().unwrap().iter().map(kind).collect();
        let has_all = |told: &[String]| {
            // A channel begins with what happens from its start on.
            let (before, since) = kinds.split_at(kinds.len().saturating_sub(told.len()));
            before.iter().all(|kind| STARTS.contains(&kind.as_str())) && since == told
        };
        until("the webhook has all, once, in order", RECEIVED, || has_all(&self.hook.kinds()).then_some(()));
        until("the syslog has all, once, in order", RECEIVED, || {
            let told: Vec<String> = self.rsyslog.read().into_iter().map(|read| read.id).collect();
            has_all(&told).then_some(())
        });
        self.mailed("c01@acme.example", "approved:");
        for mail in self.smtpd.mails() {
            assert!(!mail.contains("c02@") && !mail.contains("dora@"), "{mail}");
        }
    }

    /// Waits for a mail.
    pub fn mailed(&self, whom: &str, about: &str) {
        until(&format!("{whom} has mail of {about}"), RECEIVED, || {
            let mails = self.smtpd.mails();
            let mine = |mail: &&String| mail.contains(&format!("To: {whom}")) && mail.contains(about);
            mails.iter().find(mine).map(|_| ())
        });
    }

    /// Somebody who reads everything and changes nothing.
    pub fn auditor(&self) -> Person {
        let auditor = self.server.person("emil");
        self.server.admin().jit(&["user", "role", "grant", "emil", "auditor"]).ok();
        auditor.jit(&["user", "add", "friend"]).expect(5);
        auditor
    }

    /// The signed pack of these days, and the log's key.
    pub fn evidence(&self, auditor: &Person, from: &str) -> (PathBuf, String) {
        let pack = auditor.path("evidence.zip");
        let out = pack.to_str().unwrap();
        let made = auditor.json(&["evidence", "--from", from, "--to", &today(), "--out", out]);
        assert_eq!((&made["signed"], &made["uncovered"]), (&true.into(), &0.into()), "{made}");
        (pack, made["key"].as_str().unwrap().to_owned())
    }

    /// The whole log, as it is exported.
    pub fn export(&self, auditor: &Person) -> PathBuf {
        let out = auditor.path("export");
        auditor.jit(&["audit", "export", "--out", out.to_str().unwrap()]).ok();
        out
    }
}
