use super::*;

const USER: &str = "jit_0123456789ab";

fn json(user: &str, line: u64, severity: &str, message: &str, more: &str) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22 11:21:39.123 CET","user":"{user}","dbname":"shop","pid":7,"session_id":"69218d3c.1","line_num":{line},"ps":"SELECT","session_start":"2025-11-22 11:15:24 CET","error_severity":"{severity}","message":{message:?}{more}}}"#
    ) + "\n"
}

/// One session of the role, in the fields that the two forms share.
fn csv(user: &str, line: u64, severity: &str, message: &str, query: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    format!(
        "2026-11-22 11:21:39.123 CET,{user},shop,7,\"127.0.0.1:5\",69218d3c.1,{line},SELECT,2025-11-22 11:15:24 CET,3/4,0,{severity},00000,{},,,,,,{},,,psql,\"client backend\",,0\n",
        quoted(message),
        quoted(query)
    )
}

fn all(form: Form, text: &str) -> Vec<Statement> {
    let found = read(form, text.as_bytes());
    assert_eq!(found.strange, 0);
    found.statements.into_iter().flat_map(|(_, all)| all).collect()
}

#[test]
fn both_forms_give_the_same_statements_of_our_roles_and_of_nobody_else() {
    let messages = [
        ("LOG", "connection authorized: user=jit_0123456789ab", ""),
        ("LOG", "statement: SELECT 1,\n  \"a\"", ""),
        ("LOG", "duration: 1234.567 ms", ""),
        ("LOG", "execute <unnamed>: UPDATE t SET x = $1", ""),
        ("LOG", "duration: 0.100 ms  statement: COMMIT", ""),
        ("LOG", "duration: 0.100 ms  bind <unnamed>: SELECT 2", ""),
        ("ERROR", "syntax error at or near \\\"SELEC\\\"", "SELEC 1"),
        ("LOG", "statement: ALTER ROLE x PASSWORD 'geheim'", ""),
        ("ERROR", "permission denied", "ALTER ROLE x PASSWORD 'geheim'"),
    ];
    let (mut one, mut two) = (String::new(), String::new());
    for (line, (severity, message, query)) in (1..).zip(messages) {
        let message = message.replace("\\\"", "\"");
        let more = if query.is_empty() { String::new() } else { format!(",\"statement\":{query:?}") };
        for user in [USER, "postgres", "jit_admin", ""] {
            one += &json(user, line, severity, &message, &more);
            two += &csv(user, line, severity, &message, query);
        }
    }
    let (one, two) = (all(Form::Json, &one), all(Form::Csv, &two));
    assert_eq!(one, two);
    let told: Vec<_> = one.iter().map(|s| (s.text.as_str(), s.took_us, s.error.as_deref(), s.line)).collect();
    assert_eq!(
        told,
        [
            ("SELECT 1,\n  \"a\"", Some(1_234_567), None, 2),
            ("UPDATE t SET x = $1", None, None, 4),
            ("COMMIT", Some(100), None, 5),
            ("SELEC 1", None, Some("syntax error at or near \"SELEC\""), 7),
            ("ALTER ROLE x PASSWORD '********'", None, Some("permission denied"), 8),
        ]
    );
    assert_eq!(one[0].at.to_string(), "2026-11-22T10:21:39.123Z", "the zone is that of the session's start");
    assert_eq!(one[0].database.as_deref(), Some("shop"));
}

#[test]
fn lines_that_are_none_are_counted_and_take_nothing_along() {
    let good = json(USER, 1, "LOG", "statement: SELECT 1", "");
    let strange =
        format!("{{\n{good}nonsense\n{}", good.replace("CET\",\"user", "\",\"user").replace("2026-", "x-"));
    let found = read(Form::Json, strange.as_bytes());
    assert_eq!((found.strange, found.statements.len()), (3, 1));
    let found = read(Form::Csv, b"a,b,c\n");
    assert_eq!((found.strange, found.statements.len()), (1, 0));
}

#[test]
fn a_statement_that_is_too_long_is_cut_and_says_so() {
    let text = "ä".repeat(TEXT);
    let all = all(Form::Json, &json(USER, 1, "LOG", &format!("statement: {text}"), ""));
    assert_eq!((all[0].text.len(), all[0].cut_from), (TEXT, Some(2 * TEXT as u64)));
}

#[test]
fn a_line_that_is_not_whole_waits_and_a_line_end_in_quotes_ends_none() {
    assert_eq!(Form::Json.whole(b"{}\n{}\n{"), 6);
    assert_eq!(Form::Csv.whole(b"a,\"b\nc\"\nd,\"e\n"), 8);
    assert_eq!(Form::Csv.whole(b"a,\"b\"\"\nc\"\n"), 10);
    assert_eq!(Form::Csv.whole(b"a,\"b\n"), 0);
}

#[test]
fn a_log_is_known_by_its_name_rotated_or_not() {
    for (name, form) in [
        ("postgresql-2026-11-22_000000.csv", Some(Form::Csv)),
        ("postgresql.json", Some(Form::Json)),
        ("postgresql.json.1", Some(Form::Json)),
        ("postgresql.csv-20261122", Some(Form::Csv)),
        ("postgresql.csv.2026-11-22", Some(Form::Csv)),
        ("postgresql.csv.1.gz", None),
        ("postgresql.log", None),
        ("csv", None),
        (".state.json.tmp", None),
    ] {
        assert_eq!(Form::of(name), form, "{name}");
    }
}
