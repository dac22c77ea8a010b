//! What a target would not take.

use super::*;

pub(super) const TARGETS: &[(&str, &str)] = &[
    ("[resource.web-1]\nprovider = \"ssh\"", "[resource.web-1]\nprovider = \"shh\""),
    ("[resource.web-1]", "[resource.web-1.aws]\n[resource.web-1]"),
    ("address = \"web-1.example.net\"", "address = \"-o x\""),
    ("[role.web.ssh]", "[role.web.exec]\n[role.web.ssh]"),
    ("principals = [\"deploy\"]", "principals = [\"*\"]"),
    ("principals = [\"deploy\"]", "principals = []"),
    ("extensions = [\"permit-pty\"]", "extensions = [\"permit-ptty\"]"),
    ("source-addresses = [\"10.0.0.0/8\"]", "source-addresses = [\"10.0.0.1/8\"]"),
    ("address = \"db.example.net\"\n", ""),
    ("tls = \"verify-full\"", "tls = \"on\""),
    ("tls = \"verify-full\"", "tls = \"disable\", ca-file = \"/etc/jit/ca\""),
    ("on-end = \"drop\"", "on-end = \"stop\""),
    ("admin = \"jit\"", "admin = \"\""),
    ("password-file = \"/etc/jit/p\"", "password-file = \"p\""),
    ("member-of = [\"shop_read\"]", "member-of = []"),
    ("member-of = [\"shop_read\"]", "member-of = [\"jit_x\"]"),
    ("settings = { statement_timeout = \"5min\" }", "settings = { role = \"x\" }"),
    ("connection-limit = 2", "connection-limit = 0"),
    ("region = \"eu-central-1\"", "region = \"EU\""),
    ("credentials-file = \"/etc/jit/aws\"", "credentials-file = \"aws\""),
    ("sts-endpoint = \"https://sts.example.net\"", "sts-endpoint = \"http://sts.example.net\""),
    ("role-arn = \"arn:aws:iam::123456789012:role/deploy\"", "role-arn = \"deploy\""),
    ("role/deploy\"", "role/deploy\", session-policy = \"{\""),
    ("server = \"https://k.example.net\"", "server = \"http://k.example.net\""),
    ("token-file = \"/etc/jit/k\"", "token-file = \"k\""),
    ("namespace = \"jit\"", "namespace = \"Jit\""),
    ("role = \"reader\"", "role = \"../x\""),
    ("role = \"reader\"", "role = \"reader\", cluster-role = \"view\""),
    ("role = \"reader\", namespace = \"shop\"", "role = \"reader\""),
    ("max-duration = \"1h2m\"", "max-duration = \"10m\""),
    ("environment = [\"REDIS_CA\"]", "environment = [\"A=B\"]"),
    ("environment = [\"REDIS_CA\"]", "environment = [\"LD_PRELOAD\"]"),
    ("timeout = \"5s\"", "timeout = \"5h\""),
    ("program = \"/usr/local/lib/redis\"", "program = \"redis\""),
    ("rules = \"+@read\"", "\"\" = \"+@read\""),
];

#[test]
fn what_a_target_would_not_take() {
    assert_snapshot!(rendered(TARGETS), @r##"
error[provider]: there is no provider `shh`
  --> p.toml:27:12
   |
27 | provider = "shh"
   |            ^^^^^
   |
help: did you mean `ssh`?

error[provider]: resource `web-1` is of provider ssh, and has settings of aws
  --> p.toml:26:17
   |
26 | [resource.web-1.aws]
   |                 ^^^
   |
help: remove one of the two

error[address]: `-o x` is no address: a host has letters, digits, `-`, `_` and dots between them
  --> p.toml:28:11
   |
28 | address = "-o x"
   |           ^^^^^^
   |
help: write host or host:port, such as web-1.example.net:2222

error[provider]: role `web` gives access by two providers
  --> p.toml:64:11
   |
64 | [role.web.exec]
   |           ^^^^
   |
note: the first is here
  --> p.toml:65:11
   |
65 | [role.web.ssh]
   |           ^^^
help: make one role for each

error[principal]: `*` is no account on a host
  --> p.toml:65:15
   |
65 | principals = ["*"]
   |               ^^^
   |
help: an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; list several as several strings

error[empty]: `principals` of `ssh` of role `web` is empty
  --> p.toml:65:14
   |
65 | principals = []
   |              ^^
   |
help: add principals = ["deploy"]: the accounts on the host

error[extension]: OpenSSH has no extension `permit-ptty`
  --> p.toml:66:15
   |
66 | extensions = ["permit-ptty"]
   |               ^^^^^^^^^^^^^
   |
help: did you mean `permit-pty`?

error[source-address]: `10.0.0.1/8` is no address block: the address has bits behind the prefix
  --> p.toml:67:21
   |
67 | source-addresses = ["10.0.0.1/8"]
   |                     ^^^^^^^^^^^^
   |
help: write 10.0.0.0/8

error[missing-key]: resource `db` has no address
  --> p.toml:31:11
   |
31 | [resource.db]
   |           ^^
   |
help: add address = "db.example.net:5432"

error[value]: `tls` of `postgres` of resource `db` is none of `verify-full`, `disable`
  --> p.toml:34:84
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "on", on-end = "drop" }
   |                                                                                    ^^^^

error[tls]: `postgres` of resource `db` has a `ca-file`, and does not use TLS
  --> p.toml:34:95
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "disable", ca-file = "/etc/jit/ca", on-end = "dro...
   |                                                                                               ^^^^^^^
   |
help: remove one of the two

error[value]: `on-end` of `postgres` of resource `db` is none of `quarantine`, `drop`
  --> p.toml:34:108
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "verify-full", on-end = "stop" }
   |                                                                                                            ^^^^^^

error[text]: this text is empty
  --> p.toml:34:41
   |
34 | postgres = { database = "shop", admin = "", password-file = "/etc/jit/p", tls = "verify-full", on-end = "drop" }
   |                                         ^^
   |
help: leave the key out, or say something

error[path]: `p` is no absolute path
  --> p.toml:34:64
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "p", tls = "verify-full", on-end = "drop" }
   |                                                                ^^^
   |
help: a server runs in a folder of its own

error[empty]: `member-of` of `postgres` of role `db` is empty
  --> p.toml:73:26
   |
73 | postgres = { member-of = [], settings = { statement_timeout = "5min" }, connection-limit = 2 }
   |                          ^^
   |
help: add member-of = ["shop_read"]: the group roles whose rights it has

error[name]: `jit_x` is a name of jit's own roles
  --> p.toml:73:27
   |
73 | postgres = { member-of = ["jit_x"], settings = { statement_timeout = "5min" }, connection-limit = 2 }
   |                           ^^^^^^^
   |
help: give the group role another name

error[setting]: `role` cannot be set for a role of jit's
  --> p.toml:73:54
   |
73 | postgres = { member-of = ["shop_read"], settings = { role = "x" }, connection-limit = 2 }
   |                                                      ^^^^
   |
help: it would change who the session is, or which code it loads

error[number]: `connection-limit` of `postgres` of role `db` is a number from 1 to 1000
  --> p.toml:73:103
   |
73 | postgres = { member-of = ["shop_read"], settings = { statement_timeout = "5min" }, connection-limit = 0 }
   |                                                                                                       ^

error[region]: `EU` is no region of AWS
  --> p.toml:37:18
   |
37 | aws = { region = "EU", credentials-file = "/etc/jit/aws", sts-endpoint = "https://sts.example.net" }
   |                  ^^^^
   |
help: such as "eu-central-1"

error[path]: `aws` is no whole path
  --> p.toml:37:53
   |
37 | aws = { region = "eu-central-1", credentials-file = "aws", sts-endpoint = "https://sts.example.net" }
   |                                                     ^^^^^
   |
help: start it with `/`

error[endpoint]: `http://sts.example.net` is no endpoint: http:// is for this machine only
  --> p.toml:37:84
   |
37 | aws = { region = "eu-central-1", credentials-file = "/etc/jit/aws", sts-endpoint = "http://sts.example.net" }
   |                                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^
   |
help: write https://host or https://host:port, without a path

error[role-arn]: `deploy` is no ARN of an IAM role
  --> p.toml:79:20
   |
79 | aws = { role-arn = "deploy" }
   |                    ^^^^^^^^
   |
help: such as "arn:aws:iam::123456789012:role/deploy"

error[session-policy]: this is no session policy: it is no JSON: EOF while parsing an object at line 1 column 1
  --> p.toml:79:78
   |
79 | aws = { role-arn = "arn:aws:iam::123456789012:role/deploy", session-policy = "{" }
   |                                                                              ^^^
   |
help: see "Session policies" in the IAM User Guide

error[server]: `http://k.example.net` is no API server: it begins with https://
  --> p.toml:40:25
   |
40 | kubernetes = { server = "http://k.example.net", token-file = "/etc/jit/k", namespace = "jit" }
   |                         ^^^^^^^^^^^^^^^^^^^^^^
   |
help: write https://host:port, such as https://cluster.example.net:6443

error[path]: `k` is no absolute path
  --> p.toml:40:63
   |
40 | kubernetes = { server = "https://k.example.net", token-file = "k", namespace = "jit" }
   |                                                               ^^^
   |
help: begin with `/`: where jit runs is not where this file is

error[namespace]: `Jit` is no namespace
  --> p.toml:40:89
   |
40 | kubernetes = { server = "https://k.example.net", token-file = "/etc/jit/k", namespace = "Jit" }
   |                                                                                         ^^^^^
   |
help: a namespace has 1 to 63 lower-case letters, digits and `-`, and begins and ends with a letter or a digit (RFC 1123)

error[role-name]: `../x` is no name of a Role or ClusterRole
  --> p.toml:85:23
   |
85 | kubernetes = { role = "../x", namespace = "shop" }
   |                       ^^^^^^
   |
help: a name has 1 to 253 lower-case letters, digits and `-`, in parts between `.` or `:` (RFC 1123)

error[two-roles]: `kubernetes` of role `kube` has both a `role` and a `cluster-role`
  --> p.toml:85:33
   |
85 | kubernetes = { role = "reader", cluster-role = "view", namespace = "shop" }
   |                                 ^^^^^^^^^^^^
   |
note: the first is here
  --> p.toml:85:16
   |
85 | kubernetes = { role = "reader", cluster-role = "view", namespace = "shop" }
   |                ^^^^
help: make one role for each

error[missing-key]: `kubernetes` of role `kube` has a `role`, and no `namespace`
  --> p.toml:85:16
   |
85 | kubernetes = { role = "reader" }
   |                ^^^^
   |
help: add namespace = "shop": a Role is of one namespace; or name a cluster-role

error[too-short]: 10m is too short for kubernetes, which makes no token for less than ten minutes
  --> p.toml:84:16
   |
84 | max-duration = "10m"
   |                ^^^^^
   |
help: write 11m or more: making the token takes a part of it

error[variable]: `A=B` is no name of a variable
  --> p.toml:46:16
   |
46 | environment = ["A=B"]
   |                ^^^^^
   |
help: name variables of jit's own environment, without their values: "REDIS_CA"

error[variable]: no plugin gets the variable `LD_PRELOAD`
  --> p.toml:46:16
   |
46 | environment = ["LD_PRELOAD"]
   |                ^^^^^^^^^^^^
   |
help: pass it in `settings`

error[duration]: a call of a plugin takes at most 1m
  --> p.toml:47:11
   |
47 | timeout = "5h"
   |           ^^^^
   |
help: a plugin that takes longer answers that it is unavailable, and is asked again

error[path]: `redis` is not the whole path of a program
  --> p.toml:44:11
   |
44 | program = "redis"
   |           ^^^^^^^
   |
help: write it from / on, without `.` and `..`: "/usr/local/lib/jit/jit-provider-NAME"

error[label]: `` is no label: 1 to 64 letters, digits and `. _ - /`
  --> p.toml:91:25
   |
91 | exec = { parameters = { "" = "+@read" } }
   |                         ^^
"##);
}
