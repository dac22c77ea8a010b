//! Whatever is unclear is no session.

use std::time::Duration;

use crate::sshd::{Sshd, new_key};
use crate::world::{JIT, clean, run, start, until};

use super::SOON;
use super::host::{Host, Login, marker, processes};

#[test]
fn a_login_without_a_certificate_is_refused() {
    if !Sshd::available() {
        return;
    }
    // A key of the account's own, which sshd lets in.
    let dir = tempfile::tempdir().unwrap();
    let key = new_key(dir.path(), "own", &["ed25519"]);
    let more = format!("Match all\nAuthorizedKeysFile {}", key.with_extension("pub").display());
    let Some(host) = Host::start_with("", &more) else { return };
    let login = Login { certificate: key.clone(), key, end: None };
    let out = run(host.ssh(&login, &[], "echo in")).expect(5);
    assert!(host.log().contains("Accepted publickey"), "{}", host.log());
    assert_eq!(out.stdout, "", "{out}");
    assert_eq!(out.stderr, "error: there is no session: the login was made without a certificate\n");
}

#[test]
fn a_host_that_is_not_set_up_lets_nobody_in_and_says_why() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 60);
    run(host.ssh(&login, &[], "true")).ok();
    let ca = std::fs::read(host.path("ca.pub")).unwrap();
    for (content, why) in [
        (None, "ca.pub"),
        (Some(&b"# nothing\n"[..]), "the certificate is not of a CA in"),
        (Some(b"junk\n"), "the certificate is not of a CA in"),
        (
            Some(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti\n"),
            "not of a CA",
        ),
    ] {
        std::fs::remove_file(host.path("ca.pub")).unwrap_or_default();
        if let Some(content) = content {
            std::fs::write(host.path("ca.pub"), content).unwrap();
        }
        let out = run(host.ssh(&login, &[], "echo in")).expect(5);
        assert!(out.stdout.is_empty() && out.stderr.contains(why), "{out}");
        assert_eq!(out.stderr.lines().count(), 1, "{out}");
    }
    std::fs::write(host.path("ca.pub"), ca).unwrap();
    run(host.ssh(&login, &[], "true")).ok();

    // By hand, or where `ExposeAuthInfo` is missing.
    let mut command = clean(JIT, host.dir());
    command.arg("guard");
    assert!(run(command).expect(5).stderr.contains("`ExposeAuthInfo yes` is missing"));
}

#[test]
fn a_list_that_cannot_be_read_is_no_session_and_a_warning_to_those_that_are_open() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 60);
    let socket = host.path("mux");
    let socket = socket.to_str().unwrap();
    let mut master = start(host.ssh(&login, &["-M", "-S", socket], "echo in; sleep 1000"), "");
    until("it runs", SOON, || (master.printed() == "in\n").then_some(()));
    let good = std::fs::read(host.path("krl")).unwrap();
    host.put_krl(&good[..good.len() - 1]);
    // sshd refuses a new login by itself; over a connection that is open it is the guard's to refuse.
    let out = run(host.ssh(&login, &["-S", socket], "echo in")).expect(5);
    assert!(out.stdout.is_empty() && out.stderr.contains("the list of revoked certificates"), "{out}");
    std::fs::remove_file(host.path("krl")).unwrap();
    let out = run(host.ssh(&login, &["-S", socket], "echo in")).expect(5);
    assert!(out.stderr.contains("krl"), "{out}");
    std::thread::sleep(Duration::from_secs(1));
    host.put_krl(&good);
    run(host.ssh(&login, &["-S", socket], "echo in")).ok();
    assert!(master.is_running(), "it was ended within the minute that a list has to come back");
    host.revoke(1);
    let out = master.end_within(SOON);
    assert!(out.stderr.contains("this session ends in a minute unless that is mended"), "{out}");
}

#[test]
fn a_connection_that_outlives_the_certificate_starts_no_session() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 2);
    let socket = host.path("mux");
    let socket = socket.to_str().unwrap();
    // Without a session there is no guard that would end the connection: `DisableForwarding` is for that.
    let _master = start(host.ssh(&login, &["-M", "-S", socket, "-N"], ""), "");
    until("the connection is shared", SOON, || std::path::Path::new(socket).exists().then_some(()));
    run(host.ssh(&login, &["-S", socket], "true")).ok();
    std::thread::sleep(login.left());
    let out = run(host.ssh(&login, &["-S", socket], "echo in")).expect(5);
    assert!(out.stdout.is_empty() && out.stderr.contains("the access ended at "), "{out}");
}

#[test]
fn a_user_who_rewrites_what_sshd_said_of_the_login_gets_no_longer_session() {
    let Some(host) = Host::start("") else { return };
    let other = Host::start("").unwrap();
    let (login, longer) = (host.login(1, 60), other.login(1, 6000));
    let socket = host.path("mux");
    let socket = socket.to_str().unwrap();
    let _master = start(host.ssh(&login, &["-M", "-S", socket, "-N"], ""), "");
    until("the connection is shared", SOON, || std::path::Path::new(socket).exists().then_some(()));
    let session = |command: &str| run(host.ssh(&login, &["-S", socket], command));
    let forged = std::fs::read_to_string(&longer.certificate).unwrap();
    let own = session("cat $SSH_USER_AUTH").ok().stdout;
    assert!(own.starts_with("publickey ssh-ed25519-cert-v01@openssh.com "), "{own}");
    for (text, why) in [
        (format!("publickey {forged}"), "not of a CA in"),
        (format!("{own}publickey {forged}"), "more than one certificate"),
        ("publickey ssh-ed25519-cert-v01@openssh.com AAAA\n".to_owned(), "cannot be read"),
        ("password\n".to_owned(), "without a certificate"),
        (String::new(), "without a certificate"),
    ] {
        session(&format!("printf %s '{text}' > $SSH_USER_AUTH")).ok();
        let out = session("echo in").expect(5);
        assert!(out.stdout.is_empty() && out.stderr.contains(why), "{out}");
        // The way back, for the next: by the file's name, as there is no session any more.
        let file = own_file(&text);
        std::fs::write(file, &own).unwrap();
        session("true").ok();
    }
    session("chmod 644 $SSH_USER_AUTH").ok();
    session("echo in").expect(5);
}

/// sshd's file with that text.
fn own_file(text: &str) -> std::path::PathBuf {
    let entries = std::fs::read_dir("/tmp").unwrap().flatten().map(|entry| entry.path());
    let mut files = entries.filter(|path| path.to_string_lossy().contains("/sshauth."));
    files.find(|path| std::fs::read_to_string(path).is_ok_and(|found| found == text)).expect("sshd's file")
}

#[test]
fn a_revoked_certificate_starts_no_session_over_an_open_connection() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 60);
    let socket = host.path("mux");
    let socket = socket.to_str().unwrap();
    let _master = start(host.ssh(&login, &["-M", "-S", socket, "-N"], ""), "");
    until("the connection is shared", SOON, || std::path::Path::new(socket).exists().then_some(()));
    host.revoke(1);
    let out = run(host.ssh(&login, &["-S", socket], "echo in")).expect(5);
    assert_eq!(out.stderr, "error: there is no session: the access was revoked\n");
    let marker = marker();
    assert_eq!(run(host.ssh(&login, &[], &format!("sleep {marker}"))).code, 255);
    assert!(processes(&marker).is_empty());
}
