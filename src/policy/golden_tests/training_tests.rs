//! Of trainings and terms.

use super::*;

pub(super) const TRAININGS: &[(&str, &str)] = &[
    ("training = [\"course\"]", "training = [\"curse\"]"),
    ("training = [\"course\"]", "training = [\"rules\"]"),
    ("training = [\"course\"]", "training = []"),
    ("training = [\"course\"]", "training = \"course\""),
    ("terms = [\"rules\"]", "terms = [\"ruels\"]"),
    ("terms = [\"rules\"]", "terms = [\"rules\", \"rules\"]"),
    ("version = 3", "version = 0"),
    ("version = 3", "version = \"3\""),
    ("version = 3\n", ""),
    ("valid-for = \"90d\"", "valid-for = \"3y\""),
    ("valid-for = \"90d\"", "text = \"x\""),
    ("trainers = [\"dave\"]", "trainers = []"),
    ("trainers = [\"dave\"]", "trainers = [\"group:teachers\"]"),
    ("trainers = [\"dave\"]", "trainers = [\"resource:owner\"]"),
    ("https://learn.example.net/course", "http://learn.example.net/course"),
    ("https://learn.example.net/course", "https://user@learn.example.net/"),
    ("https://learn.example.net/course", "https://learn.example.net/a b"),
    ("text = \"Be careful.\"", ""),
    ("text = \"Be careful.\"", "text = \"\\n \\n\""),
    ("text = \"Be careful.\"", "text = \"One\\n\\tTwo\\u001b[2J\""),
    ("text = \"Be careful.\"", "text = \"Be \\u202ecareful.\""),
    ("[terms.rules]", "[terms.Rules]"),
    ("[terms.rules]", "[terms.rules]\nversion = 4\ntext = \"x\"\n[terms.rules]"),
];

#[test]
fn what_is_asked_for_and_does_not_exist_or_proves_nothing() {
    assert_snapshot!(rendered(TRAININGS), @r##"
error[unknown-training]: there is no training `curse`
   --> p.toml:107:13
    |
107 | training = ["curse"]
    |             ^^^^^^^
    |
help: did you mean `course`?

error[unknown-training]: there is no training `rules`
   --> p.toml:107:13
    |
107 | training = ["rules"]
    |             ^^^^^^^
    |
help: define it: [training.rules]

error[empty]: `training` of `require` of role `cache` is empty
   --> p.toml:107:12
    |
107 | training = []
    |            ^^
    |
help: name a training, or leave the key out

error[type]: `training` of `require` of role `cache` is a string, expected an array of strings
   --> p.toml:107:12
    |
107 | training = "course"
    |            ^^^^^^^^ expected an array of strings

error[unknown-terms]: there is no text of terms `ruels`
   --> p.toml:108:10
    |
108 | terms = ["ruels"]
    |          ^^^^^^^
    |
help: did you mean `rules`?

error[duplicate]: `terms` of `require` of role `cache` has the same entry twice
   --> p.toml:108:19
    |
108 | terms = ["rules", "rules"]
    |                   ^^^^^^^
    |
help: remove one of them

error[number]: `version` of training `course` is 0
  --> p.toml:99:11
   |
99 | version = 0
   |           ^ at least 1

error[type]: `version` of training `course` is a string, expected a whole number
  --> p.toml:99:11
   |
99 | version = "3"
   |           ^^^ expected a whole number

error[missing-key]: training `course` has no `version`
  --> p.toml:98:11
   |
98 | [training.course]
   |           ^^^^^^
   |
help: add version = 1: a higher one later has everybody do it again

error[duration]: `3y` is no duration: a duration is written as 90s, 45m, 2h, 1d or 1h30m
   --> p.toml:101:13
    |
101 | valid-for = "3y"
    |             ^^^^
    |
help: units are d, h, m and s, in that order: "1h30m"

error[unknown-key]: unknown key `text` in training `course`
   --> p.toml:101:1
    |
101 | text = "x"
    | ^^^^
    |
help: the keys are `version`, `link`, `valid-for`, `description`, `trainers`

error[empty]: `trainers` of training `course` is empty: nobody could record it
   --> p.toml:102:12
    |
102 | trainers = []
    |            ^^
    |
help: add trainers = ["group:NAME", "alice"]

error[unknown-group]: there is no group `teachers`
   --> p.toml:102:13
    |
102 | trainers = ["group:teachers"]
    |             ^^^^^^^^^^^^^^^^
    |
help: define it: [group.teachers]

error[relation]: `resource:owner` cannot stand here
   --> p.toml:102:13
    |
102 | trainers = ["resource:owner"]
    |             ^^^^^^^^^^^^^^^^
    |
help: it is for those who decide

error[link]: `http://learn.example.net/course` is no link: it begins with https://
   --> p.toml:100:8
    |
100 | link = "http://learn.example.net/course"
    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
help: write https://host/path

error[link]: `https://user@learn.example.net/` is no link: host or host:port follows ://
   --> p.toml:100:8
    |
100 | link = "https://user@learn.example.net/"
    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
help: write https://host/path

error[link]: `https://learn.example.net/a b` is no link: it has characters that a link has to encode
   --> p.toml:100:8
    |
100 | link = "https://learn.example.net/a b"
    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    |
help: write https://host/path

error[missing-key]: terms `rules` has no `text`
   --> p.toml:103:8
    |
103 | [terms.rules]
    |        ^^^^^
    |
help: add text = """…""": what is agreed to

error[text]: this text is empty
   --> p.toml:105:8
    |
105 | text = "\n \n"
    |        ^^^^^^^
    |
help: leave the key out, or say something

error[text]: this text has control or invisible characters on its line 2
   --> p.toml:105:8
    |
105 | text = "One\n\tTwo\u001b[2J"
    |        ^^^^^^^^^^^^^^^^^^^^^
    |
help: nobody can agree to what they do not see

error[text]: this text has control or invisible characters on its line 1
   --> p.toml:105:8
    |
105 | text = "Be \u202ecareful."
    |        ^^^^^^^^^^^^^^^^^^^
    |
help: nobody can agree to what they do not see

error[name]: `Rules` is no name of terms: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
   --> p.toml:103:8
    |
103 | [terms.Rules]
    |        ^^^^^
    |
help: write `rules`

error[duplicate]: `terms.rules` is defined twice in this file
   --> p.toml:106:8
    |
106 | [terms.rules]
    |        ^^^^^ the second time
    |
note: the first time is here
   --> p.toml:103:8
    |
103 | [terms.rules]
    |        ^^^^^
"##);
}

#[test]
fn terms_are_at_most_64_kilobytes() {
    let with = |n: usize| changed("Be careful.", &"x".repeat(n));
    let file = |text: String| [SourceFile { name: "p.toml".into(), text }];
    assert!(Policy::parse(&file(with(64 * 1024))).is_ok());
    let errors = Policy::parse(&file(with(64 * 1024 + 1))).unwrap_err();
    assert_eq!(errors[0].message, "this text has more than 64 kB");
}
