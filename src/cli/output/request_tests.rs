use chrono::FixedOffset;

use super::super::Zone;
use super::*;
use crate::api::RequestPage;

/// A request as a server sends it.
pub fn request(state: &str, reason: &str) -> api::Request {
    serde_json::from_value(serde_json::json!({
        "id": "7k2m9qx4ta0c", "revision": 3, "state": state,
        "requester": {"issuer": "jit", "subject": "carol"}, "requester_kind": "person",
        "role": "web-deploy", "resource": "web-1", "provider": "ssh",
        "address": "web-1.example.net:2222", "principals": ["deploy"],
        "gives": ["accounts: deploy", "only from: 10.0.0.0/8"],
        "duration": "2h", "longest": "1h30m", "reason": reason, "ticket": "OPS-17",
        "created": "2026-11-21T17:00:00.000Z", "approvals_needed": 2, "approvals_missing": 1,
        "votes": [{"by": {"issuer": "jit", "subject": "bob"}, "at": "2026-11-21T17:10:00.000Z",
                   "max": "1h30m", "comment": "only the canary"}],
        "shown": "0".repeat(64), "until": "2026-11-21T18:00:00.000Z", "until_in_s": 2220,
        "may": ["approve", "deny"]
    }))
    .unwrap()
}

fn page(width: Option<usize>, wide: bool, document: &impl Document) -> String {
    let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
    let mut page = Page::new("2026-11-21T17:23:00Z".parse().unwrap(), zone, width, false, wide);
    document.human(&mut page);
    page.finish()
}

#[test]
fn a_request_is_shown_as_a_form_with_the_next_command() {
    insta::assert_snapshot!(page(Some(80), false, &request("pending", "deploy 4.2\x1b[2J")), @r"
    id:          7k2m9qx4ta0c
    state:       pending
    requester:   carol
    role:        web-deploy
    resource:    web-1
    gives:       accounts: deploy
                 only from: 10.0.0.0/8
    for:         2h, given 1h30m
    reason:      deploy 4.2\u{1b}[2J
    ticket:      OPS-17
    address:     web-1.example.net:2222
    asked:       23m ago (18:00)
    approvals:   1 of 2
                 bob for at most 1h30m: only the canary
    waits until: in 37m (19:00)
    next:        jit approve 7k2m9qx4ta0c
    ");
}

#[test]
fn a_list_fits_eighty_columns_and_a_pipe_gets_all_of_it() {
    let mut active = request("active", "a long reason that a narrow terminal has no room for at all");
    active.ends = Some("2026-11-21T18:05:00Z".parse().unwrap());
    let requests = vec![request("pending", "数据库 mend"), active];
    let list = RequestList::from(RequestPage { requests, next: Some("c2".to_owned()) });
    insta::assert_snapshot!(page(Some(80), false, &list), @r"
    ID            STATE    WHO    ROLE        ON     TIME            REASON
    7k2m9qx4ta0c  pending  carol  web-deploy  web-1  for 1h30m       数据库 mend
    7k2m9qx4ta0c  active   carol  web-deploy  web-1  in 42m (19:05)  a long reason…
    more: --after c2
    ");
    assert!(page(None, false, &list).contains("has no room for at all"));
    assert!(page(None, true, &list).contains("1 of 2"));
}

#[test]
fn a_list_as_lines_has_one_request_a_line() {
    let list = RequestList { requests: vec![request("pending", "a"), request("denied", "b\n")], next: None };
    let mut lines = Lines::default();
    list.lines(&mut lines).unwrap();
    let lines = lines.finish();
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&value["schema"], &value["kind"]), (&"jit/v1".into(), &"request".into()));
    }
}
