//! Real programs, servers and files that do what they must not.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::domain::Span;
use crate::files::FileError;
use crate::plugin::Fault;
use crate::policy::ticket::{Assignee, TicketUrl};
use crate::policy::{Command, TicketPattern};

const GOOD: &str =
    r#"{"schema":"jit/v1","kind":"ticket","ticket":"OPS-1","state":"open","assignee":"carol"}"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A file in a mode. Another process writes it: a file that we had open for writing would be open in
    /// whatever the other tests start at that moment, and could not be executed.
    fn put(&self, name: &str, mode: &str, bytes: &[u8]) -> String {
        let mut install = std::process::Command::new("install")
            .args(["-m", mode, "/dev/stdin"])
            .arg(self.path(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        install.stdin.take().unwrap().write_all(bytes).unwrap();
        assert!(install.wait().unwrap().success());
        self.text(name)
    }

    fn script(&self, text: &str) -> Command {
        let program = self.put("ask", "755", format!("#!/bin/sh\n{text}\n").as_bytes());
        Command { program, args: Vec::new(), sha256: None }
    }
}

fn system(ask: TicketSource, timeout: u64) -> TicketSystem {
    TicketSystem {
        name: "ops".parse().unwrap(),
        description: String::new(),
        pattern: TicketPattern::new(".+").unwrap(),
        check: Some(TicketCheck {
            ask,
            open_states: ["open".to_owned()].into(),
            assignee: Assignee::Requester,
            poll: Span::clamped(60),
            timeout: Span::clamped(timeout),
        }),
    }
}

/// Patient, as the machine may be busy.
async fn ask(ask: TicketSource, ticket: &str) -> Result<TicketAnswer, LookupError> {
    Outside::default().ask(&system(ask, 20), ticket, &"carol".parse().unwrap()).await
}

async fn ask_for_a_second(ask: TicketSource) -> LookupError {
    let carol = "carol".parse().unwrap();
    Outside::default().ask(&system(ask, 1), "OPS-1", &carol).await.unwrap_err()
}

/// What the program was heard to say.
async fn asked(command: &Command) -> Result<TicketAnswer, LookupError> {
    ask(TicketSource::Command(command.clone()), "OPS-1").await
}

async fn comes_true(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(5), "it did not come true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn is_gone(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.is_empty() || status.contains(") Z ")
}

#[tokio::test]
async fn a_program_is_asked_one_question_with_its_arguments_and_nothing_of_our_environment() {
    let folder = Folder::new();
    let seen = folder.text("seen");
    let mut command = folder.script(&format!(
        "{{ cat; echo \"$*\"; pwd; env | sort | grep -v '^_=\\|^PWD=\\|^SHLVL='; }} > {seen}; echo '{GOOD}'"
    ));
    command.args = vec!["-v".into(), "$(x) y".into()];
    let answer = asked(&command).await.unwrap();
    assert_eq!((answer.state.as_str(), answer.assignee.as_deref()), ("open", Some("carol")));
    let seen = std::fs::read_to_string(seen).unwrap();
    let lines: Vec<_> = seen.lines().collect();
    let question = r#"{"schema":"jit/v1","kind":"ticket-check","ticket":"OPS-1","requester":"carol"}"#;
    let path = format!("PATH={}", crate::plugin::PATH);
    assert_eq!(lines, [question, "-v $(x) y", "/", &path]);
}

#[tokio::test]
async fn a_program_that_does_anything_else_than_answer_allows_nothing() {
    let folder = Folder::new();
    let good = |text: &str| folder.script(text);
    let other = GOOD.replace("OPS-1", "OPS-2");
    let twice = GOOD.replace("\"state\"", "\"state\":\"x\",\"state\"");
    for text in [
        "true".to_owned(),
        "echo yes".to_owned(),
        format!("echo '{other}'"),
        format!("echo '{twice}'"),
        format!("echo '{GOOD}'; echo '{GOOD}'"),
        format!("echo '{GOOD}' >&2"),
    ] {
        let error = asked(&good(&text)).await.unwrap_err();
        assert!(matches!(error, LookupError::Ticket(_)), "{text}: {error}");
    }
    for text in [format!("echo '{GOOD}'; exit 1"), format!("echo '{GOOD}'; kill -9 $$")] {
        let error = asked(&good(&text)).await.unwrap_err();
        let LookupError::Program(error) = error else { panic!("{error}") };
        assert!(matches!(error.fault, Fault::Ended(_)), "{error}");
    }
    let error = asked(&good("echo 'no such board' >&2; exit 3")).await.unwrap_err();
    let LookupError::Program(plugin) = &error else { panic!("{error}") };
    assert_eq!(plugin.said, "no such board");
    assert!(error.to_string().ends_with("/ask ended without an answer: exit code 3"), "{error}");
}

#[tokio::test]
async fn a_program_that_hangs_or_says_too_much_is_killed_with_its_children() {
    let folder = Folder::new();
    let pid = folder.text("pid");
    let start = Instant::now();
    let hangs = folder.script(&format!("sleep 100 & echo $! > {pid}; echo '{GOOD}'; wait"));
    let error = ask_for_a_second(TicketSource::Command(hangs)).await;
    assert!(
        matches!(&error, LookupError::Program(error) if matches!(error.fault, Fault::Slow(_))),
        "{error}"
    );
    let child = std::fs::read_to_string(&pid).unwrap();
    comes_true(|| is_gone(child.trim())).await;

    let floods = folder.script("exec head -c 1000000000 /dev/zero");
    let error = asked(&floods).await.unwrap_err();
    assert!(
        matches!(&error, LookupError::Program(error) if matches!(error.fault, Fault::Long(16384))),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(15));

    // A caller that goes away leaves nothing behind.
    std::fs::remove_file(&pid).unwrap();
    let hangs = folder.script(&format!("echo $$ > {pid}; exec sleep 100"));
    let call = tokio::spawn(async move { asked(&hangs).await });
    comes_true(|| std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))).await;
    call.abort();
    let leader = std::fs::read_to_string(&pid).unwrap();
    comes_true(|| is_gone(leader.trim())).await;
}

#[tokio::test]
async fn a_program_that_others_may_change_or_that_was_changed_is_not_run() {
    let folder = Folder::new();
    let ran = folder.path("ran");
    let good = folder.script(&format!("touch {}; echo '{GOOD}'", ran.display()));
    let fault = async |command: &Command| match asked(command).await.unwrap_err() {
        LookupError::Program(error) => error.fault,
        other => panic!("{other}"),
    };
    let pinned = Command { sha256: Some(crate::domain::Digest::of(b"another")), ..good.clone() };
    assert!(matches!(fault(&pinned).await, Fault::Changed { .. }));
    let mode = |mode| std::fs::set_permissions(&good.program, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o775);
    assert!(matches!(fault(&good).await, Fault::Writable { mode: 0o775 }));
    mode(0o644);
    assert!(matches!(fault(&good).await, Fault::Start(_)));
    mode(0o755);
    let missing = Command { program: folder.text("missing"), ..good.clone() };
    assert!(matches!(fault(&missing).await, Fault::File(_)));
    let folder_mode =
        |mode| std::fs::set_permissions(folder.0.path(), PermissionsExt::from_mode(mode)).unwrap();
    folder_mode(0o777);
    let error = asked(&good).await.unwrap_err();
    assert!(matches!(error, LookupError::File(FileError::Writable { mode: 0o777, .. })), "{error}");
    assert!(!ran.exists());
    // As /tmp is: others cannot replace what is there.
    folder_mode(0o1777);
    assert!(asked(&good).await.is_ok() && ran.exists());
}

#[tokio::test]
async fn many_questions_at_once_each_get_their_own_answer() {
    let folder = Folder::new();
    let echo = folder.script(
        r#"read -r line; t=${line#*\"ticket\":\"}; t=${t%%\"*}
printf '{"schema":"jit/v1","kind":"ticket","ticket":"%s","state":"open","assignee":"%s"}' "$t" "of-$t""#,
    );
    let outside = Arc::new(Outside::default());
    let system = Arc::new(system(TicketSource::Command(echo), 20));
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let (outside, system) = (Arc::clone(&outside), Arc::clone(&system));
            tokio::spawn(
                async move { outside.ask(&system, &format!("T-{n}"), &"carol".parse().unwrap()).await },
            )
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        let answer = call.await.unwrap().unwrap();
        assert_eq!(answer.assignee, Some(format!("of-T-{n}")));
    }
}

#[tokio::test]
async fn only_a_ticket_of_the_pattern_is_asked_for_and_only_where_somebody_is_there_to_ask() {
    let mut system = system(TicketSource::Command(Folder::new().script("exit 1")), 1);
    system.pattern = TicketPattern::new("OPS-[0-9]+").unwrap();
    let carol: Name = "carol".parse().unwrap();
    let error = Outside::default().ask(&system, "OPS-1; rm", &carol).await.unwrap_err();
    assert!(matches!(error, LookupError::Pattern));
    system.check = None;
    let error = Outside::default().ask(&system, "OPS-1", &carol).await.unwrap_err();
    assert!(matches!(error, LookupError::NobodyToAsk));
}

/// A server on this machine that answers every call with the same bytes.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `flood` times 64 KiB follow the answer; then, with `hang`, nothing more, and no end.
    async fn start(answer: String, flood: usize, hang: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), answer.clone());
                tokio::spawn(async move {
                    let mut call = Vec::new();
                    // What begins with no letter is TLS, which this is not.
                    while !call.ends_with(b"\r\n\r\n") && call.first().is_none_or(u8::is_ascii_alphabetic) {
                        let mut part = [0; 1024];
                        let Ok(count @ 1..) = stream.read(&mut part).await else { break };
                        call.extend_from_slice(&part[..count]);
                    }
                    log.lock().unwrap().push(String::from_utf8_lossy(&call).into_owned());
                    let _ = stream.write_all(answer.as_bytes()).await;
                    for _ in 0..flood {
                        if stream.write_all(&[b' '; 65_536]).await.is_err() {
                            return;
                        }
                    }
                    if hang {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { port, seen }
    }

    async fn saying(status: u16, body: &str) -> Self {
        let length = body.len();
        let location = "Location: http://127.0.0.1:1/\r\n";
        let head =
            format!("HTTP/1.1 {status} X\r\n{location}connection: close\r\ncontent-length: {length}\r\n\r\n");
        Self::start(format!("{head}{body}"), 0, false).await
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// As a policy would have it, without its own check of the host: what a name leads to is not in the text.
fn url(text: &str, allow_local: bool, token_file: Option<String>) -> TicketSource {
    TicketSource::Url { url: TicketUrl::unchecked(text), allow_local, token_file }
}

fn at(server: &Server) -> TicketSource {
    url(&format!("http://127.0.0.1:{}/{{ticket}}", server.port), false, None)
}

async fn got(server: &Server) -> Result<TicketAnswer, LookupError> {
    ask(at(server), "OPS-1").await
}

#[tokio::test]
async fn a_server_is_asked_with_the_token_and_the_ticket_in_its_place() {
    let folder = Folder::new();
    let token = folder.put("token", "600", b"s3cret\n");
    let server = Server::saying(200, &GOOD.replace("OPS-1", "OPS 1/..")).await;
    for host in ["127.0.0.1", "localhost"] {
        let source =
            url(&format!("http://{host}:{}/api/{{ticket}}?x=1", server.port), false, Some(token.clone()));
        let answer = ask(source, "OPS 1/..").await.unwrap();
        assert_eq!((answer.ticket.as_str(), answer.state.as_str()), ("OPS 1/..", "open"));
    }
    for call in server.seen() {
        assert!(call.starts_with("GET /api/OPS%201%2F..?x=1 HTTP/1.1\r\n"), "{call}");
        assert!(call.to_lowercase().contains("\r\nauthorization: bearer s3cret\r\n"), "{call}");
    }
}

#[tokio::test]
async fn a_token_that_others_may_read_or_that_is_none_is_not_sent() {
    let folder = Folder::new();
    let server = Server::saying(200, GOOD).await;
    let with = async |token: String| {
        ask(url(&format!("http://127.0.0.1:{}/{{ticket}}", server.port), false, Some(token)), "OPS-1")
            .await
            .unwrap_err()
    };
    let error = with(folder.put("loose", "644", b"s3cret")).await;
    assert!(matches!(error, LookupError::File(FileError::Loose { .. })), "{error}");
    for bad in [b"".as_slice(), b" \n", b"a b", b"a\r\nX: y", b"\xff"] {
        let error = with(folder.put("token", "600", bad)).await;
        assert!(matches!(error, LookupError::NoToken(_)), "{error}");
        assert!(!error.to_string().contains("X: y"));
    }
    let error = with(folder.text("missing")).await;
    assert!(matches!(error, LookupError::File(_)), "{error}");
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_server_that_does_anything_else_than_answer_allows_nothing() {
    for status in [201, 204, 301, 302, 307, 308, 400, 401, 404, 500, 503] {
        let body = if status == 204 { "" } else { GOOD };
        let server = Server::saying(status, body).await;
        let error = got(&server).await.unwrap_err();
        assert!(matches!(error, LookupError::Status { status: got, .. } if got == status), "{error}");
        assert_eq!(server.seen().len(), 1, "{status}: nothing is followed, and nothing asked twice");
    }
    let twice = GOOD.replace("\"state\"", "\"state\":\"x\",\"state\"");
    for body in ["", "yes", "<html>", &GOOD.replace("OPS-1", "OPS-2"), &twice] {
        let error = got(&Server::saying(200, body).await).await.unwrap_err();
        assert!(matches!(error, LookupError::Ticket(_)), "{body}: {error}");
    }
    for answer in ["", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"] {
        let error = got(&Server::start(answer.to_owned(), 0, false).await).await.unwrap_err();
        assert!(matches!(error, LookupError::Unreachable { .. }), "{answer:?}: {error}");
    }
    let nobody = Server { port: 1, seen: Arc::default() };
    let error = got(&nobody).await.unwrap_err().to_string();
    assert!(error.starts_with("http://127.0.0.1:1 cannot be asked: "), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_or_says_too_much_is_left() {
    let start = Instant::now();
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    for begun in ["", head, &format!("{head}{GOOD}")] {
        let error = ask_for_a_second(at(&Server::start(begun.to_owned(), 0, true).await)).await;
        assert!(matches!(error, LookupError::Slow(_)), "{error}");
    }
    let flood = Server::start(format!("{head}{GOOD}"), 16_384, false).await;
    let error = got(&flood).await.unwrap_err();
    assert!(matches!(error, LookupError::Ticket(ticket::AnswerError::Long)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_name_or_an_address_of_this_machine_is_not_asked_unless_the_policy_says_so() {
    let server = Server::saying(200, GOOD).await;
    let port = server.port;
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"] {
        let error =
            ask(url(&format!("https://{host}:{port}/{{ticket}}"), false, None), "OPS-1").await.unwrap_err();
        assert!(matches!(error, LookupError::Local { .. }), "{host}: {error}");
        assert!(error.hint().unwrap().contains("allow-local"));
    }
    let error = ask(url("https://169.254.169.254/{ticket}", false, None), "OPS-1").await.unwrap_err();
    assert!(matches!(error, LookupError::Local { .. }), "{error}");
    assert_eq!(server.seen().len(), 0, "nobody connected");
    // This server speaks no TLS; that it was reached is what shows.
    let error =
        ask(url(&format!("https://localhost:{port}/{{ticket}}"), true, None), "OPS-1").await.unwrap_err();
    assert!(matches!(error, LookupError::Unreachable { .. }), "{error}");
    comes_true(|| server.seen().len() == 1).await;
}

#[tokio::test]
async fn plain_http_goes_to_this_machine_only_whatever_the_policy_says() {
    for host in ["10.0.0.1", "[::ffff:10.0.0.1]", "0.0.0.0", "169.254.169.254"] {
        for allow_local in [false, true] {
            let error =
                ask(url(&format!("http://{host}/{{ticket}}"), allow_local, None), "OPS-1").await.unwrap_err();
            assert!(matches!(error, LookupError::NotLoopback { .. }), "{host}: {error}");
        }
    }
}

async fn on_call(from: OnCallFrom) -> Result<String, LookupError> {
    let names = Outside::default().on_call(&OnCallSource { from, refresh: Span::clamped(60) }).await?;
    Ok(names.iter().map(Name::as_str).collect::<Vec<_>>().join(" "))
}

#[tokio::test]
async fn who_is_on_call_comes_from_a_file_or_a_program() {
    let folder = Folder::new();
    let file = OnCallFrom::File(folder.put("oncall", "644", b"# week 47\ncarol\nbob\n"));
    assert_eq!(on_call(file).await.unwrap(), "bob carol");
    let mut command = folder.script("[ \"$(wc -c)\" = 0 ] && echo $1");
    command.args = vec!["dave".into()];
    assert_eq!(on_call(OnCallFrom::Command(command)).await.unwrap(), "dave");
}

#[tokio::test]
async fn who_is_on_call_is_nobody_where_it_is_not_clear() {
    let folder = Folder::new();
    for (mode, text) in [("666", "carol"), ("644", ""), ("644", "carol\nBob"), ("644", &"c\n".repeat(10_000))]
    {
        let error = on_call(OnCallFrom::File(folder.put("oncall", mode, text.as_bytes()))).await.unwrap_err();
        assert!(matches!(error, LookupError::File(_) | LookupError::OnCall(_)), "{mode} {text}: {error}");
    }
    assert!(on_call(OnCallFrom::File(folder.put("oncall", "644", b"carol\n\xff"))).await.is_err());
    assert!(on_call(OnCallFrom::File(folder.text("missing"))).await.is_err());
    assert!(on_call(OnCallFrom::File(folder.0.path().to_str().unwrap().to_owned())).await.is_err());
    for text in ["true", "echo carol; exit 1", "echo Carol", "yes carol", "echo carol >&2"] {
        let error = on_call(OnCallFrom::Command(folder.script(text))).await.unwrap_err();
        assert!(matches!(error, LookupError::Program(_) | LookupError::OnCall(_)), "{text}: {error}");
    }
}

#[tokio::test]
async fn the_example_answers_from_a_folder_and_from_nothing_else() {
    let folder = Folder::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/jit-ticket-folder");
    let program = folder.put("jit-ticket-folder", "755", &std::fs::read(example).unwrap());
    let tickets = folder.text("tickets");
    std::fs::create_dir(&tickets).unwrap();
    folder.put("tickets/OPS-1", "644", b"open carol\n");
    folder.put("tickets/OPS-2", "644", b"done\n");
    folder.put("tickets/OPS-3", "644", b"open \"carol\n");
    folder.put("tickets/OPS-4", "644", b"");
    folder.put("secret", "600", b"open carol\n");
    let source = TicketSource::Command(Command { program, args: vec![tickets], sha256: None });
    let mut system = system(source, 10);
    let carol: Name = "carol".parse().unwrap();
    let outside = Outside::default();
    let first = outside.ask(&system, "OPS-1", &carol).await.unwrap();
    assert_eq!(system.judge(&first, &carol), ticket::TicketStanding::Good);
    assert_ne!(system.judge(&first, &"bob".parse().unwrap()), ticket::TicketStanding::Good);
    let second = outside.ask(&system, "OPS-2", &carol).await.unwrap();
    assert_eq!((second.state.as_str(), second.assignee), ("done", None));
    let odd = outside.ask(&system, "OPS-3", &carol).await.unwrap();
    assert_eq!(odd.assignee.as_deref(), Some("\"carol"));
    system.pattern = TicketPattern::new("(.|\n)+").unwrap();
    for bad in ["OPS-4", "OPS-9", "../secret", "..", ".", "/etc/passwd", "OPS-1\n", "OPS-\"1", "\\"] {
        let error = outside.ask(&system, bad, &carol).await.unwrap_err();
        assert!(matches!(error, LookupError::Program(_)), "{bad:?}: {error}");
    }
}
