//! `[resource.NAME.postgres]` and `[role.NAME.postgres]`

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{OnEnd, PostgresGives, PostgresTarget, Tls};

use super::super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::super::document::{Entry, Section, quoted};
use super::super::draft::take;
use super::super::source::Item;
use super::super::values;

const TARGET: &[&str] = &["database", "admin", "password-file", "tls", "ca-file", "on-end"];
const GIVES: &[&str] = &["member-of", "settings", "connection-limit", "scram-rounds"];

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[
    "database",
    "admin",
    "password-file",
    "tls",
    "ca-file",
    "on-end",
    "member-of",
    "settings",
    "connection-limit",
    "scram-rounds",
];

const CONNECTIONS: u32 = 4;
/// What PostgreSQL itself hashes with, and the least that some clients take.
const ROUNDS: u32 = 4096;
/// NAMEDATALEN - 1: PostgreSQL cuts a longer name, and two would become one.
const LONGEST_NAME: usize = 63;

/// Settings that change who a session is, or load code into it.
const REFUSED: [&str; 4] =
    ["local_preload_libraries", "role", "session_authorization", "session_preload_libraries"];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<PostgresTarget> {
    section.only(TARGET, problems);
    let mut named = |key, hint, read: fn(&Item<&str>) -> Result<String, Problem>| {
        let item = section.need(key, hint, problems)?.text(problems)?;
        take(read(&item), problems)
    };
    let database = named("database", "add database = \"shop\"", identifier);
    let admin = named("admin", "add admin = \"jit\": the role that jit logs in as", identifier);
    let hint = "add password-file = \"/etc/jit/shop-db.password\": a file that only jit can read";
    let password_file = named("password-file", hint, path);
    let tls = choice(
        section.get("tls"),
        [("verify-full", Tls::VerifyFull), ("disable", Tls::Disable)],
        Tls::VerifyFull,
        problems,
    );
    let ca_file = match section.get("ca-file") {
        None => Some(None),
        Some(entry) => entry.text(problems).and_then(|item| take(path(&item), problems)).map(Some),
    };
    if let (Some(Tls::Disable), Some(entry)) = (tls, section.get("ca-file")) {
        let message = format!("{} has a `ca-file`, and does not use TLS", section.what);
        problems.push(Problem::new(entry.key_at, "tls", message).hint("remove one of the two"));
    }
    let on_end = choice(
        section.get("on-end"),
        [("quarantine", OnEnd::Quarantine), ("drop", OnEnd::Drop)],
        OnEnd::Quarantine,
        problems,
    );
    Some(PostgresTarget {
        database: database?,
        admin: admin?,
        password_file: password_file?,
        tls: tls?,
        ca_file: ca_file?,
        on_end: on_end?,
    })
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<PostgresGives> {
    section.only(GIVES, problems);
    let hint = "add member-of = [\"shop_read\"]: the group roles whose rights it has";
    let groups =
        section.need("member-of", hint, problems).and_then(|entry| entry.list(problems, |item| group(&item)));
    if let Some(list) = groups.as_ref().filter(|list| list.items.is_empty() && list.whole) {
        let message = format!("`member-of` of {} is empty", section.what);
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
    }
    let settings = match section.get("settings") {
        None => Some(BTreeMap::new()),
        Some(entry) => settings(&entry, problems),
    };
    let mut number = |key, default, most: u32| match section.get(key) {
        None => Some(default),
        Some(entry) => {
            let number = entry.number(problems)?;
            if (1..=most).contains(&number) {
                return Some(number);
            }
            let message = format!("{} is a number from 1 to {most}", entry.what);
            problems.push(Problem::new(entry.at, "number", message));
            None
        }
    };
    let connection_limit = number("connection-limit", CONNECTIONS, 1000);
    let scram_rounds = number("scram-rounds", ROUNDS, 100_000);
    Some(PostgresGives {
        member_of: groups?.items.into_iter().map(|item| item.value).collect::<BTreeSet<_>>(),
        settings: settings?,
        connection_limit: connection_limit?,
        scram_rounds: scram_rounds?,
    })
}

/// One of a few words.
fn choice<T: Copy, const N: usize>(
    entry: Option<Entry<'_>>,
    words: [(&str, T); N],
    default: T,
    problems: &mut Problems,
) -> Option<T> {
    let Some(entry) = entry else { return Some(default) };
    let item = entry.text(problems)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == item.value) {
        return Some(*value);
    }
    let names = words.map(|(word, _)| word);
    let message = format!("{} is none of {}", entry.what, quoted(&names));
    let problem = Problem::new(item.at, "value", message);
    problems.push(problem.maybe(did_you_mean(item.value, names)));
    None
}

/// A name of PostgreSQL's: anything that can be quoted, unless it would be cut.
fn identifier(item: &Item<&str>) -> Result<String, Problem> {
    let name = values::plain(item, LONGEST_NAME)?;
    if name.len() > LONGEST_NAME {
        let message =
            format!("`{}` has more than {LONGEST_NAME} bytes, and PostgreSQL cuts it", shown(&name));
        return Err(Problem::new(item.at, "name", message));
    }
    Ok(name)
}

fn group(item: &Item<&str>) -> Result<String, Problem> {
    let name = identifier(item)?;
    // INVARIANT 12: membership in another grant's role would outlive neither, and open one to the other.
    if name.starts_with("jit_") {
        let message = format!("`{}` is a name of jit's own roles", shown(&name));
        return Err(Problem::new(item.at, "name", message).hint("give the group role another name"));
    }
    Ok(name)
}

fn path(item: &Item<&str>) -> Result<String, Problem> {
    let path = values::plain(item, 4096)?;
    if !path.starts_with('/') {
        let message = format!("`{}` is no absolute path", shown(&path));
        return Err(Problem::new(item.at, "path", message).hint("a server runs in a folder of its own"));
    }
    Ok(path)
}

fn settings(entry: &Entry<'_>, problems: &mut Problems) -> Option<BTreeMap<String, String>> {
    let section = entry.table(entry.what.clone(), problems)?;
    let mut settings = BTreeMap::new();
    let mut whole = true;
    for entry in section.entries() {
        let value = entry.text(problems).and_then(|item| take(values::plain(&item, 200), problems));
        let name = take(setting(&entry), problems);
        match (name, value) {
            (Some(name), Some(value)) => {
                settings.insert(name, value);
            }
            _ => whole = false,
        }
    }
    whole.then_some(settings)
}

/// `statement_timeout`, or `extension.name`.
fn setting(entry: &Entry<'_>) -> Result<String, Problem> {
    let name = entry.key;
    let problem = |message: String| Problem::new(entry.key_at, "setting", message);
    if REFUSED.contains(&name) {
        return Err(problem(format!("`{name}` cannot be set for a role of jit's"))
            .hint("it would change who the session is, or which code it loads"));
    }
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    let word = |word: &str| word.starts_with(first) && word.chars().all(|c| first(c) || c.is_ascii_digit());
    if name.len() > LONGEST_NAME || name.split('.').count() > 2 || !name.split('.').all(word) {
        return Err(problem(format!("`{}` is no name of a setting", shown(name)))
            .hint("such as \"statement_timeout\", in lower case"));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::super::*;
    use crate::domain::{Gives, OnEnd, Target, Tls};

    const WHOLE: &str = r#"[resource.db]
provider = "postgres"
address = "db.example.net:5433"
[resource.db.postgres]
database = "shop"
admin = "jit"
password-file = "/etc/jit/db.password"
tls = "verify-full"
ca-file = "/etc/jit/db.pem"
on-end = "drop"
[role.r]
resources = ["db"]
requesters = ["carol"]
auto-approve = "request.role == 'r'"
max-duration = "1h"
[role.r.postgres]
member-of = ["shop_read", 'a"; DROP ROLE x; --']
settings = { statement_timeout = "5min", "auto_explain.log_nested_statements" = "on" }
connection-limit = 2
scram-rounds = 64
[person.carol]
"#;

    fn parse(text: String) -> Result<Policy, Vec<Diagnostic>> {
        Policy::parse(&[SourceFile { name: "a.toml".to_owned(), text }])
    }

    fn after(from: &str, to: &str) -> String {
        assert_eq!(WHOLE.matches(from).count(), 1, "{from:?} stands once in the policy");
        let all = parse(WHOLE.replace(from, to)).unwrap_err();
        let line = |d: &Diagnostic| format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"));
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn both_sections_are_read_as_written_and_have_the_defaults_of_the_manual() {
        let policy = parse(WHOLE.to_owned()).unwrap();
        let Target::Postgres(target) = &policy.resources["db"].target else { panic!() };
        assert_eq!((target.tls, target.on_end), (Tls::VerifyFull, OnEnd::Drop));
        assert_eq!((target.database.as_str(), target.admin.as_str()), ("shop", "jit"));
        assert_eq!(target.ca_file.as_deref(), Some("/etc/jit/db.pem"));
        let Gives::Postgres(gives) = &policy.roles["r"].gives else { panic!() };
        assert!(gives.member_of.contains("a\"; DROP ROLE x; --"));
        assert_eq!(gives.settings["auto_explain.log_nested_statements"], "on");
        assert_eq!((gives.connection_limit, gives.scram_rounds), (2, 64));

        let left_out = ["tls = \"verify-full\"\n", "ca-file = \"/etc/jit/db.pem\"\n", "on-end = \"drop\"\n"];
        let mut text = left_out.iter().fold(WHOLE.to_owned(), |text, line| text.replace(line, ""));
        text.truncate(text.find("settings = ").unwrap());
        text.push_str("[person.carol]\n");
        let policy = parse(text).unwrap();
        let Target::Postgres(target) = &policy.resources["db"].target else { panic!() };
        assert_eq!((target.tls, target.on_end), (Tls::VerifyFull, OnEnd::Quarantine));
        assert_eq!(target.ca_file, None);
        let Gives::Postgres(gives) = &policy.roles["r"].gives else { panic!() };
        assert_eq!((gives.settings.len(), gives.connection_limit, gives.scram_rounds), (0, 4, 4096));
    }

    #[test]
    fn every_mistake_has_its_place_and_what_to_do() {
        let long = format!("\"{}\"", "ä".repeat(32));
        let all = [
            ("database = \"shop\"\n", ""),
            ("database =", "databse ="),
            ("\"shop\"", &long),
            ("\"/etc/jit/db.password\"", "\"db.password\""),
            ("\"verify-full\"", "\"verify-ful\""),
            ("tls = \"verify-full\"", "tls = \"disable\""),
            ("\"drop\"", "\"keep\""),
            ("[\"shop_read\", 'a\"; DROP ROLE x; --']", "[]"),
            ("\"shop_read\"", "\"jit_0123456789ab\""),
            ("statement_timeout", "role"),
            ("statement_timeout", "session_preload_libraries"),
            ("statement_timeout", "\"statement_timeout = 1; --\""),
            ("\"5min\"", "5"),
            ("= 2\n", "= 0\n"),
            ("= 64", "= 100001"),
            ("address = \"db.example.net:5433\"\n", ""),
        ]
        .map(|(from, to)| after(from, to));
        assert_snapshot!(all.join("\n"), @r##"
missing-key a.toml:4:14: `postgres` of resource `db` has no `database` | add database = "shop"
unknown-key a.toml:5:1: unknown key `databse` in `postgres` of resource `db` | did you mean `database`?
name a.toml:5:12: `ääääääääääääääääääääääääääääääää` has more than 63 bytes, and PostgreSQL cuts it | -
path a.toml:7:17: `db.password` is no absolute path | a server runs in a folder of its own
value a.toml:8:7: `tls` of `postgres` of resource `db` is none of `verify-full`, `disable` | did you mean `verify-full`?
tls a.toml:9:1: `postgres` of resource `db` has a `ca-file`, and does not use TLS | remove one of the two
value a.toml:10:10: `on-end` of `postgres` of resource `db` is none of `quarantine`, `drop` | -
empty a.toml:17:13: `member-of` of `postgres` of role `r` is empty | add member-of = ["shop_read"]: the group roles whose rights it has
name a.toml:17:14: `jit_0123456789ab` is a name of jit's own roles | give the group role another name
setting a.toml:18:14: `role` cannot be set for a role of jit's | it would change who the session is, or which code it loads
setting a.toml:18:14: `session_preload_libraries` cannot be set for a role of jit's | it would change who the session is, or which code it loads
setting a.toml:18:14: `statement_timeout = 1; --` is no name of a setting | such as "statement_timeout", in lower case
type a.toml:18:34: `statement_timeout` of `settings` of `postgres` of role `r` is a whole number, expected a string | -
number a.toml:19:20: `connection-limit` of `postgres` of role `r` is a number from 1 to 1000 | -
number a.toml:20:16: `scram-rounds` of `postgres` of role `r` is a number from 1 to 100000 | -
missing-key a.toml:1:11: resource `db` has no address | add address = "db.example.net:5432"
"##);
    }
}
