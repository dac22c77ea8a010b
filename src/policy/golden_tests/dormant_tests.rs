//! Rules about people who use nothing.

use super::*;

pub(super) const DORMANTS: &[(&str, &str)] = &[
    ("[deny.freeze]", "[dormant.x]\npeople = [\"group:leads\"]\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"23h\"\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = 90\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"90d\"\npeople = []\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"90d\"\npeople = [\"group:ledas\"]\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"90d\"\npeople = [\"requester:sponsor\"]\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"90d\"\n[dormant.x]\nafter = \"9d\"\n[deny.freeze]"),
    ("[deny.freeze]", "[dormant.x]\nafter = \"90d\"\nperson = \"bob\"\n[deny.freeze]"),
];

#[test]
fn who_is_dormant_and_when_is_said_in_full() {
    assert_snapshot!(rendered(DORMANTS), @r##"
error[missing-key]: dormant `x` has no `after`
  --> p.toml:92:10
   |
92 | [dormant.x]
   |          ^
   |
help: add after = "90d": whoever uses nothing for so long is suspended

error[duration]: `after` is from 1d to 366d, this is 23h
  --> p.toml:93:9
   |
93 | after = "23h"
   |         ^^^^^

error[type]: `after` of dormant `x` is a whole number, expected a string
  --> p.toml:93:9
   |
93 | after = 90
   |         ^^ expected a string

error[empty]: `people` of dormant `x` is empty: it would be about nobody
  --> p.toml:94:10
   |
94 | people = []
   |          ^^
   |
help: add people = ["group:NAME", "alice"]

error[unknown-group]: there is no group `ledas`
  --> p.toml:94:11
   |
94 | people = ["group:ledas"]
   |           ^^^^^^^^^^^^^
   |
help: did you mean `leads`?

error[relation]: `requester:sponsor` cannot stand here
  --> p.toml:94:11
   |
94 | people = ["requester:sponsor"]
   |           ^^^^^^^^^^^^^^^^^^^
   |
help: it is for those who decide

error[duplicate]: `dormant.x` is defined twice in this file
  --> p.toml:94:10
   |
94 | [dormant.x]
   |          ^ the second time
   |
note: the first time is here
  --> p.toml:92:10
   |
92 | [dormant.x]
   |          ^

error[unknown-key]: unknown key `person` in dormant `x`
  --> p.toml:94:1
   |
94 | person = "bob"
   | ^^^^^^
   |
help: the keys are `after`, `people`, `description`
"##);
}
