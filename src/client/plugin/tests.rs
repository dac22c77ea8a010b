//! The manual's word against the code's.

use serde_json::Value;

use super::*;
use crate::plugin::parse_strict;

fn manual() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/man/jit-backend.7");
    std::fs::read_to_string(path).unwrap().replace("\\-", "-")
}

/// The lines of the example, whole, each with its direction.
fn example(text: &str) -> Vec<(char, String)> {
    let block = text.split(".SH EXAMPLE").nth(1).unwrap().split(".nf\n").nth(1).unwrap();
    let mut lines: Vec<(char, String)> = Vec::new();
    for line in block.split(".fi").next().unwrap().lines() {
        match line.split_at(2) {
            ("> ", rest) => lines.push(('>', rest.to_owned())),
            ("< ", rest) => lines.push(('<', rest.to_owned())),
            _ => lines.last_mut().unwrap().1.push_str(line.trim()),
        }
    }
    lines
}

#[test]
fn the_manuals_example_is_an_exchange_that_jit_takes() {
    let lines = example(&manual());
    assert_eq!(lines.len(), 6);
    let [hello, filed, refused] = [1, 3, 5].map(|at: usize| {
        let (call, answer) = (&lines[at - 1], &lines[at]);
        assert_eq!((call.0, answer.0), ('>', '<'));
        let (call, answer) =
            (parse_strict::<Value>(call.1.as_bytes()), parse_strict::<Value>(answer.1.as_bytes()));
        let (call, answer) = (call.unwrap(), answer.unwrap());
        assert_eq!(call["jit"], BACKEND.to_string());
        assert_eq!(call["id"], answer["id"]);
        (call["with"].clone(), answer)
    });
    let said: Hello = serde_json::from_value(hello.1["ok"].clone()).unwrap();
    assert!(Call::ALL.iter().all(|call| offers(&said, *call) == call.is_required()));
    let ask: api::NewRequest = serde_json::from_value(filed.0).unwrap();
    let answer: api::Filed = serde_json::from_value(filed.1["ok"].clone()).unwrap();
    check::filed(&ask, &answer).unwrap();
    let ask: api::Approve = serde_json::from_value(refused.0["ask"].clone()).unwrap();
    assert_eq!(ask.shown, answer.request.shown);
    let told: Told = serde_json::from_value(refused.1["error"].clone()).unwrap();
    assert_eq!(Problem::from(told).code, Code::Refused);
}

#[test]
fn the_manual_has_every_call_every_code_and_every_variable() {
    let text = manual();
    for call in Call::ALL {
        let entry =
            |line: &str| line.starts_with(".B") && line.split([' ', '"', ',']).any(|w| w == call.as_str());
        assert!(text.lines().any(entry), "{call}");
    }
    let codes = text.split("The codes, with").nth(1).unwrap().split(".fi").next().unwrap();
    let words: Vec<&str> = codes.split_whitespace().collect();
    let mut known = 0;
    for pair in words.windows(2) {
        let Ok(code) = serde_json::from_value::<Code>(pair[0].into()) else { continue };
        assert_eq!(pair[1], code.exit_code().to_string(), "{code:?}");
        known += 1;
    }
    assert_eq!(known, 16);
    for name in crate::config::environment::PLUGIN {
        assert!(text.contains(name), "{name}");
    }
}
