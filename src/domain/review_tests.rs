use super::*;

fn at(secs: i64) -> Time {
    Time::from_millis(1_800_000_000_000 + secs * 1000)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn principal(subject: &str) -> Principal {
    Principal { issuer: name("jit"), subject: name(subject) }
}

fn item(user: &str, reviewer: &str) -> Item {
    Item {
        user: name(user),
        role: name("deploy"),
        reviewers: vec![name(reviewer)],
        used: Used::default(),
        decision: None,
    }
}

fn review() -> Review {
    Review {
        id: "r1".to_owned(),
        scope: Scope::All,
        started: at(0),
        by: principal("boss"),
        due: at(100),
        every: Some(Span::clamped(1000)),
        items: vec![item("zed", "alice"), item("yan", "alice"), item("alice", "alice")],
        closed: None,
        followed: false,
    }
}

fn verdict(verdict: Verdict, secs: i64) -> Decision {
    Decision { verdict, by: Some(principal("alice")), at: at(secs), comment: None }
}

fn decide(review: &mut Review, number: usize, who: &str, secs: i64) -> Result<(), ReviewConflict> {
    let by = principal(who);
    review.decide(number, &by, &[&by.subject], false, verdict(Verdict::Keep, secs)).map(|_| ())
}

#[test]
fn silence_past_the_due_date_removes() {
    let mut review = review();
    decide(&mut review, 1, "alice", 5).unwrap();
    assert!(review.lapse(at(99)).is_empty());
    let lapsed: Vec<_> =
        review.lapse(at(100)).into_iter().map(|(number, item)| (number, item.user)).collect();
    assert_eq!(lapsed, [(2, name("yan")), (3, name("alice"))]);
    assert_eq!(review.progress(), Progress { open: 0, kept: 1, removed: 0, lapsed: 2 });
    assert!(review.lapse(at(200)).is_empty());
    assert!(review.is_decided());
    assert_eq!(review.next(), Some(at(1000)));
}

#[test]
fn nobody_reviews_their_own_rights_nor_those_of_somebody_elses_list() {
    let mut review = review();
    assert_eq!(decide(&mut review, 3, "alice", 5), Err(ReviewConflict::Own));
    // Under another name too.
    let by = principal("alice.two");
    let own = review.decide(3, &by, &[&by.subject, &name("alice")], false, verdict(Verdict::Keep, 5));
    assert_eq!(own, Err(ReviewConflict::Own));
    assert_eq!(decide(&mut review, 1, "bob", 5), Err(ReviewConflict::NoItem));
    for number in [0, 4, usize::MAX] {
        assert_eq!(decide(&mut review, number, "alice", 5), Err(ReviewConflict::NoItem));
    }
    assert_eq!(review.progress().open, 3);
}

#[test]
fn a_decision_is_made_once_and_in_time() {
    let mut review = review();
    assert_eq!(decide(&mut review, 1, "alice", 100), Err(ReviewConflict::Over));
    decide(&mut review, 1, "alice", 99).unwrap();
    assert_eq!(decide(&mut review, 1, "alice", 99), Err(ReviewConflict::Decided));
    review.closed = Some(Closed { at: at(99), note: String::new() });
    assert_eq!(decide(&mut review, 2, "alice", 99), Err(ReviewConflict::Over));
}

#[test]
fn a_scope_reads_back_as_it_is_written_and_nothing_else_is_one() {
    for text in ["all", "company=acme", "role=deploy", "user=zed"] {
        assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
    }
    for bad in ["", "ALL", "acme", "company=", "company=Acme", "group=x", "user=a=b"] {
        assert_eq!(bad.parse::<Scope>(), Err(ScopeError), "{bad:?}");
    }
}

#[test]
fn who_reviews_anything_decides_on_anothers_item_and_never_on_their_own() {
    let mut review = review();
    let by = principal("rita");
    let keep = || Decision { verdict: Verdict::Keep, by: Some(by.clone()), at: at(5), comment: None };
    assert_eq!(review.decide(1, &by, &[&by.subject], false, keep()), Err(ReviewConflict::NoItem));
    assert_eq!(review.decide(1, &by, &[&by.subject, &name("zed")], true, keep()), Err(ReviewConflict::Own));
    assert!(review.decide(1, &by, &[&by.subject], true, keep()).is_ok());
    assert_eq!(review.decide(9, &by, &[&by.subject], true, keep()), Err(ReviewConflict::NoItem));
}
