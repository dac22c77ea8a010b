//! What conditions say of requests, and that evaluating one never surprises.

use std::collections::BTreeMap;

use cel::ExecutionError;
use proptest::prelude::*;

use super::check_tests::compile;
use super::*;
use crate::domain::{Kind, Span, Time};

/// One of everything.
pub(super) const VALID: [&str; 42] = [
    "request.role == 'shell'",
    "request.role != 'db-read'",
    "request.role in ['shell', 'web-deploy']",
    "request.resource == 'web-1' && resource.name == request.resource",
    "request.duration <= duration('1h30m')",
    "request.duration + duration('1h') < duration('1d') - duration('2s')",
    "request.reason.contains('incident') && request.reason.size() > 20",
    "size(request.reason) >= 2 * 5 + 1",
    "has(request.ticket) && request.ticket.startsWith('OPS-')",
    "request.ticket.endsWith('7')",
    "!has(request.start) || request.start - now < duration('7d')",
    "request.break_glass",
    "request.break_glass == true",
    "requester.id == 'alice'",
    "requester.id in ['alice', 'bob'] || requester.id.startsWith('ci-')",
    "'oncall' in requester.groups",
    "!('contractors' in requester.groups)",
    "requester.groups.exists(g, g == 'dba' || g == 'oncall')",
    "requester.groups.all(g, g != 'contractors')",
    "requester.groups.exists_one(g, g in ['dba', 'oncall'])",
    "requester.groups.filter(g, g != 'dba').size() == 1",
    "requester.groups.map(g, g == 'dba', g) == ['dba']",
    "requester.groups[0] == 'dba'",
    "'dba' in requester.groups + ['oncall']",
    "requester.kind == 'person'",
    "requester.kind != 'service' && requester.company == 'acme'",
    "has(requester.contract_end) && requester.contract_end > now + request.duration",
    "requester.mfa_age < duration('15m')",
    "resource.labels.env == 'production'",
    "resource.labels['cost-center'] in ['c-17', 'c-4']",
    "has(resource.labels.team) ? resource.labels.team == 'shop' : request.break_glass",
    "'team' in resource.labels && resource.labels.size() == 2",
    "resource.labels.exists(l, l == 'cost-center')",
    "now.getHours() >= 8 && now.getHours('Europe/Berlin') < 18",
    "now.getDayOfWeek('America/New_York') in [1, 2, 3, 4, 5]",
    "now.getFullYear() * 100 + now.getMonth() % 12 > 202600",
    "now >= timestamp('2026-11-21T18:05:00Z')",
    "string(now.getMinutes()) == '0' || int(1.5) < now.getDate()",
    "(request.break_glass ? 'alice' : 'bob') == requester.id",
    "[requester.id, 'bob'] == ['alice', 'bob']",
    "now.getDayOfMonth() / 2 - -1 > 0 && 1.5 * 2.0 < 4.0 == request.break_glass",
    "now.getDayOfYear() + now.getSeconds() + now.getMilliseconds() > 0 // a remark",
];

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// Everything is there.
fn facts<'a>(labels: &'a BTreeMap<String, String>) -> InputFacts<'a> {
    InputFacts {
        role: "shell",
        resource: "web-1",
        labels,
        duration: "1h".parse::<Span>().unwrap(),
        reason: "an incident with the shop",
        ticket: Some("OPS-17"),
        start: Some(time("2026-11-23T09:00:00Z")),
        break_glass: false,
        requester: "alice",
        kind: Kind::Person,
        groups: vec!["dba", "oncall"],
        company: Some("acme"),
        contract_end: Some(time("2027-01-01T00:00:00Z")),
        mfa_age: Some(60),
        // A Sunday; 23:30 in Berlin, 17:30 in New York.
        now: time("2026-11-22T22:30:15.250Z"),
    }
}

fn labels() -> BTreeMap<String, String> {
    [("env", "production"), ("team", "shop")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

fn full() -> Inputs {
    Inputs::new(&facts(&labels()))
}

/// Nothing is there that may be missing.
fn bare() -> Inputs {
    let none = BTreeMap::new();
    Inputs::new(&InputFacts {
        ticket: None,
        start: None,
        company: None,
        contract_end: None,
        mfa_age: None,
        groups: vec![],
        ..facts(&none)
    })
}

#[track_caller]
fn holds(text: &str) -> bool {
    compile(text).unwrap_or_else(|errors| panic!("{text}: {errors:#?}")).holds(&full()).unwrap()
}

#[track_caller]
fn fails(text: &str) -> String {
    let condition = compile(text).unwrap_or_else(|errors| panic!("{text}: {errors:#?}"));
    condition.holds(&bare()).expect_err(text).to_string()
}

#[test]
fn every_example_loads_and_has_the_answer_that_it_says() {
    let mut said = String::new();
    for text in VALID {
        let condition = compile(text).unwrap_or_else(|errors| panic!("{text}: {errors:#?}"));
        assert_eq!(condition.text(), text);
        let answer = |inputs: &Inputs| match condition.holds(inputs) {
            Ok(true) => "yes".to_owned(),
            Ok(false) => "no".to_owned(),
            Err(error) => error.to_string(),
        };
        said += &format!("{text}\n  {} / {}\n", answer(&full()), answer(&bare()));
    }
    insta::assert_snapshot!(said, @r#"
request.role == 'shell'
  yes / yes
request.role != 'db-read'
  yes / yes
request.role in ['shell', 'web-deploy']
  yes / yes
request.resource == 'web-1' && resource.name == request.resource
  yes / yes
request.duration <= duration('1h30m')
  yes / yes
request.duration + duration('1h') < duration('1d') - duration('2s')
  yes / yes
request.reason.contains('incident') && request.reason.size() > 20
  yes / yes
size(request.reason) >= 2 * 5 + 1
  yes / yes
has(request.ticket) && request.ticket.startsWith('OPS-')
  yes / no
request.ticket.endsWith('7')
  yes / No such key: ticket
!has(request.start) || request.start - now < duration('7d')
  yes / yes
request.break_glass
  no / no
request.break_glass == true
  no / no
requester.id == 'alice'
  yes / yes
requester.id in ['alice', 'bob'] || requester.id.startsWith('ci-')
  yes / yes
'oncall' in requester.groups
  yes / no
!('contractors' in requester.groups)
  yes / yes
requester.groups.exists(g, g == 'dba' || g == 'oncall')
  yes / no
requester.groups.all(g, g != 'contractors')
  yes / yes
requester.groups.exists_one(g, g in ['dba', 'oncall'])
  no / no
requester.groups.filter(g, g != 'dba').size() == 1
  yes / no
requester.groups.map(g, g == 'dba', g) == ['dba']
  yes / no
requester.groups[0] == 'dba'
  yes / Index out of bounds: Int(0)
'dba' in requester.groups + ['oncall']
  yes / no
requester.kind == 'person'
  yes / yes
requester.kind != 'service' && requester.company == 'acme'
  yes / No such key: company
has(requester.contract_end) && requester.contract_end > now + request.duration
  yes / no
requester.mfa_age < duration('15m')
  yes / No such key: mfa_age
resource.labels.env == 'production'
  yes / No such key: env
resource.labels['cost-center'] in ['c-17', 'c-4']
  No such key: cost-center / No such key: cost-center
has(resource.labels.team) ? resource.labels.team == 'shop' : request.break_glass
  yes / no
'team' in resource.labels && resource.labels.size() == 2
  yes / no
resource.labels.exists(l, l == 'cost-center')
  no / no
now.getHours() >= 8 && now.getHours('Europe/Berlin') < 18
  no / no
now.getDayOfWeek('America/New_York') in [1, 2, 3, 4, 5]
  no / no
now.getFullYear() * 100 + now.getMonth() % 12 > 202600
  yes / yes
now >= timestamp('2026-11-21T18:05:00Z')
  yes / yes
string(now.getMinutes()) == '0' || int(1.5) < now.getDate()
  yes / yes
(request.break_glass ? 'alice' : 'bob') == requester.id
  no / no
[requester.id, 'bob'] == ['alice', 'bob']
  yes / yes
now.getDayOfMonth() / 2 - -1 > 0 && 1.5 * 2.0 < 4.0 == request.break_glass
  no / no
now.getDayOfYear() + now.getSeconds() + now.getMilliseconds() > 0 // a remark
  yes / yes
"#);
}

#[test]
fn times_are_calculated_with_as_in_cel() {
    assert!(holds("now.getDayOfWeek() == 0"), "a Sunday");
    assert!(holds("now.getMonth() == 10 && now.getDate() == 22 && now.getDayOfMonth() == 21"));
    assert!(holds("now.getDayOfYear() == 325 && now.getFullYear() == 2026"));
    assert!(holds("now.getHours() == 22 && now.getMinutes() == 30 && now.getSeconds() == 15"));
    assert!(holds("now.getMilliseconds() == 250"));
    assert!(holds("now.getHours('Europe/Berlin') == 23 && now.getHours('America/New_York') == 17"));
    assert!(holds("now.getHours('UTC') == 22"));
    assert!(holds("now.getDayOfWeek('Asia/Tokyo') == 1"), "already Monday there");
    assert!(holds("request.start - now > duration('10h') && request.start - now < duration('11h')"));
    assert!(holds("now + duration('1h') - now == duration('60m')"));
    assert!(holds("duration('1h') + now == now + duration('1h')"));
    assert!(holds("now - duration('1h') < now"));
    assert!(holds("requester.mfa_age == duration('1m')"));
    assert!(holds("timestamp('2026-11-22T23:30:15.250+01:00') == now"));
}

#[test]
fn a_key_that_is_not_there_is_an_error_and_never_a_yes() {
    assert_eq!(fails("requester.company == 'acme'"), "No such key: company");
    assert_eq!(fails("requester.company != 'acme'"), "No such key: company");
    assert_eq!(fails("!(requester.company == 'acme')"), "No such key: company");
    assert_eq!(fails("request.ticket.startsWith('OPS-')"), "No such key: ticket");
    assert_eq!(fails("requester.mfa_age < duration('15m')"), "No such key: mfa_age");
    assert_eq!(fails("resource.labels.env != 'production'"), "No such key: env");
    assert_eq!(fails("resource.labels['cost-center'] == 'c-17'"), "No such key: cost-center");
    assert_eq!(fails("requester.groups[0] == 'dba'"), "Index out of bounds: Int(0)");
    assert_eq!(fails("now.getHours() / (now.getHours() - 22) == 1"), "Division by zero of Int(22)");
    assert_eq!(
        fails("now.getHours() * 9223372036854775807 > 1").split(':').next(),
        Some("Overflow from binary operator 'mul'")
    );
    let years = " + duration('366d')".repeat(3);
    assert_eq!(
        fails(&format!("timestamp('9998-01-01T00:00:00Z'){years} > now")),
        "Error executing function 'arithmetic': out of range"
    );
}

#[test]
fn a_part_that_decides_alone_needs_no_other_to_have_an_answer() {
    let answer = |text: &str| compile(text).unwrap().holds(&bare()).ok();
    assert_eq!(answer("requester.company == 'acme' || requester.id == 'alice'"), Some(true));
    assert_eq!(answer("requester.company == 'acme' && requester.id == 'bob'"), Some(false));
    assert_eq!(answer("requester.company == 'acme' || requester.id == 'bob'"), None);
    assert_eq!(answer("has(requester.company) && requester.company == 'acme'"), Some(false));
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
    let names =
        || prop::sample::select(vec!["'alice'", "'bob'", "'dba'", "'shell'", "'production'", "'OPS-1'"]);
    let text = prop_oneof![
        names().prop_map(str::to_owned),
        prop::sample::select(vec![
            "requester.id",
            "request.role",
            "request.reason",
            "request.ticket",
            "requester.company",
            "resource.labels.env",
            "requester.groups[0]",
            "resource.labels['team']",
            "requester.kind",
        ])
        .prop_map(str::to_owned),
    ];
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
        (text.clone(), equal(), text.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (
            names(),
            prop::sample::select(vec!["requester.groups", "['dba', 'oncall']", "['alice', requester.id]"])
        )
            .prop_map(|(a, b)| format!("{a} in {b}")),
        (text, prop::sample::select(vec!["startsWith", "endsWith", "contains"]), names())
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        (number.clone(), compare(), number).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (moment.clone(), compare(), moment).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (length.clone(), compare(), length).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (prop::sample::select(vec!["all", "exists", "exists_one"]), names(), equal())
            .prop_map(|(each, name, op)| format!("requester.groups.{each}(g, g {op} {name})")),
        (names(), equal())
            .prop_map(|(name, op)| format!("requester.groups.filter(g, g {op} {name}).size() > 0")),
        names().prop_map(|name| format!("{name} in requester.groups.map(g, g != {name}, g)")),
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
    #![proptest_config(ProptestConfig::with_cases(2000))]

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
        let generated = (0..150).map(|_| condition().new_tree(&mut runner).unwrap().current());
        for text in VALID.into_iter().map(str::to_owned).chain(generated) {
            let ours = plain(PrattParser::new().parse(&text).unwrap());
            let other = plain(Parser::new().parse(&text).unwrap());
            assert_eq!(ours, other, "{text}");
        }
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(compare).unwrap().join().unwrap();
}

/// Figures, not a test: `cargo test --release --lib condition -- --ignored --nocapture`.
#[test]
#[ignore = "prints figures"]
fn how_long_it_takes() {
    const ROUNDS: u32 = 20_000;
    let labels = labels();
    let facts = facts(&labels);
    let each = |what: &str, work: &mut dyn FnMut()| {
        work();
        let start = std::time::Instant::now();
        (0..ROUNDS).for_each(|_| work());
        println!("{:>9.0?}  {what}", start.elapsed() / ROUNDS);
    };
    each("inputs", &mut || drop(std::hint::black_box(Inputs::new(&facts))));
    let inputs = full();
    for text in VALID {
        let condition = compile(text).unwrap();
        each(text, &mut || drop(std::hint::black_box(condition.holds(&inputs))));
    }
}
