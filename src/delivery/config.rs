//! The file of `jit serve --channels`: jit-channels(5).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;
use toml::Spanned;

use crate::audit::EventKind;
use crate::audit::siem::Severity;
use crate::domain::text::escape;
use crate::domain::{Name, Span};
use crate::files::{self, FileError, MAX_TEXT};

/// How long a notice is tried where the file does not say.
const KEEP: Span = Span::clamped(7 * 86_400);

/// All that the file says.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// What this machine is called in messages; `None`: as it calls itself.
    pub host: Option<String>,
    /// Where people get mail whose names are no addresses.
    pub people: BTreeMap<Name, lettre::Address>,
    pub channels: Vec<Channel>,
}

#[derive(Debug, Clone)]
pub struct Channel {
    pub name: Name,
    pub filter: Filter,
    /// A notice that is older, and is still not taken, is left out.
    pub keep: Span,
    pub to: To,
}

/// Which events a channel is told of: all that fit each of these.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Kinds, or their beginnings with `*`; empty for all.
    pub events: Vec<String>,
    pub severity: Option<Severity>,
    /// Globs; empty for all, and for events without a role.
    pub roles: Vec<String>,
}

/// Where to.
#[derive(Debug, Clone)]
pub enum To {
    Webhook(Web),
    Chat(Chat),
    Mail(Mail),
    Syslog(Syslog),
}

impl To {
    /// As the file calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Chat(Chat { form: ChatForm::Slack, .. }) => "slack",
            Self::Chat(Chat { form: ChatForm::Teams, .. }) => "teams",
            Self::Mail(_) => "mail",
            Self::Syslog(_) => "syslog",
        }
    }

    /// Whether it has to be known whom an event concerns.
    pub(super) fn asks_for_parties(&self) -> bool {
        !matches!(self, Self::Syslog(_))
    }
}

/// A receiver that is called over HTTP.
#[derive(Debug, Clone)]
pub struct Web {
    pub url: Url,
    pub secret_file: PathBuf,
    /// Whether it may be on this machine or in a private network, and then without TLS.
    pub allow_private: bool,
    pub ca_file: Option<PathBuf>,
}

/// A chat that takes messages at a URL, which is the secret.
#[derive(Debug, Clone)]
pub struct Chat {
    pub form: ChatForm,
    pub secret_file: PathBuf,
    /// As of [`Web`].
    pub allow_private: bool,
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatForm {
    Slack,
    Teams,
}

/// A mail server, and who gets mail by it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub server: Server,
    /// The user's name, and the file of the password.
    pub login: Option<(String, PathBuf)>,
    pub from: lettre::Address,
    pub to: Recipients,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// Whom the event concerns.
    People,
    These(Vec<lettre::Address>),
}

#[derive(Debug, Clone)]
pub struct Syslog {
    pub server: Server,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// Instead of the certificates that the operating system trusts.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte.
    Tls,
    /// Asked for in the clear, and nothing is said where it is not given.
    StartTls,
    None,
}

/// Why there are no channels.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}:{line}: {message}", files::shown(path))]
    Wrong { path: PathBuf, line: usize, message: String, hint: Option<String> },
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Wrong { hint, .. } => {
                hint.clone().or_else(|| Some("jit-channels(5) has the form".to_owned()))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    host: Option<Spanned<String>>,
    #[serde(default)]
    people: BTreeMap<Name, Spanned<String>>,
    #[serde(default)]
    channel: BTreeMap<Name, Spanned<Table>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Webhook,
    Slack,
    Teams,
    Mail,
    Syslog,
}

/// The keys of all kinds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    kind: Kind,
    #[serde(default)]
    events: Vec<Spanned<String>>,
    severity: Option<Severity>,
    #[serde(default)]
    roles: Vec<Spanned<String>>,
    keep: Option<Span>,
    url: Option<Spanned<String>>,
    secret_file: Option<Spanned<PathBuf>>,
    allow_private: Option<Spanned<bool>>,
    ca_file: Option<Spanned<PathBuf>>,
    host: Option<Spanned<String>>,
    port: Option<Spanned<u16>>,
    tls: Option<Spanned<Tls>>,
    user: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<Whom>>,
}

/// `"people"`, or addresses.
#[derive(Deserialize)]
#[serde(untagged)]
enum Whom {
    Word(String),
    These(Vec<String>),
}

/// What is wrong, at which byte.
struct Wrong {
    at: usize,
    message: String,
    hint: Option<String>,
}

impl Wrong {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Channels {
    /// # Errors
    /// When the file is open to others, too long, or says what is not understood.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = files::read_private(path, MAX_TEXT)?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text).map_err(|Wrong { at, message, hint }| {
            let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            ConfigError::Wrong { path: path.to_owned(), line, message, hint }
        })
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let file: File = toml::from_str(text).map_err(|error| {
            // Only its message, escaped: its own display quotes the source line, raw.
            Wrong::new(error.span().map_or(0, |span| span.start), escape(error.message()))
        })?;
        let host = file.host.map(|host| plain(&host, "the host's name")).transpose()?;
        let mut people = BTreeMap::new();
        for (name, address) in file.people {
            people.insert(name, self::address(address.get_ref(), address.span().start)?);
        }
        let mut channels = Vec::new();
        for (name, table) in file.channel {
            channels.push(Channel::new(name, table)?);
        }
        Ok(Self { host, people, channels })
    }
}

impl Channel {
    fn new(name: Name, table: Spanned<Table>) -> Result<Self, Wrong> {
        let at = table.span().start;
        let table = table.into_inner();
        let filter = Filter {
            events: table.events.iter().map(kinds).collect::<Result<_, _>>()?,
            severity: table.severity,
            roles: table.roles.iter().map(|glob| plain(glob, "a role")).collect::<Result<_, _>>()?,
        };
        let keep = table.keep.unwrap_or(KEEP);
        let mut keys = Keys { at, name: &name, table };
        let to = keys.to()?;
        keys.nothing_else()?;
        Ok(Self { name, filter, keep, to })
    }
}

/// The keys that are left; each kind takes its own.
struct Keys<'a> {
    at: usize,
    name: &'a Name,
    table: Table,
}

impl Keys<'_> {
    fn to(&mut self) -> Result<To, Wrong> {
        match self.table.kind {
            Kind::Webhook => {
                let url = self.table.url.take();
                let url = self.need(url, "url", "url = \"https://siem.acme.example/hook\"")?;
                let (secret_file, allow_private, ca_file) =
                    (self.secret_file()?, self.allow_private(), self.ca_file()?);
                let url = web_url(url.get_ref(), allow_private)
                    .map_err(|(why, hint)| Wrong::new(url.span().start, why).hint(hint))?;
                Ok(To::Webhook(Web { url, secret_file, allow_private, ca_file }))
            }
            kind @ (Kind::Slack | Kind::Teams) => Ok(To::Chat(Chat {
                form: if kind == Kind::Slack { ChatForm::Slack } else { ChatForm::Teams },
                secret_file: self.secret_file()?,
                allow_private: self.allow_private(),
                ca_file: self.ca_file()?,
            })),
            Kind::Mail => {
                let server = self.server(Tls::StartTls, |tls| match tls {
                    Tls::Tls => 465,
                    Tls::StartTls => 587,
                    Tls::None => 25,
                })?;
                let login = match self.table.user.take() {
                    Some(user) if server.tls == Tls::None => {
                        return Err(Wrong::new(
                            user.span().start,
                            "without TLS a password is read on its way",
                        )
                        .hint("leave out `tls`, or `user`"));
                    }
                    Some(user) => Some((plain(&user, "the name of a user")?, self.secret_file()?)),
                    None => None,
                };
                let from = self.table.from.take();
                let from = self.need(from, "from", "from = \"jit@acme.example\"")?;
                let from = address(from.get_ref(), from.span().start)?;
                let to = self.table.to.take();
                let to = self.need(to, "to", "to = \"people\", or to = [\"ops@acme.example\"]")?;
                Ok(To::Mail(Mail { server, login, from, to: recipients(&to)? }))
            }
            Kind::Syslog => {
                let tls = self.table.tls.as_ref().filter(|tls| *tls.get_ref() == Tls::StartTls);
                if let Some(tls) = tls {
                    return Err(Wrong::new(tls.span().start, "syslog has no such thing as STARTTLS")
                        .hint("tls = \"tls\""));
                }
                let server = self.server(Tls::Tls, |tls| if tls == Tls::None { 601 } else { 6514 })?;
                Ok(To::Syslog(Syslog { server }))
            }
        }
    }

    fn server(&mut self, tls: Tls, port: impl Fn(Tls) -> u16) -> Result<Server, Wrong> {
        let host = self.table.host.take();
        let host = self.need(host, "host", "host = \"mail.acme.example\"")?;
        let tls = self.table.tls.take().map_or(tls, Spanned::into_inner);
        Ok(Server {
            host: plain(&host, "the name of a host")?,
            port: self.table.port.take().map_or_else(|| port(tls), Spanned::into_inner),
            tls,
            ca_file: self.ca_file()?,
        })
    }

    fn allow_private(&mut self) -> bool {
        self.table.allow_private.take().is_some_and(Spanned::into_inner)
    }

    fn ca_file(&mut self) -> Result<Option<PathBuf>, Wrong> {
        self.table.ca_file.take().map(|path| whole(&path)).transpose()
    }

    fn secret_file(&mut self) -> Result<PathBuf, Wrong> {
        let path = self.table.secret_file.take();
        let path = self.need(path, "secret-file", "secret-file = \"/etc/jit/hook.secret\"")?;
        whole(&path)
    }

    fn need<T>(&self, value: Option<T>, key: &str, example: &str) -> Result<T, Wrong> {
        value.ok_or_else(|| {
            Wrong::new(self.at, format!("channel `{}` has no `{key}`", self.name))
                .hint(format!("add {example}"))
        })
    }

    /// A key of another kind would be ignored, and was meant to do something.
    fn nothing_else(self) -> Result<(), Wrong> {
        let Table { url, secret_file, allow_private, ca_file, host, port, tls, user, from, to, .. } =
            &self.table;
        let left = [
            ("url", url.as_ref().map(Spanned::span)),
            ("secret-file", secret_file.as_ref().map(Spanned::span)),
            ("allow-private", allow_private.as_ref().map(Spanned::span)),
            ("ca-file", ca_file.as_ref().map(Spanned::span)),
            ("host", host.as_ref().map(Spanned::span)),
            ("port", port.as_ref().map(Spanned::span)),
            ("tls", tls.as_ref().map(Spanned::span)),
            ("user", user.as_ref().map(Spanned::span)),
            ("from", from.as_ref().map(Spanned::span)),
            ("to", to.as_ref().map(Spanned::span)),
        ];
        match left.into_iter().find_map(|(key, span)| Some((key, span?))) {
            Some((key, span)) => {
                let message = format!("channel `{}` is of a kind that has no `{key}`", self.name);
                Err(Wrong::new(span.start, message).hint("remove it"))
            }
            None => Ok(()),
        }
    }
}

/// Plain HTTP is for receivers that may be near, and the call itself goes to none that is not.
pub(super) fn web_url(text: &str, allow_private: bool) -> Result<Url, (String, String)> {
    let wrong = |why: &str, hint: &str| Err((why.to_owned(), hint.to_owned()));
    let Ok(url) = Url::parse(text) else {
        return wrong("this is no URL", "write it whole, such as https://siem.acme.example/hook");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("a URL with a user or a password shows them to everybody", "use `secret-file`");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_private => Ok(url),
        "http" => wrong(
            "plain http is read and changed on its way",
            "write https://, or add allow-private = true where it does not leave your own network",
        ),
        _ => wrong("this is neither https nor http", "write https://"),
    }
}

/// A kind of event, or the beginning of some.
fn kinds(text: &Spanned<String>) -> Result<String, Wrong> {
    let pattern = text.get_ref();
    let known = match pattern.strip_suffix('*') {
        Some("") => true,
        Some(start) => {
            start.ends_with('.') && EventKind::ALL.iter().any(|kind| kind.as_str().starts_with(start))
        }
        None => EventKind::ALL.iter().any(|kind| kind.as_str() == pattern),
    };
    if known {
        return Ok(pattern.clone());
    }
    let near = EventKind::ALL.iter().map(|kind| kind.as_str());
    let near = near.map(|kind| (strsim::damerau_levenshtein(kind, pattern), kind)).min();
    let hint = match near {
        Some((distance, kind)) if distance <= 4 => format!("did you mean `{kind}`?"),
        _ => "such as request.filed, all of request.* or `*`".to_owned(),
    };
    Err(Wrong::new(text.span().start, format!("there is no event `{}`", escape(pattern))).hint(hint))
}

/// Text of one line that is short enough for a line.
fn plain(text: &Spanned<String>, what: &str) -> Result<String, Wrong> {
    let value = text.get_ref();
    if value.is_empty() || value.len() > 255 || escape(value) != value.as_str() || value.contains(' ') {
        return Err(Wrong::new(text.span().start, format!("this is not {what}")));
    }
    Ok(value.clone())
}

/// Nothing depends on where jit was started.
fn whole(path: &Spanned<PathBuf>) -> Result<PathBuf, Wrong> {
    if !path.get_ref().is_absolute() {
        return Err(Wrong::new(path.span().start, "this is not a whole path").hint("write it from / on"));
    }
    Ok(path.get_ref().clone())
}

fn address(text: &str, at: usize) -> Result<lettre::Address, Wrong> {
    // Letters of other scripts look like ours, and a name in quotes may be anything.
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._-+".contains(&byte));
    let parsed = text.parse().ok().filter(|_| good);
    parsed.ok_or_else(|| Wrong::new(at, "this is no address of mail").hint("write it as alice@acme.example"))
}

fn recipients(to: &Spanned<Whom>) -> Result<Recipients, Wrong> {
    let at = to.span().start;
    match to.get_ref() {
        Whom::Word(word) if word == "people" => Ok(Recipients::People),
        Whom::These(list) if !list.is_empty() => {
            Ok(Recipients::These(list.iter().map(|text| address(text, at)).collect::<Result<_, _>>()?))
        }
        Whom::Word(_) | Whom::These(_) => {
            Err(Wrong::new(at, "this names nobody").hint("to = \"people\", or to = [\"ops@acme.example\"]"))
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
