use super::*;

fn wrong(text: &str) -> (usize, String, String) {
    let Err(Wrong { at, message, hint }) = Channels::parse(text) else { panic!("it was taken:\n{text}") };
    (1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count(), message, hint.unwrap_or_default())
}

const HOOK: &str = "[channel.siem]\nkind = \"webhook\"\nurl = \"https://siem.acme.example/hook\"\nsecret-file = \"/etc/jit/hook.secret\"\n";

#[test]
fn a_file_says_where_what_goes() {
    let text = format!(
        "host = \"jit-1\"\n[people]\nalice = \"alice@acme.example\"\n{HOOK}events = [\"request.*\", \"alert.raised\"]\nseverity = \"medium\"\nroles = [\"prod-*\"]\nkeep = \"2d\"\n"
    );
    let Ok(channels) = Channels::parse(&text) else { panic!() };
    assert_eq!(channels.people.len(), 1);
    let channel = &channels.channels[0];
    assert_eq!((channel.name.as_str(), channel.keep.secs()), ("siem", 172_800));
    assert_eq!(channel.filter.severity, Some(Severity::Medium));
}

#[test]
fn whatever_is_not_understood_is_an_error_at_its_place_with_a_hint() {
    for (more, line, message, hint) in [
        ("secretfile = \"/x\"\n", 5, "unknown field `secretfile`", ""),
        ("secret = \"hunter2\"\n", 5, "unknown field `secret`", ""),
        ("events = [\"request.fild\"]\n", 5, "no event `request.fild`", "`request.filed`"),
        ("events = [\n \"request.*\",\n \"req*\"]\n", 7, "no event `req*`", "request.*"),
        ("severity = \"loud\"\n", 5, "unknown variant `loud`", ""),
        ("keep = \"60\"\n", 5, "unit", ""),
        ("ca-file = \"ca.pem\"\n", 5, "not a whole path", "from / on"),
        ("url = \"https://other\"\n", 5, "duplicate", ""),
        ("[channel.SIEM]\nkind = \"webhook\"\n", 5, "lower-case", ""),
        ("[channel.b]\nkind = \"webhook\"\n", 5, "has no `url`", "add url"),
        ("[channel.b]\nkind = \"pigeon\"\n", 6, "unknown variant `pigeon`", ""),
        ("[people]\nbob = \"bob\"\n", 6, "no address of mail", "alice@acme.example"),
        ("[people]\nbob = \"a@b.example\\r\\nBcc: c@d.example\"\n", 6, "no address of mail", ""),
        ("[x]\n", 5, "unknown field `x`", ""),
    ] {
        let text = format!("{HOOK}{more}");
        let (at, said, help) = wrong(&text);
        assert!(said.contains(message), "{text}\n{said}");
        assert_eq!(at, line, "{text}\n{said}");
        assert!(help.contains(hint), "{text}\n{help}");
    }
}

#[test]
fn a_url_that_tells_a_secret_or_is_read_on_its_way_is_refused() {
    for (url, why) in [
        ("http://siem.acme.example/", "plain http"),
        ("https://u:p@siem.acme.example/", "a password"),
        ("ftp://siem.acme.example/", "neither"),
        ("file:///etc/passwd", "neither"),
        ("siem", "no URL"),
    ] {
        let (line, said, _) = wrong(&HOOK.replace("https://siem.acme.example/hook", url));
        assert!(said.contains(why) && line == 3, "{url}: {line} {said}");
    }
}

#[test]
fn the_text_of_a_wrong_file_commands_no_terminal() {
    let (_, said, _) = wrong(&format!("{HOOK}\"\\u001b[2Jx\" = 1\n"));
    assert_eq!(escape(&said), said);
}

fn manual() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/man/jit-channels.5")).unwrap()
}

#[test]
fn the_example_of_the_manual_is_taken_and_has_each_kind() {
    let manual = manual();
    let example = manual.split(".\\\" example\n").nth(1).unwrap().split(".\\\" end").next().unwrap();
    let Ok(channels) = Channels::parse(example) else { panic!("{example}") };
    let kinds: Vec<&str> = channels
        .channels
        .iter()
        .map(|channel| match &channel.to {
            To::Webhook(_) => "webhook",
            To::Chat(chat) if chat.form == ChatForm::Slack => "slack",
            To::Chat(_) => "teams",
            To::Mail(_) => "mail",
            To::Syslog(_) => "syslog",
        })
        .collect();
    assert_eq!(kinds, ["teams", "webhook", "mail", "slack", "syslog"]);
}

#[test]
fn the_manual_leaves_no_key_out() {
    // What an unknown key is told.
    let (_, said, _) = wrong(&format!("{HOOK}nothing = 1\n"));
    let manual = manual().replace('\\', "");
    let keys: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
    assert!(keys.len() >= 14, "{said}");
    for key in keys {
        assert!(manual.contains(key), "{key}");
    }
}

#[test]
fn a_key_of_another_kind_is_an_error() {
    for (kind, key, line) in [
        ("webhook", "to = \"people\"", 3),
        ("webhook", "host = \"x\"", 3),
        ("slack", "url = \"https://x\"", 3),
        ("syslog", "user = \"x\"", 3),
        ("syslog", "allow-private = true", 3),
        ("mail", "allow-private = true", 3),
    ] {
        let rest = match kind {
            "webhook" => "url = \"https://x.example\"\nsecret-file = \"/s\"",
            "slack" => "secret-file = \"/s\"",
            "syslog" => "host = \"x.example\"",
            _ => "host = \"x.example\"\nfrom = \"a@b.example\"\nto = \"people\"",
        };
        let text = format!("[channel.a]\nkind = \"{kind}\"\n{key}\n{rest}\n");
        let (at, said, _) = wrong(&text);
        assert!(said.contains("of a kind that has no") && at == line, "{text}\n{at} {said}");
    }
}

#[test]
fn a_password_goes_to_no_server_without_tls_and_mail_to_nobody_that_is_none() {
    let mail =
        "[channel.a]\nkind = \"mail\"\nhost = \"x.example\"\nfrom = \"a@b.example\"\nto = \"people\"\n";
    assert!(Channels::parse(mail).is_ok());
    for (from, to, why) in [
        ("to = \"people\"", "to = \"everybody\"", "names nobody"),
        ("to = \"people\"", "to = []", "names nobody"),
        ("to = \"people\"", "to = [\"a@b.example\\r\\nBcc: c@d.example\"]", "no address"),
        ("to = \"people\"", "to = [\"а@b.example\"]", "no address"),
        (
            "to = \"people\"",
            "to = \"people\"\ntls = \"none\"\nuser = \"u\"\nsecret-file = \"/s\"",
            "without TLS",
        ),
        ("to = \"people\"", "to = \"people\"\nuser = \"u\"", "has no `secret-file`"),
        ("from = \"a@b.example\"\n", "", "has no `from`"),
        ("kind = \"mail\"", "kind = \"mail\"\ntls = \"maybe\"", "unknown variant"),
    ] {
        let (_, said, _) = wrong(&mail.replace(from, to));
        assert!(said.contains(why), "{to}: {said}");
    }
    let (_, said, _) = wrong("[channel.a]\nkind = \"syslog\"\nhost = \"x\"\ntls = \"starttls\"\n");
    assert!(said.contains("STARTTLS"));
}
