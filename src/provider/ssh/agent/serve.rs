//! An agent for one command, served by jit itself: `jit exec ID -- ssh host` needs neither a running
//! ssh-agent nor a key on disk.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{
    AgentError, CERTIFICATE_KIND, EphemeralKey, FAILURE, IDENTITIES_ANSWER, LONGEST, REQUEST_IDENTITIES,
    SIGN_REQUEST, SIGN_RESPONSE,
};
use crate::domain::{RequestId, Time};
use crate::provider::ssh::revoked::lock;
use crate::provider::ssh::wire::{Malformed, Reader, put_string};

/// Only the child's own commands connect here, and few at once.
const MOST_CONNECTIONS: usize = 32;
/// The clock is looked at this often, so that a key does not outlive its end by a sleep of the machine,
/// which monotonic timers do not count.
const GLANCE: Duration = Duration::from_secs(1);

/// Serves one key until its end; then, and when this is dropped, the key is wiped. Dropping also
/// removes the socket and its folder.
#[derive(Debug)]
pub struct AgentServer {
    folder: PathBuf,
    socket: PathBuf,
    held: Arc<Held>,
    task: JoinHandle<()>,
}

impl AgentServer {
    /// For `SSH_AUTH_SOCK` of the child.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    #[cfg(test)]
    pub(super) fn holds_a_key(&self) -> bool {
        lock(&self.held.key).is_some()
    }
}

impl Drop for AgentServer {
    fn drop(&mut self) {
        // The task may run on for a moment; the key must not.
        lock(&self.held.key).take();
        self.task.abort();
        // Best effort: an empty private folder is left at worst.
        let _ = std::fs::remove_file(&self.socket);
        let _ = std::fs::remove_dir(&self.folder);
    }
}

struct Held {
    key: Mutex<Option<EphemeralKey>>,
    certificate: Vec<u8>,
    comment: String,
    end: Time,
    now: Box<dyn Fn() -> Time + Send + Sync>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("end", &self.end).finish_non_exhaustive()
    }
}

/// Serves the key and its certificate on a 0600 socket in a new 0700 folder under `dir`, which should
/// be the user's runtime folder. To be called within a tokio runtime; a current-thread one does.
///
/// It lists the certificate and signs logins with it, nothing else: no other data, and no change of what
/// it holds.
///
/// # Errors
/// [`AgentError::Ended`] at or after the end; [`AgentError::Certificate`] for one that is not of this key;
/// `Io` also for a path that is too long for a socket (108 bytes).
pub fn serve_agent(
    dir: &Path,
    key: EphemeralKey,
    certificate: &str,
    request: RequestId,
    end: Time,
    now: impl Fn() -> Time + Send + Sync + 'static,
) -> Result<AgentServer, AgentError> {
    let certificate = key.certificate_blob(certificate)?;
    if now() >= end {
        return Err(AgentError::Ended);
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(AgentError::Random)?;
    let folder = dir.join(format!("jit-agent-{}", RequestId::from_random(random)));
    let socket = folder.join("agent.sock");
    let io = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| AgentError::Io { doing, path, source }
    };
    // Fails where it exists: nobody else's folder is taken. The socket is never reachable with another
    // mode, as the folder is private before it is bound.
    DirBuilder::new().mode(0o700).create(&folder).map_err(io("make the folder", &folder))?;
    let bound = std::fs::set_permissions(&folder, Permissions::from_mode(0o700))
        .and_then(|()| UnixListener::bind(&socket))
        .and_then(|listener| {
            std::fs::set_permissions(&socket, Permissions::from_mode(0o600)).map(|()| listener)
        });
    let listener = bound.map_err(|source| {
        let _ = std::fs::remove_file(&socket);
        let _ = std::fs::remove_dir(&folder);
        io("serve an agent at", &socket)(source)
    })?;
    let comment = format!("jit-{request}");
    let held = Arc::new(Held { key: Mutex::new(Some(key)), certificate, comment, end, now: Box::new(now) });
    let task = tokio::spawn(serve(listener, Arc::clone(&held)));
    Ok(AgentServer { folder, socket, held, task })
}

async fn serve(listener: UnixListener, held: Arc<Held>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    let mut glance = tokio::time::interval(GLANCE);
    loop {
        tokio::select! {
            _ = glance.tick() => {
                held.alive();
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) if is_ours(&stream) => {
                    let held = Arc::clone(&held);
                    connections.spawn(async move {
                        // A broken connection is the client's matter.
                        let _ = converse(stream, &held).await;
                    });
                }
                Ok(_) => {}
                // Out of descriptors, say: not in a tight loop.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// The folder's mode keeps others out; this does too where a file system knows no modes.
fn is_ours(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || peer.uid() == rustix::process::geteuid().as_raw())
}

async fn converse(mut stream: UnixStream, held: &Held) -> io::Result<()> {
    loop {
        let length = stream.read_u32().await?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 || length > LONGEST {
            return Ok(());
        }
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await?;
        let reply = held.answer(&message).unwrap_or_else(|_| vec![FAILURE]);
        let mut framed = Vec::with_capacity(reply.len() + 4);
        put_string(&mut framed, &reply);
        stream.write_all(&framed).await?;
    }
}

impl Held {
    /// Whether the end is still to come; wipes the key once it is not. INVARIANT 3: what the machine's
    /// clock did before does not matter, a key that is wiped stays so.
    fn alive(&self) -> bool {
        let mut key = lock(&self.key);
        if (self.now)() >= self.end {
            key.take();
        }
        key.is_some()
    }

    fn answer(&self, message: &[u8]) -> Result<Vec<u8>, Malformed> {
        let alive = self.alive();
        let mut request = Reader::new(message);
        match request.u8()? {
            REQUEST_IDENTITIES => {
                request.end()?;
                let mut reply = vec![IDENTITIES_ANSWER];
                reply.extend_from_slice(&u32::from(alive).to_be_bytes());
                if alive {
                    put_string(&mut reply, &self.certificate);
                    put_string(&mut reply, self.comment.as_bytes());
                }
                Ok(reply)
            }
            SIGN_REQUEST => {
                let (blob, data, _flags) = (request.string()?, request.string()?, request.u32()?);
                request.end()?;
                if blob != self.certificate || !is_login(data, &self.certificate)? {
                    return Err(Malformed);
                }
                let key = lock(&self.key);
                let signature = key.as_ref().ok_or(Malformed)?.sign(data);
                let mut reply = vec![SIGN_RESPONSE];
                put_string(&mut reply, &signature);
                Ok(reply)
            }
            _ => Err(Malformed),
        }
    }
}

/// Whether the data is what a client signs to log in with this certificate (RFC 4252, section 7, and
/// PROTOCOL, section 3.1, for the form bound to the host's key). An access to hosts is no permission to
/// sign commits or files.
fn is_login(data: &[u8], certificate: &[u8]) -> Result<bool, Malformed> {
    const USERAUTH_REQUEST: u8 = 50;
    let mut data = Reader::new(data);
    let _session = data.string()?;
    let request = data.u8()?;
    let _user = data.string()?;
    let (service, method) = (data.string()?, data.string()?);
    let signed = data.u8()?;
    let (algorithm, key) = (data.string()?, data.string()?);
    let known = match method {
        b"publickey" => true,
        b"publickey-hostbound-v00@openssh.com" => data.string().is_ok(),
        _ => false,
    };
    data.end()?;
    Ok(known
        && request == USERAUTH_REQUEST
        && service == b"ssh-connection"
        && signed == 1
        && algorithm == CERTIFICATE_KIND
        && key == certificate)
}
