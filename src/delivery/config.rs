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
    pub people: BTreeMap<Name, String>,
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
}

impl To {
    /// Whether it has to be known whom a request concerns.
    pub(super) fn asks_for_parties(&self) -> bool {
        match self {
            Self::Webhook(_) => true,
        }
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
            people.insert(name, mail_address(&address)?);
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
                let allow_private = self.table.allow_private.take().is_some_and(Spanned::into_inner);
                Ok(To::Webhook(Web {
                    url: web_url(url.get_ref(), allow_private)
                        .map_err(|(why, hint)| Wrong::new(url.span().start, why).hint(hint))?,
                    secret_file: self.secret_file()?,
                    allow_private,
                    ca_file: self.table.ca_file.take().map(|path| whole(&path)).transpose()?,
                }))
            }
        }
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
        let Table { url, secret_file, allow_private, ca_file, .. } = &self.table;
        let left = [
            ("url", url.as_ref().map(Spanned::span)),
            ("secret-file", secret_file.as_ref().map(Spanned::span)),
            ("allow-private", allow_private.as_ref().map(Spanned::span)),
            ("ca-file", ca_file.as_ref().map(Spanned::span)),
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

fn mail_address(text: &Spanned<String>) -> Result<String, Wrong> {
    match text.get_ref().parse::<lettre::Address>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => {
            Err(Wrong::new(text.span().start, "this is no address of mail").hint("write alice@acme.example"))
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
