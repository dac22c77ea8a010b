//! Ticket systems as they are written, and every answer that is none.

use std::net::IpAddr;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::source::SourceFile;
use super::super::{Diagnostic, document};
use super::*;

const COMMAND: &str = r#"[ticket-system.ops]
description = "The operators' board"
pattern = "OPS-[0-9]+"
command = ["/usr/local/bin/ticket", "-v", "-v"]
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
open-states = ["open", "in-progress"]
assignee = "requester"
poll = "30s"
timeout = "10s"
"#;

const URL: &str = r#"[ticket-system.ops]
pattern = ".+"
url = "https://tickets.example.net/api/{ticket}"
token-file = "/etc/jit/ticket-token"
open-states = ["open"]
assignee = "anyone"
"#;

fn read(text: &str) -> Result<TicketSystem, Vec<String>> {
    let files = [SourceFile { name: "p.toml".into(), text: text.into() }];
    let mut problems = Problems::default();
    let tree = document::parse(0, &files[0], &mut problems).unwrap();
    let root = Section::root(0, "a policy file", &tree);
    let all = root.get("ticket-system").unwrap().table("`ticket-system`".to_owned(), &mut problems).unwrap();
    let entry = all.entries().next().unwrap();
    let mut section = entry.table(format!("ticket-system `{}`", entry.key), &mut problems).unwrap();
    let system = TicketSystem::read(entry.key.parse().unwrap(), &mut section, &mut problems);
    let line = |d: &Diagnostic| format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"));
    let said: Vec<_> = problems.finish(&files).iter().map(line).collect();
    if said.is_empty() { Ok(system.expect("no problem, and no system")) } else { Err(said) }
}

#[track_caller]
fn after(whole: &str, from: &str, to: &str) -> String {
    assert_eq!(whole.matches(from).count(), 1, "{from:?}");
    let said = read(&whole.replace(from, to)).map(|system| panic!("{system:?}")).unwrap_err();
    assert_eq!(said.len(), 1, "{said:#?}");
    said[0].clone()
}

fn url(url: &str) -> String {
    after(URL, "https://tickets.example.net/api/{ticket}", url)
}

#[test]
fn a_ticket_system_with_every_key_is_read_as_written() {
    let system = read(COMMAND).unwrap();
    assert_eq!((system.name.as_str(), system.description.as_str()), ("ops", "The operators' board"));
    assert!(system.pattern.matches("OPS-1") && !system.pattern.matches("OPS-1x"));
    let check = system.check.unwrap();
    let TicketSource::Command(command) = check.ask else { panic!() };
    assert_eq!(command.program, "/usr/local/bin/ticket");
    assert_eq!(command.args, ["-v", "-v"]);
    assert_eq!(command.sha256, Some(crate::domain::Digest::of(b"")));
    assert_eq!(check.open_states, ["open".to_owned(), "in-progress".to_owned()].into());
    assert_eq!(check.assignee, Assignee::Requester);
    assert_eq!((check.poll.secs(), check.timeout.secs()), (30, 10));

    let check = read(URL).unwrap().check.unwrap();
    let TicketSource::Url { url, allow_local, token_file } = check.ask else { panic!() };
    assert_eq!(url.as_str(), "https://tickets.example.net/api/{ticket}");
    assert_eq!((allow_local, token_file.as_deref()), (false, Some("/etc/jit/ticket-token")));
    assert_eq!((check.poll.secs(), check.timeout.secs()), (60, 5));

    let bare = read("[ticket-system.ops]\npattern = \"OPS-[0-9]+\"\n").unwrap();
    assert!(bare.check.is_none());
}

#[test]
fn every_slip_of_the_pen_is_an_error_with_its_cure() {
    let all = [
        after(COMMAND, "pattern = \"OPS-[0-9]+\"\n", ""),
        after(COMMAND, "OPS-[0-9]+", "OPS-["),
        after(COMMAND, "OPS-[0-9]+", ".*"),
        after(COMMAND, "assignee =", "asignee ="),
        after(COMMAND, "open-states = [\"open\", \"in-progress\"]\n", ""),
        after(COMMAND, "[\"open\", \"in-progress\"]", "[]"),
        after(COMMAND, "in-progress", "open"),
        after(COMMAND, "in-progress", "in\\u202eprogress"),
        after(COMMAND, "assignee = \"requester\"\n", ""),
        after(COMMAND, "requester", "requestor"),
        after(COMMAND, "requester", "carol"),
        after(COMMAND, "30s", "9s"),
        after(COMMAND, "10s", "31s"),
        after(COMMAND, "10s", "10"),
        after(COMMAND, "/usr/local/bin/ticket", "ticket"),
        after(COMMAND, "/usr/local/bin/ticket", "/usr/../tmp/x"),
        after(COMMAND, "[\"/usr/local/bin/ticket\", \"-v\", \"-v\"]", "[]"),
        after(COMMAND, "[\"/usr/local/bin/ticket\", \"-v\", \"-v\"]", "\"/usr/local/bin/ticket -v\""),
        after(COMMAND, "e3b0", "e3"),
        after(COMMAND, "sha256 =", "url = \"https://a/{ticket}\"\nsha256 ="),
        after(COMMAND, "timeout =", "token-file = \"/etc/jit/t\"\ntimeout ="),
        after(COMMAND, "command = [\"/usr/local/bin/ticket\", \"-v\", \"-v\"]\n", "comand = 1\n"),
        after(URL, "token-file =", "sha256 ="),
        after(URL, "token-file =", "allow-local = 1\ntoken-file ="),
        after(URL, "/etc/jit/ticket-token", "ticket-token"),
        read("[ticket-system.ops]\npattern = 'x'\nassignee = 'anyone'\npoll = '1m'\n")
            .unwrap_err()
            .join("\n"),
    ];
    assert_snapshot!(all.join("\n"), @r##"
missing-key p.toml:1:16: ticket-system `ops` has no `pattern` | add pattern = "OPS-[0-9]+": what the whole ticket matches
ticket p.toml:3:11: `OPS-[` is no regular expression: found unclosed character class | such as "OPS-[0-9]+"; it has to match the whole ticket
ticket p.toml:3:11: `.*` accepts a ticket without a single character | such as "OPS-[0-9]+", or ".+" for any
unknown-key p.toml:7:1: unknown key `asignee` in ticket-system `ops` | did you mean `assignee`?
missing-key p.toml:1:16: ticket-system `ops` has no `open-states` | add open-states = ["open"]: in the words of the ticket system
empty p.toml:6:15: `open-states` of ticket-system `ops` is empty, so no ticket would count | add open-states = ["open"]: in the words of the ticket system
duplicate p.toml:6:24: `open-states` of ticket-system `ops` has the same entry twice | remove one of them
text p.toml:6:24: this text has control or invisible characters | write it on one line, in plain letters
missing-key p.toml:1:16: ticket-system `ops` has no `assignee` | add assignee = "requester", or "anyone"
assignee p.toml:7:12: `requestor` is nobody to whom a ticket is assigned | did you mean `requester`?
assignee p.toml:7:12: `carol` is nobody to whom a ticket is assigned | write "requester", or "anyone"
duration p.toml:8:8: `poll` is from 10s to 366d, this is 9s | -
duration p.toml:9:11: `timeout` is from 1s to 30s, this is 31s | -
duration p.toml:9:11: `10` is no duration: a bare number has no unit: write 60s or 60m | units are d, h, m and s, in that order: "1h30m"
path p.toml:4:12: `ticket` is not the whole path of a program | write it from / on, without `.` and `..`: "/usr/local/bin/NAME"
path p.toml:4:12: `/usr/../tmp/x` is not the whole path of a program | write it from / on, without `.` and `..`: "/usr/local/bin/NAME"
empty p.toml:4:11: `command` of ticket-system `ops` is empty | name a program by its whole path: ["/usr/local/bin/NAME"]
type p.toml:4:11: `command` of ticket-system `ops` is a string, expected an array of strings | -
sha256 p.toml:5:10: `e3c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8…` is no SHA-256: it has 64 hexadecimal digits | look at the program, then write what sha256sum prints
two-sources p.toml:5:1: ticket-system `ops` has both a `command` and a `url` | one of them is asked: remove the other
stray-key p.toml:9:1: `token-file` of ticket-system `ops` does nothing without a `url` | remove it, or add a `url`
unknown-key p.toml:4:1: unknown key `comand` in ticket-system `ops` | did you mean `command`?
stray-key p.toml:4:1: `sha256` of ticket-system `ops` does nothing without a `command` | remove it, or add a `command`
type p.toml:4:15: `allow-local` of ticket-system `ops` is a whole number, expected `true` or `false` | -
path p.toml:4:14: `ticket-token` is not the whole path of a file | write it from / on, without `.` and `..`: "/etc/jit/ticket-token"
stray-key p.toml:3:1: `assignee` of ticket-system `ops` does nothing without a `command` or a `url` | remove it, or add a `command` or a `url`
stray-key p.toml:4:1: `poll` of ticket-system `ops` does nothing without a `command` or a `url` | remove it, or add a `command` or a `url`
"##);
}

#[test]
fn an_address_that_could_lead_elsewhere_is_an_error_with_its_cure() {
    let all = [
        url("http://tickets.example.net/{ticket}"),
        url("ftp://tickets.example.net/{ticket}"),
        url("https://carol:x@tickets.example.net/{ticket}"),
        url("https://tickets.example.net?t={ticket}"),
        url("https://{ticket}.example.net/"),
        url("https://tickets.example.net/"),
        url("https://tickets.example.net/{ticket}/{ticket}"),
        url("https://tickets.example.net/a{ticket}"),
        url("https://tickets.example.net/{ticket}.json"),
        url("https://tickets.example.net/?{ticket}=a"),
        url("https://tickets.example.net/?q=a{ticket}"),
        url("https://tickets.example.net/#/{ticket}"),
        url("https://tickets.example.net/a b/{ticket}"),
        url("https://tickets.example.net/../{ticket}"),
        url("https://tickets.example.net/%2E./{ticket}"),
        url("https://localhost/{ticket}"),
        url("https://127.0.0.1/{ticket}"),
        url("https://169.254.169.254/{ticket}"),
        url("https://[::ffff:127.0.0.1]:8443/{ticket}"),
        url("https://2130706433/{ticket}"),
        url("https://0x7f.1/{ticket}"),
        url("http://2130706433/{ticket}"),
        url("http://10.0.0.1/{ticket}"),
    ];
    assert_snapshot!(all.join("\n"), @r##"
url p.toml:3:7: `http://tickets.example.net/{ticket}` is no address of tickets: without TLS, anybody on the way could answer | write https://; plain http is for localhost, 127.0.0.1 and [::1]
url p.toml:3:7: `ftp://tickets.example.net/{ticket}` is no address of tickets: it begins with https:// | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://carol:x@tickets.example.net/{ticket}` is no address of tickets: host or host:port follows :// | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net?t={ticket}` is no address of tickets: a path follows the host and its port | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://{ticket}.example.net/` is no address of tickets: host or host:port follows :// | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/` is no address of tickets: {ticket} stands in it once, behind the host | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/{ticket}/{ticket}` is no address of tickets: {ticket} stands in it once, behind the host | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/a{ticket}` is no address of tickets: {ticket} is a whole segment of the path, or a whole value of the query | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/{ticket}.json` is no address of tickets: {ticket} is a whole segment of the path, or a whole value of the query | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/?{ticket}=a` is no address of tickets: {ticket} is a whole segment of the path, or a whole value of the query | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/?q=a{ticket}` is no address of tickets: {ticket} is a whole segment of the path, or a whole value of the query | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/#/{ticket}` is no address of tickets: its path and query have letters, digits and `- . _ ~ / : @ ! $ ( ) * , ; + = & ? %` | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/a b/{ticket}` is no address of tickets: its path and query have letters, digits and `- . _ ~ / : @ ! $ ( ) * , ; + = & ? %` | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/../{ticket}` is no address of tickets: its path has a step back | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://tickets.example.net/%2E./{ticket}` is no address of tickets: its path has a step back | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://localhost/{ticket}` is no address of tickets: it is on this machine or its link | if that is what is meant, add allow-local = true
url p.toml:3:7: `https://127.0.0.1/{ticket}` is no address of tickets: it is on this machine or its link | if that is what is meant, add allow-local = true
url p.toml:3:7: `https://169.254.169.254/{ticket}` is no address of tickets: it is on this machine or its link | if that is what is meant, add allow-local = true
url p.toml:3:7: `https://[::ffff:127.0.0.1]:8443/{ticket}` is no address of tickets: it is on this machine or its link | if that is what is meant, add allow-local = true
url p.toml:3:7: `https://2130706433/{ticket}` is no address of tickets: its host is neither a name nor an IP address | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `https://0x7f.1/{ticket}` is no address of tickets: its host is neither a name nor an IP address | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `http://2130706433/{ticket}` is no address of tickets: its host is neither a name nor an IP address | write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}
url p.toml:3:7: `http://10.0.0.1/{ticket}` is no address of tickets: without TLS, anybody on the way could answer | write https://; plain http is for localhost, 127.0.0.1 and [::1]
"##);
    for good in [
        "https://tickets.example.net:8443/{ticket}",
        "https://10.0.0.1/{ticket}/state?full=1",
        "https://[2001:db8::1]/api?a=b&id={ticket}&c=d",
        "http://localhost:8080/{ticket}",
        "http://127.0.0.1/{ticket}",
        "http://[::1]:8080/{ticket}",
    ] {
        let text = URL.replace("https://tickets.example.net/api/{ticket}", good);
        assert!(read(&text).is_ok(), "{good}");
    }
    let local =
        URL.replace("tickets.example.net", "localhost").replace("assignee", "allow-local = true\nassignee");
    assert!(read(&local).is_ok());
}

#[test]
fn a_ticket_stays_one_segment_of_the_address() {
    let system = read(URL).unwrap();
    let TicketSource::Url { url, .. } = system.check.unwrap().ask else { panic!() };
    let with = |ticket| url.with(ticket).map(|url| url.replace("https://tickets.example.net/api/", ""));
    assert_eq!(with("OPS-1").unwrap(), "OPS-1");
    assert_eq!(
        with("../x?a=b&c#d%2f é{ticket}").unwrap(),
        "..%2Fx%3Fa%3Db%26c%23d%252f%20%C3%A9%7Bticket%7D"
    );
    for step in ["", ".", ".."] {
        assert_eq!(with(step), None);
    }
}

#[test]
fn what_is_on_this_machine_or_its_link_is_known_in_every_spelling() {
    let local = |text: &str| is_local(text.parse::<IpAddr>().unwrap());
    for here in [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "::1",
        "::",
        "fe80::1",
        "febf::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
    ] {
        assert!(local(here), "{here}");
    }
    for away in ["10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"] {
        assert!(!local(away), "{away}");
    }
}

#[test]
fn systems_that_mean_different_things_have_different_meanings() {
    let whole = [COMMAND, URL].map(|text| read(text).unwrap().meaning());
    assert_snapshot!(whole.join("\n"), @r##"
{"name":"ops","pattern":"OPS-[0-9]+","check":{"ask":{"command":{"program":"/usr/local/bin/ticket","args":["-v","-v"],"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},"open_states":["in-progress","open"],"assignee":"requester","poll":"30s","timeout":"10s"}}
{"name":"ops","pattern":".+","check":{"ask":{"url":{"url":"https://tickets.example.net/api/{ticket}","allow_local":false,"token_file":"/etc/jit/ticket-token"}},"open_states":["open"],"assignee":"anyone","poll":"1m","timeout":"5s"}}
"##);
    let mut seen = BTreeSet::from(whole);
    for (from, to) in [
        ("OPS-[0-9]+", "OPS-[0-9]"),
        ("\"-v\", \"-v\"", "\"-v -v\""),
        ("bin/ticket", "bin/tickets"),
        ("e3b0", "e3b1"),
        ("in-progress", "done"),
        ("requester", "anyone"),
        ("30s", "31s"),
        ("10s", "11s"),
        ("system.ops", "system.opt"),
    ] {
        assert!(seen.insert(read(&COMMAND.replace(from, to)).unwrap().meaning()), "{from}");
    }
    let said = read(&COMMAND.replace("operators", "other")).unwrap().meaning();
    assert!(seen.contains(&said), "a description means nothing");
}

fn answer(state: &str, assignee: Option<&str>) -> TicketAnswer {
    TicketAnswer { ticket: "OPS-1".into(), state: state.into(), assignee: assignee.map(str::to_owned) }
}

#[test]
fn a_ticket_counts_only_open_and_for_whom_it_is_assigned_to_by_the_letter() {
    let carol: Name = "carol".parse().unwrap();
    let system = read(COMMAND).unwrap();
    let judge = |state: &str, to: Option<&str>| system.judge(&answer(state, to), &carol);
    assert_eq!(judge("open", Some("carol")), TicketStanding::Good);
    assert_eq!(judge("in-progress", Some("carol")), TicketStanding::Good);
    for state in ["Open", "open ", "done", "opened"] {
        assert_eq!(judge(state, Some("carol")), TicketStanding::Closed { state: state.into() });
    }
    for to in [Some("bob"), Some("Carol"), Some("carol "), Some("carol@example.net"), None] {
        assert_eq!(judge("open", to), TicketStanding::NotAssigned { to: to.map(str::to_owned) });
    }
    let anyone = read(URL).unwrap();
    assert_eq!(anyone.judge(&answer("open", None), &carol), TicketStanding::Good);
    assert_eq!(
        anyone.judge(&answer("done", Some("carol")), &carol),
        TicketStanding::Closed { state: "done".into() }
    );
    let bare = read("[ticket-system.ops]\npattern = 'x'\n").unwrap();
    assert_eq!(
        bare.judge(&answer("open", None), &carol).to_string(),
        "the ticket is not open: its state is open"
    );
}

const GOOD: &str =
    r#"{"schema":"jit/v1","kind":"ticket","ticket":"OPS-1","state":"open","assignee":"carol"}"#;

#[test]
fn an_answer_is_read_as_it_is_written_down() {
    for text in [GOOD.to_owned(), format!(" {GOOD}\r\n"), GOOD.replace("open", "o\\u0070en")] {
        assert_eq!(parse_answer(text.as_bytes(), "OPS-1"), Ok(answer("open", Some("carol"))));
    }
    let nobody = GOOD.replace(",\"assignee\":\"carol\"", "").replace("open", "в работе");
    assert_eq!(parse_answer(nobody.as_bytes(), "OPS-1"), Ok(answer("в работе", None)));
}

#[test]
fn an_answer_that_is_not_exactly_one_is_none() {
    let bad = [
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        "\"OPS-1\"".to_owned(),
        r#"["jit/v1","ticket","OPS-1","open","carol"]"#.to_owned(),
        format!("[{GOOD}]"),
        format!("{GOOD}{GOOD}"),
        format!("{GOOD} x"),
        format!("\u{feff}{GOOD}"),
        GOOD.replace("\"kind\":\"ticket\",", ""),
        GOOD.replace("\"state\":\"open\",", ""),
        GOOD.replace("\"state\":\"open\"", "\"state\":\"done\",\"state\":\"open\""),
        GOOD.replace("\"state\":\"open\"", "\"state\":\"done\",\"st\\u0061te\":\"open\""),
        GOOD.replace("\"state\"", "\"State\":\"x\",\"state\""),
        GOOD.replace("\"open\"", "true"),
        GOOD.replace("\"open\"", "[\"open\"]"),
        GOOD.replace("\"open\"", "{\"open\":{}}"),
        GOOD.replace("\"carol\"", "null"),
        GOOD.replace("\"carol\"", "[\"carol\"]"),
        GOOD.replace("jit/v1", "jit/v2"),
        GOOD.replace(":\"ticket\"", ":\"ticket-check\""),
        GOOD.replace("OPS-1", "OPS-2"),
        GOOD.replace("OPS-1", "ops-1"),
        GOOD.replace("OPS-1", "OPS-1 "),
        GOOD.replace("open", ""),
        GOOD.replace("open", " open"),
        GOOD.replace("open", "\\u001b[2J"),
        GOOD.replace("open", &"o".repeat(65)),
        GOOD.replace("carol", "\\u202elorac"),
        GOOD.replace("carol", ""),
        format!("{{\"a\":{}", "[".repeat(10_000)),
        format!("{GOOD}{}", " ".repeat(LONGEST)),
    ];
    let why = bad.map(|text| parse_answer(text.as_bytes(), "OPS-1").unwrap_err().to_string());
    assert_snapshot!(why.join("\n"), @r##"
the answer is not understood: it is no JSON object
the answer is not understood: missing field `schema` at line 1 column 2
the answer is not understood: it is no JSON object
the answer is not understood: it is no JSON object
the answer is not understood: it is no JSON object
the answer is not understood: it is no JSON object
the answer is not understood: trailing characters at line 1 column 87
the answer is not understood: trailing characters at line 1 column 88
the answer is not understood: it is no JSON object
the answer is not understood: missing field `kind` at line 1 column 70
the answer is not understood: missing field `state` at line 1 column 71
the answer is not understood: duplicate field `state` at line 1 column 74
the answer is not understood: duplicate field `state` at line 1 column 79
the answer is not understood: unknown field `State`, expected one of `schema`, `kind`, `ticket`, `state`, `assignee` at line 1 column 59
the answer is not understood: invalid type: boolean `true`, expected a string at line 1 column 64
the answer is not understood: invalid type: sequence, expected a string at line 1 column 60
the answer is not understood: invalid type: map, expected a string at line 1 column 60
the answer is not understood: invalid type: null, expected a string at line 1 column 82
the answer is not understood: invalid type: sequence, expected a string at line 1 column 78
the answer is not understood: its schema is not "jit/v1", or its kind not "ticket"
the answer is not understood: its schema is not "jit/v1", or its kind not "ticket"
the answer is about another ticket: OPS-2
the answer is about another ticket: ops-1
the answer is about another ticket: OPS-1 
`state` of the answer is empty, longer than 64 characters, or not plain text
`state` of the answer is empty, longer than 64 characters, or not plain text
`state` of the answer is empty, longer than 64 characters, or not plain text
`state` of the answer is empty, longer than 64 characters, or not plain text
`assignee` of the answer is empty, longer than 64 characters, or not plain text
`assignee` of the answer is empty, longer than 64 characters, or not plain text
the answer is not understood: unknown field `a`, expected one of `schema`, `kind`, `ticket`, `state`, `assignee` at line 1 column 4
the answer is longer than 16384 bytes
"##);
    assert!(
        parse_answer(
            &GOOD
                .replace("open", "o!")
                .into_bytes()
                .iter()
                .map(|b| if *b == b'!' { 0xff } else { *b })
                .collect::<Vec<_>>(),
            "OPS-1"
        )
        .is_err()
    );
}

proptest! {
    #[test]
    fn no_answer_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), ticket in ".{0,10}") {
        let _ = parse_answer(&bytes, &ticket);
    }

    #[test]
    fn what_is_read_is_what_was_asked_for_and_safe_to_show(
        ticket in ".{0,10}", state in ".{0,80}", assignee in ".{0,80}", junk in ".{0,10}"
    ) {
        let whole = serde_json::json!({
            "schema": "jit/v1", "kind": "ticket", "ticket": ticket, "state": state, "assignee": assignee,
        });
        match parse_answer(whole.to_string().as_bytes(), &ticket) {
            Ok(answer) => {
                prop_assert_eq!(&answer.ticket, &ticket);
                prop_assert_eq!(crate::domain::text::escape(&answer.state), state);
                prop_assert_eq!(answer.assignee, Some(assignee));
            }
            Err(error) => prop_assert!(matches!(error, AnswerError::Text(_))),
        }
        let text = format!("{whole}{junk}");
        if let Ok(answer) = parse_answer(text.as_bytes(), &ticket) {
            prop_assert!(junk.trim().is_empty(), "{:?}", answer);
        }
    }

    #[test]
    fn a_ticket_never_leaves_its_place_in_the_address(ticket in ".{1,20}") {
        let TicketSource::Url { url, .. } = read(URL).unwrap().check.unwrap().ask else { panic!() };
        if let Some(text) = url.with(&ticket) {
            let parsed = reqwest::Url::parse(&text).unwrap();
            prop_assert_eq!(parsed.as_str(), &text);
            prop_assert_eq!(parsed.path_segments().unwrap().count(), 2);
            prop_assert!(parsed.query().is_none() && parsed.fragment().is_none());
        }
    }
}
