use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

fn os(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[test]
fn the_tree_is_sound() {
    command().debug_assert();
}

#[test]
fn what_is_not_strictly_a_duration_is_a_usage_error() {
    for good in ["45m", "1h30m", "1d"] {
        assert!(parse(&format!("jit request db --for {good}")).is_ok(), "{good}");
    }
    for bad in ["0s", "-1h", "1e9", "NaN", "１h", "999999999999d", "1M", "60", "1h\u{200b}"] {
        let err = parse(&format!("jit request db --for={bad}")).unwrap_err();
        assert_eq!(err.exit_code(), 2, "{bad}");
    }
}

#[test]
fn wait_takes_its_duration_with_an_equals_sign_only_so_that_it_never_eats_the_role() {
    for line in [
        "jit request --wait db --for 1h",
        "jit request db --for 1h --wait=2m",
        "jit request db --for 1h --wait",
    ] {
        assert!(parse(line).is_ok(), "{line}");
    }
    assert!(parse("jit request db --for 1h --wait 2m").is_err());
}

#[test]
fn a_value_that_looks_like_an_option_is_never_an_option() {
    assert!(parse("jit show -- -oProxyCommand=x").is_err(), "no id");
    assert!(parse("jit user add -- -oProxyCommand=x").is_err(), "no name");
    assert!(parse("jit request -- -oProxyCommand=x").is_ok(), "a role's name is the server's to refuse");
}

#[test]
fn revoke_needs_exactly_one_way_to_say_which() {
    for good in [
        "jit revoke 7k2m",
        "jit revoke 7k2m 9x",
        "jit revoke --mine",
        "jit revoke --user bob",
        "jit revoke --all",
        "jit revoke --mine --if-exists",
    ] {
        assert!(parse(good).is_ok(), "{good}");
    }
    for bad in ["jit revoke", "jit revoke --all --mine", "jit revoke 7k2m --all", "jit revoke --if-exists"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_service_has_an_owner_and_no_rights_of_a_person() {
    assert!(parse("jit user add ci --service --owner alice").is_ok());
    for bad in [
        "jit user add ci --service",
        "jit user add ci --owner alice",
        "jit user add ci --service --owner a --admin",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_usage_error_is_an_object_where_json_was_asked_for() {
    let env =
        |output: Option<&str>| Environment { output: output.map(str::to_owned), ..Environment::default() };
    for (words, variable, json) in [
        (vec!["jit", "list", "--nope", "-o", "json"], None, true),
        (vec!["jit", "--json", "nope"], None, true),
        (vec!["jit", "-ojson", "nope"], None, true),
        (vec!["jit", "--output=ndjson", "nope"], None, true),
        (vec!["jit", "nope"], Some("json"), true),
        (vec!["jit", "-o", "table", "nope"], Some("json"), false),
        (vec!["jit", "exec", "x", "--", "kubectl", "-o", "json"], None, false),
        (vec!["jit", "nope"], None, false),
    ] {
        assert_eq!(wants_json(&os(&words), &env(variable)), json, "{words:?}");
    }
    let err = CliError::from(parse("jit request db --for 60").unwrap_err());
    assert_eq!(err.exit_code(), 2);
    assert!(err.message().contains("60"), "{}", err.message());
    assert!(!err.message().contains("Usage:"), "{}", err.message());
}

#[test]
fn the_format_flag_goes_before_the_variable_and_a_wrong_variable_is_named() {
    let format = |line: &str, variable: &str| {
        let env = Environment { output: Some(variable.to_owned()), ..Environment::default() };
        parse(line).unwrap().global.format(&env)
    };
    assert_eq!(format("jit list", "json").unwrap(), Format::Json);
    assert_eq!(format("jit list -o wide", "json").unwrap(), Format::Wide);
    assert_eq!(format("jit list --json", "table").unwrap(), Format::Json);
    assert!(format("jit list", "yaml").unwrap_err().message().contains("JIT_OUTPUT"));
}

#[test]
fn every_argument_and_command_says_what_it_is() {
    fn walk(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        assert!(command.get_about().is_some(), "{path}");
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some() || arg.is_positional(), "{path}: {}", arg.get_id());
        }
        command.get_subcommands().for_each(|sub| walk(sub, &path));
    }
    walk(&command(), "");
}

#[test]
fn no_secret_is_taken_from_the_command_line() {
    fn walk(command: &clap::Command) {
        for arg in command.get_arguments() {
            let name = arg.get_id().as_str();
            let secret =
                ["token", "code", "passphrase", "password", "secret"].iter().any(|s| name.contains(s));
            // A file's path, or a flag without a value, is none.
            let harmless = name.ends_with("_file") || !arg.get_action().takes_values();
            assert!(!secret || harmless, "{}: {name}", command.get_name());
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&command());
}

#[test]
fn the_cure_of_a_loose_file_reaches_the_person_from_wherever_it_was_found() {
    use crate::assembly::AssemblyError;
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
    let found: [AssemblyError; 3] = [
        crate::files::private_dir(dir.path()).unwrap_err().into(),
        crate::store::SqliteStore::open(dir.path()).unwrap_err().into(),
        crate::provider::ssh::SshProvider::open(dir.path(), session::now()).map(drop).unwrap_err().into(),
    ];
    for error in found {
        let error = CliError::from(error);
        assert_eq!(error.cure().unwrap(), format!("chmod 700 {}", dir.path().display()));
        assert!(error.message().ends_with("may be read or changed by others (mode 0750)"), "{error:?}");
    }
}
