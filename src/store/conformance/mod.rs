//! What every store has to do, as one suite. A store's tests say
//!
//! ```ignore
//! crate::store::conformance::suite!(make);
//! ```
//!
//! where `async fn make() -> (Arc<dyn Store>, impl Sized)` gives a new, empty store, and whatever has to
//! live as long as it.

mod people;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::audit::{EventKind, Report, Verifier};
use crate::domain::debrief::Verdict;
use crate::domain::{Approvals, Gives, Span, SshGives, Target, Terms, Transition, request::Ask};

macro_rules! cases {
    ($($(#[$doc:meta])* $case:ident,)*) => {
        /// Makes one test of each case for the store that `$make` makes.
        macro_rules! suite {
            ($make:path) => {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let (store, _keep) = $make().await;
                        $crate::store::conformance::$case(store).await;
                    }
                )*
            };
        }
    };
}

cases! {
    an_empty_store_has_nothing_and_an_empty_log,
    a_request_reads_back_as_it_was_written,
    an_id_is_given_once_and_an_update_needs_the_revision_before_it,
    two_updates_of_one_revision_have_one_winner,
    a_change_with_one_failing_guard_writes_nothing_and_no_event,
    a_change_sees_its_own_earlier_writes,
    an_idempotency_key_of_one_requester_makes_one_request,
    events_are_without_gaps_under_64_committers_and_the_chain_verifies,
    events_are_found_by_request_actor_kind_and_time,
    pages_are_the_newest_first_and_hold_each_request_once,
    a_prefix_finds_the_ids_that_begin_so,
    only_requests_that_are_not_over_are_open,
    what_is_due_comes_the_most_overdue_first,
    credentials_are_open_until_they_are_absent,
    a_user_is_added_once_and_disabled_once,
    an_administrator_is_made_and_unmade_and_no_disabled_one,
    the_sessions_and_codes_of_one_user_end_and_nobody_elses,
    an_enrolment_is_replaced_counted_and_used_once,
    a_session_ends_with_its_renewal_and_with_its_user,
    all_sessions_of_a_user_up_to_a_moment_end_at_once,
    sessions_that_are_over_go_when_their_user_logs_in,
    break_glass_is_an_open_debrief_until_it_is_closed,
    a_delegation_is_replaced_and_goes_a_month_after_its_end,
    a_record_is_written_at_the_next_revision_only,
    records_are_found_by_kind_and_beginning,
    role_generations_are_replaced_as_a_whole,
    checkpoints_are_kept_for_what_is_in_the_log,
}
pub(crate) use people::*;
pub(crate) use records::*;
pub(crate) use suite;

type Any = Arc<dyn Store>;

pub(crate) fn at(secs: i64) -> Time {
    Time::from_millis((1_800_000_000 + secs) * 1000)
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn principal(subject: &str) -> Principal {
    Principal { issuer: name("jit"), subject: name(subject) }
}

/// A pending request, number `n`, filed `n` seconds after the beginning.
pub(crate) fn request(n: u64, requester: &str, role: &str) -> Request {
    Request::file(ask(n, requester, role), at(n as i64))
}

fn ask(n: u64, requester: &str, role: &str) -> Ask {
    let terms = Terms {
        role_digest: Digest::of(role.as_bytes()),
        generation: 1,
        approvals: Approvals::humans(1),
        max: Span::clamped(3600),
        max_total: Span::clamped(7200),
        pending_timeout: Span::clamped(600),
        claim_timeout: Span::clamped(1200),
        remind: None,
        escalate: None,
        single_use: false,
        ticket_system: None,
        gives: Gives::Ssh(SshGives {
            principals: ["deploy".to_owned()].into(),
            extensions: BTreeSet::new(),
            force_command: None,
            source_addresses: BTreeSet::new(),
        }),
    };
    Ask {
        id: RequestId::from_number(n).unwrap(),
        requester: Actor::person(principal(requester)),
        role: name(role),
        resource: name("web-1"),
        terms,
        duration: Span::clamped(600),
        start: None,
        reason: "deploy \u{1b}[31m 'quoted'; -- \"x\"".into(),
        ticket: Some("OPS-1".into()),
        debrief_within: None,
    }
}

pub(crate) fn insert(request: &Request) -> Write {
    Write::InsertRequest { request: Box::new(request.clone()), key: None }
}

pub(crate) fn cancelled(request: &Request) -> Request {
    let cancel = Transition::Cancel { by: Some(request.requester.principal.clone()), comment: None };
    request.step(cancel, at(0)).unwrap().next
}

/// An event of that request.
pub(crate) fn told(request: &Request, kind: EventKind) -> Draft {
    let mut draft = Draft::new(request.created, kind);
    draft.actor = Some(request.requester.principal.clone());
    draft.request = Some(request.id);
    draft
}

async fn write(store: &Any, writes: impl IntoIterator<Item = Write>) -> Result<(), StoreError> {
    store.commit(Change { writes: writes.into_iter().collect(), events: vec![] }).await
}

async fn refused(store: &Any, write_: Write) {
    let result = write(store, [write_.clone()]).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{write_:?}: {result:?}");
}

/// Reads the whole log and verifies it against the head and the given checkpoints.
pub(crate) async fn verified(store: &Any) -> Report {
    let mut verifier = Verifier::new();
    let all = EventFilter { limit: usize::MAX, ..EventFilter::default() };
    for event in store.events(&all).await.unwrap() {
        assert_eq!(serde_json::to_string(&event.event).unwrap(), event.bytes);
        verifier.push(&event.bytes).unwrap();
    }
    let (report, head) = (verifier.finish().unwrap(), store.log_head().await.unwrap());
    assert_eq!((report.events, report.root), (head.size, head.root));
    report
}

pub(crate) async fn an_empty_store_has_nothing_and_an_empty_log(store: Any) {
    assert_eq!(store.request(RequestId::from_number(1).unwrap()).await.unwrap(), None);
    assert_eq!(store.users().await.unwrap(), []);
    assert_eq!(store.checkpoints().await.unwrap(), []);
    let head = store.log_head().await.unwrap();
    assert_eq!(head, LogHead { size: 0, root: Digest::of(b""), latest: Time::from_millis(0) });
    store.commit(Change::default()).await.unwrap();
    assert_eq!(verified(&store).await.events, 0);
}

pub(crate) async fn a_request_reads_back_as_it_was_written(store: Any) {
    let request = request(1, "carol", "web");
    let key = Some(IdempotencyKey {
        requester: principal("carol"),
        key: "k '\";--".into(),
        ask: Digest::of(b"ask"),
    });
    let insert = Write::InsertRequest { request: Box::new(request.clone()), key };
    write(&store, [insert]).await.unwrap();
    assert_eq!(store.request(request.id).await.unwrap(), Some(request.clone()));
    let found = store.request_by_key(&principal("carol"), "k '\";--").await.unwrap();
    assert_eq!(found, Some((request.id, Digest::of(b"ask"))));
    let next = cancelled(&request);
    write(&store, [Write::UpdateRequest(Box::new(next.clone()))]).await.unwrap();
    assert_eq!(store.request(request.id).await.unwrap(), Some(next));
}

pub(crate) async fn an_id_is_given_once_and_an_update_needs_the_revision_before_it(store: Any) {
    let first = request(1, "carol", "web");
    write(&store, [insert(&first)]).await.unwrap();
    refused(&store, insert(&request(1, "dave", "db"))).await;
    refused(&store, Write::UpdateRequest(Box::new(first.clone()))).await;
    let mut later = cancelled(&first);
    later.revision = 3;
    refused(&store, Write::UpdateRequest(Box::new(later))).await;
    refused(&store, Write::UpdateRequest(Box::new(cancelled(&request(2, "carol", "web"))))).await;
    let mut zero = first.clone();
    zero.revision = 0;
    refused(&store, Write::UpdateRequest(Box::new(zero))).await;
    assert_eq!(store.request(first.id).await.unwrap(), Some(first));
}

pub(crate) async fn two_updates_of_one_revision_have_one_winner(store: Any) {
    let first = request(1, "carol", "web");
    write(&store, [insert(&first)]).await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..50 {
        let (store, next) = (Arc::clone(&store), cancelled(&first));
        let event = told(&next, EventKind::RequestCancelled).data("n", n);
        let change = Change { writes: vec![Write::UpdateRequest(Box::new(next))], events: vec![event] };
        tasks.push(tokio::spawn(async move { store.commit(change).await.is_ok() }));
    }
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(verified(&store).await.events, 1);
}

pub(crate) async fn a_change_with_one_failing_guard_writes_nothing_and_no_event(store: Any) {
    let (one, two) = (request(1, "carol", "web"), request(2, "carol", "web"));
    write(&store, [insert(&one)]).await.unwrap();
    let head = store.log_head().await.unwrap();
    let events = vec![told(&two, EventKind::RequestFiled)];
    let writes = vec![insert(&two), Write::UpdateRequest(Box::new(cancelled(&one))), insert(&one)];
    let result = store.commit(Change { writes, events }).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    assert_eq!(store.request(two.id).await.unwrap(), None);
    assert_eq!(store.request(one.id).await.unwrap(), Some(one));
    assert_eq!(store.log_head().await.unwrap(), head);
    // Neighbours in the same group are not touched by it.
    let mut tasks = Vec::new();
    for n in 10..40 {
        let store = Arc::clone(&store);
        let good = request(n, "carol", "web");
        let bad = if n % 2 == 0 { None } else { Some(insert(&request(1, "carol", "web"))) };
        let events = vec![told(&good, EventKind::RequestFiled)];
        let writes = std::iter::once(insert(&good)).chain(bad).collect();
        tasks.push(tokio::spawn(async move { store.commit(Change { writes, events }).await.is_ok() }));
    }
    for (n, task) in (10u64..40).zip(tasks) {
        assert_eq!(task.await.unwrap(), n % 2 == 0);
        let there = store.request(RequestId::from_number(n).unwrap()).await.unwrap().is_some();
        assert_eq!(there, n % 2 == 0);
    }
    assert_eq!(verified(&store).await.events, 15);
}

pub(crate) async fn a_change_sees_its_own_earlier_writes(store: Any) {
    let first = request(1, "carol", "web");
    let second = cancelled(&first);
    let update = Write::UpdateRequest(Box::new(second.clone()));
    write(&store, [insert(&first), update]).await.unwrap();
    assert_eq!(store.request(first.id).await.unwrap(), Some(second));
}

pub(crate) async fn an_idempotency_key_of_one_requester_makes_one_request(store: Any) {
    let keyed = |n: u64, who: &str| Write::InsertRequest {
        request: Box::new(request(n, who, "web")),
        key: Some(IdempotencyKey {
            requester: principal(who),
            key: "once".into(),
            ask: Digest::of(&n.to_be_bytes()),
        }),
    };
    write(&store, [keyed(1, "carol")]).await.unwrap();
    refused(&store, keyed(2, "carol")).await;
    assert_eq!(store.request(RequestId::from_number(2).unwrap()).await.unwrap(), None);
    // Another requester's key of the same name is another key; so is that of another issuer.
    write(&store, [keyed(3, "dave")]).await.unwrap();
    let other = Principal { issuer: name("os"), subject: name("carol") };
    assert_eq!(store.request_by_key(&other, "once").await.unwrap(), None);
    let (id, ask) = store.request_by_key(&principal("carol"), "once").await.unwrap().unwrap();
    assert_eq!((id.number(), ask), (1, Digest::of(&1u64.to_be_bytes())));
}

pub(crate) async fn events_are_without_gaps_under_64_committers_and_the_chain_verifies(store: Any) {
    let mut tasks = Vec::new();
    for task in 0..64u64 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            for n in 0..8 {
                let request = request(1 + task * 8 + n, "carol", "web");
                let events = vec![
                    told(&request, EventKind::RequestFiled),
                    told(&request, EventKind::RequestApproved).data("n", n),
                ];
                store.commit(Change { writes: vec![insert(&request)], events }).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(verified(&store).await.events, 64 * 8 * 2);
    assert_eq!(store.log_head().await.unwrap().latest, at(512));
    // The events of one change stand together.
    let all = store.events(&EventFilter { limit: usize::MAX, ..EventFilter::default() }).await.unwrap();
    assert!(all.chunks(2).all(|pair| pair[0].event.event.request == pair[1].event.event.request));
}

pub(crate) async fn events_are_found_by_request_actor_kind_and_time(store: Any) {
    let kinds = [EventKind::RequestFiled, EventKind::RequestRefused, EventKind::GrantActive];
    let events = (0..30u64).map(|n| {
        told(&request(n % 5, if n % 2 == 0 { "carol" } else { "dave" }, "web"), kinds[n as usize % 3])
    });
    store.commit(Change { writes: vec![], events: events.collect() }).await.unwrap();
    let seqs = |filter: EventFilter| {
        let store = Arc::clone(&store);
        async move {
            let events = store.events(&filter).await.unwrap();
            events.iter().map(|e| e.event.seq).collect::<Vec<_>>()
        }
    };
    let all = || EventFilter { limit: 100, ..EventFilter::default() };
    let where_ = |good: fn(u64) -> bool| (0..30).filter(|n| good(*n)).collect::<Vec<u64>>();
    let (id, carol) = (RequestId::from_number(3), Some(name("carol")));
    assert_eq!(seqs(EventFilter { request: id, ..all() }).await, where_(|n| n % 5 == 3));
    assert_eq!(seqs(EventFilter { actor: carol.clone(), ..all() }).await, where_(|n| n % 2 == 0));
    let both = EventFilter { request: id, actor: carol, from_seq: 10, ..all() };
    assert_eq!(seqs(both).await, where_(|n| n % 5 == 3 && n % 2 == 0 && n >= 10));
    let kind = |kind: &str| EventFilter { kind: Some(kind.into()), ..all() };
    assert_eq!(seqs(kind("request.")).await, where_(|n| n % 3 != 2));
    assert_eq!(seqs(kind("request.filed")).await, where_(|n| n % 3 == 0));
    assert_eq!(seqs(kind("request")).await, [0; 0]);
    assert_eq!(seqs(kind("%")).await, [0; 0]);
    assert_eq!(seqs(EventFilter { since: Some(at(4)), ..all() }).await, where_(|n| n % 5 == 4));
    assert_eq!(seqs(EventFilter { from_seq: 7, limit: 3, ..all() }).await, [7, 8, 9]);
    assert_eq!(seqs(EventFilter { from_seq: u64::MAX, ..all() }).await, [0; 0]);
}

pub(crate) async fn pages_are_the_newest_first_and_hold_each_request_once(store: Any) {
    let mut all = Vec::new();
    for n in 0..60u64 {
        let who = if n % 3 == 0 { "carol" } else { "dave" };
        let mut request = request(n, who, if n % 2 == 0 { "web" } else { "db" });
        // Several of one instant, so that the id decides.
        request.created = at(n as i64 / 4);
        write(&store, [insert(&request)]).await.unwrap();
        if n % 5 == 0 {
            request = cancelled(&request);
            write(&store, [Write::UpdateRequest(Box::new(request.clone()))]).await.unwrap();
        }
        all.push(request);
    }
    all.sort_by_key(|r| std::cmp::Reverse((r.created, r.id)));
    let scopes = [
        Scope::All,
        Scope::Requester(principal("carol")),
        Scope::Role(name("web")),
        Scope::Requester(Principal { issuer: name("os"), subject: name("carol") }),
    ];
    for scope in scopes {
        for states in [vec![], vec![State::Pending], vec![State::Cancelled, State::Pending, State::Pending]] {
            let expected: Vec<_> = all
                .iter()
                .filter(|r| match &scope {
                    Scope::All => true,
                    Scope::Requester(who) => r.requester.principal == *who,
                    Scope::Role(role) => r.role == *role,
                })
                .filter(|r| states.is_empty() || states.contains(&r.state))
                .cloned()
                .collect();
            let (mut read, mut before) = (Vec::new(), None);
            loop {
                let filter = RequestFilter { scope: scope.clone(), states: states.clone(), before, limit: 7 };
                let page = store.requests(&filter).await.unwrap();
                assert!(page.len() <= 7);
                let Some(last) = page.last() else { break };
                before = Some((last.created, last.id));
                read.extend(page);
            }
            assert_eq!(read, expected, "{scope:?} {states:?}");
        }
    }
}

pub(crate) async fn a_prefix_finds_the_ids_that_begin_so(store: Any) {
    let ids = ["abc000000000", "abc000000001", "abcz00000000", "abd000000000", "zzzzzzzzzzzz"];
    for (n, id) in ids.iter().enumerate() {
        let mut request = request(n as u64, "carol", "web");
        request.id = id.parse().unwrap();
        write(&store, [insert(&request)]).await.unwrap();
    }
    for (prefix, limit, found) in [
        ("abc", 9, 0..3),
        ("abc", 2, 0..2),
        ("abc00000000", 9, 0..2),
        ("abcz00000000", 9, 2..3),
        ("z", 9, 4..5),
        ("0", 9, 0..0),
        ("", 9, 0..5),
        ("%", 9, 0..0),
    ] {
        let read = store.ids_with_prefix(prefix, limit).await.unwrap();
        let read: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(read, ids[found], "{prefix:?}");
    }
}

pub(crate) async fn only_requests_that_are_not_over_are_open(store: Any) {
    let (one, two) = (request(1, "carol", "web"), request(2, "carol", "web"));
    let others = [request(3, "dave", "web"), request(4, "carol", "db")];
    write(&store, [&one, &two].into_iter().chain(&others).map(insert)).await.unwrap();
    let open = || store.open_requests(&one.requester.principal, &one.role, &one.resource);
    assert_eq!(open().await.unwrap(), [two.clone(), one.clone()]);
    write(&store, [Write::UpdateRequest(Box::new(cancelled(&two)))]).await.unwrap();
    assert_eq!(open().await.unwrap(), std::slice::from_ref(&one));
    let elsewhere = store.open_requests(&one.requester.principal, &one.role, &name("web-2")).await;
    assert_eq!(elsewhere.unwrap(), []);
}

pub(crate) async fn what_is_due_comes_the_most_overdue_first(store: Any) {
    let requests: Vec<_> = (0..5).map(|n| request(n, "carol", "web")).collect();
    write(&store, requests.iter().rev().map(insert)).await.unwrap();
    write(&store, [Write::UpdateRequest(Box::new(cancelled(&requests[1])))]).await.unwrap();
    let due = |secs, limit| {
        let store = Arc::clone(&store);
        async move {
            let due = store.due(at(secs), limit).await.unwrap();
            due.iter().map(|id| id.number()).collect::<Vec<_>>()
        }
    };
    // Each lapses 600 seconds after it was filed.
    assert_eq!(due(599, 9).await, [0; 0]);
    assert_eq!(due(600, 9).await, [0]);
    assert_eq!(due(9999, 9).await, [0, 2, 3, 4]);
    assert_eq!(due(9999, 2).await, [0, 2]);
}

pub(crate) async fn credentials_are_open_until_they_are_absent(store: Any) {
    let (one, two) = (request(1, "carol", "web"), request(2, "carol", "web"));
    let credential = |n: u64, request: &Request| Credential {
        id: CredentialId::from_number(n).unwrap(),
        request: request.id,
        state: CredentialState::Intended,
        end: at(600),
        ask: Digest::of(b"ask"),
        material: None,
        made: Made {
            resource: Resource {
                name: name("web-1"),
                address: None,
                labels: BTreeMap::new(),
                target: Target::Ssh,
            },
            gives: request.terms.gives.clone(),
        },
    };
    let first = credential(1, &one);
    refused(&store, Write::PutCredential(Box::new(first.clone()))).await;
    write(&store, [insert(&one), insert(&two)]).await.unwrap();
    let (second, other) = (credential(2, &one), credential(3, &two));
    write(&store, [&first, &second, &other].map(|c| Write::PutCredential(Box::new(c.clone()))))
        .await
        .unwrap();
    assert_eq!(store.credentials(one.id).await.unwrap(), [first.clone(), second.clone()]);
    let issued = Credential {
        state: CredentialState::Issued,
        material: Some(Material::Ssh { certificate: "cert".into() }),
        end: at(500),
        ask: Digest::of(b"other"),
        ..first
    };
    let gone = Credential { state: CredentialState::Absent, ..second };
    write(
        &store,
        [Write::PutCredential(Box::new(issued.clone())), Write::PutCredential(Box::new(gone.clone()))],
    )
    .await
    .unwrap();
    assert_eq!(store.credentials(one.id).await.unwrap(), [issued.clone(), gone.clone()]);
    assert_eq!(store.credential(gone.id).await.unwrap(), Some(gone.clone()));
    assert_eq!(store.credential(CredentialId::from_number(99).unwrap()).await.unwrap(), None);
    // What was read back as absent is not brought back by somebody who is late.
    refused(&store, Write::PutCredential(Box::new(Credential { state: CredentialState::Issued, ..gone })))
        .await;
    let open = [Credential { material: None, ..issued.clone() }, other];
    assert_eq!(store.open_credentials().await.unwrap(), open);
    // A credential is never handed to another request.
    refused(&store, Write::PutCredential(Box::new(Credential { request: two.id, ..issued }))).await;
}

pub(crate) async fn break_glass_is_an_open_debrief_until_it_is_closed(store: Any) {
    let by_glass = |n: u64, within: u64| {
        let mut ask = ask(n, "carol", "web");
        ask.terms.approvals = Approvals::AUTO;
        Request::file(Ask { debrief_within: Some(Span::clamped(within)), ..ask }, at(n as i64))
    };
    // Due in the other order than they were filed in.
    let (late, early) = (by_glass(1, 9000), by_glass(2, 5000));
    write(&store, [insert(&request(3, "carol", "web")), insert(&late), insert(&early)]).await.unwrap();
    let open = || async { store.open_debriefs().await.unwrap() };
    assert_eq!(open().await, [early.clone(), late.clone()]);
    let update = |request: &Request| Write::UpdateRequest(Box::new(request.clone()));
    // It is owed also when the request is over, and when it is overdue.
    let over = early.step(Transition::Revoke { by: None, comment: None }, at(9)).unwrap().next;
    write(&store, [update(&over)]).await.unwrap();
    assert_eq!(store.due(at(5001), 9).await.unwrap(), [RequestId::from_number(3).unwrap(), late.id]);
    assert_eq!(store.due(at(5002), 9).await.unwrap().last(), Some(&over.id));
    let overdue = over.step(Transition::DebriefOverdue, at(5002)).unwrap().next;
    write(&store, [update(&overdue)]).await.unwrap();
    assert!(!store.due(at(5002), 9).await.unwrap().contains(&over.id));
    assert_eq!(open().await, [overdue.clone(), late.clone()]);
    let by = Actor::person(principal("bob"));
    let close = Transition::CloseDebrief { by, verdict: Verdict::Ok, comment: None };
    write(&store, [update(&overdue.step(close, at(6000)).unwrap().next)]).await.unwrap();
    assert_eq!(open().await, [late]);
}

pub(crate) async fn a_delegation_is_replaced_and_goes_a_month_after_its_end(store: Any) {
    const DAY: i64 = 86_400;
    let given = |from: &str, to: &str, since: i64, until: i64| {
        let (from, to, since, until) = (name(from), name(to), at(since), at(until));
        Delegation { from, to, role: Some(name("web")), since, until }
    };
    let put = |delegation: &Delegation| Write::PutDelegation(delegation.clone());
    let (one, two) = (given("bob", "eve", 0, DAY), given("alice", "eve", 0, 9 * DAY));
    write(&store, [put(&one), put(&two)]).await.unwrap();
    assert_eq!(store.delegations().await.unwrap(), [two.clone(), one.clone()]);
    let again = Delegation { role: None, ..given("bob", "eve", 0, 2 * DAY) };
    write(&store, [put(&again)]).await.unwrap();
    assert_eq!(store.delegations().await.unwrap(), [two.clone(), again.clone()]);
    // One that is over is kept: a vote that was cast under it is weighed again at its use.
    let later = given("dave", "eve", 33 * DAY, 34 * DAY);
    write(&store, [put(&later)]).await.unwrap();
    assert_eq!(store.delegations().await.unwrap(), [two.clone(), again, later.clone()]);
    let latest = given("dave", "bob", 34 * DAY, 35 * DAY);
    write(&store, [put(&latest)]).await.unwrap();
    assert_eq!(store.delegations().await.unwrap(), [two.clone(), latest, later]);
    let remove = |from: &str, to: &str| Write::RemoveDelegation { from: name(from), to: name(to) };
    refused(&store, remove("eve", "alice")).await;
    refused(&store, remove("bob", "eve")).await;
    write(&store, [remove("alice", "eve")]).await.unwrap();
    refused(&store, remove("alice", "eve")).await;
    assert_eq!(store.delegations().await.unwrap().len(), 2);
}

pub(crate) async fn role_generations_are_replaced_as_a_whole(store: Any) {
    let list = |roles: &[(&str, u64)]| -> Vec<_> {
        roles
            .iter()
            .map(|(role, generation)| RoleGeneration {
                role: name(role),
                generation: *generation,
                digest: Digest::of(role.as_bytes()),
            })
            .collect()
    };
    for roles in [&[("db", 1), ("web", 2)][..], &[("db", 7)], &[]] {
        write(&store, [Write::PutRoleGenerations(list(roles))]).await.unwrap();
        assert_eq!(store.role_generations().await.unwrap(), list(roles));
    }
}

pub(crate) async fn checkpoints_are_kept_for_what_is_in_the_log(store: Any) {
    let events = (0..3).map(|n| told(&request(n, "carol", "web"), EventKind::RequestFiled));
    store.commit(Change { writes: vec![], events: events.collect() }).await.unwrap();
    for (size, note) in [(3, "three\n"), (1, "one\n"), (3, "three, cosigned\n")] {
        store.put_checkpoint(size, note).await.unwrap();
    }
    let expected = [(1, "one\n".to_owned()), (3, "three, cosigned\n".to_owned())];
    assert_eq!(store.checkpoints().await.unwrap(), expected);
    assert!(matches!(store.put_checkpoint(4, "four\n").await, Err(StoreError::Conflict)));
    assert!(matches!(store.put_checkpoint(u64::MAX, "x\n").await, Err(StoreError::Conflict)));
}
