//! Puts an engine together from its concrete parts, for `jit serve` and for the local backend.

mod channels;
pub mod folder;
pub mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::audit::SigningKey;
use crate::config::Environment;
use crate::files::{self, FileError};
use crate::lookup::Outside;
use crate::ops::{Clock, Engine, Held, Home, Loaded, Parts, SystemClock};
use crate::policy::Diagnostic;
use crate::provider::aws::AwsProvider;
use crate::provider::exec::ExecProvider;
use crate::provider::kubernetes::KubernetesProvider;
use crate::provider::postgres::PostgresProvider;
use crate::provider::ssh::SshProvider;
use crate::server::SshFiles;
use crate::store::sqlite::SqliteStore;
use crate::store::{PieceFiles, Store};

pub use channels::start_channels;
use folder::{Folder, count};
use watch::Watch;

/// Why an engine could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the policy in {} is not whole: {}", dir.display(), count(diagnostics.len(), "error"))]
    Policy { dir: PathBuf, diagnostics: Vec<Diagnostic> },
    #[error("the test cases of the policy in {} have {}", dir.display(), count(diagnostics.len(), "error"))]
    Cases { dir: PathBuf, diagnostics: Vec<Diagnostic> },
    /// `failed`: one line each.
    #[error("{} of {} of the policy in {} failed", failed.len(), count(*of, "test case"), dir.display())]
    Failed { dir: PathBuf, failed: Vec<String>, of: usize },
    #[error("the key of the audit log in {} is damaged", .0.display())]
    LogKey(PathBuf),
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Ssh(#[from] crate::provider::ssh::OpenError),
    #[error(transparent)]
    Ops(#[from] crate::ops::Error),
}

/// An engine with the parts of it that a server shows to hosts.
pub struct Assembled {
    pub engine: Arc<Engine>,
    pub ssh: Arc<SshProvider>,
}

/// What a server has beside its engine: the watch over its policy's folder.
pub struct Watched {
    pub watch: Watch,
    /// Why nothing is granted yet: the policy is whole, and fails its tests.
    pub trouble: Option<AssemblyError>,
}

/// For the commands of one user, which share the data folder.
///
/// Test cases keep no command from its work: they are for whoever serves others.
pub async fn assemble_local(policy_dir: &Path, data_dir: &Path) -> Result<Assembled, AssemblyError> {
    let policy = Folder::without_tests(policy_dir)?.policy()?;
    Parted::open(data_dir, Home::OperatingSystem).await?.start(policy.into()).await
}

/// For a server, which uses the data folder alone.
pub async fn assemble_server(
    policy_dir: &Path,
    data_dir: &Path,
) -> Result<(Assembled, Watched), AssemblyError> {
    let folder = Folder::read(policy_dir)?;
    let policy = folder.policy()?;
    let parted = Parted::open(data_dir, Home::Directory).await?;
    let clock = Arc::clone(&parted.clock);
    // A server that did not start would end no access either: under a policy that fails its tests it starts,
    // and grants nothing.
    let (tests, trouble) = match folder.test(&policy, clock.now()) {
        Ok(passed) => (Some(passed), None),
        Err(failed) => (None, Some(failed)),
    };
    let good = trouble.is_none().then(|| policy.clone());
    let assembled = parted.start(Loaded { policy, tests }).await?;
    if let Some(trouble) = &trouble {
        assembled.engine.keep_policy(trouble.trouble(), Held::Everything).await;
    }
    Ok((assembled, Watched { watch: Watch::new(folder, good, clock), trouble }))
}

/// What was opened of a data folder (made at the first start): `jit.db` (the store), `activity/` (what was
/// done under grants), `audit.key` (signs checkpoints) and `ssh/` (the certificate authority and its revocation list).
struct Parted {
    home: Home,
    store: SqliteStore,
    pieces: PieceFiles,
    clock: Arc<SystemClock>,
    ssh: Arc<SshProvider>,
    log_key: SigningKey,
}

impl Parted {
    async fn open(data_dir: &Path, home: Home) -> Result<Self, AssemblyError> {
        files::private_dir(data_dir)?;
        let store = match home {
            Home::Directory => SqliteStore::open(data_dir)?,
            Home::OperatingSystem => SqliteStore::open_shared(data_dir)?,
        };
        let clock = Arc::new(SystemClock::starting_at(store.log_head().await?.latest));
        let ssh = Arc::new(SshProvider::open(&data_dir.join("ssh"), clock.now())?);
        let log_key = log_key(&data_dir.join("audit.key"))?;
        let pieces = PieceFiles::open(&data_dir.join("activity"))?;
        Ok(Self { home, store, pieces, clock, ssh, log_key })
    }

    async fn start(self, policy: Loaded) -> Result<Assembled, AssemblyError> {
        let Self { home, store, pieces, clock, ssh, log_key } = self;
        let kubernetes = KubernetesProvider::new({
            let clock = Arc::clone(&clock);
            move || clock.now()
        });
        let engine = Engine::start(Parts {
            store: Arc::new(store),
            pieces: Arc::new(pieces),
            providers: vec![
                Arc::clone(&ssh) as _,
                Arc::new(PostgresProvider::default()),
                Arc::new(AwsProvider::new()),
                Arc::new(kubernetes),
                Arc::new(exec_provider()),
            ],
            clock,
            home,
            policy,
            outside: Arc::new(Outside::default()),
            log_key,
        })
        .await?;
        Ok(Assembled { engine, ssh })
    }
}

/// The provider that runs plugins, with the variables of ours that the policy names for each.
pub fn exec_provider() -> ExecProvider {
    ExecProvider::new(|name| Environment::passed_on([name]).pop().map(|(_, value)| value))
}

/// The key that signs checkpoints: `NAME BASE64` in a private file, made at the first start. The name is
/// random too, so that two logs are never taken for one.
fn log_key(path: &Path) -> Result<SigningKey, AssemblyError> {
    let damaged = || AssemblyError::LogKey(path.to_owned());
    let text = match files::read_private(path, 1024) {
        Ok(bytes) => Zeroizing::new(String::from_utf8(bytes.to_vec()).map_err(|_| damaged())?),
        Err(error) if error.is_not_found() => {
            let mut bytes = Zeroizing::new([0u8; 40]);
            getrandom::fill(bytes.as_mut()).map_err(|e| AssemblyError::Random(e.to_string()))?;
            let (name, seed) = bytes.split_at(8);
            let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
            let text = Zeroizing::new(format!("jit-log-{name} {}\n", STANDARD.encode(seed)));
            files::write_new_private(path, text.as_bytes())?;
            text
        }
        Err(error) => return Err(error.into()),
    };
    let (name, seed) = text.trim_end().split_once(' ').ok_or_else(damaged)?;
    let seed = Zeroizing::new(STANDARD.decode(seed).map_err(|_| damaged())?);
    let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| damaged())?;
    SigningKey::from_seed(name, seed).map_err(|_| damaged())
}

impl SshFiles for SshProvider {
    fn ca_public_line(&self) -> String {
        Self::ca_public_line(self).to_owned()
    }

    fn krl(&self) -> Arc<[u8]> {
        self.krl_bytes()
    }
}
