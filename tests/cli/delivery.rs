//! The log as other systems get it: exports, and the channels of a server.

use serde_json::Value;

use crate::world::{POLICY, Server};

#[test]
fn the_log_is_exported_for_other_systems_one_line_an_event() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    carol.request(&["shell", "--for", "5m", "--reason", "=cmd|' \u{202e}|\"]\u{9b}2J"]);
    let export = |format: &str| server.admin().jit(&["audit", "export", "--format", format]).ok().stdout;
    let events = export("jit").lines().filter(|line| !line.contains("\"checkpoint\"")).count();
    for format in ["syslog", "cef", "ecs", "ocsf", "csv"] {
        let text = export(format);
        let header = usize::from(format == "csv");
        assert_eq!(text.lines().count(), events + header, "{format}\n{text}");
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\x1b', '\r']), "{format}\n{text}");
        for line in text.lines().skip(header) {
            let good = match format {
                "syslog" => line.starts_with('<') && line.contains(">1 2"),
                "cef" => line.starts_with("CEF:0|jit|jit|"),
                "csv" => line.split(',').count() >= 14,
                _ => serde_json::from_str::<Value>(line).unwrap().is_object(),
            };
            assert!(good, "{format}: {line}");
        }
    }
    assert!(export("csv").contains("reason==cmd"), "in the middle of a cell it is no formula");

    let file = server.admin().path("log.csv");
    let out = server.admin().json(&["audit", "export", "--format", "csv", "--out", file.to_str().unwrap()]);
    assert_eq!(out["kind"], "audit-export");
    assert_eq!((&out["events"], &out["key"]), (&Value::from(events), &Value::Null), "it cannot be verified");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), export("csv"));
}
