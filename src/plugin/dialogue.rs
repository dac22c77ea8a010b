//! The form that every plugin protocol of jit's has: numbered calls, each with one answer, after a hello.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::{Fault, PluginError};
use super::json::parse_strict;
use super::{Exchange, Limits, Program};

/// A protocol, such as `backend`, in the one version of it that this jit speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    pub name: &'static str,
    pub version: u32,
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/v{}", self.name, self.version)
    }
}

/// What a plugin says of itself. Names of capabilities that we do not know are a newer plugin's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// Every version that it speaks.
    pub protocols: Vec<String>,
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub capabilities: Vec<String>,
}

/// A plugin that said hello in our version.
#[derive(Debug)]
pub struct Dialogue {
    exchange: Exchange,
    limits: Limits,
    protocol: Protocol,
    last: u64,
    hello: Hello,
}

#[derive(Serialize)]
struct Call<'a, T> {
    jit: String,
    id: u64,
    call: &'a str,
    with: &'a T,
}

/// One of `ok` and `error`, and nothing else: an answer in another form is none (INVARIANT 9).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: u64,
    #[serde(default)]
    ok: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Greeting<'a> {
    protocols: [String; 1],
    jit: &'a str,
}

impl Dialogue {
    /// Starts the program and exchanges hellos.
    ///
    /// # Errors
    /// As [`Exchange`]; also when it does not speak `protocol`.
    pub async fn open(program: &Program, limits: Limits, protocol: Protocol) -> Result<Self, PluginError> {
        let exchange = Exchange::start(program, limits).await?;
        let none = Hello {
            protocols: Vec::new(),
            name: String::new(),
            version: String::new(),
            capabilities: Vec::new(),
        };
        let mut dialogue = Self { exchange, limits, protocol, last: 0, hello: none };
        let ours = protocol.to_string();
        let greeting = Greeting { protocols: [ours.clone()], jit: env!("CARGO_PKG_VERSION") };
        let hello = dialogue.ask::<Hello, serde_json::Value>("hello", &greeting, limits.time).await?;
        dialogue.hello = match hello {
            Ok(hello) => hello,
            Err(_) => return Err(dialogue.exchange.junk("it refused the hello").await),
        };
        if !dialogue.hello.protocols.contains(&ours) {
            let spoken = match dialogue.hello.protocols.as_slice() {
                [] => "nothing".to_owned(),
                some => some.join(", "),
            };
            return Err(dialogue.exchange.failed(Fault::Protocol { asked: ours, spoken }).await);
        }
        Ok(dialogue)
    }

    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether nothing can be asked any more.
    pub fn is_over(&self) -> bool {
        self.exchange.is_over()
    }

    /// One call, and its answer: `T`, or `E` where the plugin says that it did not do it.
    ///
    /// # Errors
    /// When there is no answer, or one that is neither; then the plugin is ended.
    pub async fn ask<T: DeserializeOwned, E: DeserializeOwned>(
        &mut self,
        call: &str,
        with: &(impl Serialize + Sync),
        limit: Duration,
    ) -> Result<Result<T, E>, PluginError> {
        self.last += 1;
        let id = self.last;
        let line = match serde_json::to_vec(&Call { jit: self.protocol.to_string(), id, call, with }) {
            Ok(line) => line,
            Err(error) => return Err(self.exchange.failed(Fault::Lost(error.into())).await),
        };
        let line = self.exchange.call_line(line, limit).await?;
        match read(&line, id) {
            Ok(answer) => Ok(answer),
            Err(why) => Err(self.exchange.junk(&why).await),
        }
    }

    /// Ends the plugin because an answer of the right form cannot be true.
    pub async fn junk(&mut self, why: &str) -> PluginError {
        self.exchange.junk(why).await
    }
}

fn read<T: DeserializeOwned, E: DeserializeOwned>(line: &[u8], id: u64) -> Result<Result<T, E>, String> {
    let answer: Answer = parse_strict(line).map_err(|error| error.to_string())?;
    if answer.id != id {
        return Err(format!("it answers call {}, and {id} was asked", answer.id));
    }
    let inside = |error: serde_json::Error| error.to_string();
    match (answer.ok, answer.error) {
        (Some(ok), None) => serde_json::from_str(ok.get()).map(Ok).map_err(inside),
        (None, Some(error)) => serde_json::from_str(error.get()).map(Err).map_err(inside),
        (None, None) => Err("neither `ok` nor `error`".to_owned()),
        (Some(_), Some(_)) => Err("both `ok` and `error`".to_owned()),
    }
}
