//! That no text, however wrong, gets through as something else or takes the process with it.

use cel::ExecutionError;
use proptest::prelude::*;

use super::check_tests::{compile, vocabulary};
use super::tests::{VALID, bare, full};
use super::*;

/// A server's threads have 2 MiB; this one has a quarter.
#[test]
fn no_text_of_any_depth_overflows_the_stack() {
    let mut texts = Vec::new();
    for open in [
        "(", "[", "{", "!", "-", "!-", "- ", "a?", "a?b:", "f(", "a.", "a[", "{a:", "a.all(x,", "has(", "'",
        "`",
    ] {
        for (middle, close) in [("", ""), ("a", ")"), ("a", "]"), ("a", ":a"), ("a", "}")] {
            for count in [90, 1000 / (open.len() + close.len()) - 1, 10_000] {
                texts.push(format!("{}{middle}{}", open.repeat(count), close.repeat(count)));
            }
        }
    }
    for link in [".a", "+a", "&&a", "||a", "==a", "<a", " in a", ".a()", "[a]", "?a:a", ",a"] {
        texts.push(format!("a{}", link.repeat(998 / link.len())));
    }
    let read = move || texts.iter().for_each(|text| assert!(compile(text).is_err(), "{text}"));
    std::thread::Builder::new().stack_size(512 << 10).spawn(read).unwrap().join().unwrap();
}

/// The evaluator's frames are larger than the parser's: half of a server's thread, without optimisation.
#[test]
fn the_deepest_condition_that_loads_is_evaluated_on_a_small_stack() {
    let nested = |n: usize| format!("{}request.break_glass{}", "!(".repeat(n), ")".repeat(n));
    let sum = |n: usize| format!("now.getHours(){} > 0", "+1".repeat(n));
    let loads = |text: &String| compile(text).is_ok();
    let deepest = [(1..60).map(nested).rfind(loads), (1..60).map(sum).rfind(loads)];
    let evaluate = move || {
        for text in deepest.map(Option::unwrap) {
            assert!(compile(&text).unwrap().holds(&full()).is_ok(), "{text}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(evaluate).unwrap().join().unwrap();
}

/// Whether the vocabulary has it, as whatever.
fn is_known(name: &str) -> bool {
    let all = vocabulary();
    [&all.roles, &all.resources, &all.people, &all.groups, &all.companies]
        .iter()
        .any(|names| names.contains(name))
        || all.labels.iter().any(|(label, values)| *label == name || values.contains(name))
        || ["person", "service"].contains(&name)
}

/// Where names stand in quotes in it.
fn names(text: &str) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = text.match_indices('\'').map(|(at, _)| at).collect();
    let quoted = quotes.chunks(2).map(|pair| pair[0] + 1..pair[1]);
    quoted.filter(|range| is_known(text.get(range.clone()).unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_misspelt_name_never_loads(
        text in prop::sample::select(VALID.into_iter().filter(|text| !names(text).is_empty()).collect::<Vec<_>>()),
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        edit in 0..4,
        letter in "[a-z0-9.-]",
    ) {
        let names = names(text);
        let range = names[which.index(names.len())].clone();
        let mut name = text.get(range.clone()).unwrap().to_owned();
        let at = place.index(name.len());
        match edit {
            0 => name.insert_str(at, &letter),
            1 => name.replace_range(at..=at, &letter),
            2 => name.replace_range(at..=at, ""),
            _ => {
                let (head, tail) = name.split_at(at);
                name = tail.chars().rev().chain(head.chars()).collect();
            }
        }
        prop_assume!(!is_known(&name));
        let mut misspelt = text.to_owned();
        misspelt.replace_range(range, &name);
        prop_assert!(compile(&misspelt).is_err(), "{misspelt}");
    }
}

/// No error but those that a checked condition may have.
fn is_foreseen(error: &ConditionError) -> bool {
    matches!(
        error,
        ConditionError::Failed(
            ExecutionError::NoSuchKey(_)
                | ExecutionError::IndexOutOfBounds(_)
                | ExecutionError::DivisionByZero(_)
                | ExecutionError::RemainderByZero(_)
                | ExecutionError::Overflow(..)
                | ExecutionError::FunctionError { .. }
        )
    )
}

#[track_caller]
fn evaluates(text: &str) {
    if let Ok(condition) = compile(text) {
        for inputs in [full(), bare()] {
            if let Err(error) = condition.holds(&inputs) {
                assert!(is_foreseen(&error), "{text}: {error:?}");
            }
        }
    }
}

/// Conditions of the right shape, most of the right types.
fn condition() -> impl Strategy<Value = String> {
    let field = || {
        prop::sample::select(vec![
            ("requester.id", "'alice'"),
            ("request.role", "'shell'"),
            ("request.reason", "'OPS-1'"),
            ("request.ticket", "'OPS-1'"),
            ("requester.company", "'acme'"),
            ("resource.labels.env", "'production'"),
            ("resource.labels['team']", "'shop'"),
            ("requester.groups[0]", "'dba'"),
            ("requester.kind", "'person'"),
        ])
    };
    let group = || prop::sample::select(vec!["'dba'", "'oncall'", "'alice'"]);
    let number = prop::sample::select(vec![
        "1",
        "0",
        "-5",
        "9223372036854775807",
        "now.getHours()",
        "size(requester.groups)",
        "1.5",
        "request.reason.size()",
        "now.getDayOfWeek('Europe/Berlin')",
    ])
    .prop_map(str::to_owned)
    .prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner)
            .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    });
    let moment = prop::sample::select(vec![
        "now",
        "request.start",
        "requester.contract_end",
        "now + request.duration",
        "now - duration('1h')",
        "timestamp('9999-12-31T23:59:59Z') + duration('366d')",
    ])
    .prop_map(str::to_owned);
    let length = prop::sample::select(vec![
        "request.duration",
        "requester.mfa_age",
        "duration('1h')",
        "now - request.start",
        "duration('366d') + requester.mfa_age",
    ])
    .prop_map(str::to_owned);
    let compare = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let equal = || prop::sample::select(vec!["==", "!="]);
    let leaf = prop_oneof![
        Just("request.break_glass".to_owned()),
        Just("has(requester.company)".to_owned()),
        Just("'env' in resource.labels".to_owned()),
        (field(), equal()).prop_map(|((field, text), op)| format!("{field} {op} {text}")),
        (field(), field())
            .prop_map(|((field, _), (other, text))| format!("{field} == {other} || {field} == {text}")),
        field().prop_map(|(field, text)| format!("{field} in [{field}, {text}]")),
        (field(), prop::sample::select(vec!["startsWith", "endsWith", "contains"]))
            .prop_map(|((field, text), function)| format!("{field}.{function}({text})")),
        (field(), field()).prop_map(|((a, x), (b, y))| format!("({a} == {x} ? {b} : {y}) != {y}")),
        (number.clone(), compare(), number).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (moment.clone(), compare(), moment).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (length.clone(), compare(), length).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (prop::sample::select(vec!["all", "exists", "exists_one"]), group(), equal())
            .prop_map(|(each, name, op)| format!("requester.groups.{each}(g, g {op} {name})")),
        (group(), equal())
            .prop_map(|(name, op)| format!("requester.groups.filter(g, g {op} {name}).size() > 0")),
        group().prop_map(|name| format!("{name} in requester.groups.map(g, g != {name}, g)")),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) == ({b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// Words of the language in any order.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "request",
        "requester",
        "resource",
        "now",
        ".role",
        ".id",
        ".labels",
        ".groups",
        ".env",
        "['env']",
        ".duration",
        "duration('1h')",
        "timestamp('2026-11-21T18:05:00Z')",
        "'alice'",
        "'dba'",
        "\"x\"",
        "b'x'",
        "r'\\'",
        "1",
        "2u",
        "0x1f",
        "1.5e3",
        "true",
        "null",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "?",
        ":",
        ",",
        ".",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "||",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "in",
        ".exists(",
        "g",
        "has(",
        "size(",
        ".getHours()",
        ".size()",
        ".map(",
        "as",
        "//",
        "\n",
        " ",
        "`",
        "'",
        "'''",
        "\\",
        "ü",
        "@result",
        "_",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_text_panics(text in ".{0,120}") {
        evaluates(&text);
    }

    #[test]
    fn no_words_panic(text in words()) {
        evaluates(&text);
        evaluates(&text.replace(' ', ""));
    }

    #[test]
    fn no_change_of_a_condition_panics(
        text in prop::sample::select(&VALID[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[ -~]|ü|\n"), 1..4),
    ) {
        let mut text: Vec<char> = text.chars().collect();
        for (from, to, put) in edits {
            let (from, to) = (from.index(text.len()), to.index(text.len()));
            let range = from.min(to)..from.max(to).min(from.min(to) + 5);
            text.splice(range, put.chars());
            prop_assume!(!text.is_empty());
        }
        evaluates(&text.into_iter().collect::<String>());
    }

    /// What the checker takes, the evaluator can do.
    #[test]
    fn a_condition_that_loads_has_an_answer_or_a_foreseen_error(text in condition()) {
        evaluates(&text);
    }
}

/// The crate has two parsers; ours is the younger one, as the other needs 200 KB of stack a bracket.
#[test]
fn both_parsers_of_the_crate_read_the_same() {
    use cel::parser::{Parser, PrattParser};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let compare = || {
        let ids = regex_lite::Regex::new(r"id: \d+").unwrap();
        let plain = |tree: cel::IdedExpr| ids.replace_all(&format!("{tree:?}"), "").into_owned();
        let mut runner = TestRunner::deterministic();
        let generated: Vec<_> =
            (0..150).map(|_| condition().new_tree(&mut runner).unwrap().current()).collect();
        let loaded = generated.iter().filter(|text| compile(text).is_ok()).count();
        assert!(loaded * 2 > generated.len(), "most of what is generated loads: {loaded}");
        for text in VALID.map(str::to_owned).into_iter().chain(generated) {
            let ours = plain(PrattParser::new().parse(&text).unwrap());
            let other = plain(Parser::new().parse(&text).unwrap());
            assert_eq!(ours, other, "{text}");
        }
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(compare).unwrap().join().unwrap();
}
