//! What was done under a grant, and the tokens of those who deliver it, for people.

use serde::Serialize;

use crate::api;
use crate::domain::{Name, PieceKind, Purpose, RequestId, Statement};

use super::{Document, Lines, Page, Style, Table, Text};

impl Document for api::ServiceToken {
    const KIND: &'static str = "service-token";

    fn human(&self, page: &mut Page) {
        page.field("service", &Text::new(&self.user).style(Style::Bold));
        page.field("token", &Text::new(&self.token).style(Style::Bold));
        let expires = page.moment(self.expires);
        page.field("use until", &expires);
        match self.purpose {
            Purpose::Scim => page.field("at", &Text::new("SERVER/scim/v2")),
            Purpose::Collect => {
                let on: Vec<&str> = self.on.iter().map(Name::as_str).collect();
                page.field("on", &Text::new(on.join(", ")));
                page.field("with", &Text::new("jit collect --token-file FILE"));
            }
        }
    }
}

impl Document for api::TokensEnded {
    const KIND: &'static str = "tokens-ended";

    fn human(&self, page: &mut Page) {
        page.field("service", &Text::new(&self.user).style(Style::Bold));
        page.field("ended", &Text::new(format_args!("{} for {}", self.ended, self.purpose)));
    }
}

/// The pieces with the statements in them.
#[derive(Debug, Serialize)]
pub struct Activity {
    pub request: RequestId,
    pub pieces: Vec<api::Piece>,
    pub statements: Vec<Statement>,
}

impl Document for Activity {
    const KIND: &'static str = "activity";

    fn human(&self, page: &mut Page) {
        if self.pieces.is_empty() {
            page.styled(&Text::new("nothing was delivered of what was done").style(Style::Dim));
            return;
        }
        let mut table =
            Table::new(["PIECE", "WHAT", "ON", "FROM", "TO", "SIZE", "STATE", "NAME"]).gives_way(7);
        for piece in &self.pieces {
            let size = match piece.statements {
                Some(1) => Text::new("1 statement"),
                Some(count) => Text::new(format_args!("{count} statements")),
                None => Text::new(format_args!("{} bytes", piece.bytes)),
            };
            let state = match piece.damaged {
                false => Text::new("whole").style(Style::Good),
                true => Text::new("DAMAGED").style(Style::Bad),
            };
            table.row([
                Text::new(format_args!("{:.12}", piece.digest)),
                Text::new(piece.what),
                Text::new(&piece.resource),
                page.moment(piece.from),
                page.moment(piece.to),
                size,
                state,
                Text::new(&piece.name),
            ]);
        }
        page.table(&table);
        if self.pieces.iter().any(|piece| piece.damaged) {
            page.styled(
                &Text::new("DAMAGED: the bytes are gone, or are not those that the log has the digest of")
                    .style(Style::Bad),
            );
        }
        if self.pieces.iter().any(|piece| piece.what == PieceKind::Recording && !piece.damaged) {
            page.styled(&Text::new(format_args!("try: jit replay {}", self.request)).style(Style::Dim));
        }
        if self.statements.is_empty() {
            return;
        }
        page.blank();
        let mut table = Table::new(["AT", "TOOK", "DATABASE", "STATEMENT"]).gives_way(3);
        for statement in &self.statements {
            let mut text = statement.text.clone();
            if let Some(whole) = statement.cut_from {
                text.push_str(&format!(" … ({whole} bytes)"));
            }
            let mut style = Style::Plain;
            if let Some(error) = &statement.error {
                text = format!("[{error}] {text}");
                style = Style::Bad;
            }
            table.row([
                Text::new(statement.at),
                Text::opt(statement.took_us.map(took)),
                Text::opt(statement.database.as_ref()),
                Text::new(text).style(style),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.pieces.iter().try_for_each(|piece| lines.push("piece", piece))?;
        self.statements.iter().try_for_each(|statement| lines.push("statement", statement))
    }
}

/// `12.3 ms`
fn took(us: u64) -> String {
    format!("{}.{} ms", us / 1000, us % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Zone;
    use crate::domain::Time;

    #[test]
    fn statements_and_names_that_could_command_a_terminal_are_shown_escaped() {
        let evil = "SELECT '\x1b]52;c;x\x07\u{202e}'\n\t;\u{9b}2J";
        let digest = crate::domain::Digest::of(b"x");
        let activity: Activity = Activity {
            request: RequestId::from_number(7).unwrap(),
            pieces: vec![
                serde_json::from_value(serde_json::json!({
                    "digest": digest, "what": "statements", "name": evil, "resource": "db",
                    "credential": "0123456789ab", "bytes": 9, "from": "2026-11-22T10:00:00Z",
                    "to": "2026-11-22T10:00:01Z", "statements": 1, "stored": "2026-11-22T10:00:02Z", "by": "db-host",
                    "damaged": true,
                }))
                .unwrap(),
            ],
            statements: vec![Statement {
                at: Time::from_millis(0),
                session: evil.into(),
                line: 1,
                database: Some(evil.into()),
                took_us: Some(1_234),
                text: evil.into(),
                error: Some(evil.into()),
                cut_from: None,
            }],
        };
        let mut page = Page::new(Time::from_millis(0), Zone::UTC, None, false, false);
        activity.human(&mut page);
        let text = page.finish();
        assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
        assert!(text.contains("1.2 ms") && text.contains("DAMAGED") && text.contains("SELECT"), "{text}");
    }
}
