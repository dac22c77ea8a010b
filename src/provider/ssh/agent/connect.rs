//! A client of the ssh-agent that the requester runs anyway.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{
    ADD_ID_CONSTRAINED, AgentError, CONSTRAIN_LIFETIME, EphemeralKey, FAILURE, IDENTITIES_ANSWER, LONGEST,
    REMOVE_IDENTITY, REQUEST_IDENTITIES, SUCCESS,
};
use crate::domain::Span;
use crate::domain::text::escape;
use crate::provider::ssh::wire::{Reader, put_string};

/// How long one question and its answer may take. No question asked here waits for a person.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to an agent. Blocking: not for async tasks.
#[derive(Debug)]
pub struct Agent {
    stream: UnixStream,
    path: PathBuf,
}

/// What an agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The public key or certificate in SSH's binary form.
    pub blob: Vec<u8>,
    /// Escaped: it is whoever's text who added the key.
    pub comment: String,
}

impl Agent {
    pub fn connect(socket: &Path) -> Result<Self, AgentError> {
        let stream = UnixStream::connect(socket).map_err(|source| AgentError::Io {
            doing: "reach the ssh-agent at",
            path: socket.to_owned(),
            source,
        })?;
        Ok(Self { stream, path: socket.to_owned() })
    }

    /// Gives the agent the key with its certificate, for that long: the agent drops it by itself.
    ///
    /// # Errors
    /// [`AgentError::Certificate`] for one that is not of this key; nothing is sent then.
    pub fn add_with_certificate(
        &mut self,
        key: &EphemeralKey,
        certificate: &str,
        comment: &str,
        lifetime: Span,
    ) -> Result<(), AgentError> {
        let blob = key.certificate_blob(certificate)?;
        let comment = escape(comment);
        // Room for all of it, so that no copy of the secret is left behind where it grew.
        let mut message = Zeroizing::new(Vec::with_capacity(blob.len() + comment.len() + 256));
        message.push(ADD_ID_CONSTRAINED);
        key.put(&blob, &mut message);
        put_string(&mut message, comment.as_bytes());
        message.push(CONSTRAIN_LIFETIME);
        message.extend_from_slice(&u32::try_from(lifetime.secs()).unwrap_or(u32::MAX).to_be_bytes());
        self.done("hold the key", &message)
    }

    /// Takes the certificate and its key out of the agent; fine if they are not there.
    pub fn remove(&mut self, key: &EphemeralKey, certificate: &str) -> Result<(), AgentError> {
        let blob = key.certificate_blob(certificate)?;
        let mut message = vec![REMOVE_IDENTITY];
        put_string(&mut message, &blob);
        match self.done("forget the key", &message) {
            // Agents refuse to remove what they do not have.
            Err(AgentError::Refused { .. }) if !self.list()?.iter().any(|i| i.blob == blob) => Ok(()),
            result => result,
        }
    }

    pub fn list(&mut self) -> Result<Vec<Identity>, AgentError> {
        let reply = self.ask(&[REQUEST_IDENTITIES])?;
        self.parse_list(&reply).ok_or_else(|| self.refusal("list its keys", reply.first() == Some(&FAILURE)))
    }

    fn parse_list(&self, reply: &[u8]) -> Option<Vec<Identity>> {
        let mut reader = Reader::new(reply);
        if reader.u8().ok()? != IDENTITIES_ANSWER {
            return None;
        }
        let count = reader.u32().ok()?;
        let mut identities = Vec::new();
        // The count is the agent's word; the bytes are what there is.
        for _ in 0..count {
            let blob = reader.string().ok()?.to_owned();
            let comment = escape(&String::from_utf8_lossy(reader.string().ok()?)).into_owned();
            identities.push(Identity { blob, comment });
        }
        reader.end().ok()?;
        Some(identities)
    }

    fn done(&mut self, doing: &'static str, message: &[u8]) -> Result<(), AgentError> {
        match self.ask(message)?.as_slice() {
            [SUCCESS] => Ok(()),
            reply => Err(self.refusal(doing, reply.first() == Some(&FAILURE))),
        }
    }

    fn refusal(&self, doing: &'static str, refused: bool) -> AgentError {
        let path = self.path.clone();
        if refused { AgentError::Refused { doing, path } } else { AgentError::Protocol { path } }
    }

    fn ask(&mut self, message: &[u8]) -> Result<Vec<u8>, AgentError> {
        self.exchange(message).map_err(|source| AgentError::Io {
            doing: "talk to the ssh-agent at",
            path: self.path.clone(),
            source,
        })
    }

    fn exchange(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let too_long = |_| io::Error::from(io::ErrorKind::InvalidData);
        let deadline = Instant::now() + PATIENCE;
        self.stream.set_write_timeout(Some(PATIENCE))?;
        self.stream.write_all(&u32::try_from(message.len()).map_err(too_long)?.to_be_bytes())?;
        self.stream.write_all(message)?;
        let mut length = [0; 4];
        self.read_exact(&mut length, deadline)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(too_long)?;
        if length == 0 || length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut reply = vec![0; length];
        self.read_exact(&mut reply, deadline)?;
        Ok(reply)
    }

    /// As `read_exact`, but the time is for the whole: one byte now and then does not prolong it.
    fn read_exact(&mut self, mut rest: &mut [u8], deadline: Instant) -> io::Result<()> {
        while !rest.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => rest = rest.split_at_mut_checked(count).map_or(&mut [], |(_, tail)| tail),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
