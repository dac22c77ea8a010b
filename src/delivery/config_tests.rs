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
