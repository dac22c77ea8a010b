//! Loading a large policy, and deciding by it, beside the limits of the machine in the same run.
//!
//! `cargo bench --bench policy [-- DIR]`: with a folder, the policy is written there too.
//!
//! 100,000 people and services, 500,000 memberships, 10,000 resources, 10,000 roles, 1,000 conditions of
//! which 100 are those of deny rules. All of it comes from one seed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure, and its output is its purpose"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use jit_access::domain::request::{Ask, Vote};
use jit_access::domain::{Actor, Digest, Kind, Name, Principal, Request, RequestId, Span, Time};
use jit_access::policy::model::{Group, Who};
use jit_access::policy::{
    AskedFor, Decision, Diagnostic, Facts, Policy, Recheck, Recheckable, Role, SourceFile, TicketFact, World,
};
use toml::de::DeTable;

const PEOPLE: u64 = 100_000;
const SERVICES: u64 = 1_000;
const RESOURCES: u64 = 10_000;
const ROLES: u64 = 10_000;
const TEAMS: u64 = 200;
/// Groups of that size, and how many.
const GROUPS: [(u64, u64); 5] = [(100_000, 1), (10_000, 10), (1_000, 100), (100, 1_000), (10, 10_000)];
const DENIES: u64 = 100;
const LIMITS: u64 = 50;
const ASKS: u64 = 200_000;

fn main() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load before: {}", load.trim());
    let files = generate();
    if let Some(dir) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')) {
        for file in &files {
            std::fs::write(Path::new(&dir).join(&file.name), &file.text).unwrap();
        }
    }
    let policy = loading(&files);
    deciding(&policy);
    rechecking(&policy);
}

fn loading(files: &[SourceFile]) -> Policy {
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    println!("{} files, {:.1} MB of TOML", files.len(), bytes as f64 / 1e6);
    let begin = Instant::now();
    let digest = Digest::of_fields(files.iter().map(|file| file.text.as_bytes()));
    println!(
        "limit: SHA-256 over the same bytes ({:.4})          {:>9.1?}",
        digest.to_string(),
        begin.elapsed()
    );
    let limit = median(5, || {
        for file in files {
            std::hint::black_box(DeTable::parse(&file.text).unwrap());
        }
    });
    println!("limit: the TOML parser alone                     {limit:>9.1?}");
    let before = resident();
    let begin = cpu_time();
    let policy = parse(files);
    let cpu = cpu_time() - begin;
    println!("its memory once loaded                           {:>9.1} MiB", resident() - before);
    let mut policies = Vec::new();
    let took = median(7, || policies.push(parse(files)));
    println!("loaded, median of 7                              {took:>9.1?}, {cpu:.0?} of CPU");
    println!("    {:.1} × the TOML parser", took.as_secs_f64() / limit.as_secs_f64());
    policy
}

fn parse(files: &[SourceFile]) -> Policy {
    Policy::parse(files).unwrap_or_else(|wrong| {
        let first = wrong.first().map(Diagnostic::to_string);
        println!("{} errors, the first: {}", wrong.len(), first.unwrap_or_default());
        std::process::abort()
    })
}

/// What somebody may be asking.
struct Wish {
    requester: Actor,
    role: Name,
    resource: Name,
    duration: Span,
    ticket: Option<String>,
}

fn deciding(policy: &Policy) {
    let people: Vec<&Name> = policy.people.keys().collect();
    let roles: Vec<&Role> = policy.roles.values().collect();
    let mut random = Random(7);
    let limit = times(ASKS, |_| {
        let name = *random.of::<&Name>(&people);
        let begin = Instant::now();
        std::hint::black_box(policy.people.get(name));
        begin.elapsed()
    });
    println!("limit: one person of 100,000 looked up         {}", spread(limit));

    let world = World::default();
    let (mut allowed, mut rules, mut slowest) = (0u64, 0u64, (Duration::ZERO, String::new()));
    let took = times(ASKS, |n| {
        let mut wish = wish(policy, &roles, &mut random);
        match n % 4 {
            // Anybody may ask for anything.
            0 => wish.requester = actor(policy, random.of::<&Name>(&people)),
            1 => wish.resource = policy.resources.keys().nth(random.below(40)).unwrap().clone(),
            _ => {}
        }
        let (ask, facts) = (wish.ask(), facts(&world));
        let begin = Instant::now();
        let judged = std::hint::black_box(policy.judge(&ask, &facts));
        let took = begin.elapsed();
        rules += judged.took.len() as u64;
        allowed += u64::from(matches!(judged.decision, Decision::Allow(_)));
        if took > slowest.0 {
            slowest = (took, wish.role.to_string());
        }
        took
    });
    println!("decide, {ASKS} random asks                    {}", spread(took));
    println!(
        "    {:.0} % allowed; {:.1} rules took part in one; the slowest was for {}",
        allowed as f64 * 100.0 / ASKS as f64,
        rules as f64 / ASKS as f64,
        slowest.1
    );
}

fn rechecking(policy: &Policy) {
    let roles: Vec<&Role> = policy.roles.values().collect();
    let mut random = Random(11);
    let world = World::default();
    let mut requests = Vec::new();
    while requests.len() < 20_000 {
        let wish = wish(policy, &roles, &mut random);
        if let Decision::Allow(allowed) = policy.decide(&wish.ask(), &facts(&world)) {
            requests.push(filed(policy, &wish, &allowed, requests.len() as u64, &world));
        }
    }
    let mut good = 0u64;
    let took = times(requests.len() as u64, |n| {
        let request = &requests[n as usize];
        let facts = facts(&world);
        let begin = Instant::now();
        let recheck = policy.recheck(request, Recheckable::Use, Some(1), &facts, |_| true);
        let took = begin.elapsed();
        good += u64::from(matches!(std::hint::black_box(recheck), Recheck::Allow { .. }));
        took
    });
    println!("recheck, 20000 requests with their votes       {}", spread(took));
    assert_eq!(good, requests.len() as u64, "what was allowed just now still is");
}

/// The request, with the votes that it needs.
fn filed(
    policy: &Policy,
    wish: &Wish,
    allowed: &jit_access::policy::Allowed<'_>,
    n: u64,
    world: &World,
) -> Request {
    let role = allowed.role;
    let ask = Ask {
        id: RequestId::from_number(n + 1).unwrap(),
        requester: wish.requester.clone(),
        role: role.name.clone(),
        resource: wish.resource.clone(),
        terms: role.terms(1, allowed.approvals.clone(), allowed.max, allowed.max_total),
        duration: wish.duration,
        start: None,
        reason: "deploy the hotfix for the checkout page".to_owned(),
        ticket: wish.ticket.clone(),
        debrief_within: None,
    };
    let mut request = Request::file(ask, now());
    for (number, stage) in (0..).zip(&role.stages) {
        let deciders = policy.deciders(stage, &wish.resource, &wish.requester, world);
        request.votes.extend(deciders.into_iter().take(stage.approvals as usize).map(|decider| Vote {
            by: actor(policy, decider),
            on_behalf: None,
            at: now(),
            stage: number,
            shown: Digest::of(b"shown"),
            max: None,
            comment: None,
        }));
    }
    request
}

impl Wish {
    fn ask(&self) -> AskedFor<'_> {
        AskedFor {
            requester: &self.requester,
            role: self.role.as_str(),
            resource: Some(self.resource.as_str()),
            duration: self.duration,
            start: None,
            reason: "deploy the hotfix for the checkout page",
            ticket: self.ticket.as_deref(),
            break_glass: false,
        }
    }
}

fn facts(world: &World) -> Facts<'_> {
    let mfa = Some(now().minus(Span::clamped(60)));
    Facts { now: now(), mfa, ticket: TicketFact::NotAsked, open: 0, debrief_open: false, world }
}

/// One of those whom a role names, for a resource of the role.
fn wish(policy: &Policy, roles: &[&Role], random: &mut Random) -> Wish {
    let role = *random.of(roles);
    let who = match random.of(&role.requesters) {
        Who::User(name) => name,
        Who::Group(group) => match policy.groups.get(group) {
            Some(Group::Members(members)) => nth(members, random),
            _ => unreachable!("all groups have members"),
        },
        Who::ResourceOwner | Who::RequesterSponsor => unreachable!("no requesters"),
    };
    Wish {
        requester: actor(policy, who),
        role: role.name.clone(),
        resource: nth(&role.resources, random).clone(),
        duration: Span::clamped(600 * (1 + random.next() % 15)),
        ticket: random.next().is_multiple_of(2).then(|| "OPS-1234".to_owned()),
    }
}

fn nth<'a, T>(set: &'a std::collections::BTreeSet<T>, random: &mut Random) -> &'a T {
    // Near the front: the set has no place to start from.
    set.iter().nth(random.below(set.len().min(1_000))).unwrap()
}

fn actor(policy: &Policy, who: &Name) -> Actor {
    let principal = |name: &Name| Principal { issuer: "jit".parse().unwrap(), subject: name.clone() };
    let mut actor = Actor::person(principal(who));
    let person = &policy.people[who];
    actor.kind = person.kind;
    if let (Kind::Service, Some(human)) = (person.kind, &person.human) {
        actor.human = principal(human);
    }
    actor
}

/// A Friday at noon.
fn now() -> Time {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// The sizes are those of the constants; the rest is what a company of that size may have.
fn generate() -> Vec<SourceFile> {
    let mut random = Random(1);
    let random = &mut random;
    let files: [(&str, String); 5] = [
        ("people.toml", people(random)),
        ("groups.toml", groups(random)),
        ("resources.toml", resources(random)),
        ("roles.toml", roles(random)),
        ("rules.toml", rules(random)),
    ];
    files.map(|(name, text)| SourceFile { name: name.to_owned(), text }).into()
}

fn people(random: &mut Random) -> String {
    let mut out = String::new();
    for n in 0..100 {
        writeln!(out, "[company.company-{n}]").unwrap();
    }
    writeln!(out, "[person]").unwrap();
    for n in 0..PEOPLE - SERVICES {
        match n % 10 {
            0 => {
                let (company, sponsor) = (random.next() % 100, random.next() % 1_000 * 10 + 1);
                let says = "contract-end = \"2027-03-31\"";
                writeln!(
                    out,
                    "{} = {{ company = \"company-{company}\", sponsor = \"{}\", {says} }}",
                    person(n),
                    person(sponsor)
                )
                .unwrap();
            }
            _ => writeln!(out, "{} = {{}}", person(n)).unwrap(),
        }
    }
    writeln!(out, "[service]").unwrap();
    for n in PEOPLE - SERVICES..PEOPLE {
        writeln!(out, "{} = {{ owner = \"{}\" }}", person(n), person(random.next() % 1_000)).unwrap();
    }
    out
}

fn person(n: u64) -> String {
    if n < PEOPLE - SERVICES { format!("user-{n:05}") } else { format!("service-{n:05}") }
}

fn groups(random: &mut Random) -> String {
    let mut out = String::new();
    for (size, count) in GROUPS {
        for n in 0..count {
            write!(out, "[group.group-{size}-{n}]\nmembers = [").unwrap();
            // Everybody once, from anywhere on.
            let from = random.next() % PEOPLE;
            let step = if size < 1_000 { 7_919 } else { 1 };
            for member in 0..size {
                let sign = if member == 0 { "" } else { ", " };
                write!(out, "{sign}\"{}\"", person((from + member * step) % PEOPLE)).unwrap();
            }
            out.push_str("]\n");
        }
    }
    out
}

fn group(random: &mut Random) -> String {
    // Mostly of the smaller ones.
    let kind = match random.next() % 100 {
        0..5 => 1,
        5..20 => 2,
        20..50 => 3,
        _ => 4,
    };
    let (size, count) = *GROUPS.get(kind).unwrap();
    format!("group:group-{size}-{}", random.next() % count)
}

fn resources(random: &mut Random) -> String {
    let teams: Vec<String> = (0..TEAMS).map(|n| format!("\"team-{n}\"")).collect();
    let mut out = format!(
        "[label]\nenv = [\"production\", \"staging\", \"test\", \"lab\"]\ntier = [\"web\", \"db\", \"queue\"]\nteam = [{}]\n",
        teams.join(", ")
    );
    for n in 0..RESOURCES {
        let (env, tier, team) =
            (ENVS.get(n as usize % 4).unwrap(), random.of(&["web", "db", "queue"]), n % TEAMS);
        write!(
            out,
            "[resource.host-{n:04}]\nprovider = \"ssh\"\naddress = \"host-{n:04}.example.net\"\n\
             labels = {{ env = \"{env}\", tier = \"{tier}\", team = \"team-{team}\" }}\n"
        )
        .unwrap();
        if n % 5 == 0 {
            writeln!(out, "owners = [\"{}\"]", person(random.next() % 1_000)).unwrap();
        }
    }
    out
}

const ENVS: [&str; 4] = ["production", "staging", "test", "lab"];

fn condition(random: &mut Random) -> String {
    match random.next() % 4 {
        0 => format!("resource.labels.env == '{}' || request.duration <= duration('2h')", random.of(&ENVS)),
        1 => format!("!('group-100-{}' in requester.groups)", random.next() % 1_000),
        2 => "requester.kind == 'person' && request.reason.contains('hotfix')".to_owned(),
        _ => format!(
            "has(requester.company) && requester.company == 'company-{}' ? request.duration < duration('30m') : true",
            random.next() % 100
        ),
    }
}

fn roles(random: &mut Random) -> String {
    let mut out = "[window.office]\nzone = \"Europe/Berlin\"\nopen = [\"mon-fri 08:00-18:00\"]\n".to_owned();
    for n in 0..ROLES {
        write!(out, "[role.role-{n:04}]\ndescription = \"Role number {n} of a large company\"\n").unwrap();
        match n % 10 {
            // The hosts of a team in one environment: 50.
            0..2 => writeln!(
                out,
                "resource-labels = {{ env = \"{}\", team = \"team-{}\" }}",
                ENVS.get(n as usize / 10 % 4).unwrap(),
                // Teams have hosts in one environment each.
                n / 10 % 4 + 4 * (random.next() % (TEAMS / 4))
            ),
            2..5 => {
                let (prefix, last) = (random.next() % 100, random.next() % 10);
                writeln!(out, "resources = [\"host-{prefix:02}?{last}\", \"host-{prefix:02}[0-3]*\"]")
            }
            5 if n % 100 == 5 => writeln!(out, "resource-labels = {{ env = \"staging\" }}"),
            _ => {
                let first = random.next() % (RESOURCES - 3);
                writeln!(
                    out,
                    "resources = [\"host-{first:04}\", \"host-{:04}\", \"host-{:04}\"]",
                    first + 1,
                    first + 2
                )
            }
        }
        .unwrap();
        let everybody = if n % 100 == 0 { ", \"group:group-100000-0\"" } else { "" };
        writeln!(out, "requesters = [\"{}\", \"{}\"{everybody}]", group(random), person(n)).unwrap();
        // 900 of them.
        match n % 100 {
            1..5 => writeln!(out, "when = \"{}\"", condition(random)).unwrap(),
            5..8 => writeln!(out, "auto-approve = \"{}\"", condition(random)).unwrap(),
            8..10 => {
                writeln!(out, "auto-deny = \"request.reason == 'test {n}' && requester.kind == 'person'\"")
                    .unwrap();
            }
            _ => {}
        }
        if n % 3 == 0 {
            writeln!(out, "request-windows = [\"office\"]\nuse-windows = [\"office\"]").unwrap();
        }
        match n % 4 {
            0 => writeln!(out, "require = {{ ticket = \"OPS-[0-9]+\" }}").unwrap(),
            1 => writeln!(out, "require = {{ mfa = \"15m\" }}").unwrap(),
            _ => {}
        }
        writeln!(out, "max-duration = \"2h\"\nmax-total = \"8h\"").unwrap();
        let approvers = format!("group:group-100-{}", random.next() % 1_000);
        if n % 3 == 1 {
            write!(
                out,
                "[[role.role-{n:04}.stage]]\nname = \"team\"\napprovers = [\"{approvers}\"]\napprovals = 1\n\
                 [[role.role-{n:04}.stage]]\nname = \"security\"\napprovers = [\"group:group-10000-0\"]\napprovals = 1\n"
            )
            .unwrap();
        } else {
            let owner = if n % 5 == 0 { ", \"resource:owner\"" } else { "" };
            writeln!(out, "approvers = [\"{approvers}\"{owner}]\napprovals = {}", 1 + n % 2).unwrap();
        }
        if n % 10 == 3 {
            write!(
                out,
                "[role.role-{n:04}.break-glass]\nrequesters = [\"group:group-100000-0\"]\nmax-duration = \"30m\"\n\
                 announce = [\"group:group-1000-1\"]\ndebrief = [\"group:group-100-2\"]\n"
            )
            .unwrap();
        }
        write!(out, "[role.role-{n:04}.ssh]\nprincipals = [\"deploy\"]\n").unwrap();
    }
    out
}

fn rules(random: &mut Random) -> String {
    let mut out = String::new();
    for n in 0..DENIES {
        write!(out, "[deny.deny-{n}]\ndescription = \"Rule number {n}\"\n").unwrap();
        match n % 4 {
            // About everybody, on a quarter of the hosts.
            0 => writeln!(out, "resource-labels = {{ env = \"{}\" }}", ENVS.get(n as usize / 4 % 4).unwrap()),
            1 => writeln!(out, "requesters = [\"group:group-10000-{}\"]", n / 4 % 10),
            2 => writeln!(out, "resource-labels = {{ team = \"team-{}\" }}", random.next() % TEAMS),
            _ => {
                let roles: Vec<_> =
                    (0..100).map(|_| format!("\"role-{:04}\"", random.next() % ROLES)).collect();
                let roles: std::collections::BTreeSet<_> = roles.into_iter().collect();
                writeln!(out, "roles = [{}]", roles.into_iter().collect::<Vec<_>>().join(", "))
            }
        }
        .unwrap();
        let when = match n % 3 {
            0 => format!("now > timestamp('2026-12-{:02}T00:00:00Z')", 1 + n % 28),
            1 => format!(
                "request.reason.contains('number {n}') || 'group-10-{}' in requester.groups",
                random.next() % 10_000
            ),
            _ => format!("requester.kind == 'service' && request.duration > duration('{}m')", 60 + n),
        };
        writeln!(out, "when = \"{when}\"").unwrap();
    }
    for n in 0..LIMITS {
        write!(out, "[limit.limit-{n}]\nmax-duration = \"{}m\"\n", 90 + n).unwrap();
        match n % 2 {
            0 => writeln!(out, "resource-labels = {{ team = \"team-{n}\" }}"),
            _ => writeln!(out, "requesters = [\"group:group-1000-{n}\"]"),
        }
        .unwrap();
    }
    out
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

fn times(count: u64, mut run: impl FnMut(u64) -> Duration) -> Vec<Duration> {
    let mut took: Vec<_> = (0..count).map(&mut run).collect();
    took.sort_unstable();
    took
}

/// Of sorted times.
fn spread(took: Vec<Duration>) -> String {
    let at = |per_mille: usize| {
        let micros = took.get(took.len() * per_mille / 1000).map_or(f64::NAN, Duration::as_secs_f64) * 1e6;
        format!("{micros:>8.2} µs")
    };
    let max = took.last().map_or(f64::NAN, Duration::as_secs_f64) * 1e6;
    format!("p50 {}  p99 {}  p99.9 {}  max {max:>8.2} µs", at(500), at(990), at(999))
}

fn median(count: usize, mut run: impl FnMut()) -> Duration {
    let mut took: Vec<_> = (0..count)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    took.sort_unstable();
    took.get(count / 2).copied().unwrap_or_default()
}

/// The processor time that this process has used (proc(5), in ticks of 10 ms): unlike the clock on the
/// wall, it says little about the neighbours.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// In MiB (proc(5), `VmRSS`).
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let fields: BTreeMap<_, _> = status.lines().filter_map(|line| line.split_once(':')).collect();
    let kib = fields.get("VmRSS").and_then(|rss| rss.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
