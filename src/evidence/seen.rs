//! An event as the figures read it: borrowed from its line, and lenient where they do not look.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{IntoDeserializer, MapAccess, Visitor};

use crate::audit::EventKind;
use crate::domain::{Span, Time};

/// Text of a line, borrowed where nothing in it is escaped.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Line<'a> {
    seq: u64,
    #[serde(borrow)]
    event: Body<'a>,
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    at: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    actor: Option<Actor<'a>>,
    #[serde(borrow, default)]
    from: Option<Text<'a>>,
    #[serde(borrow, default)]
    request: Option<Text<'a>>,
    #[serde(borrow, default)]
    role: Option<Text<'a>>,
    #[serde(borrow, default)]
    resource: Option<Text<'a>>,
    #[serde(borrow, default)]
    why: Vec<Text<'a>>,
    #[serde(borrow, default)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
struct Actor<'a> {
    #[serde(borrow)]
    subject: Text<'a>,
}

/// The few pairs of an event, in its order.
#[derive(Debug, Default)]
struct Data<'a>(Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Data<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Data(pairs))
            }
        }
        d.deserialize_map(Pairs)
    }
}

/// One event.
#[derive(Debug)]
pub struct Seen<'a> {
    pub seq: u64,
    pub at: Time,
    /// As it is written; `None` in [`Self::known`] for one of a newer jit.
    pub kind: Cow<'a, str>,
    pub known: Option<EventKind>,
    /// The subject, without who vouches for it.
    pub actor: Option<Cow<'a, str>>,
    pub from: Option<Cow<'a, str>>,
    pub request: Option<Cow<'a, str>>,
    pub role: Option<Cow<'a, str>>,
    pub resource: Option<Cow<'a, str>>,
    why: Vec<Text<'a>>,
    data: Data<'a>,
}

/// A line that is no event.
#[derive(Debug, thiserror::Error)]
pub enum SeenError {
    #[error("it is not the JSON of an event")]
    Json(#[from] serde_json::Error),
    #[error("its time is none")]
    Time,
}

impl<'a> Seen<'a> {
    pub fn parse(line: &'a str) -> Result<Self, SeenError> {
        let Line { seq, event } = serde_json::from_str(line)?;
        let kind: Result<EventKind, serde::de::value::Error> =
            EventKind::deserialize(IntoDeserializer::into_deserializer(event.kind.0.as_ref()));
        let plain = |text: Option<Text<'a>>| text.map(|text| text.0);
        Ok(Self {
            seq,
            at: event.at.0.parse().map_err(|_| SeenError::Time)?,
            known: kind.ok(),
            kind: event.kind.0,
            actor: event.actor.map(|actor| actor.subject.0),
            from: plain(event.from),
            request: plain(event.request),
            role: plain(event.role),
            resource: plain(event.resource),
            why: event.why,
            data: event.data,
        })
    }

    pub fn data(&self, key: &str) -> Option<&str> {
        self.data.0.iter().find(|(name, _)| name.0 == key).map(|(_, value)| value.0.as_ref())
    }

    /// The text of that key, or nothing.
    pub fn text(&self, key: &str) -> &str {
        self.data(key).unwrap_or_default()
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        self.data(key)?.parse().ok()
    }

    pub fn time(&self, key: &str) -> Option<Time> {
        self.data(key)?.parse().ok()
    }

    pub fn span(&self, key: &str) -> Option<Span> {
        self.data(key)?.parse().ok()
    }

    pub fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or_default()
    }

    /// The role that it is about: some kinds have it as a field, some beside others.
    pub fn role(&self) -> &str {
        self.role.as_deref().or(self.data("role")).unwrap_or_default()
    }

    pub fn why(&self) -> String {
        self.why.iter().map(|text| text.0.as_ref()).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Chain, Draft};

    #[test]
    fn an_event_is_read_as_it_was_sealed_and_a_newer_one_too() {
        let mut draft = Draft::new(Time::from_millis(5), EventKind::VoteCast).data("comment", "a \"b\"\n");
        draft.actor = Some(serde_json::from_str(r#"{"issuer":"jit","subject":"bob"}"#).unwrap());
        draft.why = vec!["one".into(), "two".into()];
        let line = Chain::new().seal(draft).unwrap().bytes;
        let seen = Seen::parse(&line).unwrap();
        assert_eq!((seen.seq, seen.at.millis(), seen.known), (0, 5, Some(EventKind::VoteCast)));
        assert_eq!(
            (seen.actor(), seen.text("comment"), seen.why().as_str()),
            ("bob", "a \"b\"\n", "one; two")
        );
        let newer = line.replace("request.vote", "moon.landed").replace("\"data\"", "\"x\":1,\"data\"");
        let seen = Seen::parse(&newer).unwrap();
        assert_eq!((seen.known, seen.kind.as_ref()), (None, "moon.landed"));
        assert!(Seen::parse("{}").is_err() && Seen::parse(&line.replace("1970-", "70-")).is_err());
    }
}
