//! Properties over random histories, and each edge of the diagram by name.

mod due;
mod extensions;
mod grants;
mod histories;
mod votes;

use std::collections::BTreeSet;

use super::super::debrief::Verdict;
use super::super::extension::Bounds;
use super::super::step::{Conflict, Effect, Transition};
use super::super::{Gives, Kind, SshGives};
use super::*;

fn principal(name: &str) -> Principal {
    Principal { issuer: "jit".parse().unwrap(), subject: name.parse().unwrap() }
}

fn person(name: &str) -> Actor {
    Actor::person(principal(name))
}

fn terms(approvals: Approvals) -> Terms {
    Terms {
        role_digest: Digest::of(b"role"),
        generation: 1,
        approvals,
        max: Span::clamped(3600),
        max_total: Span::clamped(7200),
        pending_timeout: Span::clamped(600),
        claim_timeout: Span::clamped(1200),
        remind: None,
        escalate: None,
        single_use: false,
        ticket_system: None,
        directory: Default::default(),
        gives: Gives::Ssh(SshGives {
            principals: ["deploy".to_owned()].into(),
            extensions: BTreeSet::new(),
            force_command: None,
            source_addresses: BTreeSet::new(),
        }),
    }
}

fn at(secs: i64) -> Time {
    Time::from_millis((1_000_000 + secs) * 1000)
}

fn request(approvals: Approvals, secs: u64) -> Request {
    let ask = Ask {
        id: RequestId::from_random([1; 8]),
        requester: person("carol"),
        role: "web".parse().unwrap(),
        resource: "web-1".parse().unwrap(),
        terms: terms(approvals),
        duration: Span::clamped(secs),
        start: None,
        reason: "deploy".into(),
        ticket: None,
        debrief_within: None,
    };
    Request::file(ask, at(0))
}

/// For the stage that is deciding.
fn vote_of(request: &Request, by: Actor) -> Vote {
    let stage = u32::try_from(request.current_stage().unwrap_or_default()).unwrap();
    Vote { by, on_behalf: None, at: at(1), stage, shown: request.digest(), max: None, comment: None }
}

fn vote(request: &Request, by: Actor) -> Transition {
    Transition::Approve(vote_of(request, by))
}

/// At most that many seconds from the start.
fn bounds(secs: u64) -> Bounds {
    Bounds { max: Span::clamped(secs), until: None }
}

fn intend_under(bounds: Bounds, approvals: Approvals, valid: u32) -> Transition {
    Transition::Intend { bounds, approvals, valid: vec![valid] }
}

fn intend() -> Transition {
    intend_under(bounds(3600), Approvals::humans(1), 1)
}

#[track_caller]
fn after(request: &Request, transition: Transition, secs: i64) -> Request {
    request.step(transition, at(secs)).unwrap().next
}

fn active() -> Request {
    let pending = request(Approvals::humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let intended = approved.step(intend(), at(2)).unwrap();
    assert_eq!(intended.effect, Some(Effect::Grant));
    intended.next.step(Transition::Activate, at(2)).unwrap().next
}

fn broken_glass() -> Request {
    let mut request = request(Approvals::AUTO, 600);
    request.debrief = Some(super::super::debrief::Debrief::opened(at(0), Span::clamped(1000)));
    request
}

fn close(by: Actor) -> Transition {
    Transition::CloseDebrief { by, verdict: Verdict::Ok, comment: None }
}

/// An honest voter was shown what is filed.
fn shown(request: &Request, transition: Transition) -> Transition {
    match transition {
        Transition::Approve(vote) if vote.shown == Digest::of(b"what is filed") => {
            Transition::Approve(Vote { shown: request.digest(), ..vote })
        }
        other => other,
    }
}

fn more(by: u64) -> Extension {
    Extension {
        by: Span::clamped(by),
        reason: "not done yet".into(),
        asked: at(10),
        pending_until: at(300),
        approvals: Approvals::humans(1),
        votes: Vec::new(),
    }
}
