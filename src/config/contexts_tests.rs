use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;

fn remote(server: &str) -> Context {
    Context::Remote { server: server.to_owned(), store: None, allow_http: false }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn environment() -> Environment {
    Environment { home: Some("/nowhere".into()), ..Environment::default() }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/c/config.toml"))
}

fn with(contexts: &[(&str, &str)], current: Option<&str>) -> Config {
    let contexts = contexts.iter().map(|(n, server)| (name(n), remote(server))).collect();
    Config { current: current.map(name), contexts }
}

#[test]
fn contexts_are_kept_privately_and_read_back_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("jit");
    assert_eq!(Config::load(&dir).unwrap(), Config::default());
    let local = Context::Local { policy: "/p/policy.d".into(), data: "/d".into() };
    Config::change(&dir, |c| {
        c.add(name("work"), remote("https://jit.example.com"))?;
        c.add(name("lab"), local.clone())?;
        c.use_context("work")
    })
    .unwrap();
    let config = Config::load(&dir).unwrap();
    assert_eq!(config.current, Some(name("work")));
    assert_eq!(config.contexts.get("lab"), Some(&local));
    assert_eq!(fs::metadata(dir.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);

    fs::set_permissions(dir.join(FILE), Permissions::from_mode(0o644)).unwrap();
    let err = Config::load(&dir).unwrap_err();
    assert_eq!(err.hint().unwrap(), format!("chmod 600 {}", dir.join(FILE).display()));
}

#[test]
fn a_change_that_fails_leaves_the_file_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("jit");
    Config::change(&dir, |c| c.add(name("work"), remote("https://a.example"))).unwrap();
    let before = fs::read(dir.join(FILE)).unwrap();
    let plain = |c: &mut Config| c.add(name("bad"), remote("http://b.example"));
    assert!(matches!(Config::change(&dir, plain), Err(ConfigError::Syntax { .. })));
    let again = |c: &mut Config| c.add(name("work"), remote("https://b.example"));
    assert!(matches!(Config::change(&dir, again), Err(ConfigError::Exists(_))));
    assert_eq!(fs::read(dir.join(FILE)).unwrap(), before);
}

#[test]
fn the_documented_file_is_understood() {
    let config = parse(
        "current = \"work\"\n[context.work]\nbackend = \"remote\"\nserver = \"https://jit.example.com\"\n\
         store = \"file\"\n[context.lab]\nbackend = \"local\"\npolicy = \"/p\"\ndata = \"/d\"\n",
    )
    .unwrap();
    assert!(matches!(
        config.contexts.get("work"),
        Some(Context::Remote { store: Some(StoreChoice::File), .. })
    ));
}

#[test]
fn a_file_that_is_not_understood_is_an_error_with_its_line() {
    for (text, line) in [
        ("curent = \"work\"", 1),
        ("\n\n[context.a]\nbackend = \"remote\"\nserver = \"https://a.example\"\ntoken = \"x\"", 3),
        ("[context.a]\nbackend = \"cloud\"", 2),
        ("current = 1", 1),
        ("current = \"a\"\ncurrent = \"b\"", 2),
        ("\ncurrent = \"Work\"", 2),
        ("[context.a]\nbackend = \"remote\"\nserver = \"http://a.example\"", 1),
        ("[context.a]\nbackend = \"remote\"\nserver = \"https://a.example\"\nstore = \"memory\"", 1),
        ("x = \"\u{1b}]0;evil\u{7}\"", 1),
    ] {
        match parse(text) {
            Err(err @ ConfigError::Syntax { line: found, .. }) => {
                assert_eq!(found, line, "{text}: {err}");
                assert!(!err.to_string().contains(['\u{1b}', '\u{7}', '\n']), "{err}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(
        parse("[context.local]\nbackend = \"local\"\npolicy = \"/p\"\ndata = \"/d\""),
        Err(ConfigError::BuiltIn)
    ));
}

#[test]
fn an_unknown_context_is_an_error_with_the_nearest_or_all_of_them() {
    let mut config = with(&[("work", "https://a.example"), ("lab", "https://b.example")], None);
    assert_eq!(config.use_context("wrok").unwrap_err().hint().unwrap(), "did you mean `work`?");
    assert_eq!(config.use_context("x\u{1b}").unwrap_err().hint().unwrap(), "there are: local, lab, work");
    assert!(!config.use_context("x\u{1b}").unwrap_err().to_string().contains('\u{1b}'));
    config.use_context("work").unwrap();
    assert!(matches!(config.remove("work"), Err(ConfigError::InUse(_))));
    assert!(matches!(config.remove("local"), Err(ConfigError::BuiltIn)));
    assert!(matches!(config.add(name("local"), remote("https://a.example")), Err(ConfigError::BuiltIn)));
    config.use_context("local").unwrap();
    config.remove("work").unwrap();
    assert_eq!(config.known(), ["local", "lab"]);
}

#[test]
fn a_flag_goes_before_the_environment_before_the_user_before_the_machine() {
    let user = with(&[("work", "https://user.example")], Some("work"));
    let system = with(&[("all", "https://all.example"), ("work", "https://other.example")], Some("all"));
    let none = Config::default();
    let mut env = environment();
    env.context = Some("all".to_owned());
    let paths = Paths::new(&env);
    let go = |flags, env: &Environment, user: &Config, system: &Config| {
        let found = resolve(flags, env, &paths, user, system).unwrap();
        (found.origin, found.server().unwrap().map(|s| s.to_string()))
    };
    let nothing = Selection::default();
    let plain = environment();
    let server = |text: &str| Some(text.to_owned());
    let flag = Selection { context: Some("work"), server: None };
    assert_eq!(go(flag, &env, &user, &system), (Origin::Flag, server("https://user.example")));
    let flag = Selection { context: None, server: Some("https://X.example/") };
    assert_eq!(go(flag, &env, &user, &system), (Origin::Flag, server("https://x.example")));
    assert_eq!(go(nothing, &env, &user, &system), (Origin::Environment, server("https://all.example")));
    assert_eq!(go(nothing, &plain, &user, &system), (Origin::UserFile, server("https://user.example")));
    assert_eq!(go(nothing, &plain, &none, &system), (Origin::SystemFile, server("https://all.example")));
    assert_eq!(go(nothing, &plain, &none, &none), (Origin::BuiltIn, None));
}

#[test]
fn a_context_and_a_server_on_one_level_are_ambiguous() {
    let mut env = environment();
    let paths = Paths::new(&env);
    let none = Config::default();
    let both = Selection { context: Some("local"), server: Some("https://a.example") };
    assert!(matches!(resolve(both, &env, &paths, &none, &none), Err(ConfigError::Both)));
    env.context = Some("local".to_owned());
    env.server = Some("https://a.example".to_owned());
    let nothing = Selection::default();
    assert!(matches!(resolve(nothing, &env, &paths, &none, &none), Err(ConfigError::Both)));
    let flag = Selection { context: Some("local"), server: None };
    assert_eq!(resolve(flag, &env, &paths, &none, &none).unwrap().origin, Origin::Flag);
}

#[test]
fn a_known_server_named_by_its_address_keeps_its_store() {
    let env = environment();
    let paths = Paths::new(&env);
    let mut user = Config::default();
    let known = Context::Remote {
        server: "http://lab.example:80".to_owned(),
        store: Some(StoreChoice::File),
        allow_http: true,
    };
    user.add(name("lab"), known.clone()).unwrap();
    let ask = |server| Selection { context: None, server: Some(server) };
    let none = Config::default();
    let found = resolve(ask("http://LAB.example"), &env, &paths, &user, &none).unwrap();
    assert_eq!(found.context, known);
    let other = resolve(ask("http://other.example"), &env, &paths, &user, &none);
    assert!(matches!(other, Err(ConfigError::Url(UrlError::PlainHttp))));
}
