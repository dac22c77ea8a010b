//! What alerts cannot look for, or cannot do.

use super::*;

pub(super) const ALERTS: &[(&str, &str)] = &[
    ("[deny.freeze]", "[alert.x]\non = \"burst-of-refusal\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"sunspots\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\nseverity = \"high\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"drift\"\nseverity = \"hihg\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"drift\"\naction = \"suspend\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"break-glass\"\ncount = 3\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\ncount = 1\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\nwithin = \"0s\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\nwihtin = \"1d\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"outside-windows\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"outside-windows\"\nwindows = [\"ofice\"]\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"new-role\"\nroles = [\"wbe\"]\n[deny.freeze]"),
];

#[test]
fn what_cannot_be_looked_for() {
    assert_snapshot!(rendered(ALERTS), @r##"
error[alert-word]: `on` of alert `x` cannot be `burst-of-refusal`
  --> p.toml:93:6
   |
93 | on = "burst-of-refusal"
   |      ^^^^^^^^^^^^^^^^^^
   |
help: did you mean `burst-of-refusals`?

error[alert-word]: `on` of alert `x` cannot be `sunspots`
  --> p.toml:93:6
   |
93 | on = "sunspots"
   |      ^^^^^^^^^^
   |
help: it is one of `outside-windows`, `new-role`, `new-address`, `unusual-duration`, `unusual-rate`, `burst-of-refusals`, `self-approval`, `hasty-approval`, `always-yes`, `reciprocal-approvals`, `dormant-wakes`, `break-glass`, `drift`, `end-unconfirmed`, `log-write-failed`

error[missing-key]: alert `x` has no `on`
  --> p.toml:92:8
   |
92 | [alert.x]
   |        ^
   |
help: add on = "burst-of-refusals": what is looked for; see jit-policy(5)

error[alert-word]: `severity` of alert `x` cannot be `hihg`
  --> p.toml:94:12
   |
94 | severity = "hihg"
   |            ^^^^^^
   |
help: did you mean `high`?

error[alert-action]: `suspend` has nobody to act on: `drift` is about no person
  --> p.toml:94:10
   |
94 | action = "suspend"
   |          ^^^^^^^^^
   |
help: write action = "notify"

error[stray-key]: `count` of alert `x` does nothing on `break-glass`
  --> p.toml:94:1
   |
94 | count = 3
   | ^^^^^
   |
help: remove it; of its own, this kind has `roles`

error[number]: `count` of alert `x` is from 2 to 100
  --> p.toml:94:9
   |
94 | count = 1
   |         ^

error[duration]: `0s` is no duration: a duration is longer than nothing
  --> p.toml:94:10
   |
94 | within = "0s"
   |          ^^^^
   |
help: units are d, h, m and s, in that order: "1h30m"

error[unknown-key]: unknown key `wihtin` in alert `x`
  --> p.toml:94:1
   |
94 | wihtin = "1d"
   | ^^^^^^
   |
help: did you mean `within`?

error[missing-key]: alert `x` has no `windows`
  --> p.toml:92:8
   |
92 | [alert.x]
   |        ^
   |
help: add windows = ["office"]: when it is usual

error[unknown-window]: there is no window `ofice`
  --> p.toml:94:12
   |
94 | windows = ["ofice"]
   |            ^^^^^^^
   |
help: did you mean `office`?

error[unknown-role]: there is no role `wbe`
  --> p.toml:94:10
   |
94 | roles = ["wbe"]
   |          ^^^^^
   |
help: did you mean `web`?
"##);
}
