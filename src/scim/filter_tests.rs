use proptest::prelude::*;
use serde_json::json;

use super::super::schema::{GROUP, USER};
use super::*;

fn alice() -> Value {
    json!({
        "userName": "alice", "active": true, "displayName": "Alice \"Al\" Smith", "externalId": "X-1",
        "name": { "familyName": "Smith" },
        "emails": [
            { "value": "alice@example.com", "type": "work", "primary": true },
            { "value": "al@home.example", "type": "home" },
        ],
        "meta": { "created": "2026-11-22T08:00:00.000Z" },
    })
}

#[test]
fn a_filter_matches_what_the_rfc_says() {
    for (text, wanted) in [
        ("userName eq \"alice\"", true),
        ("USERNAME EQ \"ALICE\"", true),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"al\"", true),
        ("externalId eq \"x-1\"", false),
        ("externalId eq \"X-1\"", true),
        ("userName ne \"bob\"", true),
        ("displayName co \"\\\"al\\\"\"", true),
        ("displayName ew \"\\u0053mith\"", true),
        ("name.familyName eq \"smith\"", true),
        ("name.givenName pr", false),
        ("name pr and emails pr", true),
        ("name.givenName eq null", true),
        ("name.givenName ne \"x\"", true),
        ("emails eq \"al@home.example\"", true),
        ("emails.type eq \"home\" and emails.type eq \"work\"", true),
        // One value meets all of it, or none does.
        ("emails[type eq \"home\" and primary eq true]", false),
        ("emails[type eq \"work\" and primary eq true]", true),
        ("emails[not (type eq \"work\")]", true),
        ("active eq true", true),
        ("active eq false or userName gt \"ali\"", true),
        ("not (active eq true)", false),
        ("not(active eq true) or userName eq \"alice\"", true),
        // `and` binds closer than `or`.
        ("userName eq \"alice\" or userName eq \"x\" and active eq false", true),
        ("(userName eq \"alice\" or userName eq \"x\") and active eq false", false),
        ("meta.created gt \"2026-11-22T09:00:00+02:00\"", true),
        ("meta.created lt \"2026-11-22T08:00:00Z\"", false),
        ("meta.created ge \"2026-11-22T08:00:00Z\"", true),
        // Attributes that clients have and jit does not keep.
        ("title pr", false),
        ("title eq \"boss\" or userName pr", true),
        ("phoneNumbers.value ne \"1\"", true),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"x\"", false),
        // Look-alikes fold to nothing of ours: the Kelvin sign is no k, the dotless i no i.
        ("userName eq \"alıce\"", false),
    ] {
        assert_eq!(Filter::parse(&USER, text).unwrap().matches(&alice()), wanted, "{text}");
    }
    let group = json!({ "displayName": "ops", "members": [{ "value": "zoe" }] });
    assert!(Filter::parse(&GROUP, "members eq \"zoe\" and displayName eq \"OPS\"").unwrap().matches(&group));
}

#[test]
fn whatever_is_no_filter_is_refused_and_never_matches_all_or_nothing() {
    let deep = format!("{}userName pr{}", "(".repeat(17), ")".repeat(17));
    let long = format!("userName eq \"{}\"", "x".repeat(1000));
    for bad in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq alice",
        "userName eq 'alice'",
        "userName eq \"alice",
        "userName eq \"alice\" and",
        "userName eq \"alice\" userName pr",
        "userName eq \"alice\"and active eq true",
        "userName like \"a\"",
        "userName eq [\"a\"]",
        "userName eq {\"a\":1}",
        "userName eq 1",
        "userName co null",
        "nonsense eq \"a\"",
        "name.nonsense eq \"a\"",
        "active eq \"true\"",
        "active gt true",
        "name eq \"x\"",
        "meta.created gt \"yesterday\"",
        "meta.created co \"2026-11-22T08:00:00Z\"",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"].value eq \"x\"",
        "emails[emails[type pr]]",
        "userName[value eq \"x\"]",
        "not userName pr",
        "(userName pr",
        "userName pr)",
        "urn:other:User:userName eq \"a\"",
        "userName eq \"\\ud800\"",
        &deep,
        &long,
    ] {
        let refusal = Filter::parse(&USER, bad).unwrap_err();
        assert_eq!((refusal.status, refusal.scim_type), (400, Some(ScimType::InvalidFilter)), "{bad}");
    }
    assert!(Filter::parse(&USER, deep.get(1..deep.len() - 1).unwrap()).is_ok());
}

fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "userName",
        "emails",
        "type",
        "active",
        "name.givenName",
        "eq",
        "ne",
        "pr",
        "co",
        "gt",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        " ",
        "\"alice\"",
        "\"work\"",
        "true",
        "null",
        "1",
        "\"",
        "\\",
        "ü",
        "\u{0}",
    ]);
    prop::collection::vec(word, 0..30).prop_map(|words| words.join(" ").replace(" [ ", "["))
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in any::<String>()) {
        let _ = Filter::parse(&USER, &text).map(|filter| filter.matches(&alice()));
    }

    #[test]
    fn what_parses_is_one_thing_or_its_opposite(text in texts()) {
        if let Ok(filter) = Filter::parse(&USER, &text)
            && let Ok(opposite) = Filter::parse(&USER, &format!("not ({text})"))
        {
            prop_assert_ne!(filter.matches(&alice()), opposite.matches(&alice()));
            let both = Filter::parse(&USER, &format!("({text}) and not ({text})"));
            prop_assert!(both.is_err() || !both.unwrap().matches(&alice()));
        }
    }
}
