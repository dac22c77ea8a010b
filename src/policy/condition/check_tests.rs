//! Every way to get a condition wrong, and that no name gets through misspelt.

mod form_tests;
mod name_tests;

use insta::assert_snapshot;

use super::super::diagnostic::{Diagnostic, Problems};
use super::super::source::{At, Item, SourceFile};
use super::*;

pub(super) fn vocabulary() -> Vocabulary<'static> {
    Vocabulary {
        roles: ["shell", "web-deploy", "db-read"].into(),
        resources: ["web-1", "web-2", "orders-db"].into(),
        people: ["alice", "bob", "ci-deploy"].into(),
        groups: ["dba", "oncall", "contractors"].into(),
        companies: ["acme", "initech"].into(),
        labels: [
            ("env", ["staging", "production"].into()),
            ("team", ["shop", "search"].into()),
            ("cost-center", ["c-17", "c-4"].into()),
        ]
        .into(),
    }
}

/// The literal stands in a file of its own, behind `when = `.
fn compile_literal(literal: &str) -> Result<Condition, (Vec<SourceFile>, Vec<Diagnostic>)> {
    let source = format!("# a policy\nwhen = {literal}\n");
    let tree = toml::de::DeTable::parse(&source).unwrap();
    let value = tree.get_ref().iter().next().unwrap().1;
    let toml::de::DeValue::String(text) = value.get_ref() else { panic!("{literal} is no string") };
    let item = Item { at: At::new(0, value.span()), value: text.as_ref() };
    let mut problems = Problems::default();
    let condition =
        Condition::compile(&item, &source, "`when` of role `shell`", &vocabulary(), &mut problems);
    let files = vec![SourceFile { name: "p.toml".into(), text: source.clone() }];
    assert_eq!(condition.is_none(), !problems.is_empty(), "{literal}");
    condition.ok_or_else(|| (files.clone(), problems.finish(&files)))
}

pub(super) fn compile(text: &str) -> Result<Condition, Vec<Diagnostic>> {
    let item = Item { at: At::new(0, 0..0), value: text };
    let mut problems = Problems::default();
    let condition = Condition::compile(&item, "", "`when` of role `shell`", &vocabulary(), &mut problems);
    assert_eq!(condition.is_none(), !problems.is_empty(), "{text}");
    condition.ok_or_else(|| problems.finish(&[]))
}

/// What a person sees.
#[track_caller]
fn rendered(texts: &[&str]) -> String {
    let one = |text: &&str| {
        let Err((files, problems)) = compile_literal(&format!("\"{text}\"")) else {
            panic!("no error: {text}")
        };
        problems.iter().map(|problem| problem.render(&files, false)).collect::<Vec<_>>().join("\n")
    };
    texts.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// Shorter: the condition, then `code column message | hint` of each error.
#[track_caller]
fn said(texts: &[&str]) -> String {
    let mut lines = Vec::new();
    for text in texts {
        let Err((_, problems)) = compile_literal(&format!("\"{text}\"")) else { panic!("no error: {text}") };
        lines.push((*text).to_owned());
        lines.extend(problems.iter().map(|d| {
            format!(
                "  {} {} {} | {}",
                d.code,
                d.place.column - 8,
                d.message,
                d.hint.as_deref().unwrap_or("-")
            )
        }));
    }
    lines.join("\n")
}

#[test]
fn a_place_is_known_where_the_string_stands_as_it_is() {
    let place = |literal: &str| {
        let Err((files, problems)) = compile_literal(literal) else { panic!("{literal}") };
        let at = &problems[0].place;
        files[0].text.get(at.span.clone()).unwrap().to_owned()
    };
    assert_eq!(place(r#""request.role == 'shel'""#), "'shel'");
    assert_eq!(place(r#"'request.role == "shel"'"#), r#""shel""#);
    assert_eq!(place("'''\nrequest.role\n  == 'shel'\n'''"), "'shel'");
    assert_eq!(place("\"\"\"\nrequest.break_glass\n  || request.rolle == 'shell'\"\"\""), "rolle");
    assert_eq!(place("\"\"\"\nrequest.break_glass\n  oder\"\"\""), "oder");
    assert_eq!(place("'request.reason == \"ü\" || request.role == \"shel\"'"), "\"shel\"");
    // With escapes the bytes are others: the whole string.
    assert_eq!(place(r#""request.role\t== 'shel'""#), r#""request.role\t== 'shel'""#);
    assert_eq!(place("\"\"\"request.role \\\n == 'shel'\"\"\""), "\"\"\"request.role \\\n == 'shel'\"\"\"");
}

#[test]
fn an_invisible_character_is_refused() {
    for text in ["request.reason == '\u{202e}x'", "request.break_glass \u{200b}", "request.break_glass\0"] {
        let problems = compile(text).unwrap_err();
        assert_eq!(problems[0].message, "`when` of role `shell` has control or invisible characters");
    }
}

#[test]
fn a_condition_is_bounded() {
    let glass = |n: usize, with: &str| vec!["request.break_glass"; n].join(with);
    assert!(compile(&glass(40, " && ")).is_ok());
    assert_snapshot!(
        [
            format!("{} // {}", glass(40, "||"), "x".repeat(200)),
            vec!["now>now"; 70].join("||"),
            format!("{}request.break_glass{}", "!(".repeat(50), ")".repeat(50)),
            format!("request.break_glass == {}now > now{}", "(1 > 2) == (".repeat(45), ")".repeat(45)),
        ]
        .map(|text| compile(&text).unwrap_err().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; "))
        .join("\n"),
        @r#"
`when` of role `shell` has more than 1000 characters
`when` of role `shell` is too large
`when` of role `shell` is too large
`when` of role `shell` is too large
"#
    );
}
