//! `[resource.NAME.exec]` and `[role.NAME.exec]`

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ExecGives, ExecTarget, Span};

use super::super::diagnostic::{Problem, Problems, shown};
use super::super::document::{Entry, Section};
use super::super::draft::take;
use super::super::source::Item;
use super::super::values;

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &["program", "sha256", "settings", "environment", "timeout", "parameters"];

const TARGET_KEYS: &[&str] = &["program", "sha256", "settings", "environment", "timeout"];

const EXAMPLE: &str = "/usr/local/lib/jit/jit-provider-NAME";

/// How long one call may take, where the policy does not say it.
const TIMEOUT: Span = Span::clamped(30);
/// A hanging plugin holds up whoever waits for it, and the next attempt to end a grant.
const LONGEST: Span = Span::clamped(60);

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<ExecTarget> {
    section.only(TARGET_KEYS, problems);
    let section = &*section;
    let hint = "add program = \"/usr/local/lib/jit/jit-provider-NAME\": its whole path";
    let program = section
        .need("program", hint, problems)
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(values::whole_path(&item, "a program", EXAMPLE), problems));
    let hint = match &program {
        Some(program) => format!("look at the program, then add what this prints: sha256sum {program}"),
        None => "look at the program, then add what sha256sum prints".to_owned(),
    };
    let sha256 = section
        .need("sha256", &hint, problems)
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(values::sha256(&item, &hint), problems));
    let settings = texts(section.get("settings"), problems);
    let environment = match section.get("environment") {
        None => Some(BTreeSet::new()),
        Some(entry) => entry
            .list(problems, |item| variable(&item))
            .map(|list| list.items.into_iter().map(|item| item.value).collect()),
    };
    let timeout = match section.get("timeout") {
        None => Some(TIMEOUT),
        Some(entry) => entry.text(problems).and_then(|item| take(timeout(&item), problems)),
    };
    Some(ExecTarget {
        program: program?,
        sha256: sha256?,
        settings: settings?,
        environment: environment?,
        timeout: timeout?,
    })
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<ExecGives> {
    section.only(&["parameters"], problems);
    Some(ExecGives { parameters: texts(section.get("parameters"), problems)? })
}

/// A table of texts; none is an empty one.
fn texts(entry: Option<Entry<'_>>, problems: &mut Problems) -> Option<BTreeMap<String, String>> {
    let Some(entry) = entry else { return Some(BTreeMap::new()) };
    let table = entry.table(entry.what.clone(), problems)?;
    let mut texts = BTreeMap::new();
    let mut whole = true;
    for entry in table.entries() {
        let key = take(values::label(&Item { at: entry.key_at, value: entry.key }), problems);
        let value = entry.text(problems).and_then(|item| take(values::plain(&item, 1024), problems));
        whole &= key.is_some() && value.is_some();
        texts.extend(key.zip(value));
    }
    whole.then_some(texts)
}

fn variable(item: &Item<&str>) -> Result<String, Problem> {
    let name = item.value;
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.len() > 128 || !name.starts_with(first) || !name.chars().all(|c| first(c) || c.is_ascii_digit()) {
        let message = format!("`{}` is no name of a variable", shown(name));
        return Err(Problem::new(item.at, "variable", message)
            .hint("name variables of jit's own environment, without their values: \"REDIS_CA\""));
    }
    // jit's own token is none of a plugin's business, and a linker's variables are other code.
    if ["JIT_", "LD_", "DYLD_"].iter().any(|start| name.starts_with(start)) {
        let message = format!("no plugin gets the variable `{name}`");
        return Err(Problem::new(item.at, "variable", message).hint("pass it in `settings`"));
    }
    Ok(name.to_owned())
}

fn timeout(item: &Item<&str>) -> Result<Span, Problem> {
    let span = values::span(item)?;
    if span > LONGEST {
        return Err(Problem::new(item.at, "duration", format!("a call of a plugin takes at most {LONGEST}"))
            .hint("a plugin that takes longer answers that it is unavailable, and is asked again"));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::super::{Policy, SourceFile};
    use crate::domain::{Gives, Target};

    const WHOLE: &str = r#"
[resource.cache]
provider = "exec"
address = "cache.example.net:6379"
[resource.cache.exec]
program = "/usr/local/lib/jit/jit-provider-redis"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
settings = { admin = "jit", state = "/var/lib/jit/redis" }
environment = ["REDIS_CA"]
timeout = "5s"
[role.cache-read]
resources = ["cache"]
requesters = ["carol"]
auto-approve = "request.role == 'cache-read'"
max-duration = "1h"
[role.cache-read.exec]
parameters = { rules = "+@read ~app:*" }
[person.carol]
"#;

    fn read(text: &str) -> Result<Policy, Vec<String>> {
        let files = [SourceFile { name: "p.toml".into(), text: text.into() }];
        Policy::parse(&files).map_err(|all| {
            let line = |d: &crate::policy::Diagnostic| {
                format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"))
            };
            all.iter().map(line).collect()
        })
    }

    #[track_caller]
    fn after(from: &str, to: &str) -> String {
        assert_eq!(WHOLE.matches(from).count(), 1, "{from:?}");
        let said = read(&WHOLE.replace(from, to)).unwrap_err();
        assert_eq!(said.len(), 1, "{said:#?}");
        said[0].clone()
    }

    #[test]
    fn a_plugin_with_every_key_is_read_as_written() {
        let policy = read(WHOLE).unwrap();
        let Target::Exec(target) = &policy.resources["cache"].target else { panic!() };
        assert_eq!(target.program, "/usr/local/lib/jit/jit-provider-redis");
        assert_eq!(target.sha256, crate::domain::Digest::of(b""));
        assert_eq!((target.settings.len(), target.settings["admin"].as_str()), (2, "jit"));
        assert_eq!(target.environment, ["REDIS_CA".to_owned()].into());
        assert_eq!(target.timeout.secs(), 5);
        let Gives::Exec(gives) = &policy.roles["cache-read"].gives else { panic!() };
        assert_eq!(gives.parameters["rules"], "+@read ~app:*");
        assert_eq!(policy.roles["cache-read"].gives.lines(), ["rules = +@read ~app:*"]);

        let short = WHOLE
            .replace("settings = { admin = \"jit\", state = \"/var/lib/jit/redis\" }\n", "")
            .replace("environment = [\"REDIS_CA\"]\n", "")
            .replace("timeout = \"5s\"\n", "")
            .replace("parameters = { rules = \"+@read ~app:*\" }\n", "");
        let policy = read(&short).unwrap();
        let Target::Exec(target) = &policy.resources["cache"].target else { panic!() };
        assert!(target.settings.is_empty() && target.environment.is_empty() && target.timeout.secs() == 30);
    }

    #[test]
    fn a_program_that_is_not_pinned_or_not_named_exactly_is_an_error_with_its_cure() {
        let sha = "sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n";
        let all = [
            after(sha, ""),
            after(sha, "sha256 = \"e3b0\"\n"),
            after("\"/usr/local/lib/jit/jit-provider-redis\"", "\"jit-provider-redis\""),
            after("\"/usr/local/lib/jit/jit-provider-redis\"", "\"/usr/../tmp/x\""),
            after("program = \"/usr/local/lib/jit/jit-provider-redis\"\n", ""),
            after("\"5s\"", "\"61s\""),
            after("\"REDIS_CA\"", "\"JIT_TOKEN\""),
            after("\"REDIS_CA\"", "\"LD_PRELOAD\""),
            after("\"REDIS_CA\"", "\"A=b\""),
            after("admin = \"jit\"", "admin = 1"),
            after("admin = \"jit\"", "\"ad min\" = 'x'"),
            after("+@read ~app:*", "a\\nb"),
            after("settings =", "setting ="),
            after("parameters =", "params ="),
        ];
        assert_snapshot!(all.join("\n"), @r##"
missing-key p.toml:5:17: `exec` of resource `cache` has no `sha256` | look at the program, then add what this prints: sha256sum /usr/local/lib/jit/jit-provider-redis
sha256 p.toml:7:10: `e3b0` is no SHA-256: it has 64 hexadecimal digits | look at the program, then add what this prints: sha256sum /usr/local/lib/jit/jit-provider-redis
path p.toml:6:11: `jit-provider-redis` is not the whole path of a program | write it from / on, without `.` and `..`: "/usr/local/lib/jit/jit-provider-NAME"
path p.toml:6:11: `/usr/../tmp/x` is not the whole path of a program | write it from / on, without `.` and `..`: "/usr/local/lib/jit/jit-provider-NAME"
missing-key p.toml:5:17: `exec` of resource `cache` has no `program` | add program = "/usr/local/lib/jit/jit-provider-NAME": its whole path
duration p.toml:10:11: a call of a plugin takes at most 1m | a plugin that takes longer answers that it is unavailable, and is asked again
variable p.toml:9:16: no plugin gets the variable `JIT_TOKEN` | pass it in `settings`
variable p.toml:9:16: no plugin gets the variable `LD_PRELOAD` | pass it in `settings`
variable p.toml:9:16: `A=b` is no name of a variable | name variables of jit's own environment, without their values: "REDIS_CA"
type p.toml:8:22: `admin` of `settings` of `exec` of resource `cache` is a whole number, expected a string | -
label p.toml:8:14: `ad min` is no label: 1 to 64 letters, digits and `. _ - /` | -
text p.toml:17:24: this text has control or invisible characters | write it on one line, in plain letters
unknown-key p.toml:8:1: unknown key `setting` in `exec` of resource `cache` | did you mean `settings`?
unknown-key p.toml:17:1: unknown key `params` in `exec` of role `cache-read` | the keys are `parameters`
"##);
    }
}
