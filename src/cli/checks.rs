//! The report of a plugin's checks: `jit backend test` and `jit provider test`.

use serde::Serialize;

use crate::api::Code;
use crate::checks::Verdict;
use crate::domain::Digest;

use super::commands::Outcome;
use super::error::CliError;
use super::output::{Page, Style, Table, Text};

#[derive(Debug, Serialize)]
pub struct Report {
    pub program: String,
    /// What a policy or a context pins it by.
    pub sha256: Digest,
    /// What the plugin calls itself.
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    #[serde(flatten)]
    pub results: Results,
}

#[derive(Debug, Serialize)]
pub struct Results {
    ok: bool,
    checks: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    check: &'static str,
    result: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Ok,
    Failed,
    Skipped,
}

impl Report {
    pub fn human(&self, page: &mut Page) {
        let mut table = Table::new(["RESULT", "CHECK", "WHY"]).gives_way(2);
        for row in &self.results.checks {
            let (text, style) = match row.result {
                Word::Ok => ("ok", Style::Good),
                Word::Failed => ("failed", Style::Bad),
                Word::Skipped => ("skipped", Style::Dim),
            };
            let why = Text::new(row.why.as_deref().unwrap_or_default());
            table.row([Text::new(text).style(style), Text::new(row.check), why]);
        }
        page.table(&table);
        page.line(format_args!(
            "{} {}: {} ok, {} failed, {} skipped",
            self.name,
            self.version,
            self.results.count(Word::Ok),
            self.results.count(Word::Failed),
            self.results.count(Word::Skipped)
        ));
    }

    /// Fails where a check did; `manual` tells what a plugin has to do.
    pub fn outcome(&self, manual: &str) -> Outcome {
        let failed = self.results.count(Word::Failed);
        if failed == 0 {
            return Ok(());
        }
        let noun = if failed == 1 { "check" } else { "checks" };
        Err(CliError::new(Code::Failure, format!("{failed} {noun} failed")).hint(manual))
    }
}

impl Results {
    fn count(&self, word: Word) -> usize {
        self.checks.iter().filter(|row| row.result == word).count()
    }
}

impl From<Vec<(&'static str, Verdict)>> for Results {
    fn from(verdicts: Vec<(&'static str, Verdict)>) -> Self {
        let checks: Vec<Row> = verdicts.into_iter().map(row).collect();
        Self { ok: checks.iter().all(|row| row.result != Word::Failed), checks }
    }
}

fn row((check, verdict): (&'static str, Verdict)) -> Row {
    let (result, why) = match verdict {
        Verdict::Ok => (Word::Ok, None),
        Verdict::Failed(why) => (Word::Failed, Some(why)),
        Verdict::Skipped(why) => (Word::Skipped, Some(why)),
    };
    Row { check, result, why }
}
