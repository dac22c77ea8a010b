//! Anywhere, at any time: open is what the wall clock shows in the openings as written.

use jiff::civil::DateTime;
use proptest::prelude::*;

use super::*;

/// Openings as they are written, that do not overlap.
fn some_openings() -> impl Strategy<Value = Vec<Hours>> {
    let day = prop_oneof![2 => 0..7u16, 1 => Just(6u16)];
    let minute = || prop_oneof![2 => 0..=DAY, 2 => (0..=4u16).prop_map(|hour| hour * 60), 1 => Just(0u16), 1 => Just(DAY)];
    let one = (day, 0..7u16, minute(), minute()).prop_filter_map("empty", |(first, more, a, b)| {
        let (start, end) = (a.min(b), a.max(b));
        (start < end).then(|| Hours { first, start, end, last: (first + more).min(6) })
    });
    prop::collection::vec(one, 1..6).prop_map(|all| {
        let mut apart: Vec<Hours> = Vec::new();
        for hours in all {
            if apart.iter().all(|other| hours.overlap(other).is_none()) {
                apart.push(hours);
            }
        }
        apart
    })
}

/// Any zone there is, and an instant: anywhere, or near one at which the zone's clock changes.
fn somewhere_sometime() -> impl Strategy<Value = (String, Time)> {
    let names: Vec<String> =
        TimeZoneDatabase::bundled().available().map(|n| n.to_string()).filter(|n| n != "Factory").collect();
    const TURNING: [&str; 8] = [
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Africa/Monrovia",
    ];
    let zone =
        prop_oneof![prop::sample::select(names), prop::sample::select(&TURNING[..]).prop_map(str::to_owned)];
    const YEARS_70: i64 = 70 * 366 * 86_400_000;
    let millis = prop_oneof![8 => 0..YEARS_70, 1 => 0..=Time::from_millis(i64::MAX).millis()];
    let near = prop_oneof![
        Just(None),
        prop::sample::select(&[-1i64, 0, 1][..]).prop_map(Some),
        (-90_000_000i64..90_000_000).prop_map(Some)
    ];
    (zone, millis, near).prop_map(|(zone, millis, near)| {
        let of = |zone: &str| jiff::tz::db().get(zone).unwrap();
        let turn = Timestamp::from_millisecond(millis)
            .ok()
            .and_then(|at| Some(of(&zone).following(at).next()?.timestamp().as_millisecond()));
        let millis = near.zip(turn).map_or(millis, |(near, turn)| turn + near);
        (zone, Time::from_millis(millis))
    })
}

/// What the wall clock shows, looked up in the openings as they are written.
fn by_the_wall(zone: &TimeZone, open: &[Hours], at: Time) -> bool {
    let Ok(instant) = Timestamp::from_second(at.millis() / 1000) else { return false };
    let shown: DateTime = zone.to_datetime(instant);
    let day = u16::try_from(shown.weekday().to_monday_zero_offset()).unwrap();
    let minute = u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute())).unwrap();
    open.iter().any(|h| (h.first..=h.last).contains(&day) && (h.start..h.end).contains(&minute))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_what_the_wall_clock_says(
        (zone, now) in somewhere_sometime(),
        (other_zone, _) in somewhere_sometime(),
        open in some_openings(),
        other_open in some_openings(),
        with_other in any::<bool>(),
    ) {
        let written = |open: &[Hours]| open.iter().map(Hours::to_string).collect::<Vec<_>>();
        let one = read(&text(&zone, &written(&open))).unwrap();
        let other = read(&text(&other_zone, &written(&other_open))).unwrap();
        let clock = |zone: &str| jiff::tz::db().get(zone).unwrap();
        let (clock, other_clock) = (clock(&zone), clock(&other_zone));
        let windows = if with_other { vec![&one, &other] } else { vec![&one] };
        let truth = |millis: i64| {
            let at = Time::from_millis(millis);
            by_the_wall(&clock, &open, at) || (with_other && by_the_wall(&other_clock, &other_open, at))
        };
        let at = now.millis();
        prop_assert_eq!(is_open(&windows, now), truth(at));
        let (opening, closing) = (opens(&windows, now), closes(&windows, now));
        prop_assert_eq!(closing.is_some(), truth(at));
        // Of a stretch: its ends to the millisecond, and minute by minute until it is too long.
        let all = |from: i64, to: i64, open: bool| {
            from >= to || (truth(from) == open && truth(to - 1) == open
                && (from..to).step_by(60_000).take(3000).all(|millis| truth(millis) == open))
        };
        if let Some(closing) = closing {
            prop_assert_eq!(opening, Some(now));
            prop_assert!(now < closing);
            prop_assert!(all(at, closing.millis(), true));
            prop_assert!(!truth(closing.millis()) || closing == now.plus(HORIZON));
        } else if let Some(opening) = opening {
            prop_assert!(now < opening && truth(opening.millis()));
            prop_assert!(opening.secs_after(now) <= 14 * 86_400);
            prop_assert!(all(at, opening.millis(), false));
            prop_assert!(closes(&windows, opening).is_some_and(|closing| closing > opening));
        } else {
            prop_assert!(at + 14 * 86_400_000 > Timestamp::MAX.as_millisecond());
        }
    }

    #[test]
    fn a_window_as_it_is_shown_is_read_as_the_same(open in some_openings()) {
        let written: Vec<_> = open.iter().map(Hours::to_string).collect();
        let one = read(&text("UTC", &written)).unwrap();
        let shown = one.to_string();
        let shown: Vec<_> = shown.strip_suffix(" (UTC)").unwrap().split(", ").collect();
        let again = read(&text("UTC", &shown)).unwrap();
        prop_assert_eq!((again.meaning(), again.to_string()), (one.meaning(), one.to_string()));
    }

    #[test]
    fn no_text_of_an_opening_or_a_zone_is_too_much_for_the_reader(zone in ".{0,40}", open in "[a-z0-9:éA-Z -]{0,24}") {
        let _ = day(&open);
        let _ = time(&open);
        let at = super::super::super::source::At::new(0, 0..0);
        let _ = hours(&Item { at, value: &open });
        let _ = clock(&Item { at, value: &zone });
    }
}
