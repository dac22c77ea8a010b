//! Of roles in jit itself.

use super::*;

pub(super) const TOOL_ROLES: &[(&str, &str)] = &[
    ("\"policy-author\"]", "\"policy-autor\"]"),
    ("\"policy-author\"]", "\"web\"]"),
    ("\"policy-author\"]", "\"administrator\"]"),
    ("\"administrator\", \"policy-author\"", "\"administrator\""),
    ("together = [\"administrator\", \"policy-author\"]", "together = []"),
    ("together = [\"administrator\", \"policy-author\"]", "together = \"auditor\""),
    ("together = [\"administrator\", \"policy-author\"]", "description = \"x\""),
    ("[tool-roles.small]", "[tool-roles.Small]"),
    ("[tool-roles.small]", "[tool-role.small]"),
    ("[tool-roles.small]", "[tool-roles.small]\npeople = [\"alice\"]"),
];

#[test]
fn what_is_no_role_in_jit_itself_and_what_lets_nobody_hold_two() {
    assert_snapshot!(rendered(TOOL_ROLES), @r##"
error[tool-role]: `policy-autor` is no role in jit itself
   --> p.toml:110:30
    |
110 | together = ["administrator", "policy-autor"]
    |                              ^^^^^^^^^^^^^^
    |
help: did you mean `policy-author`?

error[tool-role]: `web` is no role in jit itself
   --> p.toml:110:30
    |
110 | together = ["administrator", "web"]
    |                              ^^^^^
    |
help: a role in jit is administrator, policy-author, auditor or reviewer; the roles of the policy are others

error[duplicate]: `together` of tool-roles `small` has the same entry twice
   --> p.toml:110:30
    |
110 | together = ["administrator", "administrator"]
    |                              ^^^^^^^^^^^^^^^
    |
help: remove one of them

error[empty]: `together` of tool-roles `small` needs two roles at least
   --> p.toml:110:12
    |
110 | together = ["administrator"]
    |            ^^^^^^^^^^^^^^^^^
    |
help: name the roles that one person may hold, of `administrator`, `policy-author`, `auditor`, `reviewer`

error[empty]: `together` of tool-roles `small` needs two roles at least
   --> p.toml:110:12
    |
110 | together = []
    |            ^^
    |
help: name the roles that one person may hold, of `administrator`, `policy-author`, `auditor`, `reviewer`

error[type]: `together` of tool-roles `small` is a string, expected an array of strings
   --> p.toml:110:12
    |
110 | together = "auditor"
    |            ^^^^^^^^^ expected an array of strings

error[missing-key]: tool-roles `small` has no `together`
   --> p.toml:109:13
    |
109 | [tool-roles.small]
    |             ^^^^^
    |
help: add together = ["administrator", "policy-author"]

error[name]: `Small` is no name of tool-roles: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
   --> p.toml:109:13
    |
109 | [tool-roles.Small]
    |             ^^^^^
    |
help: write `small`

error[unknown-key]: unknown key `tool-role` in a policy file
   --> p.toml:109:2
    |
109 | [tool-role.small]
    |  ^^^^^^^^^
    |
help: did you mean `tool-roles`?

error[unknown-key]: unknown key `people` in tool-roles `small`
   --> p.toml:110:1
    |
110 | people = ["alice"]
    | ^^^^^^
    |
help: the keys are `together`, `description`
"##);
}
