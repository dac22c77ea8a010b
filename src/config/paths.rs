//! The user's folders, by the XDG Base Directory Specification 0.8.

use std::path::{Path, PathBuf};

use super::Environment;

/// Settings of the whole machine, below those of the user.
pub const SYSTEM_CONFIG: &str = "/etc/jit/config.toml";
/// The policy folder of a machine.
pub const SYSTEM_POLICY: &str = "/etc/jit/policy.d";

/// Neither a variable of its own nor `HOME` says where a folder is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither HOME nor {0} names an absolute folder")]
pub struct NoHome(pub &'static str);

/// Where things are. Nothing is created here; see [`crate::files::private_dir`].
#[derive(Debug, Clone)]
pub struct Paths {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    runtime: Option<PathBuf>,
    user_policy: Option<PathBuf>,
    temporary: Vec<PathBuf>,
}

impl Paths {
    pub fn new(env: &Environment) -> Self {
        // The specification: "All paths set in these environment variables must be absolute. If an
        // implementation encounters a relative path [...] it should consider the path invalid and ignore it."
        let absolute = |path: &Option<PathBuf>| path.clone().filter(|p| p.is_absolute());
        let base = |own: &Option<PathBuf>, below_home: &str| {
            absolute(own).or_else(|| absolute(&env.home).map(|home| home.join(below_home)))
        };
        let xdg_config = base(&env.xdg_config_home, ".config").map(|p| p.join("jit"));
        Self {
            user_policy: xdg_config.as_ref().map(|p| p.join("policy.d")),
            // Ours, not XDG's: a relative one is what the user typed, so it holds.
            config: env.config_dir.clone().or(xdg_config),
            data: base(&env.xdg_data_home, ".local/share").map(|p| p.join("jit")),
            runtime: absolute(&env.xdg_runtime_dir).map(|p| p.join("jit")),
            temporary: [absolute(&env.xdg_runtime_dir), absolute(&env.tmpdir), Some(PathBuf::from("/tmp"))]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    /// Of `config.toml` and the encrypted token file: `JIT_CONFIG_DIR`, `$XDG_CONFIG_HOME/jit`, `~/.config/jit`.
    ///
    /// # Errors
    /// When none of the three is known: a CI job without a home needs none until it asks.
    pub fn config_dir(&self) -> Result<&Path, NoHome> {
        self.config.as_deref().ok_or(NoHome("JIT_CONFIG_DIR"))
    }

    /// Of the embedded store: `$XDG_DATA_HOME/jit`, `~/.local/share/jit`.
    ///
    /// # Errors
    /// As [`Paths::config_dir`].
    pub fn data_dir(&self) -> Result<&Path, NoHome> {
        self.data.as_deref().ok_or(NoHome("XDG_DATA_HOME"))
    }

    /// `$XDG_RUNTIME_DIR/jit`; has no substitute, as the specification names none.
    pub fn runtime_dir(&self) -> Option<&Path> {
        self.runtime.as_deref()
    }

    /// Where a [`crate::files::Scratch`] folder may be made, the best first: the runtime folder is the user's own
    /// and does not outlive the login.
    pub fn temporary(&self) -> &[PathBuf] {
        &self.temporary
    }

    /// The policy of the built-in local context: the user's own folder if it is there, else the machine's.
    pub fn policy_dir(&self) -> PathBuf {
        match &self.user_policy {
            // An unreadable one counts as there: the error belongs to its reader, not to a fall back.
            Some(own) if !matches!(own.try_exists(), Ok(false)) => own.clone(),
            _ => PathBuf::from(SYSTEM_POLICY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_xdg_folder_is_ignored() {
        let env = Environment {
            home: Some("/home/a".into()),
            xdg_config_home: Some("conf".into()),
            xdg_data_home: Some("/data".into()),
            xdg_runtime_dir: Some("run".into()),
            tmpdir: Some("/scratch".into()),
            ..Environment::default()
        };
        let paths = Paths::new(&env);
        assert_eq!(paths.config_dir(), Ok(Path::new("/home/a/.config/jit")));
        assert_eq!(paths.data_dir(), Ok(Path::new("/data/jit")));
        assert_eq!(paths.runtime_dir(), None);
        assert_eq!(paths.temporary(), [Path::new("/scratch"), Path::new("/tmp")]);
        assert_eq!(paths.policy_dir(), Path::new(SYSTEM_POLICY));
    }

    #[test]
    fn without_a_home_the_folder_is_an_error_only_when_it_is_asked_for() {
        let paths = Paths::new(&Environment { home: Some("a".into()), ..Environment::default() });
        assert_eq!(paths.config_dir(), Err(NoHome("JIT_CONFIG_DIR")));
        let own = Environment { config_dir: Some("/own".into()), ..Environment::default() };
        assert_eq!(Paths::new(&own).config_dir(), Ok(Path::new("/own")));
    }

    #[test]
    fn the_users_own_policy_comes_before_the_machines() {
        let home = tempfile::tempdir().unwrap();
        let env = Environment { xdg_config_home: Some(home.path().into()), ..Environment::default() };
        std::fs::create_dir_all(home.path().join("jit/policy.d")).unwrap();
        assert_eq!(Paths::new(&env).policy_dir(), home.path().join("jit/policy.d"));
    }
}
