//! Text columns, as wide as what stands in them, cut to the terminal where there is one.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::page::{Style, Text};

/// Between two columns.
const GAP: &str = "  ";
/// No column is cut below this: half a word tells nothing.
const NARROWEST: usize = 8;

/// A table without borders: `awk` and eyes both find the columns.
#[derive(Debug, Default)]
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Text>>,
    /// The column that gives way first when the line is too long.
    gives_way: Option<usize>,
}

impl Table {
    pub fn new<const N: usize>(head: [&'static str; N]) -> Self {
        Self { head: head.to_vec(), ..Self::default() }
    }

    /// The column, counted from 0, that is cut when the terminal is narrow: the one of free text.
    pub fn gives_way(mut self, column: usize) -> Self {
        self.gives_way = Some(column);
        self
    }

    pub fn row<const N: usize>(&mut self, cells: [Text; N]) {
        self.rows.push(cells.into());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One line a row, each ended by a newline. `width`: of the terminal; `None` cuts nothing.
    pub fn render(&self, width: Option<usize>, colour: bool) -> String {
        let head: Vec<Text> = self.head.iter().map(|h| Text::new(h).style(Style::Bold)).collect();
        let mut widths: Vec<usize> = head.iter().map(|text| text.as_str().width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.as_str().width());
            }
        }
        if let Some(room) = width {
            self.shrink(&mut widths, room);
        }
        let mut out = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            let mut pending = 0;
            for (cell, &width) in row.iter().zip(&widths) {
                // Padding is owed, not written, so that no line ends in blanks.
                line.extend(std::iter::repeat_n(' ', pending));
                let text = cut(cell.as_str(), width);
                pending = width.saturating_sub(text.width()) + GAP.len();
                cell.style.paint(&text, colour, &mut line);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// Takes what is too much from the free text, then evenly from the widest columns; never from the
    /// first, which holds what the next command needs.
    fn shrink(&self, widths: &mut [usize], room: usize) {
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut over = total.saturating_sub(room);
        if let Some(width) = self.gives_way.and_then(|column| widths.get_mut(column)) {
            let taken = over.min(width.saturating_sub(NARROWEST));
            *width -= taken;
            over -= taken;
        }
        while over > 0 {
            let widest = widths.iter_mut().skip(1).max_by_key(|width| **width);
            match widest {
                Some(width) if *width > NARROWEST => *width -= 1,
                _ => return,
            }
            over -= 1;
        }
    }
}

/// The beginning of `text` in at most `width` columns, with `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        cut.push(c);
    }
    // A blank before the dots would only look odd.
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// `text` in lines of at most `width` columns: broken at blanks, and in words that are longer than a line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    let mut end = |line: &mut String| lines.push(std::mem::take(line).trim_end().to_owned());
    for word in text.split_inclusive(' ') {
        if used > 0 && used + word.trim_end().width() > width {
            end(&mut line);
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used > 0 && used + wide > width {
                end(&mut line);
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    end(&mut line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["ID", "ROLE", "REASON"]).gives_way(2);
        table.row([
            Text::new("0123456789ab"),
            Text::new("db-read"),
            Text::new("fix the 数据库 after the outage"),
        ]);
        table.row([Text::new("x"), Text::new("a-much-longer-role"), Text::new("")]);
        table
    }

    #[test]
    fn free_text_gives_way_by_display_width_when_the_terminal_is_narrow() {
        insta::assert_snapshot!(table().render(Some(50), false), @r"
        ID            ROLE                REASON
        0123456789ab  db-read             fix the 数据库…
        x             a-much-longer-role
        ");
        for width in 32..80 {
            let text = table().render(Some(width), false);
            assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
        }
    }

    #[test]
    fn a_pipe_gets_everything_and_no_colour() {
        let text = table().render(None, false);
        assert!(text.contains("fix the 数据库 after the outage") && !text.contains('\x1b'), "{text}");
        assert!(table().render(None, true).starts_with("\x1b[1mID"));
    }

    #[test]
    fn a_wrapped_text_is_whole_and_no_line_of_it_is_too_long() {
        assert_eq!(wrap("fix the 数据库 after it", 10), ["fix the", "数据库", "after it"]);
        assert_eq!(wrap("unbrokenword then", 5), ["unbro", "kenwo", "rd", "then"]);
        assert_eq!(wrap("数据库", 3), ["数", "据", "库"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn a_cut_never_splits_a_wide_character() {
        assert_eq!(cut("数据库", 4), "数…");
        assert_eq!(cut("数据库", 6), "数据库");
        assert_eq!(cut("abc", 1), "…");
    }
}
