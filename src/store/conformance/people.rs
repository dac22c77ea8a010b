//! Users, their enrolments and their sessions.

use super::*;

pub(crate) fn user(text: &str) -> User {
    let (name, human) = (name(text), name("human"));
    User { name, kind: Kind::Service, human, admin: true, created: at(0), disabled: None }
}

pub(crate) fn session(token: &str, user: &str, parent: Option<&str>) -> Session {
    Session {
        token_hash: Digest::of(token.as_bytes()),
        user: name(user),
        kind: if parent.is_some() { SessionKind::Access } else { SessionKind::Renewal },
        created: at(0),
        expires: at(100),
        last_used: at(0),
        parent: parent.map(|token| Digest::of(token.as_bytes())),
    }
}

pub(crate) async fn a_user_is_added_once_and_disabled_once(store: Any) {
    let (carol, bob) = (user("carol"), user("bob"));
    write(&store, [Write::InsertUser(carol.clone()), Write::InsertUser(bob.clone())]).await.unwrap();
    assert_eq!(store.user(&carol.name).await.unwrap(), Some(carol.clone()));
    assert_eq!(store.users().await.unwrap(), [bob, carol.clone()]);
    refused(&store, Write::InsertUser(carol.clone())).await;
    let disable = |who: &str| Write::DisableUser { name: name(who), at: at(5) };
    refused(&store, disable("nobody")).await;
    write(&store, [disable("carol")]).await.unwrap();
    let disabled = User { disabled: Some(at(5)), ..carol.clone() };
    assert_eq!(store.user(&carol.name).await.unwrap(), Some(disabled));
    refused(&store, disable("carol")).await;
    // The name is taken for ever.
    refused(&store, Write::InsertUser(carol)).await;
}

pub(crate) async fn an_administrator_is_made_and_unmade_and_no_disabled_one(store: Any) {
    let carol = User { admin: false, ..user("carol") };
    write(&store, [Write::InsertUser(carol.clone())]).await.unwrap();
    // Read before it, so that it is not what was read then.
    assert_eq!(store.user(&carol.name).await.unwrap(), Some(carol.clone()));
    let set = |who: &str, admin| Write::SetAdmin { name: name(who), admin };
    refused(&store, set("carol", false)).await;
    refused(&store, set("nobody", true)).await;
    write(&store, [set("carol", true)]).await.unwrap();
    assert_eq!(store.user(&carol.name).await.unwrap(), Some(User { admin: true, ..carol.clone() }));
    refused(&store, set("carol", true)).await;
    write(&store, [set("carol", false)]).await.unwrap();
    assert_eq!(store.user(&carol.name).await.unwrap(), Some(carol.clone()));
    write(&store, [Write::DisableUser { name: name("carol"), at: at(5) }]).await.unwrap();
    refused(&store, set("carol", true)).await;
}

pub(crate) async fn the_sessions_and_codes_of_one_user_end_and_nobody_elses(store: Any) {
    write(&store, [Write::InsertUser(user("carol")), Write::InsertUser(user("bob"))]).await.unwrap();
    let hash = |token: &str| Digest::of(token.as_bytes());
    for (who, renewal, access) in [("carol", "r1", "a1"), ("bob", "r2", "a2")] {
        let sessions = [session(renewal, who, None), session(access, who, Some(renewal))];
        write(&store, sessions.map(Write::InsertSession)).await.unwrap();
        assert!(store.session(&hash(access)).await.unwrap().is_some());
    }
    write(&store, [Write::EndSessionsOf(name("carol"))]).await.unwrap();
    for (token, lives) in [("r1", false), ("a1", false), ("r2", true), ("a2", true)] {
        assert_eq!(store.session(&hash(token)).await.unwrap().is_some(), lives, "{token}");
    }
    // The user stays, and may log in again.
    write(&store, [Write::InsertSession(session("r3", "carol", None))]).await.unwrap();
    write(&store, [Write::EndSessionsOf(name("nobody"))]).await.unwrap();
}

pub(crate) async fn an_enrolment_is_replaced_counted_and_used_once(store: Any) {
    let enrolment = |id: &str, user: &str| Enrolment {
        id: id.into(),
        code_hash: Digest::of(id.as_bytes()),
        user: name(user),
        expires: at(60),
        wrong: 0,
    };
    refused(&store, Write::PutEnrolment(enrolment("a", "carol"))).await;
    write(&store, [Write::InsertUser(user("carol")), Write::InsertUser(user("bob"))]).await.unwrap();
    write(&store, [Write::PutEnrolment(enrolment("a", "carol"))]).await.unwrap();
    assert_eq!(store.enrolment("a").await.unwrap(), Some(enrolment("a", "carol")));
    // Another user's code is not replaced by one with its id.
    refused(&store, Write::PutEnrolment(enrolment("a", "bob"))).await;
    write(&store, [Write::PutEnrolment(enrolment("b", "carol"))]).await.unwrap();
    assert_eq!(store.enrolment("a").await.unwrap(), None);
    refused(&store, Write::CountWrongCode { id: "a".into() }).await;
    let count = || Write::CountWrongCode { id: "b".into() };
    write(&store, [count(), count()]).await.unwrap();
    write(&store, [count()]).await.unwrap();
    assert_eq!(store.enrolment("b").await.unwrap().unwrap().wrong, 3);
    write(&store, [Write::TakeEnrolment { id: "b".into() }]).await.unwrap();
    refused(&store, Write::TakeEnrolment { id: "b".into() }).await;
    // Disabling takes the code along.
    write(&store, [Write::PutEnrolment(enrolment("c", "carol"))]).await.unwrap();
    write(&store, [Write::DisableUser { name: name("carol"), at: at(1) }]).await.unwrap();
    assert_eq!(store.enrolment("c").await.unwrap(), None);
    refused(&store, Write::PutEnrolment(enrolment("d", "carol"))).await;
}

pub(crate) async fn a_session_ends_with_its_renewal_and_with_its_user(store: Any) {
    let put = |token: &str, who: &str, parent| Write::InsertSession(session(token, who, parent));
    let read = |token: &str| {
        let (store, hash) = (Arc::clone(&store), Digest::of(token.as_bytes()));
        async move { store.session(&hash).await.unwrap() }
    };
    refused(&store, put("r", "carol", None)).await;
    write(&store, [Write::InsertUser(user("carol")), Write::InsertUser(user("bob"))]).await.unwrap();
    write(&store, [put("r", "carol", None), put("a1", "carol", Some("r")), put("a2", "carol", Some("r"))])
        .await
        .unwrap();
    write(&store, [put("r2", "carol", None), put("b", "bob", None)]).await.unwrap();
    assert_eq!(read("a1").await, Some(session("a1", "carol", Some("r"))));
    refused(&store, put("b", "carol", None)).await;
    // A touch moves forward only, and does not bring back what is gone.
    let touch =
        |token: &str, secs| Write::TouchSession { token_hash: Digest::of(token.as_bytes()), at: at(secs) };
    write(&store, [touch("a1", 9), touch("a1", 3), touch("gone", 9)]).await.unwrap();
    assert_eq!(read("a1").await.unwrap().last_used, at(9));
    assert_eq!(read("gone").await, None);

    let end = |token: &str| Write::EndSession { token_hash: Digest::of(token.as_bytes()) };
    write(&store, [end("a2"), end("gone")]).await.unwrap();
    assert!(read("r").await.is_some() && read("a2").await.is_none());
    write(&store, [end("r")]).await.unwrap();
    assert!(read("a1").await.is_none() && read("r2").await.is_some());
    // A renewal that has ended gives no more access.
    refused(&store, put("a3", "carol", Some("r"))).await;
    write(&store, [Write::DisableUser { name: name("carol"), at: at(1) }]).await.unwrap();
    assert!(read("r2").await.is_none() && read("b").await.is_some());
    refused(&store, put("r3", "carol", None)).await;
}

pub(crate) async fn sessions_that_are_over_go_when_their_user_logs_in(store: Any) {
    write(&store, [Write::InsertUser(user("carol"))]).await.unwrap();
    let child = Session { expires: at(150), ..session("child", "carol", Some("parent")) };
    let old = ["old", "parent"].map(|token| Write::InsertSession(session(token, "carol", None)));
    write(&store, old.into_iter().chain([Write::InsertSession(child)])).await.unwrap();
    let log_in = |token: &str, secs| {
        let new = Session { created: at(secs), expires: at(secs + 9), ..session(token, "carol", None) };
        write(&store, [Write::InsertSession(new)])
    };
    let there = |token: &str| {
        let (store, hash) = (Arc::clone(&store), Digest::of(token.as_bytes()));
        async move { store.session(&hash).await.unwrap().is_some() }
    };
    log_in("new", 99).await.unwrap();
    assert!(there("old").await && there("parent").await);
    log_in("newer", 100).await.unwrap();
    assert!(!there("old").await && there("parent").await && there("child").await);
    log_in("newest", 150).await.unwrap();
    assert!(!there("parent").await && !there("child").await && there("newest").await);
}

pub(crate) async fn all_sessions_of_a_user_up_to_a_moment_end_at_once(store: Any) {
    write(&store, [Write::InsertUser(user("carol")), Write::InsertUser(user("bob"))]).await.unwrap();
    let late = Session { created: at(10), ..session("late", "carol", None) };
    let put = |token: &str, who: &str, parent| Write::InsertSession(session(token, who, parent));
    write(&store, [put("r", "carol", None), put("a", "carol", Some("r")), put("b", "bob", None)])
        .await
        .unwrap();
    write(&store, [Write::InsertSession(late)]).await.unwrap();
    for _ in 0..2 {
        write(&store, [Write::EndSessions { user: name("carol"), until: at(5) }]).await.unwrap();
        for (token, there) in [("r", false), ("a", false), ("b", true), ("late", true)] {
            let found = store.session(&Digest::of(token.as_bytes())).await.unwrap();
            assert_eq!(found.is_some(), there, "{token}");
        }
    }
}
