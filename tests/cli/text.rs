//! What others wrote commands no terminal, and what is secret is shown nowhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::world::{Out, POLICY, Server, block_on, http, put_private, start};

/// CSI, OSC 8, OSC 52, a carriage return, a tab, C1, a bidirectional override, zero width, a tag, a line.
const EVIL: &str = "a\x1b[2J\x1b[31mb\x1b]8;;http://x\x07c\x1b]52;c;aGk=\x07d\r\te\u{9b}2Jf\u{202e}g\u{200b}h\u{e0041}i\n]\" | j\u{7f}";

fn commands_a_terminal(text: &str) -> Option<char> {
    let escaped = |c: char| jit_access::domain::text::escape(c.encode_utf8(&mut [0; 4])) != c.to_string();
    let harmless = |c: char| c == '\n' || !(c.is_control() || escaped(c));
    text.chars().find(|c| !harmless(*c))
}

#[track_caller]
fn harmless(out: &Out) {
    for text in [&out.stdout, &out.stderr] {
        assert_eq!(commands_a_terminal(text), None, "{text:?}");
    }
}

#[test]
fn what_others_wrote_is_shown_escaped_on_every_command() {
    let server = Server::start(POLICY);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let file = || {
        let key = format!("{:?}", std::time::Instant::now());
        let args =
            ["deploy", "--on", "web-1", "--for", "10m", "--reason", EVIL, "--ticket", "T\x1b[2J\u{202e}"];
        carol.request(&[&args[..], &["--idempotency-key", &key]].concat())
    };
    let (denied, cancelled, revoked) = (file(), file(), file());
    assert_eq!(carol.show(&denied)["reason"], EVIL, "as data it is what was written");
    let ticketed = ["request", "shell", "--for", "5m", "--reason", EVIL];
    for format in ["table", "wide", "json", "ndjson"] {
        let call = |person: &crate::world::Person, args: &[&str], code: i32| {
            let out = person.jit(&[args, &["-o", format]].concat()).expect(code);
            harmless(&out);
            out
        };
        call(&carol, &ticketed, 0);
        if format == "table" {
            // Each decision once; what is shown then is looked at in each format below.
            call(&bob, &["approve", &revoked, "--comment", EVIL], 0);
            call(&bob, &["deny", &denied, "--comment", EVIL], 0);
            call(&carol, &["cancel", &cancelled, "--comment", EVIL], 0);
            call(&bob, &["revoke", &revoked, "--comment", EVIL], 0);
            file();
        }
        for list in [&["list"][..], &["list", "--to-approve"], &["list", "--history"], &["audit", "log"]] {
            let person = if list[0] == "audit" { server.admin() } else { &bob };
            let out = call(person, list, 0);
            // It is shown, and not left out.
            assert!(out.stdout.contains("j") && out.stdout.contains("[2J"), "{list:?} {format}: {out}");
        }
        for id in [&denied, &cancelled, &revoked] {
            call(&carol, &["show", id], 0);
            call(&carol, &["wait", id, "--for", "ended"], 0);
        }
        call(&carol, &["wait", &denied], 6);
        call(&carol, &["wait", &revoked], 7);
        call(&carol, &["env", &revoked], 0);
    }
}

#[test]
fn what_is_typed_back_is_escaped_too() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    for args in [
        &["request", EVIL, "--for", "5m"][..],
        &["request", "deploy", "--on", EVIL, "--for", "5m", "--reason", "x"],
        &["request", "deploy", "--for", EVIL],
        &["show", EVIL],
        &["roles", EVIL],
        &["explain", EVIL],
        &["exec", EVIL, "--", "true"],
        &["exec", "shell", "--request", "--for", "5m", "--", EVIL],
        &["list", EVIL],
        &["list", "--context", EVIL],
        &["list", "--server", EVIL],
        &["list", "-o", EVIL],
        &["list", "--after", EVIL],
        &["help", EVIL],
        &["user", "add", EVIL],
        &["policy", "check", EVIL],
        &["login", "--code-file", EVIL],
        &["context", "use", EVIL],
        &["audit", "verify", EVIL],
        &[EVIL],
    ] {
        for format in [&[][..], &["-o", "json"]] {
            let out = carol.jit(&[format, args].concat());
            assert_ne!(out.code, 0, "{args:?}");
            harmless(&out);
        }
    }
    // What clap repeats of the arguments is somebody else's text, too.
    harmless(&carol.jit(&["list", "--\x1b[2J"]).expect(2));
}

/// Secrets that were seen where they may not be, in whatever runs on this machine.
fn watch_processes(secrets: &[String], stop: &AtomicBool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while !stop.load(Ordering::SeqCst) {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            for file in ["cmdline", "environ"] {
                // Gone, or somebody else's.
                let Ok(bytes) = std::fs::read(entry.path().join(file)) else { continue };
                let text = String::from_utf8_lossy(&bytes);
                let hits = secrets.iter().filter(|secret| text.contains(*secret));
                found.extend(hits.map(|secret| format!("{secret} in {file} of {text:?}")));
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    found
}

/// Every file below whose bytes have one of the secrets.
fn files_with(dir: &Path, secrets: &[String], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        if meta.is_dir() {
            files_with(&path, secrets, found);
        } else if meta.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let has = |secret: &&String| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            found.extend(secrets.iter().filter(has).map(|secret| format!("{secret} in {}", path.display())));
        }
    }
}

#[test]
fn no_token_code_or_passphrase_is_seen_in_any_output_log_event_argument_or_environment() {
    let mut server = Server::prepare(POLICY);
    let mut command = server.command();
    command.env("JIT_LOG", "trace");
    server.start_command(command);
    let code_of_admin = server.first_code();
    let admin_token = std::fs::read_to_string(server.admin().path("token")).unwrap();

    // Carol's code buys two tokens, which we know; bob's is used by `jit login` and the file.
    let code = server.add_user(&["carol"]);
    let mut carol = server.somebody("carol");
    let tokens = block_on(carol.stranger().login(&code)).unwrap();
    carol.token(&tokens.token);
    let renewal = tokens.renewal.unwrap();
    let (bobs_code, passphrase) = (server.add_user(&["bob"]), "correct horse battery staple".to_owned());
    let (lost_code, wrong_code) = (server.add_user(&["eve"]), "canry-canry-canry-canry".to_owned());
    let malformed: Vec<String> =
        ["", "=", "\u{9b}"].iter().map(|tail| format!("{}{tail}", &tokens.token[..40])).collect();
    let mut secrets = vec![code_of_admin, admin_token, code, tokens.token.clone(), renewal.clone()];
    secrets.extend([bobs_code.clone(), passphrase, lost_code.clone(), wrong_code.clone()]);
    // Also when it is cut: what is left of it is most of it.
    secrets.extend([tokens.token[..40].to_owned(), renewal[..40].to_owned(), lost_code[..17].to_owned()]);
    // Without its dashes, as it is hashed.
    secrets.push(bobs_code.replace('-', ""));

    let said = Mutex::new(String::new());
    let hear = |out: Out| {
        said.lock().unwrap().push_str(&out.to_string());
        out
    };
    let stop = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch_processes(&secrets, &stop));
        for verbose in [&["-vv"][..], &["-o", "json", "--log", "trace"]] {
            let call = |args: &[&str]| hear(carol.jit(&[verbose, args].concat()));
            for args in
                [&["whoami"][..], &["doctor"], &["list", "--history"], &["roles"], &["context", "list"]]
            {
                call(args);
            }
            call(&["exec", "shell", "--request", "--for", "5m", "--", "env"]);
            call(&["exec", "shell", "--request", "--for", "5m", "--", "sh", "-c", "cat /proc/self/cmdline"]);
        }
        // Malformed on every way in.
        let mut broken = server.somebody("mallory");
        for token in &malformed {
            put_private(&broken.path("token"), token);
            let file = broken.path("token").display().to_string();
            broken.set("JIT_TOKEN_FILE", &file);
            hear(broken.jit(&["-vv", "whoami"]));
        }
        for code in [&wrong_code, &lost_code[..17].to_owned(), &format!("{lost_code}0")] {
            let url = server.url();
            let args = ["login", &url, "--code-file", "-", "--store", "memory", "-vv"];
            hear(start(server.somebody("eve").command(&args), code).end());
        }
        block_on(async {
            let client = http();
            for path in ["whoami", "requests", "nothing", "audit/events?from_seq=x"] {
                let url = format!("{}/v1/{path}", server.url());
                for (name, value) in [
                    ("authorization", format!("Basic {}", tokens.token)),
                    ("authorization", format!("Bearer {renewal}")),
                    ("authorization", format!("Bearer  {}", tokens.token)),
                    ("cookie", format!("token={}", tokens.token)),
                ] {
                    let answer = client.get(&url).header(name, value).send().await.unwrap();
                    hear(Out { code: 0, stdout: answer.text().await.unwrap(), stderr: String::new() });
                }
            }
            for (path, body) in [
                ("renew", format!("{{\"renewal\":\"{renewal}\",\"renewal\":\"{renewal}\"}}")),
                ("renew", format!("{{\"renewal\":\"{}\"}}", &renewal[..40])),
                ("renew", format!("{{\"{renewal}\":1}}")),
                ("login", format!("{{\"code\":\"{lost_code}\",\"{lost_code}\":1}}")),
                ("login", format!("{{\"code\":[\"{lost_code}\"]}}")),
                ("login", format!("{{\"code\":\"{lost_code}")),
            ] {
                let url = format!("{}/v1/{path}", server.url());
                let answer = client.post(url).header("content-type", "application/json").body(body);
                let answer = answer.send().await.unwrap();
                assert!(!answer.status().is_success());
                hear(Out { code: 0, stdout: answer.text().await.unwrap(), stderr: String::new() });
            }
        });
        let mut bob = server.somebody("bob");
        hear(bob.log_in_with_store(&bobs_code));
        hear(bob.jit(&["-vv", "whoami"]));
        put_private(&bob.path("passphrase"), "canary wrong passphrase\n");
        hear(bob.jit(&["-vv", "whoami"]));
        let mut bobs_files = Vec::new();
        files_with(&bob.path(".config"), &secrets, &mut bobs_files);
        assert_eq!(bobs_files, Vec::<String>::new());
        stop.store(true, Ordering::SeqCst);
        watcher.join().unwrap()
    });
    assert!(seen.is_empty(), "{seen:#?}");
    let said = said.into_inner().unwrap();
    assert!(said.contains("DEBUG") || said.contains("debug"), "the logs were not on:\n{said}");
    for secret in secrets.iter().map(String::as_str).chain(["canary wrong passphrase"]) {
        let at = said.find(secret).map(|at| &said[at.saturating_sub(300)..at + secret.len()]);
        assert!(at.is_none(), "{secret} was printed: …{}", at.unwrap_or_default());
        assert!(!server.stderr().contains(secret), "{secret} is in the server's log");
    }
    let mut found = Vec::new();
    files_with(&server.data(), &secrets, &mut found);
    assert_eq!(found, Vec::<String>::new(), "kept by the server");
    let export = server.admin().jit(&["audit", "export"]).ok().stdout;
    assert!(export.contains("login.refused"), "{export}");
    let found: Vec<_> = secrets.iter().filter(|secret| export.contains(*secret)).collect();
    assert!(found.is_empty(), "in the log: {found:?}");
}

#[test]
fn a_refusal_is_an_event_with_who_and_why() {
    let server = Server::start(POLICY);
    let (carol, eve) = (server.person("carol"), server.person("eve"));
    carol.jit(&["request", "deploy", "--on", "web-1", "--for", "9h", "--reason", "x"]).expect(5);
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "5m", "--reason", "x"]);
    carol.jit(&["approve", &id]).expect(5);
    eve.jit(&["show", &id]).expect(3);
    let log = server.admin().jit(&["audit", "log", "-o", "json"]).ok().json();
    let refused = |kind: &str, who: &str| {
        let events = log["events"].as_array().unwrap();
        events.iter().any(|event| {
            let event = &event["event"];
            let why = event["why"].as_array().is_some_and(|why| !why.is_empty());
            let actor = event["actor"].to_string();
            event["kind"] == kind && actor.contains(who) && why && event["from"] == "127.0.0.1"
        })
    };
    for (kind, who) in
        [("request.refused", "carol"), ("request.vote-refused", "carol"), ("access.refused", "eve")]
    {
        assert!(refused(kind, who), "no {kind} by {who}:\n{log:#}");
    }
}
