//! The JSON forms: one document, or one object a line.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::api::SCHEMA;
use crate::domain::text::escape;

/// A document's head; its own fields follow.
#[derive(Serialize)]
struct Envelope<'a, T: Serialize> {
    schema: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

/// The document, for `-o json`: indented, ended by a newline.
pub fn document<T: Serialize>(kind: &'static str, body: &T) -> Result<String, serde_json::Error> {
    debug_assert!(fields_are_free(body), "{kind}: a field of its own is named as one of the document's");
    let text = write(&Envelope { schema: SCHEMA, kind, body }, PrettyFormatter::new())?;
    Ok(text + "\n")
}

/// The objects of `-o ndjson`.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    pub fn push<T: Serialize>(&mut self, kind: &'static str, body: &T) -> Result<(), serde_json::Error> {
        debug_assert!(fields_are_free(body), "{kind}: a field of its own is named as one of the document's");
        self.0.push_str(&write(&Envelope { schema: SCHEMA, kind, body }, CompactFormatter)?);
        self.0.push('\n');
        Ok(())
    }

    pub fn finish(self) -> String {
        self.0
    }
}

/// Two fields of one name are two readings of one document.
fn fields_are_free<T: Serialize>(body: &T) -> bool {
    let value = serde_json::to_value(body).unwrap_or_default();
    value.get("schema").is_none() && value.get("kind").is_none()
}

fn write<T: Serialize, F: Formatter>(value: &T, formatter: F) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Printable(formatter)))?;
    String::from_utf8(bytes).map_err(|err| serde::ser::Error::custom(err.utf8_error()))
}

/// Writes what could command a terminal as `\uXXXX`. The value stays the same for every reader
/// (RFC 8259, section 7), and JSON on a terminal keeps INVARIANT 11.
struct Printable<F>(F);

impl<F> Printable<F> {
    fn text<W: io::Write + ?Sized>(writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut utf8 = [0; 4];
        for c in fragment.chars() {
            let text: &str = c.encode_utf8(&mut utf8);
            // Line ends and tabs between the tokens of a raw value are fine.
            if matches!(c, '\n' | '\t' | '\r') || escape(text) == text {
                writer.write_all(text.as_bytes())?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

impl<F: Formatter> Formatter for Printable<F> {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, w: &mut W, fragment: &str) -> io::Result<()> {
        Self::text(w, fragment)
    }
    fn write_raw_fragment<W: io::Write + ?Sized>(&mut self, w: &mut W, fragment: &str) -> io::Result<()> {
        Self::text(w, fragment)
    }

    // The rest is the inner formatter's layout.
    fn begin_array<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_array(w)
    }
    fn end_array<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_array(w)
    }
    fn begin_array_value<W: io::Write + ?Sized>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(w, first)
    }
    fn end_array_value<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_array_value(w)
    }
    fn begin_object<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_object(w)
    }
    fn end_object<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_object(w)
    }
    fn begin_object_key<W: io::Write + ?Sized>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(w, first)
    }
    fn begin_object_value<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_object_value(w)
    }
    fn end_object_value<W: io::Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_object_value(w)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn a_document_names_its_schema_and_kind_first() {
        let body = BTreeMap::from([("id", "x")]);
        insta::assert_snapshot!(document("request", &body).unwrap(), @r#"
        {
          "schema": "jit/v1",
          "kind": "request",
          "id": "x"
        }
        "#);
    }

    #[test]
    fn json_on_a_terminal_commands_nothing_and_means_the_same() {
        let evil = "a\x1b[2J\u{9b}\u{202e}\u{e0001}\u{7f}\"\\\n größer 数";
        let raw = RawValue::from_string(format!("\"{}\"", "\u{202e}\u{9b}")).unwrap();
        #[derive(Serialize)]
        struct Body<'a> {
            reason: &'a str,
            raw: &'a RawValue,
        }
        let mut lines = Lines::default();
        lines.push("request", &Body { reason: evil, raw: &raw }).unwrap();
        let text = lines.finish();
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{e0001}'));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["reason"], evil);
        assert_eq!(back["raw"], "\u{202e}\u{9b}");
        assert!(text.contains("größer 数"));
    }
}
