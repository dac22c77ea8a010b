//! RFC 5424 over TCP with octet counting (RFC 6587), or over TLS (RFC 5425).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::audit::siem::{self, Format};
use crate::domain::Time;
use crate::files;

use super::Failure;
use super::channel::Sink;
use super::config::{Syslog, Tls};
use super::notice::Notice;

const LONGEST_CA: u64 = 1 << 20;
/// How many messages go in one connection.
const BATCH: usize = 128;
/// How long the receiver may take to close what it has read.
const LAST: Duration = Duration::from_secs(2);

pub(super) struct SyslogSink {
    to: Syslog,
    host: String,
}

impl SyslogSink {
    pub fn new(to: Syslog, host: String) -> Self {
        Self { to, host }
    }

    fn tls(&self) -> Result<TlsConnector, Failure> {
        let mut roots = RootCertStore::empty();
        match &self.to.server.ca_file {
            Some(path) => {
                let pem = files::read_at_most(path, 0o644, LONGEST_CA).map_err(Failure::channel)?;
                for certificate in CertificateDer::pem_slice_iter(&pem) {
                    roots.add(certificate.map_err(Failure::channel)?).map_err(Failure::channel)?;
                }
            }
            // One that cannot be read only means that nothing it signed is trusted.
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Failure::channel)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

#[async_trait]
impl Sink for SyslogSink {
    fn most(&self) -> usize {
        BATCH
    }

    async fn send(&mut self, notices: &[Notice], _: Time) -> Result<(), Failure> {
        let mut frames = Vec::new();
        for notice in notices {
            let line = siem::line(Format::Syslog, &notice.event, Some(&self.host));
            frames.extend_from_slice(format!("{} {line}", line.len()).as_bytes());
        }
        let server = &self.to.server;
        let stream =
            TcpStream::connect((server.host.as_str(), server.port)).await.map_err(Failure::channel)?;
        if server.tls == Tls::None {
            return hand_over(stream, &frames).await;
        }
        let name = ServerName::try_from(server.host.clone()).map_err(Failure::channel)?;
        let stream = self.tls()?.connect(name, stream).await.map_err(Failure::channel)?;
        hand_over(stream, &frames).await
    }
}

/// Syslog knows no answer. A receiver that closes after our end of the connection has read what came before
/// it; what was only written may be in a buffer of a machine that is gone.
async fn hand_over(mut stream: impl AsyncRead + AsyncWrite + Unpin, frames: &[u8]) -> Result<(), Failure> {
    stream.write_all(frames).await.map_err(Failure::channel)?;
    stream.shutdown().await.map_err(Failure::channel)?;
    let mut answer = [0; 256];
    let closed = async {
        // Whatever it says is not for us.
        while stream.read(&mut answer).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    match timeout(LAST, closed).await {
        Ok(Ok(())) => Ok(()),
        // Many close a TLS connection without a word.
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
        Ok(Err(error)) => Err(Failure::channel(error)),
        // It keeps its end open, which is its own affair.
        Err(_) => Ok(()),
    }
}
