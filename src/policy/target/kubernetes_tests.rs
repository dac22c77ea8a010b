use insta::assert_snapshot;

use crate::domain::{Gives, KubernetesGives, KubernetesRole, Target};
use crate::policy::{Policy, SourceFile};

const WHOLE: &str = r#"[resource.c]
provider = "kubernetes"
[resource.c.kubernetes]
server = "https://cluster.example.net:6443/"
ca-file = "/etc/jit/c.pem"
token-file = "/etc/jit/c.token"
namespace = "jit"
[role.r]
resources = ["c"]
requesters = ["carol"]
auto-approve = "request.role == 'r'"
max-duration = "1h"
[role.r.kubernetes]
role = "pod-reader"
namespace = "shop"
[person.carol]
"#;

fn parsed(text: &str) -> Result<Policy, String> {
    let files = [SourceFile { name: "a".into(), text: text.to_owned() }];
    let line =
        |d: &crate::policy::Diagnostic| format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"));
    Policy::parse(&files).map_err(|all| all.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[track_caller]
fn after(from: &str, to: &str) -> Result<Policy, String> {
    assert_eq!(WHOLE.matches(from).count(), 1, "{from:?} stands once in the policy");
    parsed(&WHOLE.replace(from, to))
}

#[test]
fn a_cluster_and_what_is_bound_on_it_are_read_as_written() {
    let policy = parsed(WHOLE).unwrap();
    let Target::Kubernetes(target) = &policy.resources["c"].target else { panic!() };
    assert_eq!(target.server, "https://cluster.example.net:6443");
    assert_eq!(target.ca_file.as_deref(), Some("/etc/jit/c.pem"));
    assert_eq!((target.token_file.as_str(), target.namespace.as_str()), ("/etc/jit/c.token", "jit"));
    let gives = |policy: Policy| match policy.roles["r"].gives.clone() {
        Gives::Kubernetes(gives) => gives,
        other => panic!("{other:?}"),
    };
    let role = KubernetesRole::Role("pod-reader".to_owned());
    assert_eq!(gives(policy), KubernetesGives { role, namespace: Some("shop".to_owned()) });
    let policy =
        after("role = \"pod-reader\"\nnamespace = \"shop\"", "cluster-role = \"system:node\"").unwrap();
    let role = KubernetesRole::ClusterRole("system:node".to_owned());
    assert_eq!(gives(policy), KubernetesGives { role, namespace: None });
}

#[test]
fn every_mistake_has_its_place_and_what_to_do() {
    let all = [
        after("https://cluster.example.net:6443/", "http://cluster.example.net"),
        after("https://cluster.example.net:6443/", "https://user@cluster.example.net"),
        after("https://cluster.example.net:6443/", "https://cluster.example.net/../x"),
        after("ca-file = \"/etc", "ca-file = \"etc"),
        after("namespace = \"jit\"", "namespace = \"Jit\""),
        after("namespace = \"jit\"\n", ""),
        after("token-file = \"/etc/jit/c.token\"", "token = \"secret\""),
        after("role = \"pod-reader\"", "role = \"../pods\""),
        after("namespace = \"shop\"", ""),
        after("role = \"pod-reader\"", "role = \"a\"\ncluster-role = \"b\""),
        after("role = \"pod-reader\"", ""),
        after("role = \"pod-reader\"", "clusterrole = \"view\""),
        after("max-duration = \"1h\"", "max-duration = \"10m\""),
        after("max-duration = \"1h\"", "max-duration = 10"),
    ]
    .map(Result::unwrap_err);
    assert_snapshot!(all.join("\n"), @r##"
server a:4:10: `http://cluster.example.net` is no API server: it begins with https:// | write https://host:port, such as https://cluster.example.net:6443
server a:4:10: `https://user@cluster.example.net` is no API server: host or host:port follows https:// | write https://host:port, such as https://cluster.example.net:6443
server a:4:10: `https://cluster.example.net/../x` is no API server: its path has letters, digits and `- . _ ~ :` | write https://host:port, such as https://cluster.example.net:6443
path a:5:11: `etc/jit/c.pem` is no absolute path | begin with `/`: where jit runs is not where this file is
namespace a:7:13: `Jit` is no namespace | a namespace has 1 to 63 lower-case letters, digits and `-`, and begins and ends with a letter or a digit (RFC 1123)
missing-key a:3:13: `kubernetes` of resource `c` has no `namespace` | add namespace = "jit": where jit keeps the ServiceAccounts of grants
missing-key a:3:13: `kubernetes` of resource `c` has no `token-file` | add token-file = "/etc/jit/cluster.token": a private file with the token of jit's own ServiceAccount
unknown-key a:6:1: unknown key `token` in `kubernetes` of resource `c` | the keys are `server`, `ca-file`, `token-file`, `namespace`
role-name a:14:8: `../pods` is no name of a Role or ClusterRole | a name has 1 to 253 lower-case letters, digits and `-`, in parts between `.` or `:` (RFC 1123)
missing-key a:14:1: `kubernetes` of role `r` has a `role`, and no `namespace` | add namespace = "shop": a Role is of one namespace; or name a cluster-role
two-roles a:15:1: `kubernetes` of role `r` has both a `role` and a `cluster-role` | make one role for each
missing-key a:13:9: `kubernetes` of role `r` has no `role` | add role = "NAME" of a namespace, or cluster-role = "view": what is bound
unknown-key a:14:1: unknown key `clusterrole` in `kubernetes` of role `r` | did you mean `cluster-role`?
too-short a:12:16: 10m is too short for kubernetes, which makes no token for less than ten minutes | write 11m or more: making the token takes a part of it
type a:12:16: `max-duration` of role `r` is a whole number, expected a string | -
"##);
}

#[test]
fn names_that_kubernetes_would_not_take_are_refused() {
    for bad in ["", "-a", "a-", "a.b", "a/b", "kube_system", "é", &"a".repeat(64)] {
        assert!(after("namespace = \"jit\"", &format!("namespace = \"{bad}\"")).is_err(), "{bad:?}");
    }
    for bad in ["", ".", "..", "a/b", "a..b", "%2e", "A", ":", "a:", &"a".repeat(254)] {
        assert!(after("\"pod-reader\"", &format!("\"{bad}\"")).is_err(), "{bad:?}");
    }
    for good in ["view", "system:controller:job-controller", "a.b-c"] {
        assert!(after("\"pod-reader\"", &format!("\"{good}\"")).is_ok(), "{good:?}");
    }
    for bad in
        ["https://", "https:///x", "https://a?b", "https://a#b", "https://a/b c", "https://a//b", "a:6443"]
    {
        assert!(after("https://cluster.example.net:6443/", bad).is_err(), "{bad:?}");
    }
    for good in
        ["https://10.0.0.1:6443", "https://[::1]:6443", "https://rancher.example.net/k8s/clusters/c-1"]
    {
        assert!(after("https://cluster.example.net:6443/", good).is_ok(), "{good:?}");
    }
}
