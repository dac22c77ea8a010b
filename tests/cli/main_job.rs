//! The main job: a contractor, an approver and a CI job against a real server process and a real sshd.

use std::path::Path;
use std::time::Duration;

use crate::sshd::{Identity, Sshd, new_key};
use crate::world::{POLICY, Person, Running, Server, clean, run, start, until};

/// A server, and a sshd on the same machine that trusts it. `None` where OpenSSH is missing.
fn world() -> Option<(Server, Sshd)> {
    if !Sshd::available() {
        return None;
    }
    let server = Server::start(POLICY);
    let sshd = Sshd::start(&server.ca(), &server.krl_path(), &["deploy"]);
    Some((server, sshd))
}

/// The request is filed by one and approved by the other.
fn approved(requester: &Person, approver: &Person, duration: &str) -> String {
    let id = requester.request(&["deploy", "--on", "web-1", "--for", duration, "--reason", "deploy 4.2"]);
    approver.jit(&["approve", &id]).ok();
    id
}

#[test]
fn the_certificate_logs_in_and_is_refused_after_its_end() {
    let Some((server, sshd)) = world() else { return };
    // With `jit login` and a store of her own, as a person has it.
    let (carol, bob) = (server.person_with_store("carol"), server.person("bob"));
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let public = key.with_extension("pub");
    let certificate = carol.path("id-cert.pub");

    let id = carol.request(&["deploy", "--on", "web-1", "--for", "6s", "--reason", "deploy 4.2"]);
    let credential = ["credential", "ssh", &id, "--public-key", public.to_str().unwrap()];
    carol.jit(&credential).expect(8);
    assert!(!certificate.exists(), "a certificate before anybody agreed");

    let waiting = bob.jit(&["list", "--to-approve"]).ok().stdout;
    assert!(waiting.contains(&id) && waiting.contains("deploy 4.2"), "{waiting}");
    bob.jit(&["approve", &id]).ok();
    carol.jit(&credential).ok();
    let identity = Identity::Files { key: &key, certificate: &certificate };
    let login = sshd.ssh(identity, "echo in");
    assert_eq!(String::from_utf8_lossy(&login.stdout), "in\n", "{login:?}\n{}", sshd.log());
    assert_eq!(carol.state(&id), "active");

    until("the grant is expired", Duration::from_secs(20), || (bob.state(&id) == "expired").then_some(()));
    assert!(!sshd.ssh(identity, "true").status.success(), "it logs in after its end");
    assert!(sshd.log().contains("Certificate invalid: expired"), "{}", sshd.log());
    carol.jit(&credential).expect(7);
}

#[test]
fn a_revoked_certificate_is_refused_at_once_through_the_krl() {
    let Some((server, sshd)) = world() else { return };
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let certificate = carol.path("id-cert.pub");
    let other = new_key(carol.home(), "other", &["ed25519"]);
    let id = approved(&carol, &bob, "10m");
    let kept = carol.request(&["shell", "--for", "10m"]);
    for (id, key) in [(&id, &key), (&kept, &other)] {
        let public = key.with_extension("pub");
        carol.jit(&["credential", "ssh", id, "--public-key", public.to_str().unwrap()]).ok();
    }
    let identity = Identity::Files { key: &key, certificate: &certificate };
    assert!(sshd.ssh(identity, "true").status.success(), "{}", sshd.log());

    let revoked = bob.jit(&["revoke", &id, "--comment", "wrong host", "-o", "json"]).ok().json();
    assert_eq!(revoked["items"][0]["confirmed"], true, "{revoked}");
    assert!(!sshd.ssh(identity, "true").status.success(), "it logs in after its revocation");
    assert!(sshd.log().contains("revoked"), "{}", sshd.log());
    assert_eq!(carol.state(&id), "revoked");

    // Hosts elsewhere fetch the same list.
    let krl = server.home().join("fetched");
    std::fs::File::create(&krl).and_then(|mut f| std::io::Write::write_all(&mut f, &server.krl())).unwrap();
    let query = |certificate: &Path| {
        let args = ["-Q", "-f", krl.to_str().unwrap(), certificate.to_str().unwrap()];
        let mut command = clean("ssh-keygen", &server.home());
        command.args(args);
        run(command)
    };
    assert!(query(&certificate).expect(1).stdout.contains("REVOKED"));
    // The end of one grant leaves the other.
    let certificate = carol.path("other-cert.pub");
    query(&certificate).ok();
    assert!(sshd.ssh(Identity::Files { key: &other, certificate: &certificate }, "true").status.success());
}

#[test]
fn exec_logs_in_with_no_key_on_the_disk_and_no_agent_of_the_users() {
    let Some((server, sshd)) = world() else { return };
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = approved(&carol, &bob, "10m");
    // The agent is the one that `jit exec` brings: ssh finds it in SSH_AUTH_SOCK.
    let mut args = vec!["exec".to_owned(), id.clone(), "--".to_owned(), "ssh".to_owned()];
    args.extend(sshd.args(Identity::Agent(Path::new("SSH_AUTH_SOCK"))));
    args.push("echo from inside".to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let out = carol.jit(&args).ok();
    assert_eq!(out.stdout, "from inside\n", "{out}\n{}", sshd.log());
    let found = files_with(carol.home(), "PRIVATE KEY");
    assert!(found.is_empty(), "a private key is on the disk: {found:?}");
    // It is in use until its end: the command did not ask for it, so it does not give it back.
    assert_eq!(carol.state(&id), "active");
}

#[test]
fn an_ssh_agent_holds_the_key_until_the_access_ends() {
    let Some((server, sshd)) = world() else { return };
    let (mut carol, bob) = (server.person("carol"), server.person("bob"));
    let (socket, _agent) = ssh_agent(&carol);
    carol.set("SSH_AUTH_SOCK", socket.to_str().unwrap());
    let id = approved(&carol, &bob, "6s");
    let out = carol.jit(&["credential", "ssh", &id, "-o", "json"]).ok();
    assert_eq!(out.json()["request"]["id"], id.as_str());
    let login = sshd.ssh(Identity::Agent(&socket), "echo in");
    assert_eq!(String::from_utf8_lossy(&login.stdout), "in\n", "{login:?}\n{}", sshd.log());
    until("the agent has forgotten the key", Duration::from_secs(20), || {
        let list = run(carol.with_env("ssh-add", &["-l"]));
        list.stdout.contains("no identities").then_some(())
    });
    assert!(files_with(carol.home(), "PRIVATE KEY").is_empty());
}

#[test]
fn without_an_agent_no_certificate_is_made_that_nobody_could_hold() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = carol.request(&["shell", "--for", "10m"]);
    let out = carol.jit(&["credential", "ssh", &id]).expect(2);
    assert!(out.stderr.contains("SSH_AUTH_SOCK"), "{out}");
    assert_eq!(carol.state(&id), "approved");
}

#[test]
fn a_ci_job_gets_its_access_and_never_decides() {
    let server = Server::start(POLICY);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let ci = server.service("ci", "carol");
    let id = ci.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "nightly"]);
    // Its owner is the same human, and a lead too.
    carol.jit(&["approve", &id]).expect(5);
    let of_carol = carol.request(&["deploy", "--on", "web-2", "--for", "10m", "--reason", "by hand"]);
    for person in [&ci, &carol] {
        person.jit(&["approve", &of_carol]).expect(if person.name == "ci" { 3 } else { 5 });
    }
    assert_eq!(bob.state(&id), "pending");
    assert_eq!(bob.state(&of_carol), "pending");
    bob.jit(&["approve", &id]).ok();
    let out = ci.jit(&["exec", &id, "--", "sh", "-c", "echo $JIT_ROLE $JIT_RESOURCE $JIT_GRANT_ID"]).ok();
    assert_eq!(out.stdout, format!("deploy web-1 {id}\n"));
}

#[test]
fn an_over_long_request_is_refused_and_never_rounded() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let ask = |duration: &str| {
        carol.jit(&["request", "deploy", "--on", "web-1", "--for", duration, "--reason", "x", "-o", "json"])
    };
    let out = ask("1h1s").expect(5);
    assert_eq!(out.stdout, "");
    let error = out.error();
    assert_eq!(error["code"], "refused");
    assert!(error["message"].as_str().unwrap().contains("1h"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("--for 1h"), "{error}");
    assert_eq!(ask("1h").ok().json()["duration"], "1h");
}

#[test]
fn nobody_approves_their_own_request_by_no_second_identity_and_no_administrator_either() {
    let policy = POLICY.replace("\"carol\", \"ci\"]", "\"carol\", \"ci\", \"carol.two\"]");
    let alias = "[person]\n\"carol.two\" = { alias-of = \"carol\" }";
    let server = Server::start(&policy.replace("[person]", alias));
    let carol = server.person("carol");
    let code = server.add_user(&["carol.two", "--alias-of", "carol"]);
    let alias = server.enrolled("carol.two", &code);
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    for person in [&carol, &alias, server.admin()] {
        let out = person.jit(&["approve", &id, "-o", "json"]).expect(5);
        assert_eq!(out.error()["code"], "refused", "{}: {out}", person.name);
    }
    assert_eq!(carol.state(&id), "pending");
    assert_eq!(carol.show(&id)["approvals_missing"], 1);
}

#[test]
fn a_role_of_others_looks_as_if_it_were_not_there() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    for args in [
        &["request", "ROLE", "--for", "10m"][..],
        &["request", "ROLE", "--on", "web-1", "--for", "9h", "--dry-run"],
        &["roles", "ROLE"],
        &["explain", "ROLE"],
    ] {
        let ask = |role: &str| {
            let args: Vec<&str> = args.iter().map(|arg| if *arg == "ROLE" { role } else { arg }).collect();
            let out = carol.jit(&args).expect(3);
            assert_eq!(out.stdout, "");
            out.stderr.replace(role, "ROLE")
        };
        assert_eq!(ask("root"), ask("nope"), "{args:?}");
    }
    assert!(!carol.jit(&["roles"]).ok().stdout.contains("root"));
}

#[test]
fn another_persons_id_looks_on_every_command_as_if_it_were_not_there() {
    let server = Server::start(POLICY);
    let (carol, eve) = (server.person("carol"), server.person("eve"));
    let key = new_key(eve.home(), "id", &["ed25519"]).with_extension("pub");
    let key = key.to_str().unwrap();
    let mine = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    let open = carol.request(&["shell", "--for", "10m"]);
    for real in [&mine, &open] {
        // Another id of the same form, that nothing has.
        let last = if real.ends_with('0') { "1" } else { "0" };
        let free = format!("{}{last}", &real[..11]);
        for args in [
            &["show", "ID"][..],
            &["wait", "ID", "--timeout", "1s"],
            &["approve", "ID"],
            &["deny", "ID", "--comment", "x"],
            &["cancel", "ID"],
            &["revoke", "ID"],
            &["env", "ID"],
            &["credential", "ssh", "ID", "--public-key", key],
            &["audit", "log", "--request", "ID"],
            &["exec", "ID", "--", "true"],
        ] {
            let ask = |id: &str| {
                let mut args: Vec<&str> =
                    args.iter().map(|arg| if *arg == "ID" { id } else { arg }).collect();
                if args[0] != "exec" {
                    args.extend(["-o", "json"]);
                }
                let out = eve.jit(&args);
                (out.code, out.stdout.replace(id, "ID"), out.stderr.replace(id, "ID"))
            };
            let (code, stdout, stderr) = ask(real);
            assert_eq!((code, &stdout, &stderr), (ask(&free).0, &ask(&free).1, &ask(&free).2), "{args:?}");
            assert_eq!(code, if args[0] == "exec" { 125 } else { 3 }, "{args:?}: {stderr}");
            assert!(stdout.is_empty() && stderr.contains("ID"), "{args:?}: {stdout}{stderr}");
        }
        // By a prefix neither, though it is no whole id.
        eve.jit(&["show", &real[..8]]).expect(3);
        assert_eq!(eve.jit(&["revoke", real, "--if-exists"]).ok().code, 0);
    }
    assert_eq!(carol.state(&mine), "pending");
    assert_eq!(carol.state(&open), "approved");
    assert!(!eve.jit(&["list", "--history"]).ok().stdout.contains(&mine));
}

#[test]
fn a_disabled_person_is_out_at_once_with_what_they_hold() {
    let Some((server, sshd)) = world() else { return };
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let certificate = carol.path("id-cert.pub");
    let id = carol.request(&["shell", "--for", "10m"]);
    let waiting = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    carol.jit(&["credential", "ssh", &id, "--public-key", key.with_extension("pub").to_str().unwrap()]).ok();
    let identity = Identity::Files { key: &key, certificate: &certificate };
    assert!(sshd.ssh(identity, "true").status.success(), "{}", sshd.log());

    server.admin().jit(&["user", "disable", "carol"]).ok();
    assert!(!sshd.ssh(identity, "true").status.success(), "a live grant outlived its person");
    carol.jit(&["whoami"]).expect(4);
    assert_eq!(server.admin().state(&id), "revoked");
    assert_eq!(bob.state(&waiting), "cancelled");
}

#[test]
fn logging_out_is_final() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    carol.jit(&["whoami"]).ok();
    carol.jit(&["logout"]).ok();
    let out = carol.jit(&["whoami", "-o", "json"]).expect(4);
    assert_eq!(out.error()["code"], "not_logged_in");
}

/// An ssh-agent of its own, at a socket in that home.
fn ssh_agent(person: &Person) -> (std::path::PathBuf, Running) {
    let socket = person.path("agent");
    let mut command = clean("ssh-agent", person.home());
    command.args(["-D", "-a"]).arg(&socket);
    let agent = start(command, "");
    until("the agent listens", Duration::from_secs(10), || socket.exists().then_some(()));
    (socket, agent)
}

/// Every file below a folder, except the keys that `ssh-keygen` made there, with that text in it.
fn files_with(dir: &Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap();
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|part| part == text.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}
