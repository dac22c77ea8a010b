//! `jit guard install --print`.

use std::process::Command;

use crate::sshd::{Sshd, keygen, user};
use crate::world::{Out, POLICY, Person, Server, clean, needs, run};

fn lines(more: &[&str]) -> Out {
    let args = ["guard", "install", "--print", "--server", "https://jit.example.com"];
    run(Person::alone().command(&[&args, more].concat())).ok()
}

/// What stands below that heading.
fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("# ---- {heading}")).unwrap();
    let rest = rest.split_once('\n').unwrap().1;
    rest.split("# ----").next().unwrap()
}

#[test]
fn the_lines_for_a_host_are_printed_and_nothing_is_changed() {
    let text = lines(&["--user", "deploy", "--record", "/var/log/jit"]).stdout;
    let text = text.replace(crate::world::JIT, "/usr/local/bin/jit");
    insta::assert_snapshot!(text, @r#"
    # Nothing was changed: these are the lines to put on the host, as root.

    # ---- once
    # The CA's public key, and a first list of revocations: without that file sshd refuses every certificate.
    #   curl -fsS https://jit.example.com/v1/ssh/ca | jq -r .public_key > /etc/ssh/jit_ca.pub
    #   curl -fsS -o /etc/ssh/jit_krl https://jit.example.com/v1/ssh/krl
    #   install -d -m 0755 /var/log/jit
    #   install -d -m 0700 -o deploy /var/log/jit/deploy
    # What was recorded comes to the server with a token: `jit user token HOST --collect --on RESOURCE --for 365d`.
    #   install -D -m 0600 /dev/stdin /etc/jit/collect.token

    # ---- /etc/ssh/sshd_config.d/50-jit.conf, then: sshd -t && systemctl reload ssh
    # The CA counts for these accounts only, so that no login of jit's is without its guard.
    Match User deploy
        TrustedUserCAKeys /etc/ssh/jit_ca.pub
        RevokedKeys /etc/ssh/jit_krl
        # Tells the guard which certificate it was.
        ExposeAuthInfo yes
        ForceCommand /usr/local/bin/jit guard --ca /etc/ssh/jit_ca.pub --krl /etc/ssh/jit_krl --record /var/log/jit/deploy
        # `ssh -N -L` opens a port without a session, so without a guard.
        DisableForwarding yes
        # What is in the account's ~/.ssh runs before the guard, and sets its environment.
        PermitUserRC no
    Match all

    # ---- /etc/ssh/sshd_config: one line of it, to be looked at
    # sftp and scp run this program below the guard. `internal-sftp` is no program, and would not start there.
    Subsystem sftp /usr/lib/openssh/sftp-server

    # ---- /etc/systemd/system/jit-krl.service
    [Unit]
    Description=Fetch the list of certificates that jit has revoked

    [Service]
    Type=oneshot
    # What is no such list replaces nothing, and what is one replaces the old in one step. While the server
    # is away the old one stays: certificates end by themselves all the same.
    ExecStart=/bin/sh -c 'curl -fsS --max-time 20 -o /etc/ssh/jit_krl.new https://jit.example.com/v1/ssh/krl \
        && ssh-keygen -Q -l -f /etc/ssh/jit_krl.new >/dev/null \
        && { cmp -s /etc/ssh/jit_krl.new /etc/ssh/jit_krl || mv -f /etc/ssh/jit_krl.new /etc/ssh/jit_krl; }'

    # ---- /etc/systemd/system/jit-krl.timer, then: systemctl enable --now jit-krl.timer
    [Unit]
    Description=Fetch the list of certificates that jit has revoked

    [Timer]
    # A revocation reaches the sessions on this host within this time and a second.
    OnBootSec=5s
    OnUnitActiveSec=30s
    AccuracySec=1s

    [Install]
    WantedBy=timers.target

    # ---- /etc/systemd/system/jit-collect.service, then: systemctl enable --now jit-collect.service
    [Unit]
    Description=Deliver to jit what was recorded under its grants
    Wants=network-online.target
    After=network-online.target

    [Service]
    ExecStart=/usr/local/bin/jit collect ssh /var/log/jit --server https://jit.example.com --token-file /etc/jit/collect.token --state /var/lib/jit/collect.json
    StateDirectory=jit
    StateDirectoryMode=0700
    Restart=always
    RestartSec=10s

    [Install]
    WantedBy=multi-user.target
    "#);
}

#[test]
fn sshd_takes_the_lines() {
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f", &path("host")]);
    for more in [&[][..], &["--record", "/var/log/jit"]] {
        let text = lines(&[&["--user", &user(), "--user", "other"], more].concat()).stdout;
        let block = part(&text, "/etc/ssh/sshd_config.d/50-jit.conf");
        let sftp = part(&text, "/etc/ssh/sshd_config:");
        let config = format!("HostKey {}\n{sftp}\n{block}\n", path("host"));
        std::fs::write(path("config"), config).unwrap();
        let shown = |who: &str| {
            let who = format!("user={who},host=h,addr=127.0.0.1");
            let out = Command::new("/usr/sbin/sshd").args(["-T", "-f", &path("config"), "-C", &who]).output();
            let out = out.unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).unwrap()
        };
        for who in [&user(), "other"] {
            let config = shown(who);
            for line in
                ["exposeauthinfo yes", "disableforwarding yes", "trustedusercakeys /etc/ssh/jit_ca.pub"]
            {
                assert!(config.lines().any(|found| found == line), "{who}: {line}\n{config}");
            }
            let guard = config.lines().find(|line| line.starts_with("forcecommand")).unwrap();
            let recorded = more.is_empty() || guard.ends_with(&format!("--record /var/log/jit/{who}"));
            assert!(
                guard.contains("guard --ca /etc/ssh/jit_ca.pub --krl /etc/ssh/jit_krl") && recorded,
                "{guard}"
            );
        }
        let nobody = shown("nobody");
        assert!(
            nobody.contains("forcecommand none") && nobody.contains("trustedusercakeys none"),
            "{nobody}"
        );
    }
}

#[test]
fn the_timers_command_replaces_the_list_by_a_list_only() {
    if !Sshd::available() || !needs("curl", "curl") {
        return;
    }
    let server = Server::start(POLICY);
    let host = tempfile::tempdir().unwrap();
    let print = ["guard", "install", "--print", "--user", "deploy", "--server"];
    let url = server.url();
    let text = run(Person::alone().command(&[&print[..], &[&url]].concat())).ok().stdout;
    let unit = part(&text, "/etc/systemd/system/jit-krl.service");
    let (_, command) = unit.split_once("ExecStart=/bin/sh -c '").unwrap();
    let command = command.split('\'').next().unwrap().replace("\\\n", "");
    let command = command.replace("/etc/ssh", host.path().to_str().unwrap());
    let fetch = |command: &str| {
        let mut sh = clean("sh", host.path());
        sh.args(["-c", command]);
        run(sh)
    };
    fetch(&command).ok();
    let krl = host.path().join("jit_krl");
    assert_eq!(std::fs::read(&krl).unwrap(), server.krl());
    // The same list again is no new file; what is no list, and a server that is away, change nothing.
    let before = krl.metadata().unwrap();
    fetch(&command).ok();
    for bad in [command.replace("/v1/ssh/krl", "/v1/ssh/ca"), command.replace(&url, "http://127.0.0.1:9")] {
        assert_ne!(fetch(&bad).code, 0);
    }
    use std::os::unix::fs::MetadataExt;
    assert_eq!(krl.metadata().unwrap().ino(), before.ino());
    assert_eq!(std::fs::read(&krl).unwrap(), server.krl());
}

#[test]
fn without_a_server_it_names_the_missing_flag() {
    let out = run(Person::alone().command(&["guard", "install", "--print", "--user", "deploy"])).expect(2);
    assert!(out.stderr.contains("--server https://"), "{out}");
    let out = run(Person::alone().command(&["guard", "install", "--user", "deploy"])).expect(2);
    assert!(out.stderr.contains("--print"), "{out}");
    let args = ["guard", "install", "--print", "--server", "https://j", "--user", "$(id)"];
    run(Person::alone().command(&args)).expect(2);
}
