//! A login session with an OS keyring in a chosen state, of real parts: dbus-daemon and gnome-keyring.
//!
//! Every command runs in a D-Bus session of its own, with nothing of the caller's environment. What is
//! kept on disk stays with the [`KeyringSession`], so a second command finds what the first one stored.

// Each crate that includes this file uses another part of it.
#![allow(dead_code, reason = "shared by several test crates")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "only tests use it")]

use std::ffi::OsStr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A bus without any service file: nothing is started on demand, and no dialog can open.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=@DIR@/run</listen>
<servicedir>@DIR@/services</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// A dialog that opens, and that nobody answers.
const PROMPTER: &str = "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sleep 30\n";

/// Shell functions of the set-ups below. The daemons stay in the process group, so that the time limit
/// reaches them too, and hold none of the command's own outputs.
const FUNCTIONS: &str = r#"
trap '[ -z "$bus$daemon" ] || kill -KILL $bus $daemon' EXIT # a stopped daemon takes no other signal
trap 'exit 98' TERM
service=org.freedesktop.secrets
call() { dbus-send --session --print-reply --dest="$1" "$2" "$3" ${4+"$4"} ${5+"$5"} 2>&1 3>&-; }
until_seen() { # a text in the answer to a call, for at most 10 s
    wanted=$1; shift; n=0
    until call "$@" | grep -q "$wanted"; do
        n=$((n + 1)); [ $n -lt 500 ] || { echo "keyring_session: no $wanted" >&3; exit 99; }; sleep 0.02
    done
}
bus() { # its address goes to a file of this run's own
    dbus-daemon --config-file="$1" --nofork --nopidfile --print-address >"$HOME/.bus.$$" 2>/dev/null 3>&- &
    bus=$!; n=0
    until [ -s "$HOME/.bus.$$" ]; do
        n=$((n + 1)); [ $n -lt 500 ] || { echo "keyring_session: no bus" >&3; exit 99; }; sleep 0.01
    done
    DBUS_SESSION_BUS_ADDRESS=$(cat "$HOME/.bus.$$"); export DBUS_SESSION_BUS_ADDRESS
}
start() { # with --unlock and the file of a password, or --start and an empty one
    gnome-keyring-daemon "$1" --foreground --components=secrets <"$2" >/dev/null 2>&1 3>&- &
    daemon=$!
    until_seen 'boolean true' org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:$service
}
unlocked() {
    start --unlock "$HOME/.password"
    until_seen 'boolean false' $service /org/freedesktop/secrets/aliases/default \
        org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked
}
locked() {
    unlocked
    call $service /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
        array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
    until_seen 'boolean true' $service /org/freedesktop/secrets/aliases/default \
        org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked
}
silent() { unlocked; kill -STOP $daemon; }
"#;

const INSIDE: &str = "JIT_TEST_KEYRING_SESSION";

/// Whether this process was started by [`KeyringSession::command`]. A child asks it first, so that
/// `cargo test -- --include-ignored` never touches the keyring of whoever runs it.
pub fn inside() -> bool {
    var(INSIDE).is_some()
}

/// The folders of one user, and what is running when their commands run.
pub struct KeyringSession {
    dir: tempfile::TempDir,
    set_up: &'static str,
    bus: bool,
}

impl KeyringSession {
    /// No D-Bus at all: a container, a plain SSH login.
    pub fn none() -> Option<Self> {
        Self::new("true", false)
    }

    /// D-Bus, and nobody on it who keeps secrets.
    pub fn no_daemon() -> Option<Self> {
        Self::new("true", true)
    }

    /// gnome-keyring before any first login: nothing but its collection in memory.
    pub fn no_collection() -> Option<Self> {
        Self::new("start --start /dev/null", true)
    }

    /// A default collection that is locked, and no dialog that could open.
    pub fn locked() -> Option<Self> {
        Self::new("locked", true)
    }

    /// As after a login at the desktop.
    pub fn unlocked() -> Option<Self> {
        Self::new("unlocked", true)
    }

    /// Locked, with a dialog that opens and is never answered.
    pub fn unanswered() -> Option<Self> {
        let session = Self::new("locked", true)?;
        let file = session.dir.path().join("services/org.gnome.keyring.SystemPrompter.service");
        put(&file, PROMPTER);
        Some(session)
    }

    /// A daemon that owns its name and answers nothing.
    pub fn silent() -> Option<Self> {
        Self::new("silent", true)
    }

    /// From now on commands find the keyring locked.
    pub fn lock(&mut self) {
        self.set_up = "locked";
    }

    /// `None`, loudly, when a package is missing; in CI that is a failure.
    fn new(set_up: &'static str, bus: bool) -> Option<Self> {
        let needed = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "timeout"];
        let missing: Vec<_> = needed.into_iter().filter(|program| !in_path(program)).collect();
        if !missing.is_empty() {
            assert!(var("CI").is_none(), "missing in CI: {missing:?} (apt-get install dbus gnome-keyring)");
            eprintln!("SKIPPED a keyring test: {missing:?} not found (apt-get install dbus gnome-keyring)");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("jit-keyring-").tempdir().unwrap();
        for name in ["home", "run", "data", "config", "services"] {
            std::fs::DirBuilder::new().mode(0o700).create(dir.path().join(name)).unwrap();
        }
        put(&dir.path().join("bus.conf"), &BUS.replace("@DIR@", &dir.path().to_string_lossy()));
        put(&dir.path().join("home/.password"), "pw");
        Some(Self { dir, set_up, bus })
    }

    /// `HOME` of the user.
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// `XDG_CONFIG_HOME` of the user.
    pub fn config_home(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    /// A command in this session: add arguments, variables and inputs as usual. Its outputs are the
    /// program's own; its exit code is too, or 124 when all of it took longer than 90 s.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("timeout");
        command.args(["-k", "2", "90", "sh", "-c"]);
        if self.bus {
            // Only what the set-up itself has to say goes to stderr, on 3.
            command.arg(format!("{FUNCTIONS}\nexec 3>&2; bus \"$0\"; {}\n\"$@\" 3>&-", self.set_up,));
        } else {
            command.arg("exec \"$@\"");
        }
        command.arg(self.dir.path().join("bus.conf")).arg(program);
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command
    }

    fn environment(&self) -> Vec<(&'static str, std::ffi::OsString)> {
        let at = |name: &str| self.dir.path().join(name).into_os_string();
        vec![
            ("PATH", var("PATH").unwrap_or_default()),
            ("HOME", at("home")),
            ("XDG_RUNTIME_DIR", at("run")),
            ("XDG_DATA_HOME", at("data")),
            ("XDG_CONFIG_HOME", at("config")),
            (INSIDE, "1".into()),
        ]
    }
}

fn put(path: &Path, text: &str) {
    use std::io::Write;
    std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn var(name: &str) -> Option<std::ffi::OsString> {
    #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
    std::env::var_os(name)
}

fn in_path(program: &str) -> bool {
    std::env::split_paths(&var("PATH").unwrap_or_default()).any(|dir| dir.join(program).is_file())
}
