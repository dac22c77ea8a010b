//! CSV that a spreadsheet shows and does not run.

use std::borrow::Cow;
use std::io::{self, Write};

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP has it
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). The same is done to a cell that begins with
/// one already, so that what stands in the log can be told from what was put in front of it.
pub fn neutral(cell: &str) -> Cow<'_, str> {
    match cell.trim_start_matches(' ').chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{cell}"))
        }
        _ => Cow::Borrowed(cell),
    }
}

/// Writes rows as RFC 4180 has them: lines end with CRLF, and cells are quoted where they need it.
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    pub fn new(out: W, columns: &[&str]) -> io::Result<Self> {
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let mut csv = Self(writer);
        csv.row(columns)?;
        Ok(csv)
    }

    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> io::Result<()> {
        for cell in cells {
            self.0.write_field(neutral(cell.as_ref()).as_ref())?;
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(|err| io::Error::other(err.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_neutral_and_quoted_where_it_must_be() {
        let mut csv = Csv::new(Vec::new(), &["who", "why"]).unwrap();
        csv.row(&["bob", "=cmd|' /C calc'!A0"]).unwrap();
        csv.row(&["  +1", "a,\"b\"\nc"]).unwrap();
        csv.row(&["'x", "-2"]).unwrap();
        csv.row(&["", "@SUM(A1)"]).unwrap();
        let text = String::from_utf8(csv.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "who,why\r\nbob,'=cmd|' /C calc'!A0\r\n'  +1,\"a,\"\"b\"\"\nc\"\r\n''x,'-2\r\n,'@SUM(A1)\r\n"
        );
        for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            assert!(neutral(&format!("{start}1")).starts_with('\''), "{start:?}");
        }
    }
}
