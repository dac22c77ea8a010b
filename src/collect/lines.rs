//! PostgreSQL's own log, `csvlog` or `jsonlog` (manual, 20.8): the statements of jit's roles in it.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use serde::Deserialize;

use super::mask;
use crate::domain::{CredentialId, Statement, Time};
use crate::provider::postgres::credential_of;

/// The most of one statement's text that is delivered, in bytes.
const TEXT: usize = 64 * 1024;
/// Columns of `csvlog` in its shortest form, and the number of those that matter.
const COLUMNS: usize = 23;

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Csv,
    Json,
}

impl Form {
    /// By the file's name, which a rotation may have added to; `None` for anything else, compressed ones too.
    pub fn of(name: &str) -> Option<Self> {
        let mut words = name.split(['.', '-']).skip(1);
        let form = words.find_map(|word| match word {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        })?;
        words.all(|word| word.bytes().all(|byte| byte.is_ascii_digit())).then_some(form)
    }

    /// How many of the bytes, which begin with a line, are whole lines.
    pub fn whole(self, bytes: &[u8]) -> usize {
        let mut quoted = false;
        let mut whole = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                // A quote in a column is written twice, so that the count is even again behind it.
                b'"' if self == Self::Csv => quoted = !quoted,
                b'\n' if !quoted => whole = at + 1,
                _ => {}
            }
        }
        whole
    }
}

/// One line, as far as it matters.
#[derive(Debug, Default, Deserialize)]
struct Line {
    timestamp: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    dbname: String,
    #[serde(default)]
    session_id: String,
    #[serde(default)]
    line_num: u64,
    #[serde(default)]
    session_start: String,
    #[serde(default)]
    error_severity: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    statement: String,
}

/// What is in some lines.
#[derive(Debug, Default)]
pub struct Found {
    pub statements: Vec<(CredentialId, Vec<Statement>)>,
    /// Lines that could not be read.
    pub strange: usize,
}

/// Reads whole lines.
pub fn read(form: Form, bytes: &[u8]) -> Found {
    let mut found = Reading::default();
    match form {
        Form::Json => {
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                found.line(serde_json::from_str(&String::from_utf8_lossy(line)).ok());
            }
        }
        Form::Csv => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
            for record in reader.byte_records() {
                found.line(record.ok().as_ref().and_then(Line::of_csv));
            }
        }
    }
    found.done()
}

impl Line {
    fn of_csv(record: &csv::ByteRecord) -> Option<Self> {
        if record.len() < COLUMNS {
            return None;
        }
        let text = |at| String::from_utf8_lossy(record.get(at).unwrap_or_default()).into_owned();
        Some(Self {
            timestamp: text(0),
            user: text(1),
            dbname: text(2),
            session_id: text(5),
            line_num: text(6).parse().ok()?,
            session_start: text(8),
            error_severity: text(11),
            message: text(13),
            detail: text(14),
            statement: text(19),
        })
    }

    /// The instant, whichever zone the server writes its log in: the session's number begins with its start
    /// as seconds since 1970, and its start stands there in that zone, too.
    fn at(&self) -> Option<Time> {
        let (seconds, _) = self.session_id.split_once('.')?;
        let start = i64::from_str_radix(seconds, 16).ok()?;
        let offset = moment(&self.session_start)?.and_utc().timestamp().checked_sub(start)?;
        // No zone is further away, and each is a multiple of a quarter of an hour.
        if offset.abs() > 18 * 3600 || offset.rem_euclid(900) != 0 {
            return None;
        }
        let millis = moment(&self.timestamp)?.and_utc().timestamp_millis();
        Some(Time::from_millis(millis.checked_sub(offset * 1000)?))
    }
}

/// `2026-11-22 10:21:39.123 CET`, without its zone.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let (text, _zone) = text.rsplit_once(' ')?;
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()
}

/// What a message says.
enum Said<'a> {
    Statement {
        text: &'a str,
        took_us: Option<u64>,
    },
    /// How long the statement before took.
    Took(u64),
    Other,
}

impl<'a> Said<'a> {
    fn of(message: &'a str) -> Self {
        let Some(rest) = message.strip_prefix("duration: ") else {
            return said(message).map_or(Self::Other, |text| Self::Statement { text, took_us: None });
        };
        let Some((millis, rest)) = rest.split_once(" ms") else { return Self::Other };
        let Some(took) = micros(millis) else { return Self::Other };
        match rest.trim_start() {
            "" => Self::Took(took),
            rest => said(rest).map_or(Self::Other, |text| Self::Statement { text, took_us: Some(took) }),
        }
    }
}

/// `12.345`, in milliseconds.
fn micros(millis: &str) -> Option<u64> {
    let (whole, part) = millis.split_once('.')?;
    let part = (part.len() == 3).then(|| part.parse::<u64>().ok())??;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part)
}

/// The statement of `statement: …`, and of `execute NAME: …` in the extended protocol.
fn said(message: &str) -> Option<&str> {
    if message.starts_with("fastpath function call: ") {
        return Some(message);
    }
    message
        .strip_prefix("statement: ")
        .or_else(|| message.strip_prefix("execute ")?.split_once(": ").map(|(_, sql)| sql))
}

#[derive(Default)]
struct Reading {
    found: Found,
    /// Where the last statement of a session is: of which credential, and which of its.
    last: HashMap<String, (usize, usize)>,
}

impl Reading {
    fn line(&mut self, line: Option<Line>) {
        let Some(line) = line else {
            self.found.strange += 1;
            return;
        };
        // The role that somebody logged in as: `SET ROLE` does not change it.
        let Some(credential) = credential_of(&line.user) else { return };
        let Some(at) = line.at() else {
            self.found.strange += 1;
            return;
        };
        let last = self.last.get(&line.session_id).copied();
        let last = last.and_then(|(of, at)| self.found.statements.get_mut(of)?.1.get_mut(at));
        match line.error_severity.as_str() {
            "LOG" => match Said::of(&line.message) {
                Said::Statement { text, took_us } => {
                    let mut text = mask::passwords(text);
                    if line.detail.to_ascii_lowercase().starts_with("parameters: ") {
                        text.push_str("\n-- ");
                        text.push_str(&line.detail);
                    }
                    self.push(credential, &line, at, text, took_us, None);
                }
                Said::Took(took) => {
                    if let Some(last) = last {
                        last.took_us = last.took_us.or(Some(took));
                    }
                }
                Said::Other => {}
            },
            "ERROR" | "FATAL" | "PANIC" if !line.statement.is_empty() => {
                let (text, error) = (mask::passwords(&line.statement), mask::passwords(&line.message));
                match last {
                    Some(last) if last.error.is_none() && last.text.starts_with(cut(&text).0) => {
                        last.error = Some(error);
                    }
                    // What is no SQL at all is logged as an error only.
                    _ => self.push(credential, &line, at, text, None, Some(error)),
                }
            }
            _ => {}
        }
    }

    fn push(
        &mut self,
        credential: CredentialId,
        line: &Line,
        at: Time,
        text: String,
        took_us: Option<u64>,
        error: Option<String>,
    ) {
        let (shown, cut_from) = cut(&text);
        let statement = Statement {
            at,
            session: line.session_id.clone(),
            line: line.line_num,
            database: Some(line.dbname.clone()).filter(|name| !name.is_empty()),
            took_us,
            text: shown.to_owned(),
            error: error.map(|error| cut(&error).0.to_owned()),
            cut_from,
        };
        let all = &mut self.found.statements;
        let of = all.iter().position(|(known, _)| *known == credential).unwrap_or_else(|| {
            all.push((credential, Vec::new()));
            all.len() - 1
        });
        if let Some((_, statements)) = all.get_mut(of) {
            self.last.insert(line.session_id.clone(), (of, statements.len()));
            statements.push(statement);
        }
    }

    fn done(self) -> Found {
        self.found
    }
}

/// The text as far as it is delivered, and how long it was where that is not all of it.
fn cut(text: &str) -> (&str, Option<u64>) {
    if text.len() <= TEXT {
        return (text, None);
    }
    let (shown, _) = text.split_at(text.floor_char_boundary(TEXT));
    (shown, u64::try_from(text.len()).ok())
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
