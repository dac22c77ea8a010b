use super::*;

fn day(n: i64) -> Time {
    Time::from_millis(n * DAY * 1000)
}

fn engagement() -> Engagement {
    Engagement {
        user: "bob".parse().unwrap(),
        company: "acme".parse().unwrap(),
        sponsor: "alice".parse().unwrap(),
        start: day(10),
        until: day(100),
        agreement: Agreement { reference: "NDA-1".to_owned(), date: day(9) },
        groups: BTreeSet::new(),
        successor: None,
        reminded: None,
        ended: None,
    }
}

#[test]
fn it_is_live_from_its_start_until_just_before_its_end() {
    let bob = engagement();
    let last = Time::from_millis(day(100).millis() - 1);
    for (at, standing) in [
        (Time::from_millis(day(10).millis() - 1), Standing::NotBegun),
        (day(10), Standing::Live),
        (last, Standing::Live),
        (day(100), Standing::Over),
        (day(5000), Standing::Over),
    ] {
        assert_eq!(bob.standing(at), standing, "{at}");
    }
    let ended = Ended { at: day(20), cause: EndCause::Offboard, reason: None };
    // Even when the clock goes back behind the moment at which it was ended.
    assert_eq!(Engagement { ended: Some(ended), ..bob }.standing(day(15)), Standing::Over);
}

#[test]
fn the_sponsor_is_told_fourteen_and_three_days_before_the_end_and_once_each() {
    let mut bob = engagement();
    let mut told = Vec::new();
    for n in 0..110 {
        if let Some(days) = bob.reminder_due(day(n)) {
            told.push((n, days));
            bob.reminded = Some(days);
        }
    }
    assert_eq!(told, [(86, 14), (97, 3)]);
}

#[test]
fn a_server_that_slept_tells_the_last_reminder_only() {
    let mut bob = engagement();
    assert_eq!(bob.reminder_due(day(98)), Some(3));
    bob.reminded = Some(3);
    assert_eq!(bob.reminder_due(day(99)), None);
    assert_eq!(bob.reminder_due(day(100)), None);
}
