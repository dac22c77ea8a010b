//! A real sshd on a free port of the loopback, for whoever runs the demo.

use std::ffi::OsStr;
use std::fmt::Write;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::cli::error::CliError;
use crate::files;

use super::process::{self, Running};

/// Another process may take the free port first.
const TRIES: usize = 5;
const START: Duration = Duration::from_secs(10);
const MISSING_FOLDER: &str = "Missing privilege separation directory: ";

/// The three programs, where they are installed.
pub struct Programs {
    pub ssh: PathBuf,
    pub keygen: PathBuf,
    sshd: PathBuf,
}

impl Programs {
    /// In the folders of `PATH`; `sshd` also in the `sbin` beside each `bin`, which the `PATH` of an ordinary
    /// user leaves out. Else the name of the first that is missing.
    pub fn find(path: Option<&OsStr>) -> Result<Self, &'static str> {
        // What a shell takes where there is no PATH.
        let path = path.unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
        let mut folders: Vec<PathBuf> = std::env::split_paths(path).filter(|p| p.is_absolute()).collect();
        let find = |folders: &[PathBuf], name: &'static str| {
            folders.iter().map(|folder| folder.join(name)).find(|file| is_program(file)).ok_or(name)
        };
        let (ssh, keygen) = (find(&folders, "ssh")?, find(&folders, "ssh-keygen")?);
        let sbin =
            folders.iter().filter(|folder| folder.ends_with("bin")).map(|bin| bin.with_file_name("sbin"));
        folders.extend(sbin.collect::<Vec<_>>());
        // sshd starts itself again, for which it wants its absolute path.
        Ok(Self { ssh, keygen, sshd: find(&folders, "sshd")? })
    }
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// What the host trusts.
pub struct Trust<'a> {
    pub ca_public_line: &'a str,
    pub krl: &'a Path,
    /// The accounts of a certificate, any one of which lets the user of this machine in.
    pub principal: &'a str,
}

/// A running host. Stopped when dropped.
pub struct Host {
    // In the order of dropping: the server goes before what it uses.
    _running: Running,
    _folder: Option<MadeFolder>,
    log: PathBuf,
}

impl Host {
    /// Starts it in `folder`, and writes an `ssh_config` for `address` that finds it to `client`.
    pub async fn start(
        programs: &Programs,
        folder: &Path,
        trust: &Trust<'_>,
        address: &str,
        client: &Path,
    ) -> Result<Self, CliError> {
        files::private_dir(folder)?;
        let key = folder.join("host_key");
        let mut keygen = Command::new(&programs.keygen);
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key);
        let made = process::run(keygen, START).await.map_err(|err| failed("ssh-keygen", &err))?;
        if made.exit != 0 {
            return Err(failed("ssh-keygen", &io::Error::other(String::from_utf8_lossy(&made.output))));
        }
        let public = std::fs::read_to_string(folder.join("host_key.pub"));
        let public = public.map_err(|err| failed("ssh-keygen", &err))?;
        files::write_private(&folder.join("ca.pub"), format!("{}\n", trust.ca_public_line).as_bytes())?;
        files::write_private(&folder.join("principals"), format!("{}\n", trust.principal).as_bytes())?;
        files::write_private(&client.join("known_hosts"), format!("{address} {public}").as_bytes())?;
        let mut made_folder = None;
        let mut last = String::new();
        for _ in 0..TRIES {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
            let port = free.map_err(|err| failed("sshd", &err))?.port();
            let config = sshd_config(folder, trust.krl, port);
            files::write_private(&folder.join("sshd_config"), config.as_bytes())?;
            match try_start(&programs.sshd, folder, port).await? {
                Ok(running) => {
                    let config = ssh_config(client, address, port);
                    files::write_private(&client.join("ssh_config"), config.as_bytes())?;
                    return Ok(Self { _running: running, _folder: made_folder, log: folder.join("log") });
                }
                Err(log) => last = log,
            }
            if let Some(missing) = last.lines().find_map(|line| line.strip_prefix(MISSING_FOLDER)) {
                made_folder = MadeFolder::new(Path::new(missing.trim()));
            }
        }
        let last = if last.trim().is_empty() { "it ended, and said nothing" } else { last.trim() };
        Err(failed("sshd", &io::Error::other(last.to_owned())))
    }

    /// What it has said last, for whoever wonders why a login failed.
    pub fn last_words(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut lines: Vec<String> = log.lines().rev().take(4).map(|line| format!("sshd: {line}")).collect();
        lines.reverse();
        lines
    }
}

fn failed(program: &str, err: &io::Error) -> CliError {
    CliError::failure(format!("{program} does not work here"), err)
}

/// As the lines of the README for a host, less what needs root.
fn sshd_config(folder: &Path, krl: &Path, port: u16) -> String {
    let at = |name: &str| quoted(&folder.join(name));
    let mut config = format!("ListenAddress 127.0.0.1\nPort {port}\nPidFile none\nLogLevel VERBOSE\n");
    // Writing to a String cannot fail.
    let _ = write!(config, "HostKey {}\nTrustedUserCAKeys {}\n", at("host_key"), at("ca.pub"));
    let _ = write!(config, "RevokedKeys {}\nAuthorizedPrincipalsFile {}\n", quoted(krl), at("principals"));
    // PAM may want what a container has not, so it is used only where there is no other way in.
    let _ = writeln!(config, "UsePAM {}", if root_is_locked() { "yes" } else { "no" });
    config += "AuthorizedKeysFile none\nStrictModes no\nPermitRootLogin yes\n\
               PasswordAuthentication no\nKbdInteractiveAuthentication no\n";
    config
}

/// Some systems lock root's password; sshd on its own then refuses root's certificate, too. Only root can
/// see that, and only root logs in as root.
fn root_is_locked() -> bool {
    std::fs::read_to_string("/etc/shadow")
        .is_ok_and(|shadow| shadow.lines().any(|line| line.starts_with("root:!")))
}

fn ssh_config(client: &Path, address: &str, port: u16) -> String {
    let at = |name: &str| quoted(&client.join(name));
    format!(
        "Host {address}\n    HostName 127.0.0.1\n    Port {port}\n    HostKeyAlias {address}\n    \
         UserKnownHostsFile {}\n    GlobalKnownHostsFile none\n    IdentityFile {}\n    IdentitiesOnly yes\n    \
         IdentityAgent none\n    PreferredAuthentications publickey\n    BatchMode yes\n    ConnectTimeout 10\n    \
         LogLevel ERROR\n",
        at("known_hosts"),
        at("id_ed25519"),
    )
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// The running server, or its log where it ended.
async fn try_start(program: &Path, folder: &Path, port: u16) -> Result<Result<Running, String>, CliError> {
    let mut sshd = Command::new(program);
    sshd.arg("-D").arg("-f").arg(folder.join("sshd_config")).arg("-E").arg(folder.join("log"));
    sshd.stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = Running::start(sshd).map_err(|err| failed("sshd", &err))?;
    let start = Instant::now();
    while start.elapsed() < START {
        if running.ended().map_err(|err| failed("sshd", &err))?.is_some() {
            return Ok(Err(std::fs::read_to_string(folder.join("log")).unwrap_or_default()));
        }
        if answers(port).await {
            return Ok(Ok(running));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(Err("it accepts nothing".to_owned()))
}

async fn answers(port: u16) -> bool {
    let banner = async {
        let mut banner = [0; 4];
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?.read_exact(&mut banner).await?;
        Ok::<_, io::Error>(&banner == b"SSH-")
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), banner).await, Ok(Ok(true)))
}

/// The empty folder that a sshd of root drops its privileges into. The package's own service makes it when
/// it starts, so it is missing where sshd was installed and never ran.
struct MadeFolder(PathBuf);

impl MadeFolder {
    fn new(path: &Path) -> Option<Self> {
        // Only what was not there is ours to remove.
        std::fs::create_dir(path).ok().map(|()| Self(path.to_owned()))
    }
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sshd_is_found_beside_the_path_of_an_ordinary_user_and_said_to_be_missing_elsewhere() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let bin = base.path().join("bin");
        std::fs::create_dir_all(base.path().join("sbin")).unwrap();
        std::fs::create_dir(&bin).unwrap();
        let missing = || Programs::find(Some(bin.as_os_str())).err();
        for (name, before) in [("bin/ssh", "ssh"), ("bin/ssh-keygen", "ssh-keygen"), ("sbin/sshd", "sshd")] {
            assert_eq!(missing(), Some(before));
            let file = base.path().join(name);
            crate::files::write_private(&file, b"").unwrap();
            assert_eq!(missing(), Some(before), "it is not executable");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert!(missing().is_none());
    }
}
