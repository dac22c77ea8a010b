use proptest::prelude::*;
use serde_json::json;

use super::super::schema::{GROUP, USER};
use super::super::{Group, User};
use super::*;

fn object(value: Value) -> Object {
    let Value::Object(object) = value else { panic!("{value}") };
    object
}

fn alice() -> Object {
    object(json!({
        "userName": "alice", "active": true, "displayName": "Alice",
        "emails": [{ "value": "a@x", "type": "work", "primary": true }, { "value": "b@x", "type": "home" }],
    }))
}

fn on(schema: &'static Schema, resource: Object, operations: Value) -> Result<Value, Refusal> {
    let body = object(json!({ "schemas": [URN], "Operations": operations }));
    patched(schema, resource, &body).map(Value::Object)
}

fn user(operations: Value) -> Result<Value, Refusal> {
    on(&USER, alice(), operations)
}

#[test]
fn operations_do_what_the_rfc_says() {
    let one = |op: &str, path: &str, value: Value| {
        user(json!([{ "op": op, "path": path, "value": value }])).unwrap()
    };
    assert_eq!(one("replace", "displayName", "A".into())["displayName"], "A");
    assert_eq!(one("add", "name.givenName", "A".into())["name"], json!({ "givenName": "A" }));
    assert_eq!(one("replace", "emails", json!([{ "value": "c@x" }]))["emails"], json!([{ "value": "c@x" }]));
    let added = one("add", "emails", json!([{ "value": "c@x", "primary": true }]));
    assert_eq!(added["emails"].as_array().unwrap().len(), 3);
    assert_eq!(added["emails"][0]["primary"], false, "there is one preferred address");
    let same = one("add", "emails", json!({ "value": "b@x", "type": "home" }));
    assert_eq!(same["emails"].as_array().unwrap().len(), 2, "what is there is not there twice");
    let replaced = one("replace", "emails[type eq \"work\"].value", "w@x".into());
    assert_eq!(replaced["emails"][0], json!({ "value": "w@x", "type": "work", "primary": true }));
    // Where there is none of that kind, adding makes one.
    let made = one("add", "emails[type eq \"other\"].value", "o@x".into());
    assert_eq!(made["emails"][2], json!({ "type": "other", "value": "o@x" }));
    let removed = user(json!([{ "op": "remove", "path": "emails[value sw \"a\"]" }])).unwrap();
    assert_eq!(removed["emails"].as_array().unwrap().len(), 1);
    assert_eq!(user(json!([{ "op": "remove", "path": "emails" }])).unwrap().get("emails"), None);
    let urn = format!("{}:displayName", USER.urn);
    assert_eq!(user(json!([{ "op": "remove", "path": urn }])).unwrap().get("displayName"), None);
}

#[test]
fn what_entra_id_and_okta_send_is_understood() {
    let off = user(json!([{ "op": "Replace", "path": "active", "value": "False" }])).unwrap();
    assert_eq!(off["active"], false);
    let off =
        user(json!([{ "op": "replace", "value": { "active": false, "id": "x", "schemas": [] } }])).unwrap();
    assert_eq!(off["active"], false);
    let named = user(json!([{ "op": "Add", "value": {
        "name.givenName": "A", "emails[type eq \"work\"].value": "n@x", "title": "boss",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "x",
    } }]))
    .unwrap();
    assert_eq!((&named["name"]["givenName"], &named["emails"][0]["value"]), (&"A".into(), &"n@x".into()));
    assert_eq!(named.get("title"), None);
    let unused = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    assert_eq!(user(json!([{ "op": "Add", "path": unused, "value": "x" }])).unwrap(), Value::Object(alice()));

    let group = object(json!({ "displayName": "ops", "members": [{ "value": "a" }, { "value": "b" }] }));
    let removal = json!([{ "op": "Remove", "path": "members", "value": [{ "value": "b", "$ref": null }] }]);
    assert_eq!(on(&GROUP, group.clone(), removal).unwrap()["members"], json!([{ "value": "a" }]));
    let removal = json!([{ "op": "remove", "path": "members[value eq \"a\"]" }]);
    assert_eq!(on(&GROUP, group.clone(), removal).unwrap()["members"], json!([{ "value": "b" }]));
    let removal = json!([{ "op": "remove", "path": "members[value eq \"nobody\"]" }]);
    assert_eq!(on(&GROUP, group.clone(), removal).unwrap()["members"].as_array().unwrap().len(), 2);
    let all = json!([{ "op": "remove", "path": "members" }]);
    assert_eq!(on(&GROUP, group, all).unwrap().get("members"), None);
}

#[test]
fn what_is_no_operation_is_refused_as_a_whole() {
    use ScimType::{InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    let good = json!({ "op": "replace", "path": "displayName", "value": "changed" });
    for (bad, kind) in [
        (json!({ "op": "replace", "path": "nonsense", "value": 1 }), InvalidPath),
        (json!({ "op": "replace", "path": "name.nonsense", "value": 1 }), InvalidPath),
        (json!({ "op": "replace", "path": "urn:x:User:active", "value": true }), InvalidPath),
        (json!({ "op": "replace", "path": "emails[type eq \"work\"", "value": "x" }), InvalidPath),
        (json!({ "op": "replace", "path": "emails[type eq \"work\"]x", "value": "x" }), InvalidPath),
        (json!({ "op": "replace", "path": "displayName[type pr]", "value": "x" }), InvalidPath),
        (json!({ "op": "replace", "path": "emails.value", "value": "x" }), InvalidPath),
        (json!({ "op": "replace", "path": "emails[nonsense pr]", "value": "x" }), ScimType::InvalidFilter),
        (json!({ "op": "replace", "path": "emails[type eq \"x\"].value", "value": "x" }), NoTarget),
        (json!({ "op": "add", "path": "emails[type sw \"x\"].value", "value": "x" }), NoTarget),
        (json!({ "op": "remove" }), NoTarget),
        (json!({ "op": "replace", "path": "userName", "value": "bob" }), Mutability),
        (json!({ "op": "remove", "path": "userName" }), Mutability),
        (json!({ "op": "replace", "path": "id", "value": "bob" }), Mutability),
        (json!({ "op": "add", "path": "groups", "value": [{ "value": "x" }] }), Mutability),
        (json!({ "op": "replace", "path": "meta.created", "value": "x" }), Mutability),
        (json!({ "op": "replace", "path": "active", "value": "yes" }), InvalidValue),
        (json!({ "op": "replace", "path": "active", "value": 1 }), InvalidValue),
        (json!({ "op": "replace", "path": "active" }), InvalidValue),
        (json!({ "op": "replace", "path": "displayName", "value": ["x"] }), InvalidValue),
        (json!({ "op": "replace", "path": "displayName", "value": "a\u{202e}b" }), InvalidValue),
        (json!({ "op": "replace", "path": "emails", "value": "x" }), InvalidValue),
        (
            json!({ "op": "replace", "path": "emails", "value": vec![json!({ "value": "x" }); 21] }),
            InvalidValue,
        ),
        (json!({ "op": "replace", "value": "x" }), InvalidValue),
        (json!({ "op": "replace", "value": { "nonsense": 1 } }), InvalidPath),
        (json!({ "op": "move", "path": "displayName", "value": "x" }), InvalidSyntax),
        (json!({ "op": "replace", "path": 1, "value": "x" }), InvalidSyntax),
        (json!({ "op": "replace", "from": "a", "path": "displayName" }), InvalidSyntax),
        (json!({ "path": "displayName", "value": "x" }), InvalidSyntax),
        (json!("replace"), InvalidSyntax),
    ] {
        let refusal = user(json!([good, bad])).unwrap_err();
        assert_eq!(refusal.scim_type, Some(kind), "{bad}: {refusal}");
    }
    for body in [json!({}), json!({ "schemas": [URN] }), json!({ "schemas": [], "Operations": [good] })] {
        assert!(patched(&USER, alice(), &object(body)).is_err());
    }
    assert!(user(json!([])).is_err());
    assert!(user(Value::Array(vec![good; 201])).is_err());
    let emails = json!([{ "value": "x", "primary": true }, { "value": "y", "primary": "True" }]);
    let two = user(json!([{ "op": "replace", "path": "emails", "value": emails }])).unwrap();
    assert!(User::of(object(two)).is_err(), "two addresses are preferred");
}

#[test]
fn a_group_has_people_and_a_bound() {
    let group = |members: Value| Group::of(object(json!({ "displayName": "ops", "members": members })));
    assert_eq!(group(json!([{ "value": "a" }, { "value": "a" }])).unwrap().members.len(), 1);
    for bad in
        [json!([{ "value": "A" }]), json!([{}]), json!([{ "value": "x", "type": "Group" }]), json!([1])]
    {
        assert!(group(bad).is_err());
    }
    let many: Vec<Value> = (0..=MOST_MEMBERS).map(|n| json!({ "value": format!("p{n}") })).collect();
    let body = json!({ "schemas": [GROUP.urn], "displayName": "ops", "members": many });
    assert!(Group::parse(object(body)).is_err());
    let half = |from: usize| -> Vec<Value> {
        (from..from + MOST_MEMBERS / 2 + 1).map(|n| json!({ "value": format!("p{n}") })).collect()
    };
    let operations = json!([
        { "op": "add", "path": "members", "value": half(0) },
        { "op": "add", "path": "members", "value": half(MOST_MEMBERS) },
    ]);
    assert!(on(&GROUP, object(json!({ "displayName": "ops" })), operations).is_err());
}

#[test]
fn a_body_with_names_that_nobody_knows_is_refused_and_what_others_use_is_left_out() {
    let user = |more: Value| {
        let mut body = object(json!({ "schemas": [USER.urn], "USERNAME": "alice" }));
        body.extend(object(more));
        User::parse(body)
    };
    let known = user(json!({
        "id": "someone", "meta": {}, "groups": [{ "value": "admins" }], "password": "x", "title": "boss",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x" },
        "name": { "GIVENNAME": "A", "middleName": "B" }, "externalId": null, "active": "tRUE",
    }))
    .unwrap();
    assert_eq!((known.user_name.as_str(), known.active), ("alice", Some(true)));
    assert_eq!(known.name.unwrap().given_name.as_deref(), Some("A"));
    for bad in [
        json!({ "nonsense": 1 }),
        json!({ "admin": true }),
        json!({ "urn:x": {} }),
        json!({ "name": { "nonsense": 1 } }),
        json!({ "name": "x" }),
        json!({ "active": 1 }),
        json!({ "emails": { "value": "x" } }),
        json!({ "schemas": ["urn:x"] }),
        json!({ "schemas": [USER.urn, "urn:x"] }),
        json!({ "schemas": USER.urn }),
        json!({ "urn:ietf:params:scim:schemas:core:2.0:User:userName": "bob" }),
    ] {
        assert!(user(bad.clone()).is_err(), "{bad}");
    }
    assert!(User::parse(object(json!({ "userName": "alice" }))).is_err());
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z@\" ]{0,8}".prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("(value|type|primary|active|name|givenName|x)", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_left_after_a_patch_is_a_user_of_the_same_name(
        op in "(add|replace|remove)",
        path in prop_oneof![
            prop::sample::select(vec![
                "active", "name", "name.givenName", "emails", "emails[type eq \"work\"]", "displayName", "userName",
                "emails[type eq \"work\"].value", "emails[primary eq true].primary", "externalId", "groups", "title",
            ]).prop_map(str::to_owned),
            any::<String>(),
        ],
        value in anything(),
    ) {
        if let Ok(after) = user(json!([{ "op": op, "path": path, "value": value }]))
            && let Ok(after) = User::of(object(after))
        {
            prop_assert_eq!(after.user_name, "alice");
        }
    }
}
