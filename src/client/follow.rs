//! The log as it grows, over one server-sent stream that is kept from call to call.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::value::RawValue;

use super::Remote;
use crate::api::{self, Code, Problem};

/// How long one stream is read; then another is begun where it ended.
const LONGEST: Duration = Duration::from_secs(3600);
/// No event of the log is larger.
const LARGEST: usize = 4 << 20;

/// A stream that is open.
pub(super) struct Following {
    response: Response,
    /// What was read and is no whole message yet.
    rest: Vec<u8>,
    /// The first event that was not seen.
    next: u64,
}

impl Remote {
    pub(super) async fn follow_stream(&self, ask: &api::Follow) -> Result<api::Events, Problem> {
        let mut held = self.following.lock().await;
        let goes_on = |following: &Following| ask.tail.is_none() && following.next == ask.from_seq;
        // Taken out: a call that is dropped half way leaves no stream of which something was lost.
        let mut following = match held.take().filter(goes_on) {
            Some(following) => following,
            None => self.open_stream(ask).await?,
        };
        let until = tokio::time::Instant::now() + ask.wait.std();
        let mut events = Vec::new();
        loop {
            while let Some(message) = following.message()? {
                events.extend(message);
            }
            if !events.is_empty() {
                break;
            }
            match tokio::time::timeout_at(until, following.response.chunk()).await {
                Err(_) => break,
                Ok(Ok(Some(bytes))) => following.rest.extend_from_slice(&bytes),
                Ok(Ok(None)) => {
                    return Err(Problem::new(Code::Unreachable, "the server has ended the stream of events"));
                }
                Ok(Err(error)) => return Err(self.unreachable(&error)),
            }
        }
        let next_seq = following.next;
        *held = Some(following);
        Ok(api::Events { events, next_seq, end: true })
    }

    async fn open_stream(&self, ask: &api::Follow) -> Result<Following, Problem> {
        let response = self
            .as_user(|| {
                let call = self.request(Method::GET, &["v1", "events", "stream"])?.timeout(LONGEST);
                Ok(match (ask.tail, ask.from_seq.checked_sub(1)) {
                    (Some(tail), _) => call.query(&[("tail", tail)]),
                    (None, Some(last)) => call.header("last-event-id", last),
                    (None, None) => call.query(&[("from_seq", 0)]),
                })
            })
            .await?;
        Ok(Following { response, rest: Vec::new(), next: ask.from_seq })
    }
}

impl Following {
    /// The next whole message: `None` where there is none yet, `Some(None)` of one without an event.
    fn message(&mut self) -> Result<Option<Option<Box<RawValue>>>, Problem> {
        let odd =
            |why: &str| Problem::new(Code::Failure, format!("the stream of events is not understood: {why}"));
        let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") else {
            return if self.rest.len() > LARGEST { Err(odd("an event is too large")) } else { Ok(None) };
        };
        let message: Vec<u8> = self.rest.drain(..end + 2).collect();
        let message = String::from_utf8(message).map_err(|_| odd("it is no UTF-8"))?;
        let mut data = None;
        let mut id = None;
        for line in message.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => id = value.parse::<u64>().ok(),
                "data" => data = Some(value.to_owned()),
                // Comments, and what we do not need.
                _ => {}
            }
        }
        if let Some(id) = id {
            self.next = id.saturating_add(1);
        }
        match data {
            None => Ok(Some(None)),
            Some(data) => {
                RawValue::from_string(data).map(|raw| Some(Some(raw))).map_err(|_| odd("an event is no JSON"))
            }
        }
    }
}
