//! The result of a review: what was decided on each right, and the log key's signature over all of it.

use super::checkpoint::{CheckpointError, VerifyKey};
use super::statement::{About, Statement};
use crate::domain::{Digest, Review, Time};

/// What is signed of a review that is closed then.
///
/// # Errors
/// When it has no JSON.
pub fn statement(review: &Review, closed: Time) -> Result<Statement, serde_json::Error> {
    let text = serde_json::to_string(&review.result())?;
    let digest = Digest::of(text.as_bytes());
    Ok(Statement { about: About::Review, digest, from: review.started, to: closed })
}

/// Why a result is not what the key has signed.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    #[error("the review {0} is not closed, so nobody has signed it")]
    Open(String),
    #[error("the review {0} was changed after it was signed")]
    Changed(String),
    #[error("the signature of the review {0} is not one of this key")]
    Signature(String, #[source] CheckpointError),
    #[error("the review has no JSON")]
    Json(#[from] serde_json::Error),
}

/// Whether the key has signed just this.
///
/// # Errors
/// Where it has not; which review it is, and why.
pub fn verify(review: &Review, key: &VerifyKey) -> Result<(), ResultError> {
    let id = || review.id.clone();
    let closed = review.closed.as_ref().ok_or_else(|| ResultError::Open(id()))?;
    match statement(review, closed.at)?.verify(&closed.note, key) {
        Ok(()) => Ok(()),
        // The key has signed something, and it is not this.
        Err(CheckpointError::Form) if key.open_note(&closed.note).is_ok() => Err(ResultError::Changed(id())),
        Err(error) => Err(ResultError::Signature(id(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::SigningKey;
    use crate::domain::review::{Closed, Decision, Item, Scope, Used, Verdict};
    use crate::domain::{Principal, Span};

    fn closed(key: &SigningKey) -> Review {
        let name = |text: &str| text.parse::<crate::domain::Name>().unwrap();
        let by = Principal { issuer: name("jit"), subject: name("alice") };
        let at = Time::from_millis(1_795_000_000_123);
        let decision =
            |verdict| Decision { verdict, by: Some(by.clone()), at, comment: Some("\u{202e}".into()) };
        let item = |user: &str, verdict| Item {
            user: name(user),
            role: name("deploy"),
            reviewers: vec![name("alice")],
            used: Used::default(),
            decision: Some(decision(verdict)),
        };
        let mut review = Review {
            id: "rv-1".to_owned(),
            scope: Scope::Company(name("acme")),
            started: at,
            by: by.clone(),
            due: at.plus(Span::clamped(60)),
            every: Some(Span::clamped(90)),
            items: vec![item("zed", Verdict::Keep), item("yan", Verdict::Remove)],
            closed: None,
            followed: false,
        };
        let end = at.plus(Span::clamped(30));
        let note = statement(&review, end).unwrap().sign(key);
        review.closed = Some(Closed { at: end, note });
        review
    }

    #[test]
    fn a_result_verifies_also_after_the_next_review_has_begun_and_was_read_back() {
        let key = SigningKey::from_seed("jit.example", &[7; 32]).unwrap();
        let mut review = closed(&key);
        review.followed = true;
        let text = serde_json::to_string_pretty(&review).unwrap();
        let read: Review = serde_json::from_str(&text).unwrap();
        verify(&read, key.verify_key()).unwrap();
    }

    #[test]
    fn whatever_is_changed_in_a_result_is_found_and_the_review_is_named() {
        let key = SigningKey::from_seed("jit.example", &[7; 32]).unwrap();
        let good = closed(&key);
        let changes: [fn(&mut Review); 8] = [
            |it| it.items[1].decision.as_mut().unwrap().verdict = Verdict::Keep,
            |it| it.items[0].decision.as_mut().unwrap().comment = None,
            |it| drop(it.items.pop()),
            |it| it.items.swap(0, 1),
            |it| it.id = "rv-2".to_owned(),
            |it| it.due = Time::from_millis(1),
            |it| it.every = None,
            |it| it.closed.as_mut().unwrap().at = Time::from_millis(1),
        ];
        for change in changes {
            let mut review = good.clone();
            change(&mut review);
            let error = verify(&review, key.verify_key()).unwrap_err();
            assert!(matches!(&error, ResultError::Changed(id) if *id == review.id), "{error}");
        }
    }

    #[test]
    fn the_signature_of_another_key_and_none_at_all_are_told_apart_from_a_change() {
        let key = SigningKey::from_seed("jit.example", &[7; 32]).unwrap();
        let stranger = SigningKey::from_seed("jit.example", &[8; 32]).unwrap();
        let mut review = closed(&key);
        let error = verify(&review, stranger.verify_key()).unwrap_err();
        assert!(matches!(error, ResultError::Signature(..)), "{error}");
        review.closed = None;
        assert!(matches!(verify(&review, key.verify_key()), Err(ResultError::Open(_))));
    }
}
