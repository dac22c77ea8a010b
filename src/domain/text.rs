//! Text from other people, made safe to show.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes what could move a cursor, recolour, reorder or hide text: control characters (C0, C1, DEL),
/// line and paragraph separators, bidirectional controls (Unicode TR 9, section 2), zero-width
/// characters, and tag characters. The result is one line.
///
/// INVARIANT 11: user text reaches no terminal and no log line unescaped.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_show) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            c if unsafe_to_show(c) => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

fn unsafe_to_show(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_with_escapes_is_shown_escaped_and_plain_text_unchanged() {
        assert!(matches!(escape("fix the shop – größer ✓"), Cow::Borrowed(_)));
        let shown = escape("a\x1b[31mred\x1b]8;;x\x07\r\n\u{9b}2J\u{202e}evil\u{200b}\u{2028}");
        assert_eq!(shown, "a\\u{1b}[31mred\\u{1b}]8;;x\\u{7}\\r\\n\\u{9b}2J\\u{202e}evil\\u{200b}\\u{2028}");
    }
}
