//! What an administrator puts on a host, as text.

use std::path::Path;

use crate::domain::text::escape;

/// As in the README: the file of sshd's `TrustedUserCAKeys`.
pub const CA: &str = "/etc/ssh/jit_ca.pub";
/// The file of sshd's `RevokedKeys`.
pub const KRL: &str = "/etc/ssh/jit_krl";

/// The token of `jit collect`, and how far it has come.
const TOKEN: &str = "/etc/jit/collect.token";
const STATE: &str = "/var/lib/jit/collect.json";

/// What the lines are made of.
pub struct Lines<'a> {
    pub jit: &'a Path,
    pub server: &'a str,
    pub users: &'a [String],
    pub record: Option<&'a Path>,
}

/// A word that cannot stand in these files as it is.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error("`{0}` is no name of an account: it has letters, digits and `_ . -`")]
    User(String),
    #[error("`{0}` is no whole path of letters, digits and `/ _ . -`")]
    Path(String),
    #[error("`{0}` is no plain URL")]
    Url(String),
}

impl Lines<'_> {
    /// # Errors
    /// For a word that a shell, sshd or systemd would take for something else (INVARIANT 11).
    pub fn text(&self) -> Result<String, InstallError> {
        let jit = plain_path(self.jit)?;
        let server = plain_url(self.server)?;
        let record = self.record.map(plain_path).transpose()?;
        for user in self.users {
            plain_user(user)?;
        }
        let mut blocks = String::new();
        let mut folders = String::new();
        match record {
            None => blocks.push_str(&block(jit, &self.users.join(","), "")),
            Some(dir) => {
                for user in self.users {
                    blocks.push_str(&block(jit, user, &format!(" --record {dir}/{user}")));
                    folders.push_str(&format!("#   install -d -m 0700 -o {user} {dir}/{user}\n"));
                }
                folders.insert_str(0, &format!("#   install -d -m 0755 {dir}\n"));
                folders.push_str(&format!(
                    "# What was recorded comes to the server with a token: `jit user token HOST --collect --on RESOURCE --for 365d`.\n\
                     #   install -D -m 0600 /dev/stdin {TOKEN}\n"
                ));
            }
        }
        // systemd.unit(5), systemd.service(5): both have a meaning there.
        let unit_server = server.replace('%', "%%").replace('$', "$$");
        let collector = record.map(|dir| collector(jit, &unit_server, dir)).unwrap_or_default();
        Ok(format!(
            "\
# Nothing was changed: these are the lines to put on the host, as root.

# ---- once
# The CA's public key, and a first list of revocations: without that file sshd refuses every certificate.
#   curl -fsS {server}/v1/ssh/ca | jq -r .public_key > {CA}
#   curl -fsS -o {KRL} {server}/v1/ssh/krl
{folders}
# ---- /etc/ssh/sshd_config.d/50-jit.conf, then: sshd -t && systemctl reload ssh
{blocks}
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
ExecStart=/bin/sh -c 'curl -fsS --max-time 20 -o {KRL}.new {unit_server}/v1/ssh/krl \\
    && ssh-keygen -Q -l -f {KRL}.new >/dev/null \\
    && {{ cmp -s {KRL}.new {KRL} || mv -f {KRL}.new {KRL}; }}'

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
{collector}"
        ))
    }
}

fn block(jit: &str, users: &str, more: &str) -> String {
    format!(
        "\
# The CA counts for these accounts only, so that no login of jit's is without its guard.
Match User {users}
    TrustedUserCAKeys {CA}
    RevokedKeys {KRL}
    # Tells the guard which certificate it was.
    ExposeAuthInfo yes
    ForceCommand {jit} guard --ca {CA} --krl {KRL}{more}
    # `ssh -N -L` opens a port without a session, so without a guard.
    DisableForwarding yes
    # What is in the account's ~/.ssh runs before the guard, and sets its environment.
    PermitUserRC no
Match all
"
    )
}

fn collector(jit: &str, server: &str, dir: &str) -> String {
    format!(
        "
# ---- /etc/systemd/system/jit-collect.service, then: systemctl enable --now jit-collect.service
[Unit]
Description=Deliver to jit what was recorded under its grants
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={jit} collect ssh {dir} --server {server} --token-file {TOKEN} --state {STATE}
StateDirectory=jit
StateDirectoryMode=0700
Restart=always
RestartSec=10s

[Install]
WantedBy=multi-user.target
"
    )
}

fn plain(text: &str, more: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn plain_user(user: &str) -> Result<(), InstallError> {
    // As useradd(8) has them; `*`, `?` and `!` would be patterns in sshd_config(5).
    let good = plain(user, "_.-") && !user.starts_with(['-', '.']);
    if good { Ok(()) } else { Err(InstallError::User(escape(user).into_owned())) }
}

fn plain_path(path: &Path) -> Result<&str, InstallError> {
    let good = path.to_str().filter(|text| text.starts_with('/') && plain(text, "/_.-"));
    good.ok_or_else(|| InstallError::Path(crate::files::shown(path)))
}

fn plain_url(url: &str) -> Result<&str, InstallError> {
    let url = url.trim_end_matches('/');
    let good = url.starts_with("http") && plain(url, ":/._-~%[]");
    if good { Ok(url) } else { Err(InstallError::Url(escape(url).into_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(user: &str, record: &str, server: &str) -> Result<String, InstallError> {
        let users = [user.to_owned()];
        let record = Some(Path::new(record));
        Lines { jit: Path::new("/usr/local/bin/jit"), server, users: &users, record }.text()
    }

    #[test]
    fn a_word_that_means_more_than_itself_is_refused() {
        assert!(lines("deploy", "/var/log/jit", "https://jit.example.com").is_ok());
        for user in ["", "*", "!root", "a b", "a,b", "-x", "a\nPermitRootLogin yes", "$(id)"] {
            assert!(lines(user, "/r", "https://j").is_err(), "{user:?}");
        }
        for dir in ["", "r", "/a b", "/a;b", "/$x", "/a\nb", "/%u"] {
            assert!(lines("deploy", dir, "https://j").is_err(), "{dir:?}");
        }
        for url in ["", "https://j/'x'", "https://j/?a=b&c", "https://j/\n", "ftp://j"] {
            assert!(lines("deploy", "/r", url).is_err(), "{url:?}");
        }
    }
}
