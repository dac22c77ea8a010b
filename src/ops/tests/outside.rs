//! What is asked outside: tickets, and who is on call. No answer means no.

use std::sync::atomic::Ordering;

use super::super::Error;
use super::super::testing::{World, new_request, with_people};
use crate::api::{self, TicketChanged};
use crate::domain::State;
use crate::ops::Home;
use crate::policy::Refusal;

const OUTSIDE: &str = with_people!(
    r#"
[ticket-system.ops]
pattern = "OPS-[0-9]+"
url = "https://tickets.example.net/{ticket}"
open-states = ["open"]
assignee = "requester"
poll = "60s"
[ticket-system.plain]
pattern = "P-[0-9]+"

[group.oncall]
from-file = "/etc/jit/oncall"
refresh = "60s"

[resource.web-1]
provider = "ssh"
labels = { env = "staging" }

[role.tickets]
resources = ["web-1"]
requesters = ["carol", "eve"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "2h"
max-total = "4h"
require = { ticket-system = "ops" }
[role.tickets.ssh]
principals = ["deploy"]

[role.plain]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "2h"
require = { ticket-system = "plain" }
[role.plain.ssh]
principals = ["deploy"]

[role.fix]
resources = ["web-1"]
requesters = ["group:oncall"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
[role.fix.ssh]
principals = ["deploy"]

[role.decided]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["group:oncall"]
approvals = 1
max-duration = "1h"
[role.decided.ssh]
principals = ["deploy"]
"#
);

async fn world() -> World {
    World::with(Home::Directory, OUTSIDE).await
}

fn with_ticket(role: &str, ticket: &str) -> api::NewRequest {
    api::NewRequest { ticket: Some(ticket.into()), ..new_request(role) }
}

/// Carol's, for two hours, with its ticket open.
async fn live(world: &World) -> api::Request {
    world.outside.ticket("OPS-1", "open", "carol");
    let ask =
        api::NewRequest { duration: crate::domain::Span::clamped(7200), ..with_ticket("tickets", "OPS-1") };
    let request = world.try_ask("carol", &ask).await.unwrap().request;
    world.use_it("carol", &request).await.unwrap().request
}

async fn poll(world: &World) {
    world.clock.advance(60);
    world.engine.poll_tickets().await.unwrap();
    world.later(0).await;
}

fn is_about_ticket(result: Result<impl std::fmt::Debug, Error>) {
    match result {
        Err(Error::Refused(refusals)) if matches!(refusals.as_slice(), [Refusal::Ticket { .. }]) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_that_is_closed_somebody_elses_or_not_known_gives_nothing() {
    let world = world().await;
    world.outside.ticket("OPS-2", "closed", "carol");
    world.outside.ticket("OPS-3", "open", "eve");
    for ticket in ["OPS-1", "OPS-2", "OPS-3"] {
        is_about_ticket(world.try_ask("carol", &with_ticket("tickets", ticket)).await);
    }
    // What no ticket looks like is not asked for, nor what a stranger to the role asks.
    let asked = world.outside.asked.load(Ordering::SeqCst);
    assert!(world.try_ask("carol", &with_ticket("tickets", "../OPS-3")).await.is_err());
    assert!(world.try_ask("carol", &new_request("tickets")).await.is_err());
    assert!(world.try_ask("bob", &with_ticket("tickets", "OPS-3")).await.is_err());
    assert_eq!(world.outside.asked.load(Ordering::SeqCst), asked);
    world.try_ask("eve", &with_ticket("tickets", "OPS-3")).await.unwrap();
}

#[tokio::test]
async fn a_check_that_fails_means_no_at_the_activation_too() {
    let world = world().await;
    world.outside.ticket("OPS-1", "open", "carol");
    let request = world.try_ask("carol", &with_ticket("tickets", "OPS-1")).await.unwrap().request;
    world.outside.is_down();
    is_about_ticket(world.use_it("carol", &request).await);
    assert_eq!(world.target.live(), 0);
    world.outside.ticket("OPS-1", "closed", "carol");
    is_about_ticket(world.use_it("carol", &request).await);
    world.outside.ticket("OPS-1", "open", "carol");
    world.use_it("carol", &request).await.unwrap();
    world.outside.is_down();
    is_about_ticket(world.use_again("carol", &request).await);
    is_about_ticket(world.extend("carol", &request, 60).await);
}

#[tokio::test]
async fn a_grant_ends_when_its_ticket_closes() {
    let world = world().await;
    let request = live(&world).await;
    poll(&world).await;
    assert_eq!(world.state(&request).await, State::Active);
    world.outside.ticket("OPS-1", "done", "carol");
    world.later(59).await;
    world.engine.poll_tickets().await.unwrap();
    assert_eq!(world.state(&request).await, State::Active, "not asked before its time");
    poll(&world).await;
    assert_eq!(world.state(&request).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
    let shown = world.show("carol", &request).await.unwrap().outcome.unwrap();
    assert_eq!((shown.by, shown.comment.as_deref()), (None, Some("its ticket is no longer open: done")));
}

#[tokio::test]
async fn an_approval_that_nobody_used_ends_with_its_ticket_too() {
    let world = world().await;
    world.outside.ticket("OPS-1", "open", "carol");
    let request = world.try_ask("carol", &with_ticket("tickets", "OPS-1")).await.unwrap().request;
    world.outside.ticket("OPS-1", "done", "carol");
    poll(&world).await;
    assert_eq!(world.state(&request).await, State::Revoked);
}

#[tokio::test]
async fn a_ticket_system_that_is_away_or_another_assignee_ends_nothing_that_is_live() {
    let world = world().await;
    let request = live(&world).await;
    world.outside.is_down();
    poll(&world).await;
    let told = TicketChanged { ticket: "OPS-1".into() };
    let answer = world.engine.ticket_changed(&world.as_user("ci").await, &told).await;
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    world.outside.ticket("OPS-1", "open", "eve");
    poll(&world).await;
    assert_eq!(world.state(&request).await, State::Active);
    assert_eq!(world.target.live(), 1);
}

#[tokio::test]
async fn who_tells_that_a_ticket_changed_is_not_believed_but_asked_about() {
    let world = world().await;
    let request = live(&world).await;
    let told = TicketChanged { ticket: "OPS-1".into() };
    let tell = async |who: &str| world.engine.ticket_changed(&world.as_user(who).await, &told).await;
    assert!(tell("ci").await.unwrap().ended.is_empty());
    assert_eq!(world.state(&request).await, State::Active);
    world.outside.ticket("OPS-1", "done", "carol");
    for who in ["carol", "bob"] {
        assert!(matches!(tell(who).await, Err(Error::Forbidden(_))), "{who}");
    }
    assert_eq!(tell("ci").await.unwrap().ended, [request.id]);
    world.later(0).await;
    assert_eq!(world.state(&request).await, State::Revoked);
    // Where nobody can be asked, it takes an administrator's word.
    let plain = world.try_ask("carol", &with_ticket("plain", "P-1")).await.unwrap().request;
    let told = TicketChanged { ticket: "P-1".into() };
    let ended = world.engine.ticket_changed(&world.as_user("ci").await, &told).await.unwrap().ended;
    assert!(ended.is_empty());
    let ended = world.engine.ticket_changed(&world.admin, &told).await.unwrap().ended;
    assert_eq!(ended, [plain.id]);
    assert_eq!(world.state(&plain).await, State::Revoked);
}

#[tokio::test]
async fn nobody_is_on_call_while_it_cannot_be_told() {
    let world = world().await;
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
    let pending = world.ask("carol", "decided").await;
    assert!(world.show("bob", &pending).await.is_err());

    let ask_again = async || {
        world.clock.advance(60);
        world.engine.ask_who_is_on_call().await;
    };
    world.outside.on_call(&["bob", "carol"]);
    world.engine.ask_who_is_on_call().await;
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err(), "not asked before its time");
    ask_again().await;
    let request = world.ask("carol", "fix").await;
    world.approve("alice", &request).await.unwrap();
    assert_eq!(world.approve("bob", &pending).await.unwrap().state, State::Approved);

    *world.outside.on_call.lock().unwrap() = None;
    ask_again().await;
    assert!(world.use_it("carol", &request).await.is_err(), "she is not on call as far as anybody knows");
    assert!(world.use_it("carol", &pending).await.is_err(), "nor is who has decided");
    assert_eq!(world.target.live(), 0);
    assert_eq!(world.told("oncall.changed", "members").await, ["", "bob, carol", ""]);
    assert_eq!(world.told("oncall.changed", "trouble").await.len(), 2);
}

#[tokio::test]
async fn one_name_that_the_policy_does_not_know_voids_the_whole_list() {
    let world = world().await;
    world.outside.on_call(&["carol", "mallory"]);
    world.clock.advance(60);
    world.engine.ask_who_is_on_call().await;
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
    assert_eq!(world.told("oncall.changed", "trouble").await[1], "the policy does not know mallory");
}
