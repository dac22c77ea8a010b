//! What an approved request opens, and what the log says of it.

use super::deciding::revoke_once;
use super::{Checked, Miss, Subject, must, refused};
use crate::api::{self, Code};
use crate::audit::verify::Verifier;
use crate::audit::{About, Statement, VerifyKey, export};
use crate::domain::{Digest, State, Time};
use crate::ops::Call;

pub(super) async fn credential(subject: &Subject) -> Checked {
    subject.offered(Call::Credential)?;
    let Some([ask, other]) = &subject.credentials else {
        return Err(Miss::Skipped("there is no key to ask with".to_owned()));
    };
    let backend = subject.requester.as_ref();
    let id = subject.approved().await?.id.to_string();
    let one = backend.credential(&id, ask).await?;
    must(one.request.state == State::Active, || format!("the request is {}", one.request.state))?;
    must(one.request.ends == Some(one.ends), || "it ends at another time than its grant".to_owned())?;
    let longest = i64::try_from(subject.duration.secs()).unwrap_or(i64::MAX);
    must(one.ends_in_s <= longest, || format!("it ends in {} s", one.ends_in_s))?;
    let two = backend.credential(&id, ask).await?;
    // A secret that the target makes may be another one the second time.
    let alike = two.material == one.material || !one.material.is_public();
    must(two.id == one.id && alike, || "the same ask gives a second credential".to_owned())?;
    let three = backend.credential(&id, other).await?;
    must(three.id != one.id && three.ends == one.ends, || {
        "another key gives the same credential, or another end".to_owned()
    })?;
    revoke_once(subject, &id, 2).await?;
    refused("a credential after the revoke", backend.credential(&id, ask).await, &[Code::Over])?;
    Ok(())
}

pub(super) async fn events(subject: &Subject) -> Checked {
    subject.offered(Call::Events)?;
    let request = subject.request().await?;
    let id = request.id.to_string();
    let query = |kind: &str| api::EventQuery {
        request: Some(id.clone()),
        kind: Some(kind.to_owned()),
        ..api::EventQuery::default()
    };
    let events = subject.requester.events(&query("request")).await?.events;
    must(!events.is_empty(), || "there is no event of the request".to_owned())?;
    let fits = |event: &str| event.contains("\"kind\":\"request.") && event.contains(&id);
    must(events.iter().all(|event| fits(event.get())), || "there are others among them".to_owned())?;
    let none = subject.requester.events(&query("grant")).await?.events;
    must(none.is_empty(), || "there is a grant before its first use".to_owned())
}

/// INVARIANT 8.
pub(super) async fn verified(subject: &Subject) -> Checked {
    subject.offered(Call::Events)?;
    subject.offered(Call::Checkpoints)?;
    let text = |error: &dyn std::fmt::Display| Miss::Failed(error.to_string());
    // Before the events: a checkpoint may come as early as one likes, and never late.
    let checkpoints = subject.requester.checkpoints().await?;
    let key: VerifyKey = checkpoints.key.parse().map_err(|error| text(&error))?;
    let mut exported = Vec::new();
    for note in &checkpoints.notes {
        export::write_checkpoint(&mut exported, note).map_err(|error| text(&error))?;
    }
    let (mut from_seq, mut count) = (0, 0);
    loop {
        let query = api::EventQuery { from_seq, ..api::EventQuery::default() };
        let page = subject.requester.events(&query).await?;
        for event in &page.events {
            export::write_event(&mut exported, event.get()).map_err(|error| text(&error))?;
        }
        count += page.events.len() as u64;
        must(page.end || page.next_seq > from_seq, || "a page leads to itself".to_owned())?;
        from_seq = page.next_seq;
        if page.end {
            break;
        }
    }
    must(from_seq == count, || format!("the log has {from_seq} events, and gives {count}"))?;
    let report = export::verify(exported.as_slice(), Verifier::new(), &key).map_err(|error| text(&error))?;
    must(report.events == count, || format!("{} of {count} events verify", report.events))
}

pub(super) async fn signed(subject: &Subject) -> Checked {
    subject.offered(Call::SignEvidence)?;
    subject.offered(Call::Checkpoints)?;
    let log = subject.requester.checkpoints().await?.key;
    let (from, to) = (Time::from_millis(0), Time::from_millis(1));
    let ask = api::SignEvidence { digest: Digest::of(b"a test of the backend"), from, to };
    let signed = subject.requester.sign_evidence(&ask).await?;
    must(signed.key == log, || "the key is not that of the log's checkpoints".to_owned())?;
    let key: VerifyKey = log.parse().map_err(|error| Miss::Failed(format!("the log's key: {error}")))?;
    let statement = Statement { about: About::Evidence, digest: ask.digest, from, to };
    let verified = statement.verify(&signed.note, &key);
    verified.map_err(|error| Miss::Failed(format!("the note does not say what was shown: {error}")))?;
    let backwards = api::SignEvidence { from: to, to: from, ..ask };
    let answer = subject.requester.sign_evidence(&backwards).await;
    refused("a period that ends before it begins", answer, &[Code::Usage])?;
    Ok(())
}

pub(super) async fn ssh_ca(subject: &Subject) -> Checked {
    subject.offered(Call::SshCa)?;
    let key = subject.requester.ssh_ca().await?.public_key;
    must(key.starts_with("ssh-") || key.starts_with("ecdsa-"), || "it is no public key of OpenSSH".to_owned())
}
