//! What a ticket system says of one ticket, read strictly.

use serde::{Deserialize, Deserializer};

use crate::domain::text::escape;

/// The longest answer, in bytes.
pub const LONGEST: usize = 16 << 10;
/// The longest state, and the longest name of whom a ticket is assigned to, in characters.
pub(super) const LONGEST_TEXT: usize = 64;

/// One ticket, as its system knows it. Its texts are short, and safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketAnswer {
    pub ticket: String,
    /// In the system's own words.
    pub state: String,
    /// In the system's own words; `None` where nobody is.
    pub assignee: Option<String>,
}

/// Why an answer says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is longer than {LONGEST} bytes")]
    Long,
    /// Escaped, as it may quote the answer.
    #[error("the answer is not understood: {0}")]
    Form(String),
    #[error("the answer is about another ticket: {}", escape(.0))]
    OtherTicket(String),
    #[error("`{0}` of the answer is empty, longer than {LONGEST_TEXT} characters, or not plain text")]
    Text(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: String,
    kind: String,
    ticket: String,
    state: String,
    #[serde(default, deserialize_with = "there")]
    assignee: Option<String>,
}

/// A key that is there has a text: `null` is another way to say what leaving it out says.
fn there<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    String::deserialize(d).map(Some)
}

/// Reads `{"schema":"jit/v1","kind":"ticket","ticket":"OPS-1","state":"open","assignee":"carol"}`, of
/// which only `assignee` may be left out.
///
/// # Errors
/// Anything else: another key, a key twice, another ticket than the one that was asked for
/// (INVARIANT 9).
pub fn parse_answer(bytes: &[u8], ticket: &str) -> Result<TicketAnswer, AnswerError> {
    if bytes.len() > LONGEST {
        return Err(AnswerError::Long);
    }
    // `serde` would take an array of the values for the object.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(AnswerError::Form("it is no JSON object".to_owned()));
    }
    // Every value is a text, so that what is nested is of the wrong type; and a derived reader refuses
    // its own keys where they stand twice, and all others.
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| form(&error.to_string()))?;
    if wire.schema != "jit/v1" || wire.kind != "ticket" {
        return Err(form("its schema is not \"jit/v1\", or its kind not \"ticket\""));
    }
    if wire.ticket != ticket {
        return Err(AnswerError::OtherTicket(cut(&wire.ticket)));
    }
    let state = plain(wire.state).ok_or(AnswerError::Text("state"))?;
    let assignee = match wire.assignee {
        None => None,
        Some(name) => Some(plain(name).ok_or(AnswerError::Text("assignee"))?),
    };
    Ok(TicketAnswer { ticket: wire.ticket, state, assignee })
}

fn form(why: &str) -> AnswerError {
    AnswerError::Form(escape(&cut(why)).into_owned())
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

fn plain(text: String) -> Option<String> {
    let short = (1..=LONGEST_TEXT).contains(&text.chars().count());
    (short && text.trim() == text && escape(&text) == text).then_some(text)
}
