//! `jit policy`, each of its commands, and what a server does with a policy that is wrong, or changes under it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::world::{JIT, Out, POLICY, Person, Server, clean, put_private, run, until};

/// Three errors in two files; the places below are counted by hand.
const BAD: &str = "[group.leads]
members = [\"alice\"]
[role.deploy]
description = \"x\"
resources = [\"web-1\"]
requesters = [\"carol\"]
aprovers = [\"group:leads\"]
approvals = 1
max-duration = \"60\"
[role.deploy.ssh]
principals = [\"deploy\"]
[person]
alice = {}
carol = {}
";

/// A folder with these files, of which some are in `tests/`.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("tests")).unwrap();
    for (name, text) in files {
        put_private(&dir.path().join(name), text);
    }
    dir
}

/// `jit policy ACTION … .` in that folder.
fn policy(dir: &tempfile::TempDir, action: &str, args: &[&str]) -> Out {
    let mut command = clean(JIT, dir.path());
    command.args(["policy", action]).args(args).arg(".");
    run(command)
}

fn check(files: &[(&str, &str)], args: &[&str]) -> Out {
    policy(&folder(files), "check", args)
}

#[test]
fn the_example_policy_is_whole() {
    let home = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/company");
    let call = |args: &[&str]| {
        let mut command = clean(JIT, home.path());
        command.args(["policy", "check", example]).args(args);
        run(command).ok()
    };
    assert!(call(&[]).stdout.contains("no errors; 4 roles, 5 resources, 4 groups"));
    let document = call(&["-o", "json"]).json();
    assert_eq!((&document["ok"], &document["has"]["roles"]), (&true.into(), &4.into()), "{document}");
    assert!(document["errors"].as_array().unwrap().is_empty());
}

#[test]
fn each_error_has_its_exact_place_a_caret_and_a_hint() {
    let hosts = "[resource.web-1]\nprovider = \"ssh\"\n[resource.web-1]\nprovider = \"ssh\"\n";
    let out = check(&[("hosts.toml", hosts), ("roles.toml", BAD)], &[]).expect(1);
    let caret = |line: &str, mark: &str| {
        let text: Vec<&str> = out.stdout.lines().collect();
        let at = text.iter().position(|l| l.contains(line)).unwrap_or_else(|| panic!("no {line}\n{out}"));
        let column = text[at].find(mark).unwrap();
        let below = text[at + 1];
        assert_eq!(below.find('^'), Some(column), "the caret is below {mark}:\n{out}");
        assert_eq!(below.matches('^').count(), mark.len(), "{out}");
    };
    assert!(out.stdout.contains("roles.toml:7:1"), "{out}");
    caret("aprovers = [", "aprovers");
    assert!(out.stdout.contains("approvers"), "did you mean: {out}");
    assert!(out.stdout.contains("roles.toml:9:16"), "{out}");
    caret("max-duration = \"60\"", "\"60\"");
    assert!(out.stdout.contains("hosts.toml:3:"), "{out}");
    assert!(out.stderr.contains("error: the policy has ") && out.stderr.contains("try: "), "{out}");
}

#[test]
fn as_json_each_error_has_its_place_and_the_exit_code_is_the_same() {
    let out = check(&[("roles.toml", BAD)], &["-o", "json"]).expect(1);
    let document = out.json();
    assert_eq!(document["ok"], false);
    let errors = document["errors"].as_array().unwrap();
    let at = |line: u64| errors.iter().find(|error| error["line"] == line);
    let found = at(7).unwrap_or_else(|| panic!("{document:#}"));
    assert_eq!((&found["file"], &found["column"]), (&"roles.toml".into(), &1.into()));
    assert!(at(9).is_some(), "{document:#}");
    assert_eq!(out.error()["code"], "failure");
}

#[test]
fn what_could_give_anybody_more_than_was_meant_is_an_error() {
    let role = |changed: (&str, &str)| POLICY.replace(changed.0, changed.1);
    let auto = |value: &str| {
        role(("auto-approve = \"resource.labels.env == 'staging'\"", &format!("auto-approve = {value}")))
    };
    for (policy, what) in [
        (role(("approvals = 1\n", "approvals = 0\n")), "zero approvals without auto-approve"),
        (role(("[\"alice\", \"bob\", \"carol\", \"ci\"]", "[]")), "an empty approver group"),
        (role(("approvers = [\"group:leads\"]\n", "approvers = []\n")), "an empty approver list"),
        (role(("max-duration = \"1h\"", "max-duration = \"1M\"")), "a month"),
        (role(("max-duration = \"1h\"\n", "")), "no longest time"),
        (role(("principals = [\"root\"]", "principals = [\"root,deploy\"]")), "two principals in one"),
        (role(("principals = [\"root\"]", "principals = []")), "no principal, which may mean anyone"),
        (format!("{POLICY}\n[role.root]\n"), "a role twice"),
        (auto("true"), "a truth for a condition"),
        (auto("\"true\""), "a condition that looks at nothing"),
        (auto("\"resource.labels.evn == 'staging'\""), "a label that is not there"),
        (role(("dave = {}\n", "")), "a person who is not there"),
        (role(("group:contractors", "group:contractor")), "a group that is not there"),
    ] {
        let out = check(&[("policy.toml", &policy)], &["-o", "json"]);
        assert_eq!(out.code, 1, "{what}: {out}");
        assert_eq!(out.json()["ok"], false, "{what}");
    }
}

#[test]
fn a_file_that_everybody_can_write_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("policy.toml");
    put_private(&file, POLICY);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let mut command = clean(JIT, dir.path());
    command.args(["policy", "check", ".", "-o", "json"]);
    let out = run(command).expect(1);
    assert!(out.error()["hint"].as_str().unwrap().contains("chmod"), "{out}");
}

#[test]
fn a_folder_that_is_not_there_or_empty_is_no_policy() {
    let home = tempfile::tempdir().unwrap();
    for dir in ["nowhere", "."] {
        let mut command = clean(JIT, home.path());
        command.args(["policy", "check", dir, "-o", "json"]);
        let out = run(command);
        assert_eq!(out.code, 1, "{dir}: {out}");
        assert_eq!(out.error()["code"], "failure", "{dir}");
    }
}

#[test]
fn an_error_shows_nothing_of_the_policys_text_raw() {
    let evil = "[role.x]\n\"\u{1b}[2J\u{202e}\" = 1\ndescription = \"\u{9b}31m\r\"\n";
    for args in [&[][..], &["-o", "json"]] {
        let out = check(&[("policy.toml", evil)], args).expect(1);
        let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!out.stdout.contains(bad) && !out.stderr.contains(bad), "{:?}", out.stdout);
    }
}

#[test]
fn a_server_refuses_to_start_on_a_policy_that_is_not_whole() {
    let server = Server::prepare(BAD);
    let out = run(server.command()).expect(1);
    let error = out.error();
    assert!(error.to_string().contains("policy.toml:7:1"), "{error}");
    assert!(error["hint"].as_str().unwrap().starts_with("jit policy check "), "{error}");
    assert!(!server.data().exists(), "and has made nothing");
}

/// As a hasty person writes it.
const UNTIDY: &str = "[group.leads] # decide\r\n  members=[\r\n'alice', # since May\r\n'bob']   \r\n\r\n\r\n\r\n\
                      # alone\r\n[group.ops]\r\nmembers = [ \"carol\" ]";
const TIDY: &str = "[group.leads] # decide\nmembers = [\n    'alice', # since May\n    'bob',\n]\n\n\
                    # alone\n[group.ops]\nmembers = [\"carol\"]\n";

#[test]
fn fmt_changes_what_is_untidy_names_it_and_keeps_its_mode() {
    let dir =
        folder(&[("a.toml", UNTIDY), ("b.toml", TIDY), ("policy.toml", POLICY), ("tests/c.toml", "x=1")]);
    let path = |name: &str| dir.path().join(name);
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    std::fs::set_permissions(path("a.toml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let kept = std::fs::metadata(path("b.toml")).unwrap().ino();

    let out = policy(&dir, "fmt", &["--check"]).expect(1);
    let named = "./a.toml\n./policy.toml\n./tests/c.toml\n";
    assert_eq!(out.stdout, named);
    assert!(out.stderr.contains("3 files would change") && out.stderr.contains("jit policy fmt ."), "{out}");
    assert_eq!((read("a.toml"), read("tests/c.toml")), (UNTIDY.to_owned(), "x=1".to_owned()));

    assert_eq!(policy(&dir, "fmt", &[]).ok().stdout, named);
    assert_eq!((read("a.toml").as_str(), read("tests/c.toml").as_str()), (TIDY, "x = 1\n"));
    assert_eq!(std::fs::metadata(path("a.toml")).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(std::fs::metadata(path("b.toml")).unwrap().ino(), kept, "what is tidy is not touched");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4, "nothing is left behind");

    assert_eq!(policy(&dir, "fmt", &["--check"]).ok().stdout, "");
    let document = policy(&dir, "fmt", &["-o", "json"]).ok().json();
    assert_eq!((&document["kind"], &document["files"]), (&"policy-fmt".into(), &4.into()), "{document}");
    assert!(document["changed"].as_array().unwrap().is_empty(), "{document}");
    std::fs::remove_file(path("a.toml")).unwrap();
    std::fs::remove_file(path("b.toml")).unwrap();
    policy(&dir, "check", &[]).ok();
}

#[test]
fn fmt_leaves_what_is_no_toml_as_it_is_and_says_where_it_is_wrong() {
    let broken = "[group.leads]\nmembers=[\"alice\"\n[group.leads]\n";
    let dir = folder(&[("a.toml", UNTIDY), ("broken.toml", broken)]);
    for args in [&["--check"][..], &[]] {
        let out = policy(&dir, "fmt", args).expect(1);
        let told = policy(&dir, "check", &[]).expect(1).stdout;
        assert!(told.contains("broken.toml:") && out.stdout.ends_with(&told), "{told}\n{out}");
        assert!(out.stdout.starts_with("./a.toml\n"), "{out}");
        assert!(out.stderr.contains("1 file left as it is"), "{out}");
    }
    assert_eq!(std::fs::read_to_string(dir.path().join("broken.toml")).unwrap(), broken);
    assert_eq!(std::fs::read_to_string(dir.path().join("a.toml")).unwrap(), TIDY, "the others are done");
    let out = policy(&dir, "fmt", &["-o", "json"]).expect(1);
    let document = out.json();
    assert_eq!((&document["ok"], &document["errors"][0]["file"]), (&false.into(), &"broken.toml".into()));
    assert_eq!(out.error()["code"], "failure");
}

#[test]
fn fmt_reads_by_the_rules_of_a_policy_and_changes_nothing_where_they_are_broken() {
    let dir = folder(&[("a.toml", UNTIDY), ("b.toml", UNTIDY)]);
    std::fs::set_permissions(dir.path().join("b.toml"), std::fs::Permissions::from_mode(0o666)).unwrap();
    policy(&dir, "fmt", &[]).expect(1);
    assert_eq!(std::fs::read_to_string(dir.path().join("a.toml")).unwrap(), UNTIDY);
}

#[test]
fn the_example_policy_is_in_the_layout_and_passes_its_tests() {
    let home = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = clean(JIT, home.path());
        command.arg("policy").args(args).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/company"));
        run(command).ok()
    };
    assert_eq!(call(&["fmt", "--check"]).stdout, "");
    let cases = call(&["test", "-o", "json"]).json();
    let passed = cases["passed"].as_u64().unwrap();
    assert!(passed > 10 && cases["failed"] == 0, "{cases}");
    assert_eq!(call(&["test"]).stdout, format!("{passed} cases passed\n"));
    let wide = call(&["test", "-o", "wide"]).stdout;
    assert_eq!(wide.lines().count() as u64, passed + 1, "{wide}");
    assert!(wide.starts_with("tests/shop.toml:4:1: a contractor gets"), "{wide}");
}

/// A case of carol's, who asks for `role` and expects that.
fn case(role: &str, expect: &str) -> String {
    let ask = "requester = \"carol\"\nresource = \"web-1\"\nfor = \"10m\"";
    format!("[[case]]\nname = \"{role}\"\nrole = \"{role}\"\n{ask}\nexpect = \"{expect}\"\n")
}

#[test]
fn a_case_that_fails_is_told_with_its_place_and_why() {
    let cases = [case("shell", "allow"), case("root", "allow"), case("shell", "refuse")].concat();
    let dir = folder(&[("policy.toml", POLICY), ("tests/cases.toml", &cases)]);
    let out = policy(&dir, "test", &[]).expect(1);
    let lines: Vec<&str> = out.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[0].starts_with("tests/cases.toml:8:1: root: expected to be allowed"), "{out}");
    assert!(lines[1].starts_with("tests/cases.toml:15:1: shell: expected a refusal"), "{out}");
    assert!(out.stderr.contains("error: 2 of 3 cases failed"), "{out}");
    assert_eq!(policy(&dir, "test", &["-o", "wide"]).expect(1).stdout.lines().count(), 3);

    let out = policy(&dir, "test", &["-o", "json"]).expect(1);
    let document = out.json();
    assert_eq!((&document["ok"], &document["failed"]), (&false.into(), &2.into()), "{document}");
    assert_eq!(document["cases"][1]["place"]["line"], 8);
    assert_eq!(out.error()["code"], "failure");
}

#[test]
fn a_run_that_tested_nothing_never_passes() {
    let good = case("shell", "allow");
    for (what, files, told) in [
        ("no case", &[("policy.toml", POLICY)][..], "no test cases"),
        ("an empty file", &[("policy.toml", POLICY), ("tests/a.toml", "")], "no test cases"),
        ("a policy that is wrong", &[("policy.toml", BAD), ("tests/a.toml", &good)], "policy.toml:7:1"),
        ("no policy", &[("tests/a.toml", &good)], "no roles"),
        (
            "a case that is wrong",
            &[("policy.toml", POLICY), ("tests/a.toml", "[[case]]\nnam = 1")],
            "a.toml:2:1",
        ),
    ] {
        let dir = folder(files);
        let out = policy(&dir, "test", &[]).expect(1);
        assert!(out.stdout.contains(told) && !out.stdout.contains("passed"), "{what}: {out}");
        let document = policy(&dir, "test", &["-o", "json"]).expect(1).json();
        assert_eq!(document["ok"], false, "{what}");
        assert!(!document["errors"].as_array().unwrap().is_empty(), "{what}: {document}");
    }
    let without = folder(&[("policy.toml", POLICY)]);
    std::fs::remove_dir(without.path().join("tests")).unwrap();
    assert!(policy(&without, "test", &[]).expect(1).stdout.contains("no test cases"));
    // One that everybody can change says nothing about the policy.
    let dir = folder(&[("policy.toml", POLICY), ("tests/a.toml", &good)]);
    let open = std::fs::Permissions::from_mode(0o666);
    policy(&dir, "test", &[]).ok();
    std::fs::set_permissions(dir.path().join("tests/a.toml"), open).unwrap();
    assert!(policy(&dir, "test", &[]).expect(1).stderr.contains("chmod"));
}

/// Of a small shop: carol works for another company, and nobody has to agree in staging.
const SHOP: &str = r#"[person]
alice = {}
bob = {}
carol = { company = "acme", sponsor = "alice", contract-end = "2099-12-31" }
[company.acme]
[label]
env = ["staging", "production"]
[group]
leads = { members = ["alice", "bob"] }
[resource.stage-1]
provider = "ssh"
labels = { env = "staging" }
[resource.shop-1]
provider = "ssh"
labels = { env = "production" }
[role.shell]
description = "Shell"
resources = ["*"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
approvers = ["group:leads"]
approvals = 1
max-duration = "2h"
[role.shell.ssh]
principals = ["deploy"]
[deny.late]
description = "No more releases"
when = "now > timestamp('2098-01-01T00:00:00Z')"
roles = ["shell"]
"#;

#[test]
fn explain_names_each_rule_with_its_place_and_ends_as_the_decision_does() {
    let case = "[[case]]\nname = \"too long\"\nrequester = \"carol\"\nrole = \"shell\"\nresource = \"shop-1\"\nfor = \"3h\"\nexpect = \"refuse\"\n";
    let dir = folder(&[("policy.toml", SHOP), ("tests/cases.toml", case)]);
    let ask = ["--requester", "carol", "--role", "shell", "--on", "shop-1", "--for", "1h", "--reason", "x"];
    let out = policy(&dir, "explain", &ask).ok();
    for told in ["deny late does not hold", "(policy.toml:26)", "allowed", "1 of alice, bob"] {
        assert!(out.stdout.contains(told), "{told}: {out}");
    }
    let late = policy(&dir, "explain", &[&ask[..], &["--at", "2098-06-01T00:00:00Z"]].concat()).expect(5);
    assert!(late.stdout.contains("deny late refuses") && late.stdout.contains("refused\n"), "{late}");
    let document = policy(&dir, "explain", &["--case", "too long", "-o", "json"]).expect(5).json();
    assert_eq!((&document["kind"], &document["allowed"]), (&"policy-explanation".into(), &false.into()));
    assert_eq!(document["rules"][0]["place"]["line"], 26, "{document}");
    assert!(document["refusals"].to_string().contains("longer than the role's longest"), "{document}");
    policy(&dir, "explain", &["--case", "no such"]).expect(3);
    policy(&dir, "explain", &["--requester", "carol"]).expect(2);
}

#[test]
fn diff_tells_gains_first_and_ends_with_one_only_where_that_is_asked_for() {
    let old = folder(&[("policy.toml", SHOP)]);
    let changed = SHOP
        .replace("max-duration = \"2h\"", "max-duration = \"4h\"")
        .replace("\"bob\"]", "\"bob\", \"carol\"]");
    let new = folder(&[("policy.toml", &changed)]);
    let diff = |from: &tempfile::TempDir, to: &tempfile::TempDir, args: &[&str]| {
        let mut command = clean(JIT, from.path());
        command.args(["policy", "diff"]).args([from.path(), to.path()]).args(args);
        run(command)
    };
    let told = "+ carol: role shell lasts 4h instead of 2h\n+ carol gains a say on role shell\n2 gains, 0 other changes, 0 losses\n";
    assert_eq!(diff(&old, &new, &[]).ok().stdout, told);
    diff(&old, &new, &["--exit-code"]).expect(1);
    diff(&new, &old, &["--exit-code"]).ok();
    let document = diff(&new, &old, &["-o", "json"]).ok().json();
    assert_eq!((&document["gains"], &document["losses"]), (&0.into(), &2.into()), "{document}");
    assert_eq!(diff(&old, &old, &["--exit-code"]).ok().stdout, "nobody gains or loses anything\n");
    let wrong = folder(&[("policy.toml", BAD)]);
    let out = diff(&old, &wrong, &[]).expect(1);
    assert!(out.stdout.is_empty() && out.stderr.contains("jit policy check "), "{out}");
}

#[test]
fn who_tells_who_reaches_what_and_who_does_so_alone() {
    let dir = folder(&[("policy.toml", SHOP)]);
    let out = policy(&dir, "who", &["--label", "env=production"]).ok();
    assert!(out.stdout.contains("shop-1") && !out.stdout.contains("stage-1"), "{out}");
    assert!(out.stdout.contains("unless now > timestamp"), "{out}");
    assert_eq!(policy(&dir, "who", &["--label", "env=production", "--alone"]).ok().stdout, "nobody\n");
    let document = policy(&dir, "who", &["--alone", "-o", "json"]).ok().json();
    assert_eq!(document["rows"][0]["way"], "auto-approve", "{document}");
    assert_eq!(document["rows"][0]["resources"][0], "stage-1", "{document}");
    for wrong in [["--role", "x"], ["--resource", "x"], ["--requester", "x"], ["--label", "env=x"]] {
        policy(&dir, "who", &wrong).expect(3);
    }
}

#[test]
fn lint_warns_with_a_place_and_is_silenced_by_code() {
    let lax = SHOP.replace("resource.labels.env == 'staging'", "request.duration <= duration('1h')");
    let dir = folder(&[("policy.toml", &lax)]);
    assert!(policy(&folder(&[("policy.toml", SHOP)]), "lint", &[]).ok().stdout.contains("no warnings"));
    let out = policy(&dir, "lint", &[]).expect(1);
    assert!(out.stdout.contains("warning[auto-approve-production]"), "{out}");
    assert!(out.stdout.contains("policy.toml:20:1"), "{out}");
    let document = policy(&dir, "lint", &["-o", "json"]).expect(1).json();
    assert_eq!(
        (&document["ok"], &document["warnings"][0]["line"]),
        (&false.into(), &20.into()),
        "{document}"
    );
    policy(&dir, "lint", &["--allow", "auto-approve-production"]).ok();
    policy(&dir, "lint", &["--production", "env=staging", "--allow", "auto-approve-production"]).ok();
    let out = policy(&dir, "lint", &["--allow", "auto"]).expect(2);
    assert!(out.stderr.contains("auto-approve-production"), "{out}");
}

/// Puts another policy in the folder, and SIGHUP; gives the event that came of it.
fn reload(server: &Server, policy: &str) -> Value {
    let events = || {
        let list = server.admin().jit(&["audit", "log", "--kind", "policy", "-o", "json"]).ok().json();
        list["events"].as_array().unwrap().clone()
    };
    let before = events().len();
    server.write_policy(policy);
    server.signal(Signal::HUP);
    until("the policy is read again", Duration::from_secs(20), || events().get(before).cloned())
}

fn approved(server: &Server, carol: &Person) -> String {
    let bob = server.person("bob");
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "1h", "--reason", "x"]);
    bob.jit(&["approve", &id]).ok();
    id
}

#[test]
fn a_hangup_takes_the_new_policy_into_force() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    carol.jit(&["explain", "second"]).expect(3);
    let second = "[role.second]\ndescription = \"New\"\nresources = [\"web-1\"]\nrequesters = [\"carol\"]\n\
                  auto-approve = \"requester.kind == 'person'\"\nmax-duration = \"5m\"\n[role.second.ssh]\nprincipals = [\"deploy\"]\n";
    let event = reload(&server, &format!("{POLICY}\n{second}"));
    assert_eq!(event["event"]["kind"], "policy.loaded", "{event}");
    carol.jit(&["request", "second", "--for", "5m", "--reason", "x"]).ok();
}

#[test]
fn a_policy_that_is_not_whole_stops_new_grants_and_no_revocation_until_it_is_mended() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let held = carol.request(&["shell", "--for", "10m"]);
    carol.credential(&held).ok();
    let unused = approved(&server, &carol);

    let event = reload(&server, &POLICY.replace("max-duration = \"1h\"", "max-duration = \"60\""));
    assert_eq!(event["event"]["kind"], "policy.refused", "{event}");
    assert!(event["event"]["data"]["trouble"].as_str().unwrap().contains("policy.toml:"), "{event}");
    let out =
        carol.jit(&["request", "deploy", "--on", "web-2", "--for", "5m", "--reason", "x", "-o", "json"]);
    let error = out.expect(1).error();
    assert_eq!((&error["code"], &error["retryable"]), (&"unavailable".into(), &true.into()), "{error}");
    assert_eq!(carol.credential(&unused).expect(1).error()["code"], "unavailable");
    assert!(carol.jit(&["doctor"]).ok().stdout.contains("policy"), "doctor tells");
    // What is there can be looked at, and be ended.
    carol.jit(&["roles", "deploy"]).ok();
    carol.jit(&["revoke", &held]).ok();
    assert_eq!(carol.state(&held), "revoked");

    reload(&server, POLICY);
    carol.credential(&unused).ok();
}

#[test]
fn a_policy_tightened_between_the_vote_and_the_use_holds() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = approved(&server, &carol);
    reload(&server, &POLICY.replace("max-duration = \"1h\"", "max-duration = \"5m\""));
    let ends = carol.credential(&id).ok().json()["ends_in_s"].as_i64().unwrap();
    assert!((200..=300).contains(&ends), "{ends}");
}

#[test]
fn more_approvals_demanded_since_the_vote_are_demanded() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = approved(&server, &carol);
    reload(&server, &POLICY.replace("approvals = 1", "approvals = 2"));
    carol.credential(&id).expect(5);
}

#[test]
fn a_role_removed_after_the_vote_gives_nothing_and_made_again_neither() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = approved(&server, &carol);
    let without = POLICY.replace("[role.deploy", "[role.other");
    reload(&server, &without);
    carol.credential(&id).expect(5);
    // Of the same name and the same words, and another role all the same.
    reload(&server, POLICY);
    let error = carol.credential(&id).expect(5).error();
    assert!(error.to_string().contains("ask again"), "{error}");
}

#[test]
fn an_approver_who_lost_the_right_or_left_since_the_vote_has_not_voted() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = approved(&server, &carol);
    reload(&server, &POLICY.replace("\"bob\", \"carol\"", "\"carol\""));
    carol.credential(&id).expect(5);
    reload(&server, POLICY);
    server.admin().jit(&["user", "disable", "bob", "--yes"]).ok();
    carol.credential(&id).expect(5);
    assert_eq!(carol.state(&id), "approved");
}
