//! Sources as they are written, and every list that is none.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::source::SourceFile;
use super::super::{Diagnostic, document};
use super::*;

fn read(text: &str) -> Result<OnCallSource, Vec<String>> {
    let files = [SourceFile { name: "p.toml".into(), text: format!("[oncall]\n{text}\n") }];
    let mut problems = Problems::default();
    let tree = document::parse(0, &files[0], &mut problems).unwrap();
    let root = Section::root(0, "a policy file", &tree);
    let entry = root.get("oncall").unwrap();
    let section = entry.table("group `oncall`".to_owned(), &mut problems).unwrap();
    assert_eq!(OnCallSource::is_in(&section), !text.is_empty());
    let source = OnCallSource::read(&section, &mut problems);
    let line = |d: &Diagnostic| format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"));
    let said: Vec<_> = problems.finish(&files).iter().map(line).collect();
    if said.is_empty() { Ok(source.expect("no problem, and no source")) } else { Err(said) }
}

#[test]
fn a_source_is_read_as_written() {
    let file = read("from-file = '/etc/jit/oncall'").unwrap();
    assert_eq!(file.from, OnCallFrom::File("/etc/jit/oncall".into()));
    assert_eq!(file.refresh.secs(), 60);
    let command = read("from-command = ['/usr/local/bin/oncall', 'dba']\nrefresh = '10s'").unwrap();
    let OnCallFrom::Command(program) = &command.from else { panic!() };
    assert_eq!(
        (program.program.as_str(), program.args.as_slice()),
        ("/usr/local/bin/oncall", ["dba".to_owned()].as_slice())
    );
    assert_eq!(command.refresh.secs(), 10);
    assert_snapshot!([file.meaning(), command.meaning()].join("\n"), @r##"
{"from":{"file":"/etc/jit/oncall"},"refresh":"1m"}
{"from":{"command":{"program":"/usr/local/bin/oncall","args":["dba"],"sha256":null}},"refresh":"10s"}
"##);
}

#[test]
fn every_slip_of_the_pen_is_an_error_with_its_cure() {
    let pin = "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'";
    assert!(read(&format!("from-command = ['/bin/oncall']\n{pin}")).is_ok());
    let all = [
        read(""),
        read("refresh = '1m'"),
        read("from-file = '/etc/a'\nfrom-command = ['/bin/b']"),
        read("members = ['carol']\nfrom-file = '/etc/a'"),
        read("from-file = 'oncall'"),
        read("from-file = ['/etc/a']"),
        read("from-command = '/bin/b'"),
        read("from-command = []"),
        read("from-command = ['b']"),
        read("from-command = ['/bin/b']\nsha256 = '1'"),
        read(&format!("from-file = '/etc/a'\n{pin}")),
        read("from-file = '/etc/a'\nrefresh = '9s'"),
        read("from-file = '/etc/a'\nrefresh = '61m'"),
        read("from-file = '/etc/a'\nrefresh = 60"),
    ];
    assert_snapshot!(all.map(|said| said.unwrap_err().join("\n")).join("\n"), @r##"
missing-key p.toml:1:2: group `oncall` has no `from-file` | add from-file = "/etc/jit/oncall", or from-command = ["/usr/local/bin/NAME"]
missing-key p.toml:1:2: group `oncall` has no `from-file` | add from-file = "/etc/jit/oncall", or from-command = ["/usr/local/bin/NAME"]
two-sources p.toml:3:1: group `oncall` has both `from-file` and `from-command` | its members come from one place: remove one of the two
two-sources p.toml:3:1: group `oncall` has both `members` and `from-file` | its members come from one place: remove one of the two
path p.toml:2:13: `oncall` is not the whole path of a file | write it from / on, without `.` and `..`: "/etc/jit/oncall"
type p.toml:2:13: `from-file` of group `oncall` is an array, expected a string | -
type p.toml:2:16: `from-command` of group `oncall` is a string, expected an array of strings | -
empty p.toml:2:16: `from-command` of group `oncall` is empty | name a program by its whole path: ["/usr/local/bin/NAME"]
path p.toml:2:17: `b` is not the whole path of a program | write it from / on, without `.` and `..`: "/usr/local/bin/NAME"
sha256 p.toml:3:10: `1` is no SHA-256: it has 64 hexadecimal digits | look at the program, then write what sha256sum prints
stray-key p.toml:3:1: `sha256` of group `oncall` is for a `from-command` | remove it
duration p.toml:3:11: `refresh` is from 10s to 1h, this is 9s | -
duration p.toml:3:11: `refresh` is from 10s to 1h, this is 1h1m | -
type p.toml:3:11: `refresh` of group `oncall` is a whole number, expected a string | -
"##);
}

#[test]
fn a_list_is_names_and_nothing_else() {
    let names = |text: &str| {
        parse_on_call(text.as_bytes())
            .map(|all| all.into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names("# this week\r\n\r\ncarol\r\n  bob\t\n#dave\ncarol"), Ok("bob carol".into()));
    let most: String = (0..100).map(|n| format!("u{n}\n")).collect();
    assert!(names(&most).is_ok());
    let bad = [
        String::new(),
        "# carol\n\n".into(),
        "carol\nBob\n".into(),
        "carol bob".into(),
        "carol # this week".into(),
        "carol,bob".into(),
        "group:dba".into(),
        "*".into(),
        "\u{feff}carol".into(),
        "carol\0".into(),
        "carol\rbob".into(),
        "carol\n\u{1b}[2J".into(),
        "{\"members\":[\"carol\"]}".into(),
        "<html>".into(),
        format!("{most}carol"),
        format!("carol\n{}", "#".repeat(LONGEST)),
    ];
    assert_snapshot!(bad.map(|text| names(&text).unwrap_err().to_string()).join("\n"), @r##"
the list names nobody
the list names nobody
line 2 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 2 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
line 1 of the list is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
the list has more than 100 names
the list is longer than 16384 bytes
"##);
    assert_eq!(parse_on_call(b"carol\n\xff"), Err(OnCallError::NotText));
}

proptest! {
    #[test]
    fn no_list_panics_or_gives_what_was_not_in_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_on_call(&bytes);
    }

    #[test]
    fn a_list_gives_only_whole_lines(lines in proptest::collection::vec("[a-c# \t]{0,4}", 0..6)) {
        if let Ok(names) = parse_on_call(lines.join("\n").as_bytes()) {
            prop_assert!(!names.is_empty());
            prop_assert!(names.iter().all(|name| lines.iter().any(|line| line.trim() == name.as_str())));
        }
    }
}
