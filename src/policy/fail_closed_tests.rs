//! That a slip of the pen never lets anybody in: over random policies and requests, with a rule that
//! allows taken away, or one name misspelt, what was refused stays refused.
//!
//! A policy is made as data and written as TOML, with each name and each key between `‹` and `›`, so
//! that every single one of them can be found and misspelt. Of what is no name (durations, descriptions,
//! ticket patterns, the globs of `resources`) nothing is changed: those mean what they say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use proptest::prelude::*;

use super::ticket::TicketStanding;
use super::*;
use crate::domain::{Actor, Digest, Duty, DutyKind, Kind, Name, Principal, Proof, Span, Time};

const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
const RESOURCES: [&str; 3] = ["web-1", "web-2", "db-1"];
const ROLES: [&str; 3] = ["shell", "deploy", "root"];

/// Of those who may be named as requesters.
const ASKING: [&str; 6] =
    ["‹carol›", "‹ci-deploy›", "group:‹ops›", "group:‹oncall›", "‹frank›", "group:‹crew›"];
/// Each says something of a request; some cannot be answered for all of them.
const CONDITIONS: [&str; 14] = [
    "‹resource›.‹labels›.‹env› == '‹staging›'",
    "‹resource›.‹labels›['‹env›'] != '‹staging›'",
    "has(resource.labels.‹team›) && resource.labels.‹team› != '‹shop›'",
    "'‹ops›' in ‹requester›.‹groups›",
    "!('‹oncall›' in requester.groups)",
    "requester.groups.‹exists›(g, g == '‹crew›' || g in ['‹oncall›', '‹leads›'])",
    "requester.‹company› == '‹acme›'",
    "!has(requester.company) || requester.company in ['‹initech›']",
    "‹request›.‹duration› <= ‹duration›('1h')",
    "request.‹role› in ['‹shell›', '‹deploy›']",
    "requester.‹id› in ['‹carol›', '‹ci-deploy›']",
    "requester.‹kind› == '‹person›' && !request.‹break_glass›",
    "request.‹resource› != '‹db-1›'",
    "resource.‹name› == '‹web-1›' || ‹now›.‹getHours›('UTC') > 9",
];

/// Choices, one after the other; none are left when all are used, and then it is the first each time.
struct Tape<'a>(std::slice::Iter<'a, u8>);

impl Tape<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % n
    }

    /// One time in `n`.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn some<T: Copy>(&mut self, all: &[T], in_n: usize) -> Vec<T> {
        let mut found: Vec<T> = all.iter().copied().filter(|_| self.one_in(in_n)).collect();
        if found.is_empty() {
            found.push(self.of(all));
        }
        found
    }
}

#[derive(Debug, Clone)]
struct RoleOf {
    name: &'static str,
    resources: String,
    requesters: Vec<&'static str>,
    auto: Option<&'static str>,
    stages: Vec<(Vec<&'static str>, u32)>,
    glass: Option<String>,
    more: String,
}

#[derive(Debug, Clone)]
struct Made {
    /// Everything but the roles.
    rest: String,
    roles: Vec<RoleOf>,
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

fn made(tape: &mut Tape<'_>) -> Made {
    let mut rest = String::new();
    let out = &mut rest;
    writeln!(
        out,
        "[‹label›]\n‹env› = [\"‹staging›\", \"‹production›\"]\n‹team› = [\"‹shop›\", \"‹search›\"]"
    )
    .unwrap();
    writeln!(out, "[‹company›.‹acme›]\n[‹company›.‹initech›]\n[‹person›]").unwrap();
    for name in PEOPLE {
        let mut fields = Vec::new();
        if tape.one_in(3) {
            fields.push(format!("‹company› = \"{}\"", tape.of(&["‹acme›", "‹initech›"])));
        }
        if tape.one_in(3) && name != "alice" {
            fields.push("‹sponsor› = \"‹alice›\"".to_owned());
        }
        if tape.one_in(3) {
            fields.push(format!("‹contract-end› = \"{}\"", tape.of(&["2026-11-01", "2026-12-31"])));
        }
        writeln!(out, "‹{name}› = {{ {} }}", fields.join(", ")).unwrap();
    }
    writeln!(out, "[‹service›]\n‹ci-deploy› = {{ ‹owner› = \"{}\" }}", tape.of(&["‹dave›", "‹carol›"]))
        .unwrap();
    writeln!(out, "[‹group›.‹leads›]\n‹members› = {}", list(&["‹alice›", "‹bob›", "‹dave›", "‹erin›"]))
        .unwrap();
    for group in ["‹ops›", "‹crew›"] {
        let members = tape.some(&["‹carol›", "‹bob›", "‹ci-deploy›", "‹frank›"], 2);
        writeln!(out, "[‹group›.{group}]\n‹members› = {}", list(&members)).unwrap();
    }
    writeln!(out, "[‹group›.‹oncall›]\n‹from-file› = \"/etc/jit/oncall\"").unwrap();
    writeln!(out, "[‹window›.‹office›]\n‹zone› = \"Europe/Berlin\"\n‹open› = [\"mon-fri 08:00-18:00\"]")
        .unwrap();
    writeln!(
        out,
        "[‹ticket-system›.‹tracker›]\n‹pattern› = \"OPS-[0-9]+\"\n‹command› = [\"/bin/t\"]\n\
         ‹open-states› = [\"open\"]\n‹assignee› = \"requester\""
    )
    .unwrap();
    writeln!(out, "[‹training›.‹course›]\n‹version› = 2\n‹valid-for› = \"{}\"", tape.of(&["30d", "2d"]))
        .unwrap();
    writeln!(out, "[‹terms›.‹rules›]\n‹version› = 1\n‹text› = \"Be careful.\"").unwrap();
    for (name, labels) in [
        ("‹web-1›", "‹env› = \"‹production›\", ‹team› = \"‹shop›\""),
        ("‹web-2›", tape.of(&["‹team› = \"‹search›\"", "‹env› = \"‹production›\"", ""])),
        ("‹db-1›", "‹env› = \"‹staging›\""),
    ] {
        writeln!(out, "[‹resource›.{name}]\n‹provider› = \"‹ssh›\"\n‹labels› = {{ {labels} }}").unwrap();
        if tape.one_in(2) {
            writeln!(out, "‹owners› = {}", list(&[tape.of(&["‹erin›", "‹bob›"])])).unwrap();
        }
    }
    let roles: Vec<RoleOf> = ROLES.iter().take(2 + tape.below(2)).map(|name| role(name, tape)).collect();
    let known: Vec<&str> = ROLES.iter().take(roles.len()).copied().collect();
    for (kind, name) in [("deny", "freeze"), ("deny", "strangers"), ("limit", "short"), ("limit", "day")] {
        if tape.one_in(2) {
            rule(out, kind, name, &known, tape);
        }
    }
    Made { rest, roles }
}

fn rule(out: &mut String, kind: &str, name: &str, roles: &[&str], tape: &mut Tape<'_>) {
    writeln!(out, "[‹{kind}›.‹{name}›]").unwrap();
    let mut any = false;
    if tape.one_in(3) {
        let marked: Vec<String> = tape.some(roles, 2).iter().map(|role| format!("‹{role}›")).collect();
        writeln!(out, "‹roles› = {}", list(&marked.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
        any = true;
    }
    if tape.one_in(3) {
        writeln!(out, "‹requesters› = {}", list(&tape.some(&ASKING, 3))).unwrap();
        any = true;
    }
    match tape.below(3) {
        0 => {
            let resources = tape.some(&["‹web-1›", "‹web-2›", "‹db-1›"], 2);
            writeln!(out, "‹resources› = {}", list(&resources)).unwrap();
            any = true;
        }
        1 => {
            let label =
                tape.of(&["‹env› = \"‹production›\"", "‹env› = \"‹staging›\"", "‹team› = \"‹shop›\""]);
            writeln!(out, "‹resource-labels› = {{ {label} }}").unwrap();
            any = true;
        }
        _ => {}
    }
    if kind == "limit" {
        if !any {
            writeln!(out, "‹requesters› = [\"group:‹ops›\"]").unwrap();
        }
        writeln!(out, "‹max-duration› = \"{}\"", tape.of(&["30m", "1h", "2h"])).unwrap();
    } else if !any || tape.one_in(2) {
        writeln!(out, "‹when› = \"{}\"", tape.of(&CONDITIONS)).unwrap();
    }
}

fn role(name: &'static str, tape: &mut Tape<'_>) -> RoleOf {
    let resources = match tape.below(4) {
        0 => "‹resources› = [\"web-*\"]".to_owned(),
        1 => "‹resources› = [\"*\"]".to_owned(),
        2 => format!("‹resources› = {}", list(&tape.some(&["‹web-1›", "‹web-2›", "‹db-1›"], 2))),
        _ => "‹resource-labels› = { ‹env› = \"‹production›\" }".to_owned(),
    };
    let auto = tape.one_in(2).then(|| tape.of(&CONDITIONS));
    let deciders = |tape: &mut Tape<'_>| {
        let mut all = vec!["group:‹leads›"];
        all.extend(
            ["‹resource:owner›", "‹requester:sponsor›", "‹frank›", "group:‹oncall›"]
                .iter()
                .filter(|_| tape.one_in(4)),
        );
        all
    };
    let stages = if auto.is_some() && tape.one_in(2) { 0 } else { 1 + tape.below(2) };
    // Four lead; one of them may be asking, and each counts once over all stages.
    let number = |stage: usize, tape: &mut Tape<'_>| 1 + u32::from(stage == 0 && tape.one_in(2));
    let stages: Vec<_> = (0..stages).map(|stage| (deciders(tape), number(stage, tape))).collect();
    let mut more = String::new();
    for condition in ["when", "auto-deny"] {
        if tape.one_in(4) {
            writeln!(more, "‹{condition}› = \"{}\"", tape.of(&CONDITIONS)).unwrap();
        }
    }
    for windows in ["request-windows", "use-windows", "approve-windows"] {
        if tape.one_in(6) {
            writeln!(more, "‹{windows}› = [\"‹office›\"]").unwrap();
        }
    }
    let mut require = Vec::new();
    if tape.one_in(5) {
        require.push("‹ticket› = \"OPS-[0-9]+\"");
    }
    if tape.one_in(4) {
        require.push("‹ticket-system› = \"‹tracker›\"");
    }
    if tape.one_in(6) {
        require.push("‹mfa› = \"15m\"");
    }
    if tape.one_in(4) {
        require.push("‹reason› = false");
    }
    if tape.one_in(5) {
        require.push("‹training› = [\"‹course›\"]");
    }
    if tape.one_in(5) {
        require.push("‹terms› = [\"‹rules›\"]");
    }
    if !require.is_empty() {
        writeln!(more, "‹require› = {{ {} }}", require.join(", ")).unwrap();
    }
    if tape.one_in(4) {
        writeln!(more, "‹escalate› = {{ ‹after› = \"1h\", ‹to› = [\"‹frank›\", \"group:‹crew›\"] }}")
            .unwrap();
    }
    if tape.one_in(4) {
        writeln!(more, "‹max-open› = 1").unwrap();
    }
    if tape.one_in(4) {
        writeln!(more, "‹max-total› = \"8h\"").unwrap();
    }
    let glass = tape.one_in(3).then(|| {
        let own = if tape.one_in(2) {
            format!(", ‹requesters› = {}", list(&tape.some(&ASKING, 3)))
        } else {
            String::new()
        };
        format!(
            "{{ ‹max-duration› = \"30m\", ‹announce› = [\"‹erin›\"], ‹debrief› = [\"group:‹leads›\"]{own} }}"
        )
    });
    RoleOf { name, resources, requesters: tape.some(&ASKING, 3), auto, stages, glass, more }
}

impl Made {
    /// With its marks.
    fn text(&self) -> String {
        let mut out = self.rest.clone();
        for RoleOf { name, resources, requesters, auto, stages, glass, more } in &self.roles {
            let requesters = list(requesters);
            writeln!(
                out,
                "[‹role›.‹{name}›]\n{resources}\n‹requesters› = {requesters}\n‹max-duration› = \"2h\""
            )
            .unwrap();
            out.push_str(more);
            if let Some(auto) = auto {
                writeln!(out, "‹auto-approve› = \"{auto}\"").unwrap();
            }
            if let Some(glass) = glass {
                writeln!(out, "‹break-glass› = {glass}").unwrap();
            }
            match stages.as_slice() {
                [] => {}
                [(approvers, n)] => {
                    writeln!(out, "‹approvers› = {}\n‹approvals› = {n}", list(approvers)).unwrap();
                }
                many => {
                    for (approvers, n) in many {
                        let approvers = list(approvers);
                        writeln!(
                            out,
                            "[[‹role›.‹{name}›.‹stage›]]\n‹approvers› = {approvers}\n‹approvals› = {n}"
                        )
                        .unwrap();
                    }
                }
            }
            writeln!(out, "[‹role›.‹{name}›.‹ssh›]\n‹principals› = [\"deploy\"]").unwrap();
        }
        out
    }
}

/// The text without its marks, and where the marked words stand in it.
fn unmarked(marked: &str) -> (String, Vec<Range<usize>>) {
    let (mut text, mut words, mut start) = (String::new(), Vec::new(), 0);
    for c in marked.chars() {
        match c {
            '‹' => start = text.len(),
            '›' => words.push(start..text.len()),
            c => text.push(c),
        }
    }
    (text, words)
}

fn parse(text: &str) -> Result<Policy, String> {
    let files = [SourceFile { name: "p.toml".into(), text: text.to_owned() }];
    Policy::parse(&files)
        .map_err(|all| all.iter().map(|d| d.render(&files, false)).collect::<Vec<_>>().join("\n"))
}

/// A request, and what is known when it is made, by number.
#[derive(Debug, Clone)]
struct Asked {
    who: usize,
    role: usize,
    resource: usize,
    long: usize,
    ticket: bool,
    glass: bool,
    planned: bool,
    weekend: bool,
    mfa: bool,
    open: u32,
    on_call: usize,
}

fn asked() -> impl Strategy<Value = Asked> {
    let (flag, seldom) = (any::<bool>, || proptest::bool::weighted(0.2));
    let request = (0..PEOPLE.len() + 1, 0..ROLES.len(), 0..RESOURCES.len(), 0..3usize, flag(), seldom());
    let facts = (seldom(), seldom(), flag(), proptest::bool::weighted(0.1), 0..4usize);
    (request, facts).prop_map(|(request, facts)| {
        let (who, role, resource, long, ticket, glass) = request;
        let (planned, weekend, mfa, open, on_call) = facts;
        Asked {
            who,
            role,
            resource,
            long,
            ticket,
            glass,
            planned,
            weekend,
            mfa,
            open: u32::from(open),
            on_call,
        }
    })
}

fn principal(name: &str) -> Principal {
    Principal { issuer: "jit".parse().unwrap(), subject: name.parse().unwrap() }
}

/// What came of it: nothing, or on which conditions.
#[derive(Debug)]
struct Got {
    approvals: Vec<u32>,
    max: Span,
    max_total: Span,
    deciders: BTreeSet<Name>,
}

/// Some have learned and agreed to all of it, some to a part, most to nothing.
fn proofs(now: Time) -> Vec<Proof> {
    let proof = |user: &str, kind: DutyKind, name: &str, version: u32| Proof {
        user: user.parse().unwrap(),
        duty: Duty { kind, name: name.parse().unwrap() },
        version,
        at: now.minus("1d".parse().unwrap()),
        until: None,
        by: principal("erin"),
        digest: (kind == DutyKind::Terms).then(|| Digest::of(b"Be careful.")),
    };
    let (training, terms) = (DutyKind::Training, DutyKind::Terms);
    vec![
        proof("carol", training, "course", 2),
        proof("carol", terms, "rules", 1),
        proof("dave", training, "course", 1),
        proof("dave", terms, "rules", 1),
        proof("frank", training, "course", 2),
    ]
}

fn decide(policy: &Policy, asked: &Asked, service_owner: &str) -> Option<Got> {
    let requester = match PEOPLE.get(asked.who) {
        Some(name) => Actor::person(principal(name)),
        None => {
            Actor { principal: principal("ci-deploy"), kind: Kind::Service, human: principal(service_owner) }
        }
    };
    let on_call: &[&str] = [&[][..], &["carol"], &["bob", "frank"], &["mallory", "erin"]][asked.on_call];
    let mut world = World::default();
    if asked.on_call > 0 {
        let names = on_call.iter().map(|name| name.parse().unwrap()).collect();
        world.on_call.insert("oncall".parse().unwrap(), names);
    }
    let now: Time =
        if asked.weekend { "2026-11-21T12:00:00Z" } else { "2026-11-23T12:00:00Z" }.parse().unwrap();
    world.proofs = std::sync::Arc::new(proofs(now).into_iter().collect());
    let ask = AskedFor {
        requester: &requester,
        role: ROLES[asked.role],
        resource: Some(RESOURCES[asked.resource]),
        duration: ["10m", "1h", "2h"][asked.long].parse().unwrap(),
        start: asked.planned.then(|| now.plus("1d".parse().unwrap())),
        reason: "release",
        ticket: asked.ticket.then_some("OPS-1"),
        break_glass: asked.glass,
    };
    let facts = Facts {
        now,
        mfa: asked.mfa.then_some(now),
        ticket: if asked.ticket { TicketFact::Standing(TicketStanding::Good) } else { TicketFact::NotAsked },
        open: asked.open,
        debrief_open: false,
        world: &world,
    };
    match policy.decide(&ask, &facts) {
        Decision::Refuse(_) => None,
        Decision::Allow(allowed) => Some(Got {
            approvals: allowed.approvals.by_stage().to_vec(),
            max: allowed.max,
            max_total: allowed.max_total,
            deciders: allowed
                .role
                .stages
                .iter()
                .flat_map(|stage| policy.deciders(stage, &allowed.resource.name, &requester, &world))
                .cloned()
                .collect(),
        }),
    }
}

/// Whether `after` gives no more than `before` did: to nobody, for no longer, by no fewer or other people.
fn no_more(before: &Policy, after: &Policy, asked: &[Asked]) -> Result<(), TestCaseError> {
    let owner = |policy: &Policy| policy.people.get("ci-deploy").and_then(|person| person.human.clone());
    let owner = owner(before).unwrap().to_string();
    for asked in asked {
        let (was, is) = (decide(before, asked, &owner), decide(after, asked, &owner));
        let Some(is) = is else { continue };
        let Some(was) = was else {
            return Err(TestCaseError::fail(format!("{asked:?} was refused, and now is granted: {is:?}")));
        };
        let at = |list: &[u32], stage: usize| list.get(stage).copied().unwrap_or(0);
        let stages = was.approvals.len().max(is.approvals.len());
        let fewer = (0..stages).any(|stage| at(&is.approvals, stage) < at(&was.approvals, stage));
        prop_assert!(!fewer, "{asked:?} takes fewer: {was:?}, {is:?}");
        prop_assert!(
            is.max <= was.max && is.max_total <= was.max_total,
            "{asked:?} lasts longer: {was:?}, {is:?}"
        );
        prop_assert!(is.deciders.is_subset(&was.deciders), "others decide on {asked:?}: {was:?}, {is:?}");
    }
    Ok(())
}

fn tape() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 150..250)
}

/// A word that is one edit away, and no other word of the language or of the policy.
fn misspelt(word: &str, edit: usize, place: usize, with: char, taken: &BTreeSet<&str>) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let at = place % letters.len();
    match edit {
        0 => letters[at] = with,
        1 => letters.insert(at, with),
        2 => {
            letters.remove(at);
        }
        _ if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => letters.push(with),
    }
    let found: String = letters.into_iter().collect();
    (found != word && !taken.contains(found.as_str())).then_some(found)
}

proptest! {
    #[test]
    fn misspelling_any_one_name_never_turns_a_refusal_into_a_grant(
        tape in tape(),
        word in any::<prop::sample::Index>(),
        (edit, place, with) in (0usize..4, 0usize..16, proptest::char::ranges(vec!['a'..='z', '0'..='9', '-'..='-'].into())),
        asked in proptest::collection::vec(asked(), 40),
    ) {
        let (text, words) = unmarked(&made(&mut Tape(tape.iter())).text());
        let before = parse(&text).unwrap_or_else(|why| panic!("{text}\n{why}"));
        let range = word.get(&words).clone();
        let taken: BTreeSet<&str> = words.iter().map(|word| text.get(word.clone()).unwrap()).collect();
        let was = text.get(range.clone()).unwrap();
        let Some(is) = misspelt(was, edit, place, with, &taken) else { return Ok(()) };
        let mut after = text.clone();
        after.replace_range(range.clone(), &is);
        if let Ok(policy) = parse(&after) {
            no_more(&before, &policy, &asked)
                .map_err(|why| TestCaseError::fail(format!("{was:?} became {is:?} at {range:?}: {why}\n{text}")))?;
        }
    }

    #[test]
    fn taking_away_what_allows_never_turns_a_refusal_into_a_grant(
        tape in tape(),
        (role, what, entry) in (any::<prop::sample::Index>(), 0usize..5, any::<prop::sample::Index>()),
        asked in proptest::collection::vec(asked(), 40),
    ) {
        let mut made = made(&mut Tape(tape.iter()));
        let before = parse(&unmarked(&made.text()).0).unwrap();
        let role = role.index(made.roles.len());
        match what {
            0 => {
                made.roles.remove(role);
            }
            1 => {
                let requesters = &mut made.roles[role].requesters;
                requesters.remove(entry.index(requesters.len()));
            }
            2 => made.roles[role].auto = None,
            3 => made.roles[role].glass = None,
            _ => {
                let stages = &mut made.roles[role].stages;
                let Some(stage) = stages.get_mut(0) else { return Ok(()) };
                let approver = entry.index(stage.0.len());
                stage.0.remove(approver);
            }
        }
        if let Ok(after) = parse(&unmarked(&made.text()).0) {
            no_more(&before, &after, &asked)?;
        }
    }
}

#[test]
fn the_random_policies_say_yes_and_no_and_most_misspellings_do_not_load() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut granted, mut refused, mut loads, mut wrong) = (0, 0, BTreeSet::new(), 0);
    for _ in 0..60 {
        let tape = tape().new_tree(&mut runner).unwrap().current();
        let (text, words) = unmarked(&made(&mut Tape(tape.iter())).text());
        let policy = parse(&text).unwrap_or_else(|why| panic!("{text}\n{why}"));
        for _ in 0..40 {
            let asked = asked().new_tree(&mut runner).unwrap().current();
            match decide(&policy, &asked, "dave") {
                Some(_) => granted += 1,
                None => refused += 1,
            }
        }
        for range in words.iter().step_by(7) {
            let mut after = text.clone();
            after.replace_range(range.start..range.start, "q");
            match parse(&after) {
                Ok(_) => {
                    loads.insert(text.get(range.clone()).unwrap().to_owned());
                }
                Err(_) => wrong += 1,
            }
        }
    }
    assert!(granted > 60 && refused > 600, "{granted} granted, {refused} refused");
    assert!(wrong > 500, "{wrong}");
    // Only declarations that nothing else mentions.
    let rest: Vec<_> = loads
        .iter()
        .filter(|word| {
            let names = [&PEOPLE[..], &RESOURCES, &ROLES].concat();
            let other = [
                "acme",
                "initech",
                "ci-deploy",
                "crew",
                "ops",
                "oncall",
                "office",
                "tracker",
                "freeze",
                "strangers",
                "short",
                "day",
                "search",
                "team",
                "staging",
                "production",
                "env",
                "shop",
                "course",
                "rules",
            ];
            !names.contains(&word.as_str()) && !other.contains(&word.as_str())
        })
        .collect();
    assert!(rest.is_empty(), "{rest:?}");
}
