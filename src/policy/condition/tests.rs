//! What conditions say of requests, and that evaluating one never surprises.

use std::collections::BTreeMap;

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

pub(super) fn full() -> Inputs {
    Inputs::new(&facts(&labels()))
}

/// Nothing is there that may be missing.
pub(super) fn bare() -> Inputs {
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
