//! The process environment, read once and in one place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

/// Every variable that `jit` looks at, with what it does: `jit help environment`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("JIT_SERVER", "URL of the jit server, as `--server`"),
    ("JIT_CONTEXT", "name of the context, as `--context`"),
    ("JIT_CONFIG_DIR", "folder of config.toml and of the encrypted token file"),
    ("JIT_OUTPUT", "table, wide, json or ndjson, as `--output`"),
    ("JIT_NO_INPUT", "never prompt, as `--no-input`"),
    ("JIT_TOKEN_FILE", "private file with the token; used instead of the secret store"),
    ("JIT_TOKEN", "the token itself; a file is safer, as processes inherit variables"),
    ("JIT_STORE", "keyring, file or memory: where tokens are kept, as `--store`"),
    ("JIT_PASSPHRASE_FILE", "private file with the passphrase of `--store file`"),
    ("JIT_LOG", "what to log on stderr, such as `debug` or `jit_access::server=trace`"),
    ("NO_COLOR", "no colours, see https://no-color.org"),
    ("CLICOLOR_FORCE", "colours even when the output is no terminal"),
    ("TERM", "`dumb`: no colours, no moving cursor"),
    ("CI", "set by CI systems: no prompts, no spinner"),
    ("HOME", "where the folders below are when they are not named"),
    ("XDG_CONFIG_HOME", "base of the configuration folder, else ~/.config"),
    ("XDG_DATA_HOME", "base of the data folder, else ~/.local/share"),
    ("XDG_RUNTIME_DIR", "base of the folder for sockets, and of the demo's"),
    ("TMPDIR", "base of the demo's folder where there is no XDG_RUNTIME_DIR, else /tmp"),
    ("PATH", "where `jit demo` looks for OpenSSH"),
    ("SSH_AUTH_SOCK", "the running SSH agent, which takes issued certificates"),
    ("SSH_USER_AUTH", "set by sshd: the file that tells `jit guard` how the login was made"),
    ("SSH_ORIGINAL_COMMAND", "set by sshd: the command that `jit guard` runs"),
    ("SHELL", "the login shell, with which `jit guard` runs it"),
    ("KUBERNETES_EXEC_INFO", "what kubectl tells `jit credential kube`"),
    ("DBUS_SESSION_BUS_ADDRESS", "how the OS keyring is reached"),
];

/// What every plugin gets of the environment, where it is set: where things are, and in which language.
/// Its context names what else it needs.
pub const PLUGIN: &[&str] = &["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"];

/// What the environment says. An empty variable counts as unset.
#[derive(Clone, Default)]
pub struct Environment {
    pub server: Option<String>,
    pub context: Option<String>,
    pub config_dir: Option<PathBuf>,
    pub output: Option<String>,
    pub no_input: bool,
    pub token_file: Option<PathBuf>,
    /// A secret: shown by nothing, `Debug` included.
    pub token: Option<Zeroizing<String>>,
    pub store: Option<String>,
    pub passphrase_file: Option<PathBuf>,
    pub log: Option<String>,
    pub no_color: bool,
    pub clicolor_force: bool,
    pub term: Option<String>,
    pub ci: bool,
    pub home: Option<PathBuf>,
    pub xdg_config_home: Option<PathBuf>,
    pub xdg_data_home: Option<PathBuf>,
    pub xdg_runtime_dir: Option<PathBuf>,
    pub tmpdir: Option<PathBuf>,
    pub path: Option<OsString>,
    pub ssh_auth_sock: Option<PathBuf>,
    pub ssh_user_auth: Option<PathBuf>,
    pub ssh_original_command: Option<OsString>,
    pub shell: Option<PathBuf>,
    pub kubernetes_exec_info: Option<String>,
    pub dbus_session_bus_address: Option<String>,
}

/// A variable that has to be text and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not UTF-8")]
pub struct NotText(pub &'static str);

impl Environment {
    /// # Errors
    /// When a variable that has to be text is not UTF-8.
    pub fn from_process() -> Result<Self, NotText> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the process environment")]
        Self::read(std::env::var_os)
    }

    /// The variables of these names that are set: for a plugin, which inherits nothing else.
    pub fn passed_on<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(OsString, OsString)> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the process environment")]
        let get = |name: &str| std::env::var_os(name).map(|value| (OsString::from(name), value));
        names.into_iter().filter_map(get).collect()
    }

    /// For tests, and for whoever holds another process's environment.
    ///
    /// # Errors
    /// As [`Environment::from_process`].
    pub fn from_map(map: &BTreeMap<String, OsString>) -> Result<Self, NotText> {
        Self::read(|name| map.get(name).cloned())
    }

    fn read<'a>(get: impl Fn(&'a str) -> Option<OsString>) -> Result<Self, NotText> {
        let raw = |name| get(name).filter(|value| !value.is_empty());
        let path = |name| raw(name).map(PathBuf::from);
        let text = |name| raw(name).map(|v| v.into_string().map_err(|_| NotText(name))).transpose();
        // `CI=false` and `JIT_NO_INPUT=0` are written by people who mean no.
        let yes = |name| raw(name).is_some_and(|v| v != "0" && !v.eq_ignore_ascii_case("false"));
        Ok(Self {
            server: text("JIT_SERVER")?,
            context: text("JIT_CONTEXT")?,
            config_dir: path("JIT_CONFIG_DIR"),
            output: text("JIT_OUTPUT")?,
            no_input: yes("JIT_NO_INPUT"),
            token_file: path("JIT_TOKEN_FILE"),
            token: text("JIT_TOKEN")?.map(Zeroizing::new),
            store: text("JIT_STORE")?,
            passphrase_file: path("JIT_PASSPHRASE_FILE"),
            log: text("JIT_LOG")?,
            // https://no-color.org: any value but the empty one, `0` included.
            no_color: raw("NO_COLOR").is_some(),
            clicolor_force: yes("CLICOLOR_FORCE"),
            term: text("TERM")?,
            ci: yes("CI"),
            home: path("HOME"),
            xdg_config_home: path("XDG_CONFIG_HOME"),
            xdg_data_home: path("XDG_DATA_HOME"),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR"),
            tmpdir: path("TMPDIR"),
            path: raw("PATH"),
            ssh_auth_sock: path("SSH_AUTH_SOCK"),
            ssh_user_auth: path("SSH_USER_AUTH"),
            ssh_original_command: raw("SSH_ORIGINAL_COMMAND"),
            shell: path("SHELL"),
            kubernetes_exec_info: text("KUBERNETES_EXEC_INFO")?,
            dbus_session_bus_address: text("DBUS_SESSION_BUS_ADDRESS")?,
        })
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only what explains a decision; and of the token, that there is one.
        f.debug_struct("Environment")
            .field("server", &self.server)
            .field("context", &self.context)
            .field("config_dir", &self.config_dir)
            .field("store", &self.store)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("token_file", &self.token_file)
            .field("no_input", &self.no_input)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, OsString> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), OsString::from(v))).collect()
    }

    #[test]
    fn the_help_names_exactly_the_variables_that_are_read() {
        let asked = RefCell::new(BTreeSet::new());
        let get = |name| {
            asked.borrow_mut().insert(name);
            None
        };
        Environment::read(get).unwrap();
        assert_eq!(asked.into_inner(), VARIABLES.iter().map(|(name, _)| *name).collect());
    }

    #[test]
    fn an_empty_variable_is_unset_and_a_written_no_is_no() {
        let env = Environment::from_map(&map(&[("JIT_SERVER", ""), ("CI", "false"), ("JIT_NO_INPUT", "0")]));
        let env = env.unwrap();
        assert!(env.server.is_none() && !env.ci && !env.no_input && !env.no_color);
        let env = Environment::from_map(&map(&[("CI", "1"), ("NO_COLOR", "0"), ("HOME", "/h")])).unwrap();
        assert!(env.ci && env.no_color && !env.no_input);
        assert_eq!(env.home, Some("/h".into()));
    }

    #[test]
    fn a_token_in_the_environment_is_shown_by_no_debug_output() {
        let env = Environment::from_map(&map(&[("JIT_TOKEN", "canary-7")])).unwrap();
        assert_eq!(env.token.as_deref().map(String::as_str), Some("canary-7"));
        assert!(!format!("{env:?} {env:#?}").contains("canary"));
    }

    #[test]
    fn a_variable_that_is_not_text_is_named_and_not_guessed() {
        let mut bad = map(&[]);
        bad.insert("JIT_TOKEN".to_owned(), OsString::from_vec(b"canary-\xff".to_vec()));
        let err = Environment::from_map(&bad).unwrap_err();
        assert_eq!(err, NotText("JIT_TOKEN"));
        assert!(!format!("{err} {err:?}").contains("canary"));
    }
}
