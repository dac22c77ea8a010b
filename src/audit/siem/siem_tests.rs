use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;
use crate::audit::event::EventKind;
use crate::domain::{Digest, Name, Principal, RequestId, Time};
use crate::rsyslog::Rsyslog;

/// Texts of people that were made to be more than text (CASES, "Text in and out").
const HOSTILE: &[&str] = &[
    "\x1b[31mred\x1b[2J",
    "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "shown\rhidden",
    "\u{9b}2J\u{85}next",
    "\u{202e}txt.exe\u{2066}",
    "line\n<110>1 2026-11-22T07:00:00.000Z - jit - forged [jit@32473 seq=\"9\"]",
    "line\r\nCEF:0|jit|jit|0|forged|forged|10|",
    "\"] [forged@32473 a=\"b",
    "a\\\"]b\\",
    "a|b=c\\=d suser=mallory",
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-1-cmd",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "a,\"b\",c\n=2",
    "-oProxyCommand=x",
    "{\"event\":{\"kind\":\"forged\"}}",
    "\u{2028}\u{2029}\u{feff}\u{0}",
    "größer 数 ✓",
];

const FORMATS: [Format; 5] = [Format::Syslog, Format::Cef, Format::Ecs, Format::Ocsf, Format::Csv];

fn event(seq: u64, kind: EventKind, text: Option<&str>) -> Event {
    let mut draft = Draft::new(Time::from_millis(1_795_000_000_123), kind);
    if let Some(text) = text {
        let name = |text: &str| text.parse::<Name>().unwrap();
        draft.actor = Some(Principal { issuer: name("jit"), subject: name("carol@acme.example") });
        draft.from = Some(text.to_owned());
        draft.request = Some(RequestId::from_random([7; 8]));
        draft.role = Some(name("deploy"));
        draft.resource = Some(name("web-1"));
        draft.why = vec![text.to_owned(), "second".to_owned()];
        for key in ["reason", "user", "id", "alert", "comment", "debrief-due", "what \"]=|,\n"] {
            draft = draft.data(key, text);
        }
    }
    Event { v: 1, seq, prev: Digest::of(b"x"), event: draft }
}

/// Each kind bare, with an address, and with every hostile text.
fn all() -> Vec<Event> {
    let texts = || {
        [None, Some("192.0.2.7"), Some("2001:db8::7")].into_iter().chain(HOSTILE.iter().copied().map(Some))
    };
    let cases = EventKind::ALL.iter().flat_map(|kind| texts().map(|text| (*kind, text)));
    cases.zip(0..).map(|((kind, text), seq)| event(seq, kind, text)).collect()
}

/// The cells of one line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    assert!(!quoted, "{line}");
    cells.push(cell);
    cells
}

#[test]
fn an_event_is_one_line_that_commands_nothing_whatever_its_texts_are() {
    for event in all() {
        for format in FORMATS {
            let line = line(format, &event, Some("web-1.example.net"));
            assert_eq!(escape(&line), line, "{format:?}: it is shown as it is");
            assert_eq!(line.lines().count(), 1, "{format:?} {line}");
        }
    }
}

#[test]
fn text_forges_no_field_in_cef() {
    for event in all() {
        let line = line(Format::Cef, &event, None);
        let mut fields = vec![String::new()];
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '|' if fields.len() < 8 => fields.push(String::new()),
                '\\' => fields.last_mut().unwrap().extend(['\\'].into_iter().chain(chars.next())),
                c => fields.last_mut().unwrap().push(c),
            }
        }
        assert_eq!(fields.len(), 8, "{line}");
        assert_eq!(&fields[..3], ["CEF:0", "jit", "jit"]);
        assert_eq!(fields[4], event.event.kind.as_str());
        // A value may be anything but an equals sign that is not escaped: those stand behind keys only.
        let keys: Vec<&str> = fields[7]
            .match_indices('=')
            .filter(|(at, _)| {
                let before = fields[7].get(..*at).unwrap();
                (before.len() - before.trim_end_matches('\\').len()) % 2 == 0
            })
            .map(|(at, _)| fields[7].get(..at).unwrap().rsplit(' ').next().unwrap())
            .collect();
        let known = |key: &&str| key.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(keys.iter().all(known), "{keys:?}");
        assert_eq!(
            keys.iter().filter(|key| **key == "suser").count(),
            usize::from(event.event.actor.is_some())
        );
    }
}

#[test]
fn a_cell_of_csv_is_never_a_formula() {
    let columns = header(Format::Csv).unwrap().split(',').count();
    for event in all() {
        let cells = cells(&line(Format::Csv, &event, None));
        assert_eq!(cells.len(), columns, "{cells:?}");
        for cell in &cells {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝']), "{cell:?}");
        }
        assert_eq!(cells[0], event.seq.to_string());
    }
    let event = event(0, EventKind::RequestRefused, Some("=1+1"));
    assert_eq!(cells(&line(Format::Csv, &event, None))[11], "'=1+1; second");
}

#[test]
fn json_keeps_each_text_as_it_was() {
    for text in HOSTILE {
        let event = event(0, EventKind::AlertRaised, Some(text));
        let ecs: Value = serde_json::from_str(&line(Format::Ecs, &event, None)).unwrap();
        assert_eq!(ecs["jit"]["data"]["reason"], *text);
        assert_eq!(ecs["rule"]["name"], *text);
        let ocsf: Value = serde_json::from_str(&line(Format::Ocsf, &event, None)).unwrap();
        assert_eq!(ocsf["unmapped"]["data"]["reason"], *text);
        assert_eq!(ocsf["finding_info"]["title"], *text);
    }
}

#[test]
fn an_address_that_is_none_is_in_no_field_for_addresses() {
    let event = event(0, EventKind::LoginRefused, Some("not an address"));
    let ecs: Value = serde_json::from_str(&line(Format::Ecs, &event, None)).unwrap();
    assert_eq!((&ecs["source"]["ip"], &ecs["source"]["address"]), (&Value::Null, &"not an address".into()));
    let ocsf: Value = serde_json::from_str(&line(Format::Ocsf, &event, None)).unwrap();
    assert_eq!((&ocsf["src_endpoint"], &ocsf["unmapped"]["from"]), (&Value::Null, &"not an address".into()));
}

#[test]
fn a_long_text_is_cut_where_receivers_would_cut_it_anyhow_and_says_so() {
    let event = event(0, EventKind::RequestFiled, Some(&"数".repeat(100_000)));
    for format in [Format::Syslog, Format::Cef] {
        let line = line(format, &event, None);
        assert!(line.len() < 16_000, "{}", line.len());
        assert!(line.contains("数…"));
    }
}

#[test]
fn an_alert_has_the_severity_of_its_rule_and_one_that_cannot_be_read_is_critical() {
    let mut draft = Draft::new(Time::from_millis(0), EventKind::AlertRaised);
    assert_eq!(severity(&draft), Severity::Critical);
    for (text, is) in [("low", Severity::Low), ("high", Severity::High), ("HIGH", Severity::Critical)] {
        draft = draft.data("severity", text);
        assert_eq!(severity(&draft), is);
    }
    let filed = Draft::new(Time::from_millis(0), EventKind::RequestFiled).data("severity", "critical");
    assert_eq!(severity(&filed), Severity::Informational);
}

/// The fields of an object by their whole names.
fn flat(path: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flat(&path, value, found);
            }
        }
        value => {
            found.insert(path.to_owned(), value.clone());
        }
    }
}

#[test]
fn ecs_has_only_fields_of_the_schema_each_of_its_type() {
    let schema: Value = serde_json::from_str(include_str!("../../../tests/schemas/ecs-9.4.0.json")).unwrap();
    let schema = schema["fields"].as_object().unwrap();
    for event in all() {
        let document: Value = serde_json::from_str(&line(Format::Ecs, &event, Some("host"))).unwrap();
        let mut fields = BTreeMap::new();
        flat("", &document, &mut fields);
        for (name, field) in schema.iter().filter(|(_, field)| field["required"] == true) {
            assert!(fields.contains_key(name), "{name} {field}");
        }
        for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with("jit.")) {
            let field = schema.get(name).unwrap_or_else(|| panic!("{name} is no field of ECS"));
            let values = match value {
                Value::Array(values) => {
                    assert_eq!(field["array"], true, "{name}");
                    values.clone()
                }
                value => vec![value.clone()],
            };
            for value in &values {
                let good = match field["type"].as_str().unwrap() {
                    "keyword" | "match_only_text" => value.is_string(),
                    "long" => value.is_u64(),
                    "date" => value.as_str().is_some_and(|text| text.parse::<Time>().is_ok()),
                    "ip" => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
                    other => panic!("{other}"),
                };
                assert!(good, "{name} {value}");
                if let Some(allowed) = field.get("allowed") {
                    assert!(allowed.get(value.as_str().unwrap()).is_some(), "{name} {value}");
                }
            }
        }
        let expected = &schema["event.category"]["allowed"][fields["event.category"][0].as_str().unwrap()];
        for kind in fields["event.type"].as_array().unwrap() {
            assert!(expected.as_array().unwrap().contains(kind), "{} {kind}", event.event.kind);
        }
    }
}

#[test]
fn every_kind_of_event_is_valid_by_the_official_schema_of_ocsf() {
    let Some(python) = crate::programs::python_with("ocsf_json_schema, jsonschema") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/ocsf.py");
    let mut check = Command::new(python);
    let mut check = check
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = all().iter().map(|event| line(Format::Ocsf, event, None) + "\n").collect();
    check.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().take(40).collect();
    assert!(output.status.success(), "{said:#?}");
    assert_eq!(said, [format!("{} events, 5 classes, 0 wrong", all().len())]);
}

#[test]
fn rsyslog_reads_each_event_as_one_record_with_its_texts_whole() {
    let Some(server) = Rsyslog::start() else { return };
    let mut connection = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let events: Vec<Event> =
        HOSTILE.iter().zip(0..).map(|(text, seq)| event(seq, EventKind::RequestFiled, Some(text))).collect();
    for event in &events {
        let line = line(Format::Syslog, event, Some("host-1"));
        write!(connection, "{} {line}", line.len()).unwrap();
    }
    drop(connection);
    let read = server.wait_for(events.len());
    assert_eq!(read.len(), events.len());
    for (read, event) in read.iter().zip(&events) {
        let text = event.event.from.as_deref().unwrap();
        let data = read.data.as_object().unwrap();
        assert_eq!(data.keys().collect::<Vec<_>>(), ["data@32473", "jit@32473"], "no element is forged");
        assert_eq!(data["jit@32473"]["seq"], event.seq.to_string());
        assert_eq!(data["jit@32473"]["why"], format!("{}; second", escape(text)));
        assert_eq!(data["jit@32473"].as_object().unwrap().len(), 8);
        assert_eq!(data["data@32473"]["reason"], escape(text).as_ref());
        assert_eq!(data["data@32473"].as_object().unwrap().len(), event.event.data.len());
        assert_eq!((read.id.as_str(), read.host.as_str()), ("request.filed", "host-1"));
        assert_eq!(read.message, "request.filed by jit:carol@acme.example: deploy on web-1");
    }
}
