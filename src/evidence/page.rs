//! The page that people read: one file, without scripts, without anything from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use super::chart::{self, ChartError};
use super::controls::{self, Control};
use super::figure::{About, Fact, Figure, Table, Value};
use super::manifest::Head;
use super::spread::Quantiles;
use crate::domain::text::escape;
use crate::domain::{Digest, Time};

/// Rows of a table that are shown; the JSON has all.
const SHOWN_ROWS: usize = 25;
/// Characters of a cell that are shown; the CSV has all.
const SHOWN_CHARS: usize = 160;

/// Nothing is fetched and nothing runs, whatever stands in the page.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "
:root{color-scheme:light}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,'Segoe UI','Liberation Sans',sans-serif;color:#1d2129;background:#fff;max-width:60rem;margin:0 auto;padding:2rem 1.5rem}
h1{font-size:1.9rem;margin:0 0 .25rem}h2{font-size:1.3rem;margin:2.5rem 0 .3rem;border-top:2px solid #2f5f8f;padding-top:.6rem}
h3{font-size:1rem;margin:1.2rem 0 .3rem}
p,td,th,dd,dt,li{overflow-wrap:anywhere}
p{margin:.3rem 0}.small{color:#555c68;font-size:.85rem}
.note{border-left:4px solid #b36b00;background:#fff6e6;padding:.5rem .8rem;margin:1rem 0}
.good{border-color:#2e7d4f;background:#edf7f0}
.none{color:#555c68;font-style:italic}
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.85rem;margin:.3rem 0}
table.wide{font-size:.72rem}
th,td{border-bottom:1px solid #d5d9e0;text-align:left;vertical-align:top;padding:.25rem .4rem}
th{background:#f2f4f7;font-weight:600}
table.facts td:last-child{width:42%}
table.controls th:nth-child(1),table.controls td:nth-child(1){width:5rem}
table.files td:last-child{width:55%}
code{font-family:ui-monospace,'Liberation Mono',monospace;font-size:.9em;overflow-wrap:anywhere}
svg{max-width:100%;height:auto;display:block}
a{color:#2f5f8f}
@page{size:A4;margin:16mm}
@media print{body{max-width:none;padding:0;font-size:10pt}h2,h3{break-after:avoid}tr,svg,figure{break-inside:avoid}a{color:inherit;text-decoration:none}}
figure{margin:.6rem 0}figcaption{font-size:.85rem;color:#555c68}
";

/// A figure as its file has it.
#[derive(Serialize)]
struct File<'a> {
    schema: &'static str,
    kind: &'static str,
    id: &'static str,
    title: &'static str,
    computed_from: &'static str,
    controls: &'static [&'static str],
    #[serde(flatten)]
    figure: &'a Figure,
}

/// The bytes of a figure's JSON file.
pub fn json(about: &About, figure: &Figure) -> Result<Vec<u8>, serde_json::Error> {
    let About { id, title, from, controls, .. } = *about;
    let (schema, kind) = ("jit/v1", "evidence-figure");
    serde_json::to_vec_pretty(&File { schema, kind, id, title, computed_from: from, controls, figure })
}

/// The whole page. Every text in it is escaped by `maud`; the one thing that is not is the SVG of
/// [`chart`], in which all text is ours.
pub fn render(head: &Head, figures: &[(&'static About, Figure)]) -> Result<String, ChartError> {
    let mut sections = Vec::with_capacity(figures.len());
    for (about, figure) in figures {
        sections.push(section(about, figure)?);
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(CSP);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Evidence on access, " (day(head.period.from)) " to " (day(head.period.to)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Evidence on access" }
                p { (head.period) " (UTC)" }
                (provenance(head))
                (contents(head, figures))
                @for section in sections { (section) }
            }
        }
    };
    Ok(page.into_string())
}

fn day(at: Time) -> String {
    at.utc().format("%Y-%m-%d").to_string()
}

fn provenance(head: &Head) -> Markup {
    let log = &head.log;
    html! {
        @if head.signed {
            p.note.good {
                "A signature of the log's key goes with this page, in " code { "manifest.sig" } ". Check it, every file and every number with "
                code { "jit evidence verify FILE.zip --key VKEY" } ", with a key that you got on another way than this page."
            }
        } @else {
            p.note {
                "Not signed: this was made from an export of the log, without the server. The checkpoints in the log are signed by the log's key; these figures are signed by nobody, though anybody can compute them again."
            }
        }
        @if log.uncovered > 0 {
            p.note {
                "The last " (log.uncovered) " events in " code { "log.jsonl" }
                " are behind its last signed checkpoint: they are chained to each other, and their end is not signed for."
            }
        }
        @if head.made < head.period.to {
            p.note { "The period was not over when this was made, at " (head.made) "." }
        }
        table.facts {
            (row("Made", &head.made.to_string()))
            (row("By", &head.tool))
            (row("Events in the pack", &log.events.to_string()))
            (row("Of these, behind the period, up to the next checkpoint", &log.behind.to_string()))
            (row("Events from before it that the figures need", &log.carried.to_string()))
            (row("Signed checkpoints between them", &log.checkpoints.to_string()))
            (row("Events in the whole log then, all verified", &log.head_size.to_string()))
            tr { td { "Root over the whole log" } td { code { (log.head_root) } } }
            tr { td { "The log's key, as the maker knew it" } td { code { (shown(&head.key)) } } }
        }
    }
}

fn row(says: &str, value: &str) -> Markup {
    html! { tr { td { (says) } td { (shown(value)) } } }
}

fn contents(head: &Head, figures: &[(&'static About, Figure)]) -> Markup {
    let asked = |control: &&Control| {
        head.controls.is_empty() || head.controls.iter().any(|number| number == control.number)
    };
    html! {
        h2 { "What shows which control" }
        p.small {
            "Numbers are those of ISO/IEC 27001:2022, Annex A; the words are ours. The figures show a control operating; whether it is the right one, and enough, they cannot show."
        }
        table.controls {
            thead { tr { th { "Control" } th { "About" } th { "Figures" } } }
            tbody {
                @for control in controls::ALL.iter().filter(asked) {
                    tr {
                        td { (control) }
                        td { strong { (control.title) } br; (control.shows) }
                        td {
                            @for (about, figure) in figures.iter().filter(|(about, _)| about.controls.contains(&control.number)) {
                                a href={ "#" (about.id) } { (about.title) }
                                @if figure.empty { " (nothing happened)" }
                                br;
                            }
                        }
                    }
                }
            }
        }
    }
}

fn section(about: &About, figure: &Figure) -> Result<Markup, ChartError> {
    let mut charts = Vec::new();
    for chart in &figure.charts {
        let total: u64 = chart.bars.iter().map(|(_, n)| n).sum();
        charts.push((chart.name, total, chart::svg(chart)?));
    }
    Ok(html! {
        h2 id=(about.id) { (about.title) }
        p.small {
            "Controls "
            @for (at, number) in about.controls.iter().enumerate() { @if at > 0 { ", " } "A." (number) }
            ". Computed from " (about.from)
        }
        @if figure.empty { p.none { "Nothing of this happened in the period." } }
        table.facts {
            @for Fact { says, value, .. } in &figure.facts.0 { tr { td { (says) } td { (value_of(value)) } } }
        }
        @for (name, total, svg) in charts {
            figure role="img" aria-label=(name) { figcaption { (name) " (" (total) " in all)" } (PreEscaped(svg)) }
        }
        @for table in &figure.tables { (table_of(about, table)) }
        p.small { "Records: " code { "figures/" (about.id) ".csv" } ". The same numbers: " code { "figures/" (about.id) ".json" } "." }
    })
}

fn table_of(about: &About, table: &Table) -> Markup {
    let rest = table.rows.len().saturating_sub(SHOWN_ROWS);
    html! {
        h3 { (table.name) }
        table.wide[table.columns.len() > 5] {
            thead { tr { @for column in &table.columns { th { (column) } } } }
            tbody {
                @for row in table.rows.iter().take(SHOWN_ROWS) {
                    tr { @for cell in row { td { (short(cell)) } } }
                }
            }
        }
        @if rest > 0 { p.small { (rest) " more are in " code { "figures/" (about.id) ".json" } "." } }
    }
}

fn value_of(value: &Value) -> String {
    match value {
        Value::Count(count) => count.to_string(),
        Value::Text(text) if text.is_empty() => "none".to_owned(),
        Value::Text(text) => shown(text),
        Value::At(at) => at.to_string(),
        Value::Millis(ms) => length(*ms),
        Value::Spread(None) => "nothing to measure".to_owned(),
        Value::Spread(Some(Quantiles { least, median, p95, p99, most, .. })) => format!(
            "half within {}, 95 % within {}, 99 % within {}; {} to {}",
            length(*median),
            length(*p95),
            length(*p99),
            length(*least),
            length(*most)
        ),
        Value::Nothing(()) => "not known from this log".to_owned(),
    }
}

/// Of a length people can grasp, and with nothing that would reorder or hide what stands beside it.
fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(SHOWN_CHARS).collect();
    let more = if chars.next().is_some() { " …" } else { "" };
    format!("{}{more}", escape(&start))
}

/// The same in a table: of a digest its beginning, of a time its seconds.
fn short(cell: &str) -> String {
    if let Ok(digest) = cell.parse::<Digest>() {
        return digest.to_string().chars().take(12).chain(['…']).collect();
    }
    match cell.parse::<Time>() {
        Ok(at) => at.utc().format("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => shown(cell),
    }
}

/// In its two greatest units, rounded down; tenths of seconds below a minute.
fn length(ms: u64) -> String {
    let (s, m, h) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    let two = |a: u64, unit: &str, b: u64, lesser: &str| match b {
        0 => format!("{a} {unit}"),
        b => format!("{a} {unit} {b} {lesser}"),
    };
    match ms {
        0..=999 => format!("{ms} ms"),
        1000..=59_999 => format!("{s}.{} s", ms % 1000 / 100),
        60_000..=3_599_999 => two(m, "min", s % 60, "s"),
        3_600_000..=86_399_999 => two(h, "h", m % 60, "min"),
        _ => two(h / 24, "d", h % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_its_two_greatest_units() {
        for (ms, text) in [
            (0, "0 ms"),
            (1_250, "1.2 s"),
            (60_000, "1 min"),
            (61_999, "1 min 1 s"),
            (8 * 3_600_000, "8 h"),
            (90_061_000, "1 d 1 h"),
        ] {
            assert_eq!(length(ms), text);
        }
    }

    #[test]
    fn what_is_shown_is_short_and_cannot_reorder_what_stands_beside_it() {
        assert_eq!(short(&Digest::of(b"").to_string()), "e3b0c44298fc…");
        assert_eq!(short("2026-01-28T08:00:00.005Z"), "2026-01-28 08:00:00");
        assert_eq!(shown("a\u{202e}b\0"), "a\\u{202e}b\\u{0}");
        assert_eq!(shown(&"é".repeat(200)).chars().count(), SHOWN_CHARS + 2);
    }
}
