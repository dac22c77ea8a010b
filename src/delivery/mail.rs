//! Mail by SMTP: plain text, one mail to each person, so that nobody learns who else was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls as Mode, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Category;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::domain::{Digest, Name, Time};
use crate::files;

use super::channel::Sink;
use super::config::{Mail, Recipients, Tls};
use super::notice::{Notice, address, told};
use super::webhook::read_secret;
use super::{Failure, Pace, words};

const LONGEST_CA: u64 = 1 << 20;

pub(super) struct MailSink {
    to: Mail,
    host: String,
    people: Arc<BTreeMap<Name, Address>>,
    limit: Duration,
    /// Who has this notice already, so that a failure with one person repeats no mail to the others.
    done: (String, BTreeSet<Address>),
}

impl MailSink {
    pub fn new(to: Mail, host: String, people: Arc<BTreeMap<Name, Address>>, pace: Pace) -> Self {
        Self { to, host, people, limit: pace.limit, done: Default::default() }
    }

    fn recipients(&self, notice: &Notice) -> BTreeSet<Address> {
        match &self.to.to {
            Recipients::These(list) => list.iter().cloned().collect(),
            Recipients::People => {
                told(notice).iter().filter_map(|name| address(name, &self.people)).collect()
            }
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let server = &self.to.server;
        let mode = match server.tls {
            Tls::None => Mode::None,
            Tls::StartTls => Mode::Required(self.tls()?),
            Tls::Tls => Mode::Wrapper(self.tls()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(mode)
            .timeout(Some(self.limit))
            .hello_name(ClientId::Domain(domain(&self.host)));
        if let Some((user, file)) = &self.to.login {
            builder = builder.credentials(Credentials::new(user.clone(), read_secret(file)?.to_string()));
        }
        Ok(builder.build())
    }

    fn tls(&self) -> Result<TlsParameters, Failure> {
        let mut builder = TlsParameters::builder(self.to.server.host.clone());
        if let Some(path) = &self.to.server.ca_file {
            let pem = files::read_at_most(path, 0o644, LONGEST_CA).map_err(Failure::channel)?;
            let certificate = Certificate::from_pem(&pem).map_err(Failure::channel)?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build_rustls().map_err(Failure::channel)
    }

    /// The same bytes in each try but for the folding, and a name by which repeats are dropped.
    fn message(&self, notice: &Notice, to: &Address) -> Result<(Envelope, Vec<u8>), Failure> {
        let in_person = self.to.to == Recipients::People;
        let mailbox = |address: &Address| Mailbox::new(None, address.clone());
        let person = Digest::of(to.to_string().as_bytes()).to_string();
        let id = format!("<{}.{}@{}>", notice.id, person.get(..8).unwrap_or_default(), domain(&self.host));
        let at = u64::try_from(notice.event.event.at.millis()).unwrap_or_default();
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let message = Message::builder()
            .from(mailbox(&self.to.from))
            .to(mailbox(to))
            .subject(words::subject(notice, in_person))
            .date(UNIX_EPOCH + Duration::from_millis(at))
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(words::text(notice, in_person))
            .map_err(Failure::notice)?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

#[async_trait]
impl Sink for MailSink {
    async fn send(&mut self, notices: &[Notice], _: Time) -> Result<(), Failure> {
        for notice in notices {
            if self.done.0 != notice.id {
                self.done = (notice.id.clone(), BTreeSet::new());
            }
            let left: Vec<Address> = self.recipients(notice).difference(&self.done.1).cloned().collect();
            if left.is_empty() {
                continue;
            }
            let transport = self.transport()?;
            let mut refused = None;
            for to in left {
                let (envelope, bytes) = self.message(notice, &to)?;
                match transport.send_raw(&envelope, &bytes).await {
                    Ok(_) => drop(self.done.1.insert(to)),
                    // One who gets no mail keeps nobody else from theirs.
                    Err(error) if refuses_mail(&error) => refused = Some(Failure::notice(why(&error))),
                    Err(error) => return Err(Failure::channel(why(&error))),
                }
            }
            if let Some(failure) = refused {
                return Err(failure);
            }
        }
        Ok(())
    }
}

/// Whether it is this mail that the server will not have; a wrong password, say, is no reason to leave
/// mails out.
fn refuses_mail(error: &Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| code.category == Category::MailSystem)
}

fn why(error: &Error) -> String {
    let mut why = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        why = format!("{why}: {error}");
        next = error.source();
    }
    format!("mail: {why}")
}

/// A name as SMTP and Message-ID take it.
fn domain(host: &str) -> String {
    let good: String = host.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
    if good.is_empty() { "localhost".to_owned() } else { good }
}
